"""When the counter of the tiers starts again, and how much of that time an account was in use."""

from bisect import bisect_right
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

_MONTHS = {"year": 12, "quarter": 3, "month": 1}


@dataclass(frozen=True, slots=True)
class TierReset:
    """When cumulative use starts again from zero.

    Attributes:
        every: ``bill_cycle`` follows the account's own reading days.
        start_month: First month of the tier year; quarters count from it. Guizhou's year begins on
            1 December.
        start_day: First day of the period in its month; the month's last where it is shorter.
        cycle_starts: First days of the bill cycles in order, the day after the last one included
            so that its end is known. For ``bill_cycle`` only.
    """

    every: Literal["day", "month", "bill_cycle", "quarter", "year"]
    start_month: int = 1
    start_day: int = 1
    cycle_starts: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        if not (1 <= self.start_month <= 12 and 1 <= self.start_day <= 31):
            raise ValueError(
                f"tiers start in month {self.start_month} on day {self.start_day}; "
                "expected a month of 1 to 12 and a day of 1 to 31."
            )
        if list(self.cycle_starts) != sorted(set(self.cycle_starts)):
            raise ValueError("cycle_starts do not rise. Order them, each day once.")


def reset_period(day: date, reset: TierReset) -> tuple[date, date]:
    """First and last day of the reset period that holds ``day``.

    >>> reset_period(date(2024, 12, 1), TierReset("year", start_month=12))
    (datetime.date(2024, 12, 1), datetime.date(2025, 11, 30))
    """
    if reset.every == "day":
        return day, day
    if reset.every == "bill_cycle":
        place = bisect_right(reset.cycle_starts, day)
        if not 0 < place < len(reset.cycle_starts):
            raise ValueError(
                f"no bill cycle holds {day}; {len(reset.cycle_starts)} starts are known. "
                "Add the first day of its cycle and of the next to cycle_starts."
            )
        return reset.cycle_starts[place - 1], reset.cycle_starts[place] - timedelta(1)
    months = _MONTHS[reset.every]
    month = day.year * 12 + day.month - 1
    if day < _start_in(month, reset.start_day):
        month -= 1
    first = month - (month - (reset.start_month - 1)) % months
    return _start_in(first, reset.start_day), _start_in(
        first + months, reset.start_day
    ) - timedelta(1)


def _start_in(month: int, start_day: int) -> date:
    """The starting day in a month counted from year 0."""
    year, of_year = divmod(month, 12)
    return date(year, of_year + 1, min(start_day, monthrange(year, of_year + 1)[1]))


def months_in_use(
    period: tuple[date, date], *, opened_on: date | None = None, closed_on: date | None = None
) -> int:
    """Months of ``period`` in which the account was in use, a begun month counted whole.

    That an account opened mid-year has the monthly allowance × months in use is trade practice
    (85 %); that a begun month counts whole is recalled. Months are those of the period: under a
    start on the 15th they run from 15th to 14th.

    Args:
        period: First and last day, as ``reset_period`` gives them for a month, quarter or year.
        opened_on: First day in use; None: before the period.
        closed_on: Last day in use; None: after it.

    >>> months_in_use((date(2024, 1, 1), date(2024, 12, 31)), opened_on=date(2024, 5, 20))
    8
    """
    first = max(period[0], opened_on or period[0])
    last = min(period[1], closed_on or period[1])
    if last < first:
        return 0
    start_day = max(period[0].day, (period[1] + timedelta(1)).day)
    return _month_number(last, start_day) - _month_number(first, start_day) + 1


def _month_number(day: date, start_day: int) -> int:
    month = day.year * 12 + day.month - 1
    return month if day >= _start_in(month, start_day) else month - 1
