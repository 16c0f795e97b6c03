"""Baselines that no rule book has: a regression on weather, and customers like those called."""

import numpy as np

from queries.demand.baseline_history import (
    Event,
    History,
    alike_days,
    day_types,
    looked_back_to,
)
from queries.demand.baseline_rules import Rule

WARM_C, COLD_C = 22.0, 14.0
"""Beyond which loads are taken to answer to the temperature of the air."""
_TINY = 1e-9


def regression_baseline(history: History, event: Event, rule: Rule) -> np.ndarray:
    """Each step of the event on day type, cooling and heating degrees, by customer.

    Least squares over the look-back days without event, after the time-of-week and temperature
    model (Mathieu, Price, Kiliccote & Piette 2011): every step has its own level, another one on
    rest days, and its own slopes. Without temperatures only the levels count.
    """
    load_kw, steps = history.load_kw, history.load_kw.shape[2]
    temperature_c = _known_temperature(history, event)
    is_near = looked_back_to(history, event, rule)
    if temperature_c is not None:
        is_near &= np.isfinite(temperature_c).all(axis=1)
    is_before = np.repeat(is_near[None, :], len(load_kw), axis=0)
    if "event" in rule.exclude:
        is_before &= ~history.is_event
    days = np.flatnonzero(is_before.any(axis=0))
    found = np.full((len(load_kw), steps), np.nan)
    if len(days) < rule.least_days:
        return found
    is_rest = day_types(history.dates, "workday", history.country).astype(np.float64)
    for step in range(event.first_step, event.end_step):
        terms = _terms(is_rest, temperature_c, step)
        is_known = is_before[:, days] & ~np.isnan(load_kw[:, days, step])
        products = np.where(is_known, load_kw[:, days, step], 0) @ terms[days]
        # Customers read on the same days, nearly all, share the inverse.
        _, first, alike = np.unique(
            np.packbits(is_known, axis=1), axis=0, return_index=True, return_inverse=True
        )
        weight = is_known[first].astype(np.float64)
        squares = np.einsum("cd,dp,dq->cpq", weight, terms[days], terms[days], optimize=True)
        # a term without any variation, such as heating in July, gets no slope
        inverse = np.linalg.pinv(squares, rcond=1e-10, hermitian=True)
        slopes = np.einsum("cpq,cq->cp", inverse[alike.ravel()], products)
        is_enough = is_known.sum(axis=1) >= rule.least_days
        found[is_enough, step] = (slopes @ terms[event.day])[is_enough]
    return found


def _known_temperature(history: History, event: Event) -> np.ndarray | None:
    """The temperatures, where the event's own day has them."""
    known = history.temperature_c
    return known if known is not None and np.isfinite(known[event.day]).all() else None


def _terms(is_rest: np.ndarray, temperature_c: np.ndarray | None, step: int) -> np.ndarray:
    """Level, rest day, cooling and heating degrees of every day at one step, (days, terms)."""
    level = np.ones_like(is_rest)
    if temperature_c is None:
        return np.stack([level, is_rest], axis=1)
    felt = temperature_c[:, step]
    warm, cold = np.maximum(felt - WARM_C, 0), np.maximum(COLD_C - felt, 0)
    return np.stack([level, is_rest, warm, cold], axis=1)


def control_baseline(history: History, event: Event, rule: Rule) -> np.ndarray:
    """The own days that are alike, moved as those customers moved who are most alike.

    Alike is who has the nearest daily shape and, after its logarithm, size on the look-back days.
    What their load of the event's day is above their usual one, as a share of their mean, is added
    to the own mean day. Those who were called that day are no controls; where nobody was (a
    placebo), everybody is one but oneself.
    """
    places, counts = alike_days(history, event, rule)
    is_used = counts & (np.cumsum(counts, axis=1) <= rule.days)
    usual = _usual(history.load_kw, places, is_used)
    is_called = np.broadcast_to(history.is_event, history.load_kw.shape[:2])[:, event.day]
    now = history.load_kw[:, event.day]
    is_whole = ~np.isnan(usual).any(axis=1) & (usual.mean(axis=1) > _TINY)
    may_control = is_whole & ~np.isnan(now).any(axis=1) & ~(is_called & ~is_called.all())
    is_enough = is_whole & (counts.sum(axis=1) >= rule.least_days)
    found = np.full(now.shape, np.nan)
    controls, own = np.flatnonzero(may_control), np.flatnonzero(is_enough)
    if len(controls) <= rule.matches:
        return found
    features, size = _features(usual), usual.mean(axis=1)
    for part in np.array_split(own, max(len(own) // 500, 1)):
        nearest = controls[
            _nearest(features[part], features[controls], part, controls, rule.matches)
        ]
        moved = (now[nearest] - usual[nearest]).sum(axis=1) / size[nearest].sum(axis=1)[:, None]
        found[part] = usual[part] + moved * size[part, None]
    return found


def _usual(load_kw: np.ndarray, places: np.ndarray, is_used: np.ndarray) -> np.ndarray:
    """Mean day of each customer, (customers, steps); NaN where a step was never read."""
    total, count = np.zeros(load_kw.shape[::2]), np.zeros(load_kw.shape[::2])
    for column, day in enumerate(places):
        is_read = is_used[:, column, None] & ~np.isnan(load_kw[:, day])
        total += np.where(is_read, load_kw[:, day], 0)
        count += is_read
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _features(usual: np.ndarray) -> np.ndarray:
    """Shape by the hour, and size: customers near in these are alike."""
    known = np.nan_to_num(usual)
    hours = known.reshape(len(known), 24, -1).mean(axis=2)
    mean = np.maximum(hours.mean(axis=1, keepdims=True), _TINY)
    return np.concatenate([hours / mean / np.sqrt(24), np.log(mean)], axis=1)


def _nearest(
    own: np.ndarray, others: np.ndarray, own_place: np.ndarray, place: np.ndarray, matches: int
) -> np.ndarray:
    apart = (own**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * own @ others.T
    apart[own_place[:, None] == place[None, :]] = np.inf
    return np.argpartition(apart, matches - 1, axis=1)[:, :matches]
