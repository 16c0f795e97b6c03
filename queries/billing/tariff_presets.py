"""What planners try first: a wider peak, a dearer one, a deep valley at midday, one price."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TypeGuard

from queries.billing.calendar_model import Calendar, Window
from queries.billing.errors import EditError
from queries.billing.money import rounded
from queries.billing.tariff_hours import (
    USUAL_TIMES,
    calendar_of,
    following,
    with_calendar,
    with_hours,
)
from queries.billing.tariff_model import (
    Charge,
    EnergyCharge,
    Factors,
    Rate,
    Tariff,
    TierRule,
)
from queries.billing.tariff_prices import edited_version, is_additive, price_rows, with_numbers
from queries.billing.tier_resets import TierReset

DEARER_TIMES = Decimal("1.1")
MIDDAY = (11 * 60, 14 * 60)
"""When a deep valley at midday begins and ends [min]."""
_HOUR, _DAY = 60, 1440
_FLOATS = frozenset({"retail", "purchase", "line_loss", "transmission"})
"""Components that follow the hours where a tariff is given some; taxes and funds do not."""


def wider_peak(tariff: Tariff) -> Tariff:
    """The longest peak of the day lasts an hour longer, whatever that hour was before."""
    calendar = _calendar(tariff)
    peaks = [window for window in calendar.windows if window.period == "peak"]
    if not peaks:
        raise EditError("no_peak", f"tariff '{tariff.code}' has no peak.")
    longest = max(peaks, key=_minutes)
    if _minutes(longest) > _DAY - _HOUR:
        raise EditError("no_peak", "the peak lasts all day already.")
    begin = longest.until_minute % _DAY
    added = replace(longest, from_minute=begin, until_minute=(begin + _HOUR - 1) % _DAY + 1)
    others = [w for w in calendar.windows if w.period != "peak" and _meet(w, added)]
    windows = list(calendar.windows)
    if others:
        windows.append(replace(added, priority=max(other.priority for other in others) + 1))
    else:
        place = windows.index(longest)
        windows[place] = replace(longest, until_minute=added.until_minute)
    return with_hours(tariff, windows, calendar.remainder)


def _calendar(tariff: Tariff) -> Calendar:
    calendar = calendar_of(tariff)
    if calendar is None:
        raise EditError("no_calendar", f"tariff '{tariff.code}' has no time of use.")
    return calendar


def _minutes(window: Window) -> int:
    return (window.until_minute - window.from_minute - 1) % _DAY + 1


def _meet(one: Window, other: Window) -> bool:
    return bool((one.slots() & other.slots()).any() and one.months & other.months)


def dearer_peak(tariff: Tariff) -> Tariff:
    """Every price at peak and sharp a tenth higher."""
    bases = {
        charge.code: charge.rates[0].prices[0]
        for charge in edited_version(tariff).charges
        if isinstance(charge, EnergyCharge) and charge.rates and is_additive(charge)
    }
    numbers = {
        row.key: (
            row.price * DEARER_TIMES
            if row.unit != "difference"
            else row.price + (bases[row.charges[0]] + row.price) * (DEARER_TIMES - 1),
            row.limit,
        )
        for row in price_rows(tariff)
        if row.period in {"peak", "sharp"}
    }
    if not numbers:
        raise EditError("no_peak", f"tariff '{tariff.code}' has no price at peak.")
    return with_numbers(
        tariff, {key: (rounded(p, 6), limit) for key, (p, limit) in numbers.items()}
    )


def midday_valley(tariff: Tariff) -> Tariff:
    """A deep valley from 11 to 14 o'clock every day, where the sun shines."""
    calendar = _calendar(tariff)
    begin, end = MIDDAY
    top = max(window.priority for window in calendar.windows) + 1
    added = Window("deep_valley", begin, end, priority=top)
    kept = [w for w in calendar.windows if replace(w, priority=top) != added]
    return with_hours(tariff, [*kept, added], calendar.remainder)


def without_time_of_use(tariff: Tariff) -> Tariff:
    """One price whatever the hour: the flat one."""
    return with_calendar(tariff, _calendar(tariff), None)


