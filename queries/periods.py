"""Periods that belong together: the one before, the same a year ago, the usual choices."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

Comparison = Literal["previous", "week", "year"]
"""环比 the period before; the same days a week before; 同比 the same days a year before."""


def compared_period(comparison: Comparison, first_day: date, last_day: date) -> tuple[date, date]:
    """The first and last day to compare ``first_day`` to ``last_day`` with.

    Whole calendar months are compared with as many whole months before them; any other period with
    as many days before it. A year before 29 February is 28 February.

    >>> compared_period("previous", date(2016, 3, 1), date(2016, 3, 31))
    (datetime.date(2016, 2, 1), datetime.date(2016, 2, 29))
    """
    if comparison == "week":
        return first_day - timedelta(days=7), last_day - timedelta(days=7)
    if comparison == "year":
        return _months_before(first_day, 12), _months_before(last_day, 12)
    if first_day.day == 1 and (last_day + timedelta(days=1)).day == 1:
        months = (last_day.year - first_day.year) * 12 + last_day.month - first_day.month + 1
        return _months_before(first_day, months), first_day - timedelta(days=1)
    length = last_day - first_day + timedelta(days=1)
    return first_day - length, last_day - length


def usual_periods(first_day: date, last_day: date) -> dict[str, tuple[date, date]]:
    """``day``, ``week``, ``month`` and ``year`` up to the latest day of data, and ``all`` of it.

    ``week`` is the last seven days; ``month`` and ``year`` are the calendar's, begun or complete.
    None begins before there is data.
    """
    begins = {
        "day": last_day,
        "week": last_day - timedelta(days=6),
        "month": last_day.replace(day=1),
        "year": last_day.replace(month=1, day=1),
        "all": first_day,
    }
    return {name: (max(begin, first_day), last_day) for name, begin in begins.items()}


def whole_months(first_day: date, last_day: date) -> tuple[tuple[date, date], ...]:
    """First and last day of every calendar month that lies within the days whole.

    >>> whole_months(date(2025, 1, 15), date(2025, 3, 30))
    ((datetime.date(2025, 2, 1), datetime.date(2025, 2, 28)),)
    """
    count = (last_day.year - first_day.year) * 12 + last_day.month - first_day.month + 1
    begins = [_months_before(first_day.replace(day=1), -month) for month in range(count)]
    ends = [_months_before(begin, -1) - timedelta(days=1) for begin in begins]
    pairs = zip(begins, ends, strict=True)
    return tuple((begin, end) for begin, end in pairs if first_day <= begin and end <= last_day)


def months_touched(first_day: date, last_day: date) -> tuple[tuple[date, date], ...]:
    """First and last day of every calendar month in which one of the days lies.

    >>> months_touched(date(2025, 1, 15), date(2025, 2, 3))[1]
    (datetime.date(2025, 2, 1), datetime.date(2025, 2, 28))
    """
    after = _months_before(last_day.replace(day=1), -1)
    return whole_months(first_day.replace(day=1), after - timedelta(days=1))


def usual_year(months: Sequence[tuple[date, date]]) -> tuple[date, date]:
    """First and last day of the last twelve of ``months``, of all where there are fewer."""
    return months[-12:][0][0], months[-1][1]


def change_share(now: float | None, before: float | None) -> float | None:
    """(now − before) / before; None where either is missing or there was nothing before.

    >>> change_share(110.0, 100.0), change_share(1.0, None)
    (0.1, None)
    """
    if now is None or not before:
        return None
    return (now - before) / before


def _months_before(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
