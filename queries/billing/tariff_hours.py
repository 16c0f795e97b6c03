"""The hours of a tariff as a planner edits them, and the tariff with other hours."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from queries.billing.calendar_check import clock, day_kinds_of, runs
from queries.billing.calendar_model import EVERY_MONTH, UNCLAIMED, Calendar, Window, claims
from queries.billing.errors import EditError
from queries.billing.money import rounded
from queries.billing.tariff_model import (
    Charge,
    DemandCharge,
    EnergyCharge,
    Factors,
    Rate,
    Tariff,
)
from queries.billing.tariff_prices import edited_version, is_additive

USUAL_TIMES = {
    "sharp": Decimal("1.875"),
    "peak": Decimal("1.5"),
    "flat": Decimal(1),
    "valley": Decimal("0.5"),
    "deep_valley": Decimal("0.4"),
}
"""What a new period costs to begin with, as a multiple of the flat price.

Half on and off flat, a quarter more at sharp, a fifth less at deep valley, as most provinces have.
"""

USUAL_DIFFERENCES = {
    "sharp": Decimal("0.2"),
    "peak": Decimal("0.1"),
    "valley": Decimal("-0.4"),
    "deep_valley": Decimal("-0.5"),
}
"""The same where prices have tiers: shares of the first tier's price, added to those of all."""


def calendar_of(tariff: Tariff) -> Calendar | None:
    """The calendar that most of its charges follow; None where no price follows the hour."""
    found = [
        charge.calendar
        for charge in edited_version(tariff).charges
        if isinstance(charge, EnergyCharge | DemandCharge) and charge.calendar is not None
    ]
    return max(found, key=found.count) if found else None


def with_hours(tariff: Tariff, windows: Sequence[Window], remainder: str | None) -> Tariff:
    """``tariff`` with other hours of its calendar; new periods get their usual price.

    Raises:
        EditError: the calendar does not give every quarter of an hour to exactly one period, or
            the tariff has none.
    """
    before = calendar_of(tariff)
    if before is None:
        raise EditError("no_calendar", f"tariff '{tariff.code}' has no hours to change.")
    if (tuple(windows), remainder) == (before.windows, before.remainder):
        return tariff
    if not windows:
        raise EditError("no_hours", "there are no hours. Add a row, or do without time of use.")
    calendar = replace(before, windows=tuple(windows), remainder=remainder, ratios=())
    check_hours(calendar)
    return with_calendar(tariff, before, calendar)


def check_hours(calendar: Calendar) -> None:
    """Raise EditError at the first quarter of an hour that no period has, or two have."""
    for kind in day_kinds_of(calendar):
        for month in sorted(EVERY_MONTH):
            owner, height, is_tied = claims(calendar, month, kind.tags)
            where = {"month": month, "tags": tuple(sorted(kind.tags & calendar.tags - {"all"}))}
            if (is_missing := owner == UNCLAIMED).any():
                begin, end = runs(is_missing)[0]
                raise EditError(
                    "hours_missing",
                    f"{clock(begin)}-{clock(end)} in month {month} ({kind.label}) belongs to no "
                    "period. Give it to one, or name the period of all other hours.",
                    begin=clock(begin),
                    end=clock(end),
                    **where,
                )
            if is_tied.any():
                begin, end = runs(is_tied)[0]
                claimed = sorted(
                    {
                        window.period
                        for window in calendar.windows
                        if window.holds(month, kind.tags)
                        and window.priority == height[begin]
                        and window.slots()[begin]
                    }
                )
                raise EditError(
                    "hours_twice",
                    f"{' and '.join(claimed)} both claim {clock(begin)}-{clock(end)} in month "
                    f"{month} ({kind.label}). Give one of them a higher priority, or other hours.",
                    begin=clock(begin),
                    end=clock(end),
                    periods=tuple(claimed),
                    **where,
                )


def with_calendar(tariff: Tariff, before: Calendar, calendar: Calendar | None) -> Tariff:
    """``tariff`` with every charge that follows ``before`` following ``calendar``; None: none."""
    version = edited_version(tariff)
    charges = tuple(
        following(charge, calendar) if _follows(charge, before) else charge
        for charge in version.charges
    )
    return replace(tariff, versions=(*tariff.versions[:-1], replace(version, charges=charges)))


def _follows(charge: Charge, calendar: Calendar) -> bool:
    return isinstance(charge, EnergyCharge | DemandCharge) and charge.calendar == calendar


def following(charge: Charge, calendar: Calendar | None) -> Charge:
    """``charge`` with the hours of ``calendar``, its new periods at their usual price."""
    if isinstance(charge, DemandCharge):
        return _demand_following(charge, calendar)
    if not isinstance(charge, EnergyCharge):
        return charge
    if calendar is None:
        return replace(charge, calendar=None, factors=(), rates=_one_price(charge))
    if charge.factors:
        factors = tuple(_times_of(one, calendar.periods) for one in charge.factors)
        return replace(charge, calendar=calendar, factors=factors)
    known = {rate.period: rate for rate in charge.rates if rate.period is not None}
    base = [rate for rate in charge.rates if rate.period is None]
    held = charge.calendar.periods if charge.calendar else ()
    by_period = []
    for period in calendar.periods:
        if period in known:
            by_period.append(known[period])
        elif not is_additive(charge):
            by_period.append(_usual(charge, period))
        elif period not in held and period in USUAL_DIFFERENCES and base:
            difference = rounded(base[0].prices[0] * USUAL_DIFFERENCES[period], 4)
            by_period.append(Rate((difference,), period))
    return replace(charge, calendar=calendar, rates=(*base, *by_period))


def _demand_following(charge: DemandCharge, calendar: Calendar | None) -> DemandCharge:
    if calendar is None:
        dearest = max(charge.rates, key=lambda rate: rate.prices[0])
        return replace(charge, calendar=None, rates=(replace(dearest, period=None),))
    kept = tuple(rate for rate in charge.rates if rate.period in calendar.periods)
    return replace(charge, calendar=calendar, rates=kept or (Rate((Decimal(0),), "peak"),))


def _times_of(factors: Factors, periods: Sequence[str]) -> Factors:
    known = dict(factors.by_period)
    return replace(
        factors,
        by_period=tuple((p, known.get(p, USUAL_TIMES.get(p, Decimal(1)))) for p in periods),
    )


def _one_price(charge: EnergyCharge) -> tuple[Rate, ...]:
    """The price without a period, else the flat one, else the first."""
    if charge.series:
        return ()
    by_period = {rate.period: rate for rate in charge.rates}
    rate = by_period.get(None) or by_period.get("flat") or charge.rates[0]
    return (replace(rate, period=None),)


def _usual(charge: EnergyCharge, period: str) -> Rate:
    [flat] = _one_price(charge)
    times = USUAL_TIMES.get(period, Decimal(1))
    return replace(flat, period=period, prices=tuple(price * times for price in flat.prices))
