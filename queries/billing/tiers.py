"""Tiers (阶梯): the energy of every billing segment by tier, in the tiers' own reset period.

A tier is chosen by all that was used since its counter was last reset, so a segment is split with
the cumulative use before it: ``tier_quantities_kwh`` is that one step, ``split_by_tier`` the walk
over segments; how tiers meet time-of-use periods is in ``queries/billing/tier_periods.py``. Energy
is never split by days: a segment that crosses a border is refused, as only a reading can cut it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from queries.billing.money import rounded
from queries.billing.tier_resets import TierReset, months_in_use, reset_period

_MONTHS = {"year": 12, "quarter": 3}


@dataclass(frozen=True, slots=True)
class Tiers:
    """A tier table.

    Attributes:
        reset: When the cumulative use starts again from zero.
        limits_kwh: Upper limit of every tier but the last, included in it, for a whole reset
            period: Beijing's (2880, 4800) a year make three tiers.
        active_months: Calendar months in which there are tiers; outside of them energy has none
            and does not count (Yunnan: 12, 1, 2, 3, 4). Limits that differ by season (Shenzhen,
            Sichuan) are one table for each season.
        limit_decimals: A limit cut to months in use is rounded to so many, half up (our choice:
            whole kWh).
    """

    reset: TierReset
    limits_kwh: tuple[Decimal, ...]
    active_months: tuple[int, ...] = tuple(range(1, 13))
    limit_decimals: int = 0

    def __post_init__(self) -> None:
        _check_limits(self.limits_kwh)
        if not self.active_months or not set(self.active_months) <= set(range(1, 13)):
            raise ValueError(
                f"active_months = {self.active_months}; expected at least one of 1 to 12."
            )


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an account's own circumstances make of the limits.

    Attributes:
        opened_on: First day in use; None: before every period asked about.
        closed_on: Last day in use.
        extra_kwh_per_month: Added to every limit for each month of use, e.g. 100 for a household
            of five and more (recalled, differs by province).
    """

    opened_on: date | None = None
    closed_on: date | None = None
    extra_kwh_per_month: Decimal = Decimal(0)


NO_CHANGE = Allowance()
"""An account in use all the time, with the limits as the table has them."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Energy between two readings, both days included [kWh; a correction may be negative]."""

    first_day: date
    last_day: date
    energy_kwh: Decimal


@dataclass(frozen=True, slots=True)
class TierSplit:
    """One segment by tier.

    Attributes:
        tier_kwh: Energy in each tier, the first tier first; all zero where there are no tiers.
        untiered_kwh: Energy outside the active months.
        used_before_kwh: Cumulative use of the reset period before the segment.
        limits_kwh: Those that held.
    """

    tier_kwh: tuple[Decimal, ...]
    untiered_kwh: Decimal
    used_before_kwh: Decimal
    limits_kwh: tuple[Decimal, ...]


def tier_quantities_kwh(
    energy_kwh: Decimal, limits_kwh: Sequence[Decimal], used_before_kwh: Decimal = Decimal(0)
) -> tuple[Decimal, ...]:
    """How much of ``energy_kwh`` falls in each tier after ``used_before_kwh``.

    The quantities add up to the energy. A negative energy takes back from the highest tier that was
    reached; below zero use all is in the first tier.

    >>> tier_quantities_kwh(Decimal(500), [Decimal(2880), Decimal(4800)], Decimal(2700))
    (Decimal('180'), Decimal('320'), Decimal('0'))
    """
    _check_limits(limits_kwh)
    after = used_before_kwh + energy_kwh
    lower = (None, *limits_kwh)
    upper = (*limits_kwh, None)
    return tuple(
        _between(after, low, high) - _between(used_before_kwh, low, high)
        for low, high in zip(lower, upper, strict=True)
    )


def _between(used_kwh: Decimal, lower: Decimal | None, upper: Decimal | None) -> Decimal:
    """``used_kwh`` held between two limits: what differs of it lies in the tier between them."""
    if lower is not None and used_kwh < lower:
        return lower
    return upper if upper is not None and used_kwh > upper else used_kwh


def _check_limits(limits_kwh: Sequence[Decimal]) -> None:
    steps = zip((Decimal(0), *limits_kwh), limits_kwh, strict=False)
    if any(high < low for low, high in steps):
        raise ValueError(
            f"limits_kwh = {[str(limit) for limit in limits_kwh]}; expected limits that do not "
            "fall, from 0 on. Give the cumulative upper limit of every tier but the last."
        )


