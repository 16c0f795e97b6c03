"""Demand side: what a pilot shows, how fast periods are found, how right baselines are."""

import time
from datetime import date, timedelta

import numpy as np

from queries.demand.baseline_engine import baseline
from queries.demand.baseline_history import Event, History
from queries.demand.baseline_rules import baseline_rules
from queries.demand.baseline_tribunal import (
    SURE,
    Basis,
    Verdict,
    errors_of,
    loads_of,
    recommended,
    verdicts,
)
from queries.demand.circular_blocks import circular_blocks
from queries.demand.pilot_effect import pilot_effect
from queries.demand.placebo_events import placebo_events
from queries.settings import PROJECT
from tests.demand.planted_pilot import planted_pilot
from tests.demand.sgsc_homes import sgsc_homes

_SEEDS = 100
_CHANGE = -0.08
_ROUNDS = 40
_CUSTOMERS, _DAYS = 10_000, 85
_SHARED = PROJECT.parent / "shared" / "data"


def run() -> list[tuple[str, str]]:
    """Each figure is a line."""
    return [_pilots(), _blocks(), *_engine(), *_homes()]


def _pilots() -> tuple[str, str]:
    inside = 0
    for seed in range(_SEEDS):
        found = pilot_effect(planted_pilot(seed, _CHANGE))
        inside += found.low_share <= _CHANGE <= found.high_share
    return (
        "planted response of a pilot inside its 95 % interval",
        f"{inside} of {_SEEDS} seeds; limit 93",
    )


def _blocks() -> tuple[str, str]:
    """Noisy days, on which the search can be cut short least."""
    rng = np.random.default_rng(1)
    took = []
    for _ in range(_ROUNDS):
        day = rng.normal(0, 1, 96).cumsum()
        begin = time.perf_counter()
        circular_blocks(day, 6, 4)
        took.append(time.perf_counter() - begin)
    median, most = np.median(took) * 1000, max(took) * 1000
    return "exact periods, 96 points, 6 blocks", f"{median:.1f} ms, {most:.1f} at most; limit 50"


def _engine() -> list[tuple[str, str]]:
    """Every rule for so many customers and one event of three hours, quarters of an hour."""
    rng = np.random.default_rng(1)
    load_kw = rng.gamma(2.0, 1.0, (_CUSTOMERS, _DAYS, 96)).astype(np.float32)
    dates = tuple(date(2024, 7, 23) + timedelta(days=day) for day in range(_DAYS))
    history = History(dates, load_kw, np.zeros(_DAYS, dtype=bool))
    took = {}
    for rule in baseline_rules().values():
        begin = time.perf_counter()
        baseline(history, Event(_DAYS - 1, 68, 80), rule)
        took[rule.form] = max(took.get(rule.form, 0.0), time.perf_counter() - begin)
    return [
        (f"baseline of {_CUSTOMERS:,} customers, form {form}", f"{seconds:.2f} s, slowest rule")
        for form, seconds in took.items()
    ]


def _homes() -> list[tuple[str, str]]:
    """Bias and CVRMSE of every rule on evenings of fifty real homes, 17 to 20 o'clock."""
    if not _SHARED.exists():
        return [("sgsc", "skipped: ../shared/data is not here")]
    homes, rules = sgsc_homes(_SHARED), baseline_rules()
    events = placebo_events(homes, 34, 40, 40)
    errors = {code: errors_of(homes, events, rule) for code, rule in rules.items()}
    lines = []
    bases: tuple[Basis, ...] = ("customer", "total")
    for basis in bases:
        judged = {one.rule: one for one in verdicts(errors, loads_of(homes, events), 2, basis)}
        best = judged[recommended(list(judged.values()), rules) or ""]
        tied = "best or tied" if not best.p_value < SURE else "beaten"
        lines.append((f"sgsc, settled by {basis}", f"{best.rule}; on days held back {tied}"))
        if basis == "customer":
            lines += [(f"  {one.rule}", _accuracy(one)) for one in judged.values()]
    return lines


def _accuracy(one: Verdict) -> str:
    together = f"bias {one.bias_share:+.1%}, CVRMSE {one.cvrmse_share:.1%} together"
    return f"{together}, {one.customer_cvrmse_share:.0%} of a home"