def with_time_of_use(tariff: Tariff, calendar: Calendar) -> Tariff:
    """Energy prices that follow the hours of ``calendar``.

    Peak half above and valley half below the price; where there are tiers, peak a tenth above and
    valley four tenths below that of the first.
    """
    if calendar_of(tariff) is not None:
        raise EditError("has_calendar", f"tariff '{tariff.code}' has a time of use already.")
    version = edited_version(tariff)
    charges = tuple(
        _floating(charge, calendar) if _may_float(charge) else charge for charge in version.charges
    )
    if charges == version.charges:
        raise EditError("no_energy", f"tariff '{tariff.code}' has no price of energy taken.")
    return replace(tariff, versions=(*tariff.versions[:-1], replace(version, charges=charges)))


def _may_float(charge: Charge) -> TypeGuard[EnergyCharge]:
    if not isinstance(charge, EnergyCharge):
        return False
    return charge.component in _FLOATS and charge.channel == "import" and not charge.is_credit


def _floating(charge: EnergyCharge, calendar: Calendar) -> Charge:
    if is_additive(charge):
        return following(charge, calendar)
    by_period = tuple((p, USUAL_TIMES.get(p, Decimal(1))) for p in calendar.periods)
    return replace(charge, calendar=calendar, factors=(Factors(by_period),))


def with_tier(tariff: Tariff) -> Tariff:
    """One more tier, a tenth dearer, above the last of the first charge of energy that may have.

    Without tiers so far they are counted by the year; the last tier is cut at twice its beginning.
    """
    version = edited_version(tariff)
    for place, charge in enumerate(version.charges):
        if _may_float(charge) and _may_have_tiers(charge):
            charges = (*version.charges[:place], _more_tiers(charge), *version.charges[place + 1 :])
            return replace(
                tariff, versions=(*tariff.versions[:-1], replace(version, charges=charges))
            )
    raise EditError("no_tiers", f"tariff '{tariff.code}' has no price of energy that takes tiers.")


def _may_have_tiers(charge: EnergyCharge) -> bool:
    is_taken = _may_float(charge) and charge.component == "retail"
    has_one_price = len([rate for rate in charge.rates if rate.period is None]) == 1
    floats = bool(charge.factors or charge.series)
    is_plain = charge.calendar is None or is_additive(charge)
    return is_taken and has_one_price and is_plain and not floats


_FIRST_LIMIT = Decimal(2160)


def _more_tiers(charge: EnergyCharge) -> EnergyCharge:
    rate = next(rate for rate in charge.rates if rate.period is None)
    limit = rate.limits[-1] * 2 if rate.limits else _FIRST_LIMIT
    price = rounded(rate.prices[-1] * DEARER_TIMES, 4)
    units = (*rate.units, rate.units[-1]) if rate.units else ()
    more = Rate((*rate.prices, price), None, (*rate.limits, limit), units)
    rates = tuple(more if one is rate else one for one in charge.rates)
    return replace(charge, rates=rates, tiers=charge.tiers or TierRule(TierReset("year")))


def without_tier(tariff: Tariff) -> Tariff:
    """The last tier of every charge of energy goes; what was in it pays the price before."""
    version = edited_version(tariff)
    charges = tuple(
        _fewer_tiers(charge) if isinstance(charge, EnergyCharge) else charge
        for charge in version.charges
    )
    if charges == version.charges:
        raise EditError("no_tiers", f"tariff '{tariff.code}' has no tiers.")
    return replace(tariff, versions=(*tariff.versions[:-1], replace(version, charges=charges)))


def _fewer_tiers(charge: EnergyCharge) -> EnergyCharge:
    rates = tuple(
        Rate(rate.prices[:-1], rate.period, rate.limits[:-1], rate.units[:-1])
        if rate.limits
        else rate
        for rate in charge.rates
    )
    has_tiers = any(rate.limits for rate in rates) or charge.calendar is not None
    return replace(charge, rates=rates, tiers=charge.tiers if has_tiers else None)


PRESETS: dict[str, Callable[[Tariff], Tariff]] = {
    "wider_peak": wider_peak,
    "dearer_peak": dearer_peak,
    "midday_valley": midday_valley,
    "without_time_of_use": without_time_of_use,
    "with_tier": with_tier,
    "without_tier": without_tier,
}
"""By name, those that need nothing but the tariff."""


def presets(tariff: Tariff, calendar: Calendar | None = None) -> dict[str, Tariff]:
    """What each preset that fits makes of ``tariff``; ``calendar`` is that of its area."""
    made: dict[str, Tariff] = {}
    offered = dict(PRESETS)
    if calendar is not None:
        offered["with_time_of_use"] = lambda one: with_time_of_use(one, calendar)
    for name, preset in offered.items():
        try:
            made[name] = preset(tariff)
        except EditError:
            continue
    return made