def limits_of(
    tiers: Tiers, period: tuple[date, date], allowance: Allowance = NO_CHANGE
) -> tuple[Decimal, ...]:
    """The limits that hold for one account in one reset period [kWh].

    An account opened or closed within a year or quarter has the monthly part of the limit for each
    month in use, a begun one counted whole (85 %); in a month, a bill cycle or a day the limit is
    never cut, and the larger allowance of a month is granted once (not at all in a day).
    """
    every = tiers.reset.every
    if every == "day":
        return tiers.limits_kwh
    months = 1
    limits = tiers.limits_kwh
    if whole := _MONTHS.get(every):
        months = months_in_use(period, opened_on=allowance.opened_on, closed_on=allowance.closed_on)
        if months != whole:
            part = Fraction(months, whole)
            limits = tuple(rounded(part * Fraction(kwh), tiers.limit_decimals) for kwh in limits)
    return tuple(kwh + allowance.extra_kwh_per_month * months for kwh in limits)


def split_by_tier(
    segments: Sequence[Segment],
    tiers: Tiers,
    *,
    used_before_kwh: Decimal = Decimal(0),
    allowance: Allowance = NO_CHANGE,
) -> list[TierSplit]:
    """Every segment by tier, in order of time; the use cumulates over a reset period.

    Args:
        segments: Ordered, without overlap; each within one reset period and either within or
            outside the active months. Under a bill-cycle reset each cycle starts from zero by its
            ``first_day`` in ``tiers.reset.cycle_starts``.
        tiers: The table.
        used_before_kwh: Used before the first segment in its reset period, in active months.
        allowance: Of the account.

    Returns:
        One split for each segment. Cutting a segment by a reading changes no sum.
    """
    splits = []
    counted_since: date | None = None
    used_kwh = used_before_kwh
    last_day: date | None = None
    for segment in segments:
        period = _period_of(segment, tiers, last_day)
        _check_in_use(segment, allowance)
        if counted_since is not None and period[0] != counted_since:
            used_kwh = Decimal(0)
        counted_since, last_day = period[0], segment.last_day
        limits = limits_of(tiers, period, allowance)
        if segment.first_day.month not in tiers.active_months:
            none = (Decimal(0),) * (len(limits) + 1)
            splits.append(TierSplit(none, segment.energy_kwh, used_kwh, limits))
            continue
        quantities = tier_quantities_kwh(segment.energy_kwh, limits, used_kwh)
        splits.append(TierSplit(quantities, Decimal(0), used_kwh, limits))
        used_kwh += segment.energy_kwh
    return splits


def _period_of(segment: Segment, tiers: Tiers, day_before: date | None) -> tuple[date, date]:
    """The reset period that holds the whole segment; ValueError where none does."""
    said = f"segment {segment.first_day} to {segment.last_day}"
    if segment.last_day < segment.first_day:
        raise ValueError(f"{said}: it ends before it starts. Swap the days.")
    if day_before is not None and segment.first_day <= day_before:
        raise ValueError(f"{said} starts before {day_before} is over. Order segments, no overlap.")
    period = reset_period(segment.first_day, tiers.reset)
    if segment.last_day > period[1]:
        raise ValueError(
            f"{said} crosses the reset of the tiers after {period[1]}. "
            "Cut it by the reading of that day: energy is not split by days."
        )
    if len({month in tiers.active_months for month in _months_of(segment)}) > 1:
        raise ValueError(
            f"{said} crosses the border of the months with tiers {tiers.active_months}. "
            "Cut it by the reading at the month's end."
        )
    return period


def _check_in_use(segment: Segment, allowance: Allowance) -> None:
    opened, closed = allowance.opened_on or date.min, allowance.closed_on or date.max
    if segment.first_day < opened or segment.last_day > closed:
        raise ValueError(
            f"segment {segment.first_day} to {segment.last_day} lies outside the account's use, "
            f"{allowance.opened_on} to {allowance.closed_on}. Correct the account or the readings."
        )


def _months_of(segment: Segment) -> set[int]:
    first = segment.first_day.year * 12 + segment.first_day.month - 1
    last = segment.last_day.year * 12 + segment.last_day.month - 1
    return {month % 12 + 1 for month in range(first, last + 1)}


def free_kwh(energy_kwh: Decimal, free_kwh_per_month: Decimal, months: int = 1) -> Decimal:
    """Energy of a billing cycle that a welfare household has free (免费电量) [kWh].

    Not more than was used, and not carried over to another cycle (recalled: 10–15 kWh a month for
    households on minimum living allowance; credited at the price of the first tier, while all
    energy counts for the tiers).

    >>> free_kwh(Decimal(8), Decimal(10)), free_kwh(Decimal(90), Decimal(10), months=2)
    (Decimal('8'), Decimal('20'))
    """
    return min(max(energy_kwh, Decimal(0)), free_kwh_per_month * months)
