"""Figures of one event that deserve a second look before it is paid; none of them is proof.

Baselines invite: who draws more on the days looked back to is paid for drawing as usual, and who
would have been shut anyway is paid for being shut (Wolak 2006 on Anaheim; Chao 2011).
"""

from dataclasses import dataclass

import numpy as np

from queries.demand.baseline_history import Event, History, alike_days, day_types
from queries.demand.baseline_models import COLD_C, WARM_C
from queries.demand.baseline_rules import Rule

LEAST_TRAINED_DAYS = 30
"""For a customer's usual load by temperature."""
USUAL_SAMPLE_DAYS = 5
LEAST_INFLATION_SHARE = 0.3
"""Above its usual load that the days looked back to must be, to be worth a look."""
INFLATION_TIMES = 1.5
"""… and above the most that the same figure reached on days like the event, times so much."""
CLOSED_SHARE = 0.3
"""Of the usual energy outside the event's hours, below which the customer was as good as shut."""
ALREADY_SHARE = 0.8
"""Of the reduction, that was there in the hours before as well."""
_HOURS_BEFORE = (4, 1)
_REACH_HOURS = 4
_APART_DAYS = 21
_TINY_KW = 1e-6


@dataclass(frozen=True, slots=True)
class Figures:
    """Of everybody called, (called,); NaN: cannot be said.

    Attributes:
        inflation: Load of the days looked back to, in the event's hours, above the customer's usual
            one at their temperatures [share].
        inflation_limit: What it is held against.
        open_share: Energy of the event's day outside the event, of the usual one.
        already_share: Part of the reduction that was there one to four hours before the event.
    """

    inflation: np.ndarray
    inflation_limit: np.ndarray
    open_share: np.ndarray
    already_share: np.ndarray


def figures_of(
    history: History,
    event: Event,
    placebos: list[Event],
    rule: Rule,
    without_kw: np.ndarray,
) -> Figures:
    """The figures of an event.

    Args:
        history: Of those called alone.
        event: The event.
        placebos: Days like it when nobody was called.
        rule: That settles it.
        without_kw: Its baseline of the whole day, (called, 96) [kW].
    """
    now = inflation(history, event, rule)
    # a placebo that looks back to the same days would excuse them
    apart = [one for one in placebos if abs(one.day - event.day) > _APART_DAYS]
    before = np.stack([inflation(history, one, rule) for one in apart] or [now * np.nan])
    known = np.where(np.isnan(before), -np.inf, before).max(axis=0)
    known = np.where(np.isfinite(known), known, 0.0)
    load_kw = history.load_kw[:, event.day]
    usual_kw = _usual_day(history, event, rule)
    return Figures(
        now,
        np.maximum(LEAST_INFLATION_SHARE, INFLATION_TIMES * known),
        _open_share(load_kw, usual_kw, event, history.steps_per_hour),
        _already_share(load_kw, usual_kw, without_kw, event, history.steps_per_hour),
    )


def inflation(history: History, event: Event, rule: Rule) -> np.ndarray:
    """Load of the days looked back to above the customer's usual one, (customers,) [share].

    Usual is a regression of the event's hours on cooling and heating degrees, over days of the same
    kind before those looked back to.
    """
    in_hours = history.load_kw[:, :, event.steps].mean(axis=2)
    places, counts = alike_days(history, event, rule if rule.form == "days" else _as_days(rule))
    sampled = np.zeros(in_hours.shape, dtype=bool)
    sampled[:, places] = counts & (np.cumsum(counts, axis=1) <= _sample_days(rule))
    first = np.where(sampled.any(axis=1), sampled.argmax(axis=1), event.day)
    types = day_types(history.dates, "workday", history.country)
    days = np.arange(len(history.dates))
    trained = (days < first[:, None]) & (types == types[event.day]) & ~history.is_event
    terms = _terms(history, event)
    trained &= ~np.isnan(in_hours) & np.isfinite(terms).all(axis=1)
    usual = _fitted(in_hours, terms, trained)
    is_enough = (trained.sum(axis=1) >= LEAST_TRAINED_DAYS) & sampled.any(axis=1)
    chosen = sampled & ~np.isnan(in_hours) & np.isfinite(usual)
    above = np.where(chosen, in_hours - usual, 0).sum(axis=1)
    whole = np.where(chosen, usual, 0).sum(axis=1)
    found = np.divide(above, whole, out=np.full(whole.shape, np.nan), where=whole > _TINY_KW)
    return np.where(is_enough, found, np.nan)


