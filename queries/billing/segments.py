"""The days of bills, cut wherever a price, a tier counter or an account could change."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from queries.billing.tariff_model import EnergyCharge, Tariff
from queries.billing.tier_resets import TierReset, reset_period

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Segment:
    """Days of one bill over which nothing changes, first and last included.

    Attributes:
        first_day: First day.
        last_day: Last day.
        bill: Place of its bill among the bills.
    """

    first_day: date
    last_day: date
    bill: int

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last_day - self.first_day).days + 1


Span = tuple[date, date]


def months(first_day: date, last_day: date) -> tuple[Span, ...]:
    """The calendar months from ``first_day`` to ``last_day``, the outer ones cut to them.

    >>> months(date(2024, 1, 20), date(2024, 2, 29))[0]
    (datetime.date(2024, 1, 20), datetime.date(2024, 1, 31))
    """
    if last_day < first_day:
        raise ValueError(f"the last day {last_day} is before the first day {first_day}.")
    starts = [first_day]
    while (following := month_after(starts[-1])) <= last_day:
        starts.append(following)
    ends = [start - _DAY for start in starts[1:]]
    return tuple(zip(starts, [*ends, last_day], strict=True))


def month_after(day: date) -> date:
    """First day of the month after that of ``day``."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def cut(bills: Sequence[Span], at: Iterable[date]) -> tuple[Segment, ...]:
    """The bills cut before every day of ``at``."""
    cuts = sorted(set(at))
    segments = []
    for number, (first_day, last_day) in enumerate(bills):
        starts = [first_day, *(day for day in cuts if first_day < day <= last_day)]
        ends = [*(start - _DAY for start in starts[1:]), last_day]
        segments += [Segment(start, end, number) for start, end in zip(starts, ends, strict=True)]
    return tuple(segments)


def cuts_of(tariff: Tariff, bills: Sequence[Span]) -> set[date]:
    """The days in ``bills`` from which on another version, month or tier counter holds."""
    first_day, last_day = bills[0][0], bills[-1][1]
    found = {start for start, _ in months(first_day, last_day)}
    found |= {one.valid_from for one in tariff.versions if one.valid_from}
    for reset in _resets(tariff):
        if reset.every == "bill_cycle":
            found |= set(reset.cycle_starts)
            continue
        day = first_day
        while day <= last_day:
            start, end = reset_period(day, reset)
            found.add(start)
            day = end + _DAY
    return {day for day in found if first_day < day <= last_day}


def _resets(tariff: Tariff) -> Collection[TierReset]:
    charges = [charge for version in tariff.versions for charge in version.charges]
    return {
        charge.tiers.reset
        for charge in charges
        if isinstance(charge, EnergyCharge) and charge.tiers is not None
    }
