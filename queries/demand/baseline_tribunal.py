"""Every rule before the tribunal: what each would have said on days without any event.

On a placebo day the truth is known, since nobody was called: what a baseline says beyond it would
have been paid for nothing (CAISO Baseline Accuracy Assessment; Bode & Ciccone 2017).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from queries.demand.baseline_engine import baseline
from queries.demand.baseline_history import Event, History
from queries.demand.baseline_rules import Rule

Basis = Literal["customer", "total"]
"""Whether each customer's reduction is settled, or that of all called together (聚合商)."""
SURE = 0.05
"""Below this probability of chance one rule counts as worse than another."""
LEAST_ANSWERED_SHARE = 0.5
"""Of customers and events, below which a rule is not judged: it would be by a few."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How right one rule is. What is NaN cannot be said: it answered too seldom.

    All but ``answered_share`` are over the customers and events for which every judged rule has a
    baseline, so that none is spared what is hard.

    Attributes:
        answered_share: Customers and events it has a baseline for, of those read.
        bias_share: (baseline − load) / load, of all customers together.
        cvrmse_share: Root mean square error of the steps of all together, over their mean load.
        customer_bias_share: Median over customers of each one's bias.
        customer_cvrmse_share: Median over customers of each one's.
        error_share: Errors of the energy of every event without their sign, customer by customer
            or of all together, over the load: what settlement would get wrong.
        overpaid_kwh: Baseline above load, customer by customer, of a placebo event: would be paid
            for nothing.
        underpaid_kwh: Below it: of an honest reduction, what would be missed.
        chosen_error_share: ``error_share`` on the events that choose the rule.
        held_error_share: On those held back.
        p_value: That on the events held back it is as good as the best there; 1 for the best. The
            best was itself found among all of them, by luck too, so each comparison counts as one
            of so many (Bonferroni).
    """

    rule: str
    answered_share: float
    bias_share: float = np.nan
    cvrmse_share: float = np.nan
    customer_bias_share: float = np.nan
    customer_cvrmse_share: float = np.nan
    error_share: float = np.nan
    overpaid_kwh: float = np.nan
    underpaid_kwh: float = np.nan
    chosen_error_share: float = np.nan
    held_error_share: float = np.nan
    p_value: float = np.nan


def errors_of(history: History, events: Sequence[Event], rule: Rule) -> np.ndarray:
    """Baseline less load of placebo events of one length, (events, customers, steps) [kW].

    NaN where there is no baseline or no reading.
    """
    return np.stack(
        [
            baseline(history, event, rule)[:, event.steps]
            - history.load_kw[:, event.day, event.steps]
            for event in events
        ]
    )


def loads_of(history: History, events: Sequence[Event]) -> np.ndarray:
    """The loads of these events, (events, customers, steps) [kW]."""
    loads = [history.load_kw[:, event.day, event.steps] for event in events]
    return np.stack(loads).astype(np.float64)


def verdicts(
    errors_kw: Mapping[str, np.ndarray],
    load_kw: np.ndarray,
    steps_per_hour: int,
    basis: Basis = "customer",
) -> list[Verdict]:
    """How right each rule is, in the order given.

    Every second event chooses, the others are held back; ``basis`` says whose errors count.
    """
    is_read = ~np.isnan(load_kw).any(axis=2)
    answered = {rule: ~np.isnan(error).any(axis=2) for rule, error in errors_kw.items()}
    shares = {rule: is_there.sum() / max(is_read.sum(), 1) for rule, is_there in answered.items()}
    judged = [rule for rule, share in shares.items() if share >= LEAST_ANSWERED_SHARE]
    together = is_read & np.all([answered[rule] for rule in judged], axis=0)
    known_kw = np.where(together[..., None], load_kw, 0)
    kept = {rule: np.where(together[..., None], errors_kw[rule], 0) for rule in judged}
    losses = {rule: _losses(error, known_kw, basis) for rule, error in kept.items()}
    best = min(judged, key=lambda rule: _mean(losses[rule][1::2]), default=None)
    return [
        Verdict(rule, float(share))
        if best is None or rule not in kept
        else Verdict(
            rule,
            float(share),
            **_rightness(kept[rule], known_kw, together),
            **_money(kept[rule].sum(axis=2) / steps_per_hour, together),
            error_share=_mean(losses[rule]),
            chosen_error_share=_mean(losses[rule][0::2]),
            held_error_share=_mean(losses[rule][1::2]),
            p_value=min(
                _p_value(losses[rule][1::2], losses[best][1::2]) * max(len(judged) - 1, 1), 1.0
            ),
        )
        for rule, share in shares.items()
    ]


def recommended(judged: Sequence[Verdict], rules: Mapping[str, Rule]) -> str | None:
    """The rule with the least error on the events that choose; bounds are no guesses."""
    may_be = [
        one
        for one in judged
        if not rules[one.rule].is_bound and np.isfinite(one.chosen_error_share)
    ]
    return min(may_be, key=lambda one: one.chosen_error_share).rule if may_be else None


def _losses(error_kw: np.ndarray, load_kw: np.ndarray, basis: Basis) -> np.ndarray:
    """Error share of every event; NaN where nobody can be judged."""
    energy = error_kw.sum(axis=2)
    wrong = np.abs(energy).sum(axis=1) if basis == "customer" else np.abs(energy.sum(axis=1))
    return _ratio(wrong, np.abs(load_kw.sum(axis=2)).sum(axis=1))


def _rightness(error_kw: np.ndarray, load_kw: np.ndarray, together: np.ndarray) -> dict[str, float]:
    """Bias and CVRMSE, together and of the median customer."""
    steps = error_kw.shape[2]
    events = together.sum(axis=0)
    bias = _ratio(error_kw.sum(axis=(0, 2)), load_kw.sum(axis=(0, 2)))
    root = np.sqrt(_ratio((error_kw**2).sum(axis=(0, 2)), events * steps))
    of_all, used = error_kw.sum(axis=1), load_kw.sum(axis=1)
    is_used = together.any(axis=1)
    return {
        "bias_share": float(_ratio(of_all.sum(), used.sum())),
        "cvrmse_share": float(
            _ratio(np.sqrt(_mean(of_all[is_used].ravel() ** 2)), _mean(used[is_used].ravel()))
        ),
        "customer_bias_share": _median(bias),
        "customer_cvrmse_share": _median(
            _ratio(root, _ratio(load_kw.sum(axis=(0, 2)), events * steps))
        ),
    }


def _money(error_kwh: np.ndarray, together: np.ndarray) -> dict[str, float]:
    """What settlement by customer would pay for nothing and miss, of an event."""
    events = max(int(together.any(axis=1).sum()), 1)
    return {
        "overpaid_kwh": float(np.maximum(error_kwh, 0).sum()) / events,
        "underpaid_kwh": float(np.maximum(-error_kwh, 0).sum()) / events,
    }


def _p_value(own: np.ndarray, best: np.ndarray) -> float:
    """Of the differences event by event: that the better one is so by chance."""
    apart = own - best
    apart = apart[~np.isnan(apart)]
    if not len(apart):
        return np.nan
    if not apart.any():
        return 1.0
    if len(apart) < 3 or np.ptp(apart) == 0:
        return np.nan
    t_value = apart.mean() / (apart.std(ddof=1) / np.sqrt(len(apart)))
    return float(2 * stats.t.sf(abs(t_value), len(apart) - 1))


def _ratio(part: np.ndarray | float, whole: np.ndarray | float) -> np.ndarray:
    """``part / whole``, NaN where the whole is nothing."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def _median(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else np.nan
