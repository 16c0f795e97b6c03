"""The months of a year that can be held against the same months of the year before."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from queries.periods import whole_months

LEAST_MONTHS = 13
"""Whole months of data without which no month has its like a year before."""


@dataclass(frozen=True, slots=True)
class ComparedMonths:
    """Whole calendar months, and each the same month of the year before.

    Attributes:
        later, earlier: First and last days of the months, at most twelve, in the order of time.
    """

    later: tuple[tuple[date, date], ...]
    earlier: tuple[tuple[date, date], ...]

    @property
    def first_day(self) -> date:
        """The first day of both years."""
        return self.earlier[0][0]

    @property
    def last_day(self) -> date:
        """The last day of both years."""
        return self.later[-1][1]


def compared_months(first_day: date, last_day: date) -> ComparedMonths | None:
    """The last twelve whole months between two days that have their like; None: not one has.

    >>> found = compared_months(date(2024, 1, 1), date(2025, 2, 27))
    >>> found.later, found.earlier
    (((datetime.date(2025, 1, 1), datetime.date(2025, 1, 31)),), \
((datetime.date(2024, 1, 1), datetime.date(2024, 1, 31)),))
    """
    months = {begin: (begin, end) for begin, end in whole_months(first_day, last_day)}
    pairs = [
        (months[begin.replace(year=begin.year - 1)], month)
        for begin, month in list(months.items())[-12:]
        if begin.replace(year=begin.year - 1) in months
    ]
    if not pairs:
        return None
    return ComparedMonths(tuple(late for _, late in pairs), tuple(early for early, _ in pairs))


def days_within(dates: tuple[date, ...], months: tuple[tuple[date, date], ...]) -> np.ndarray:
    """Whether each day lies in one of the months, (days,)."""
    inside = {(begin.year, begin.month) for begin, _ in months}
    return np.array([(day.year, day.month) in inside for day in dates], dtype=bool)
