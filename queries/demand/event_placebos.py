"""Days like an event's on which nobody was called: there the truth is known, and rules are tried.

Events are called on the hottest and coldest days. Placebos that are the days of highest load, as
the tribunal of an area takes them, are others: high by chance as well, so that every baseline looks
too low on them and the rule that is generous looks right. On the simulated district that would
choose a rule that measures two thirds too much. Hence the days nearest to the event's in
temperature; where no temperature is known, those of the highest load.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from queries.demand.baseline_engine import baseline
from queries.demand.baseline_history import Event, History, day_types
from queries.demand.baseline_rules import Rule
from queries.demand.placebo_events import LEAST_HISTORY_DAYS, LEAST_READ_SHARE, placebo_events

MOST_PLACEBOS = 16


@dataclass(frozen=True, slots=True)
class Tried:
    """Rules on the placebo days of one event, of those called.

    Attributes:
        days: Places of the placebo days in the history.
        error_kw: By rule, baseline less load, (days, customers): means of the event's hours.
        load_kw: The loads there, (days, customers).
    """

    days: tuple[int, ...]
    error_kw: Mapping[str, np.ndarray]
    load_kw: np.ndarray


def days_like(history: History, event: Event, most: int = MOST_PLACEBOS) -> list[Event]:
    """Placebo events at an event's hours, in order of the calendar.

    Workdays for an event on a workday; with five weeks of history before them; of half of the
    customers at least read.
    """
    types = day_types(history.dates, "workday", history.country)
    felt_c = history.temperature_c
    hours = event.first_step, event.end_step
    if felt_c is None:
        is_rest_day = bool(types[event.day])
        return placebo_events(history, *hours, most, is_rest_day=is_rest_day)
    is_called = history.is_event.any(axis=0) if history.is_event.ndim > 1 else history.is_event
    is_read = ~np.isnan(history.load_kw[:, :, event.steps]).any(axis=2)
    first_read = int(np.median(np.argmax(is_read, axis=1))) if len(history.load_kw) else 0
    felt = felt_c[:, event.steps].mean(axis=1)
    may_be = (
        (types == types[event.day])
        & ~is_called
        & (is_read.mean(axis=0) >= LEAST_READ_SHARE)
        & (np.arange(len(felt)) >= first_read + LEAST_HISTORY_DAYS)
        & np.isfinite(felt)
    )
    places = np.flatnonzero(may_be)
    apart = np.abs(felt[places] - felt[event.day])
    nearest = places[np.argsort(apart, kind="stable")[:most]]
    return [Event(int(place), *hours) for place in np.sort(nearest)]


def tried_on(
    history: History, events: Sequence[Event], rules: Mapping[str, Rule], called: int
) -> Tried:
    """Every rule on placebo events, of the first ``called`` customers; the rest are controls."""
    loads = [_mean(history.load_kw[:called, one.day, one.steps]) for one in events]
    errors = {
        code: np.stack(
            [
                _mean(without_event(history, one, rule, called)) - load
                for one, load in zip(events, loads, strict=True)
            ]
            or [np.empty((0, called))]
        ).reshape(-1, called)
        for code, rule in rules.items()
    }
    load_kw = np.stack(loads) if loads else np.empty((0, called))
    return Tried(tuple(one.day for one in events), errors, load_kw)


def without_event(history: History, event: Event, rule: Rule, called: int) -> np.ndarray:
    """The baseline of the event's hours of the first ``called`` customers, (called, steps) [kW]."""
    return whole_day_without(history, event, rule, called)[:, event.steps]


def whole_day_without(history: History, event: Event, rule: Rule, called: int) -> np.ndarray:
    """The same of the whole day, (called, 96), where the rule speaks of it.

    Only the days that the rule may look back to are handed on: a year of others takes time.
    """
    customers = len(history.load_kw) if rule.form == "matched_control" else called
    own = history.of_customers(0, customers)
    first = max(event.day - max(rule.look_back_days, 1), 0)
    days = slice(first, event.day + 1)
    felt_c = own.temperature_c
    near = replace(
        own,
        dates=own.dates[days],
        load_kw=own.load_kw[:, days],
        is_event=own.is_event[..., days],
        temperature_c=None if felt_c is None else felt_c[days],
    )
    moved = replace(event, day=event.day - first)
    return baseline(near, moved, rule)[:called]


def standard_error_kw(error_kw: np.ndarray) -> float | None:
    """Root mean square over placebo days of the error of all together [kW]; None: too few days.

    What is always wrong to one side counts in it, since nothing corrects for it.
    """
    is_known = ~np.isnan(error_kw)
    together = np.where(is_known, error_kw, 0).sum(axis=1)[is_known.any(axis=1)]
    return float(np.sqrt(np.mean(together**2))) if len(together) >= _LEAST_DAYS else None


def standard_errors_kw(error_kw: np.ndarray) -> np.ndarray:
    """The same of every customer, (customers,); NaN: too few days."""
    is_known = ~np.isnan(error_kw)
    days = is_known.sum(axis=0)
    squares = np.where(is_known, error_kw, 0) ** 2
    mean = np.divide(squares.sum(axis=0), days, out=np.full(days.shape, np.nan), where=days > 0)
    return np.where(days >= _LEAST_DAYS, np.sqrt(mean), np.nan)


_LEAST_DAYS = 4


def _mean(load_kw: np.ndarray) -> np.ndarray:
    """Mean of the steps; NaN where one is missing."""
    return load_kw.mean(axis=1, dtype=np.float64)
