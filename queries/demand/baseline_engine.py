"""What customers would have used without an event, by any rule of the table."""

import numpy as np

from queries.demand.baseline_history import Event, History, adjustment_steps, alike_days
from queries.demand.baseline_models import control_baseline, regression_baseline
from queries.demand.baseline_rules import Rule

_AT_A_TIME = 1000
"""Customers worked out together: 1000 of 45 days of quarters of an hour are 35 MB."""


def baseline(history: History, event: Event, rule: Rule) -> np.ndarray:
    """Load of the event's day as it would have been, (customers, steps) [kW].

    NaN for a customer of whom the rule finds fewer than ``least_days``, and (same day, regression)
    outside the hours it speaks of. Nothing after the event's day is looked at.
    """
    if rule.form == "matched_control":
        return control_baseline(history, event, rule)
    make = {"days": _of_days, "same_day": _of_same_day, "regression": regression_baseline}
    customers = len(history.load_kw)
    parts = [
        make[rule.form](
            history.of_customers(first, min(first + _AT_A_TIME, customers)), event, rule
        )
        for first in range(0, customers, _AT_A_TIME)
    ]
    return np.concatenate(parts) if parts else np.empty((0, history.load_kw.shape[2]))


def _of_days(history: History, event: Event, rule: Rule) -> np.ndarray:
    samples, is_there = latest_days(history, event, rule)
    is_enough = is_there.sum(axis=1) >= rule.least_days
    if rule.pick != "all":
        samples, is_there = _picked(samples, is_there, history, event, rule)
    found = _combined(samples, is_there, rule)
    found[~is_enough] = np.nan
    return _adjusted(found, history, event, rule)


def latest_days(history: History, event: Event, rule: Rule) -> tuple[np.ndarray, np.ndarray]:
    """The latest days that are alike, (customers, days, steps), and which of them there are."""
    places, counts = alike_days(history, event, rule)
    # the latest that count; those that do not go behind, in any order
    order = np.argsort(~counts, axis=1, kind="stable")[:, : rule.days]
    customer = np.arange(len(order))[:, None]
    return history.load_kw[customer, places[order]], counts[customer, order]


def _picked(
    samples: np.ndarray, is_there: np.ndarray, history: History, event: Event, rule: Rule
) -> tuple[np.ndarray, np.ndarray]:
    """The highest days, or those most like the event's day in the hours without event."""
    if rule.pick == "highest":
        score = -samples[:, :, event.steps].mean(axis=2)
    else:
        outside = np.delete(np.arange(samples.shape[2]), np.r_[event.steps])
        apart = samples[:, :, outside] - history.load_kw[:, event.day][:, None, outside]
        is_read = ~np.isnan(apart)
        squares = np.where(is_read, apart, 0) ** 2
        read = is_read.sum(axis=2)
        score = np.divide(
            squares.sum(axis=2), read, out=np.full(read.shape, np.inf), where=read > 0
        )
    score = np.where(is_there, score, np.inf)
    best = np.argsort(score, axis=1, kind="stable")[:, : rule.picked]
    customer = np.arange(len(best))[:, None]
    return samples[customer, best], is_there[customer, best]


def _combined(samples: np.ndarray, is_there: np.ndarray, rule: Rule) -> np.ndarray:
    is_used = is_there[:, :, None] & ~np.isnan(samples)
    if rule.trim is not None:
        middle = _mean(samples, is_used)[:, None, :]
        low, high = rule.trim
        # of a negative mean (a roof that feeds in) the larger multiple is the lower bound
        bounds = np.sort(np.stack([low * middle, high * middle]), axis=0)
        is_inside = (samples >= bounds[0]) & (samples <= bounds[1])
        # where every sample is outside, none is more to be doubted than another
        is_used &= is_inside | ~(is_used & is_inside).any(axis=1, keepdims=True)
    if rule.combine in {"maximum", "minimum"}:
        extreme, worst = (np.max, -np.inf) if rule.combine == "maximum" else (np.min, np.inf)
        found = extreme(np.where(is_used, samples, worst), axis=1)
        return np.where(np.isfinite(found), found, np.nan)
    return _mean(samples, is_used)


def _mean(samples: np.ndarray, is_used: np.ndarray) -> np.ndarray:
    total, count = np.where(is_used, samples, 0).sum(axis=1), is_used.sum(axis=1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _adjusted(found: np.ndarray, history: History, event: Event, rule: Rule) -> np.ndarray:
    """Moved to the level of the same day before the event; without readings there, not moved."""
    first, end = adjustment_steps(history, event, rule)
    if first == end:
        return found
    usual = found[:, first:end].mean(axis=1)
    now = history.load_kw[:, event.day, first:end].mean(axis=1)
    is_known = ~(np.isnan(usual) | np.isnan(now))
    if rule.adjust == "ratio":
        is_known &= usual > 0
        ratio = np.divide(now, usual, out=np.ones_like(usual), where=is_known)
        if rule.cap_share is not None:
            ratio = np.clip(ratio, 1 - rule.cap_share, 1 + rule.cap_share)
        return found * ratio[:, None]
    difference = np.where(is_known, now - usual, 0)
    if rule.cap_share is not None:
        most = rule.cap_share * np.nan_to_num(np.abs(usual))
        difference = np.clip(difference, -most, most)
    return found + difference[:, None]


def _of_same_day(history: History, event: Event, rule: Rule) -> np.ndarray:
    """The mean of the hours around the event, some skipped on both sides, as one level."""
    per_hour, steps = history.steps_per_hour, history.load_kw.shape[2]
    until = event.first_step - round(rule.skipped_hours * per_hour)
    since = event.end_step + round(rule.skipped_hours * per_hour)
    before = np.arange(max(until - round(rule.hours_before * per_hour), 0), max(until, 0))
    after = np.arange(min(since, steps), min(since + round(rule.hours_after * per_hour), steps))
    around = history.load_kw[:, event.day][:, np.concatenate([before, after])]
    is_read = ~np.isnan(around)
    found = np.full((len(around), steps), np.nan)
    found[:, event.steps] = _mean(around, is_read)[:, None]
    return found