def _as_days(rule: Rule) -> Rule:
    """For rules without sample days, the latest workdays or rest days."""
    return rule.model_copy(
        update={
            "day_type": "workday",
            "look_back_days": max(rule.look_back_days, 45),
            "adjust": "none",
        }
    )


def _sample_days(rule: Rule) -> int:
    is_of_few = rule.form == "days" and rule.pick != "similar"
    return rule.days if is_of_few else USUAL_SAMPLE_DAYS


def _terms(history: History, event: Event) -> np.ndarray:
    """Level, cooling and heating degrees of every day, (days, terms)."""
    level = np.ones(len(history.dates))
    if history.temperature_c is None:
        return level[:, None]
    felt = history.temperature_c[:, event.steps].mean(axis=1)
    return np.stack([level, np.maximum(felt - WARM_C, 0), np.maximum(COLD_C - felt, 0)], axis=1)


def _fitted(values: np.ndarray, terms: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """Least squares of every customer over its own days, for all days (customers, days)."""
    weight, known = trained.astype(np.float64), np.nan_to_num(values)
    safe = np.nan_to_num(terms)
    squares = np.einsum("cd,dp,dq->cpq", weight, safe, safe, optimize=True)
    inverse = np.linalg.pinv(squares, rcond=1e-10, hermitian=True)
    slopes = np.einsum("cpq,cq->cp", inverse, (weight * known) @ safe)
    return np.where(np.isfinite(terms).all(axis=1), slopes @ safe.T, np.nan)


def _usual_day(history: History, event: Event, rule: Rule) -> np.ndarray:
    """Mean of the latest days of the same kind, (customers, 96) [kW]."""
    places, counts = alike_days(history, event, _as_days(rule))
    is_used = counts & (np.cumsum(counts, axis=1) <= USUAL_SAMPLE_DAYS)
    loads = history.load_kw[:, places]
    is_read = is_used[:, :, None] & ~np.isnan(loads)
    count = is_read.sum(axis=1)
    total = np.where(is_read, loads, 0).sum(axis=1)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def _open_share(
    load_kw: np.ndarray, usual_kw: np.ndarray, event: Event, per_hour: int
) -> np.ndarray:
    """Without the hours in which pre-cooling and what comes back move the load."""
    reach = _REACH_HOURS * per_hour
    outside = np.ones(load_kw.shape[1], dtype=bool)
    outside[max(event.first_step - per_hour, 0) : event.end_step + reach] = False
    chosen = outside & ~np.isnan(load_kw) & ~np.isnan(usual_kw)
    usual = np.where(chosen, usual_kw, 0).sum(axis=1)
    drawn = np.where(chosen, load_kw, 0).sum(axis=1)
    return np.divide(drawn, usual, out=np.full(usual.shape, np.nan), where=usual > _TINY_KW)


def _already_share(
    load_kw: np.ndarray,
    usual_kw: np.ndarray,
    without_kw: np.ndarray,
    event: Event,
    per_hour: int,
) -> np.ndarray:
    begin, end = (max(event.first_step - hours * per_hour, 0) for hours in _HOURS_BEFORE)
    if begin == end:
        return np.full(len(load_kw), np.nan)
    reduced = (without_kw - load_kw)[:, event.steps].mean(axis=1)
    before = (usual_kw - load_kw)[:, begin:end].mean(axis=1)
    return np.divide(before, reduced, out=np.full(reduced.shape, np.nan), where=reduced > _TINY_KW)
