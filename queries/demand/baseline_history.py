"""What baselines are worked out from: days of many customers, and which are like an event's."""

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np

from queries.day_classes import day_class
from queries.demand.baseline_rules import Rule

_REST, _SATURDAY, _SUNDAY, _MADE_UP = 1, 2, 3, 8


@dataclass(frozen=True, slots=True)
class History:
    """Loads of many customers over days.

    Attributes:
        dates: Days without gaps, ascending.
        load_kw: (customers, days, steps); NaN where not read.
        is_event: Days with an event, of everybody (days,) or by customer (customers, days).
        country: Whose holidays and make-up workdays there are.
        temperature_c: Of the air, (days, steps); None where not known.
    """

    dates: tuple[date, ...]
    load_kw: np.ndarray
    is_event: np.ndarray
    country: str = "CN"
    temperature_c: np.ndarray | None = None

    @property
    def steps_per_hour(self) -> int:
        """Steps of an hour."""
        return self.load_kw.shape[2] // 24

    def of_customers(self, first: int, end: int) -> "History":
        """The same of some customers."""
        events = self.is_event if self.is_event.ndim == 1 else self.is_event[first:end]
        return replace(self, load_kw=self.load_kw[first:end], is_event=events)


@dataclass(frozen=True, slots=True)
class Event:
    """The hours asked about.

    Attributes:
        day: Place among the history's dates.
        first_step: First step of the event.
        end_step: Step after its last; both within the day.
    """

    day: int
    first_step: int
    end_step: int

    @property
    def steps(self) -> slice:
        """Its steps of the day."""
        return slice(self.first_step, self.end_step)


def day_type(day: date, kind: str, country: str) -> int:
    """Code of the days that are alike: a make-up workday is a workday, a holiday a rest day.

    >>> makeup, monday = date(2024, 2, 4), date(2024, 2, 5)
    >>> day_type(makeup, "workday", "CN") == day_type(monday, "workday", "CN")
    True
    """
    if kind == "all":
        return 0
    is_free_day = is_holiday(day, country)
    is_made_up = not is_free_day and ":" in day_class(day, country)
    is_free = is_free_day or (day.isoweekday() > 5 and not is_made_up)
    if kind == "workday":
        return _REST if is_free else 0
    if kind == "three":
        if not is_free:
            return 0
        return _SATURDAY if day.isoweekday() == 6 and not is_free_day else _SUNDAY
    if is_made_up:
        return _MADE_UP
    return 7 if is_free_day else day.isoweekday()


def is_holiday(day: date, country: str) -> bool:
    """Whether it is a public holiday."""
    name = day_class(day, country)
    return ":" in name and not name.endswith(":make_up_workday")


@lru_cache(maxsize=64)
def day_types(dates: tuple[date, ...], kind: str, country: str) -> np.ndarray:
    """``day_type`` of every day, (days,); shared, not to be changed."""
    return np.array([day_type(day, kind, country) for day in dates])


@lru_cache(maxsize=16)
def holidays_among(dates: tuple[date, ...], country: str) -> np.ndarray:
    """Which of the days are public holidays, (days,); shared, not to be changed."""
    return np.array([is_holiday(day, country) for day in dates], dtype=bool)


def alike_days(history: History, event: Event, rule: Rule) -> tuple[np.ndarray, np.ndarray]:
    """Days before the event's that the rule may look back to, and for which customers each counts.

    A day counts for a customer whose load was read in the event's hours and in those of the
    adjustment.

    Returns:
        Places of the days, the latest first, and (customers, days).
    """
    types = day_types(history.dates, rule.day_type, history.country)
    is_alike = looked_back_to(history, event, rule) & (types == types[event.day])
    places = np.flatnonzero(is_alike)[::-1]
    first, end = adjustment_steps(history, event, rule)
    steps = np.r_[event.steps, first:end]
    counts = np.asarray(~np.isnan(history.load_kw[:, places[:, None], steps]).any(axis=2))
    if "event" in rule.exclude:
        counts &= ~history.is_event[..., places]
    return places, counts


def looked_back_to(history: History, event: Event, rule: Rule) -> np.ndarray:
    """Days before the event's, no further back than the rule looks, (days,)."""
    back = event.day - np.arange(len(history.dates))
    is_near = (back > 0) & (back <= rule.look_back_days)
    if "holiday" in rule.exclude:
        is_near &= ~holidays_among(history.dates, history.country)
    return is_near


def adjustment_steps(history: History, event: Event, rule: Rule) -> tuple[int, int]:
    """First step and step after the last of the same day's hours that adjust; equal: none."""
    if rule.adjust == "none":
        return 0, 0
    begin, end = (
        max(event.first_step - round(hours * history.steps_per_hour), 0)
        for hours in rule.adjust_hours
    )
    return begin, end
