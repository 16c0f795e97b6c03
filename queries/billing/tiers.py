"""Limits of tiers (阶梯): those of the table, cut to the months in use, raised by allowances.

A tier is chosen by all that was used since its counter was last reset (``tier_resets``); how energy
falls in tiers and how these meet periods is in ``energy_pricing``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from queries.billing.money import rounded
from queries.billing.tier_resets import TierReset, months_in_use

_MONTHS = {"year": 12, "quarter": 3}


@dataclass(frozen=True, slots=True)
class Tiers:
    """A tier table.

    Attributes:
        reset: When the cumulative use starts again from zero.
        limits_kwh: Upper limit of every tier but the last, included in it, for a whole reset
            period: Beijing's (2880, 4800) a year make three tiers.
        limit_decimals: A limit cut to months in use is rounded to so many, half up (our choice:
            whole kWh).
    """

    reset: TierReset
    limits_kwh: tuple[Decimal, ...]
    limit_decimals: int = 0

    def __post_init__(self) -> None:
        _check_limits(self.limits_kwh)


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
