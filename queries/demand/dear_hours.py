"""Dear and cheap hours put on top of any tariff: the shortest way to a price signal."""

from dataclasses import dataclass, replace
from decimal import Decimal

from queries.billing.calendar_model import EVERY_MONTH, Calendar, Window
from queries.billing.errors import EditError
from queries.billing.money import rounded
from queries.billing.tariff_hours import calendar_of, with_hours
from queries.billing.tariff_model import EnergyCharge, Factors, Rate, Tariff
from queries.billing.tariff_presets import with_time_of_use
from queries.billing.tariff_prices import edited_version, is_additive

DEAR, CHEAP, REST = ("sharp", "critical"), ("deep_valley", "super_valley"), "flat"
"""Names of the periods: the second where the tariff has one of the first already."""
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of some months at another price.

    Attributes:
        begin_minute: After midnight, 0–1425.
        until_minute: 15–1440; not after ``begin_minute`` means past midnight.
        times: Price as a multiple of the flat one.
        months: 1–12.
    """

    begin_minute: int
    until_minute: int
    times: Decimal
    months: frozenset[int] = EVERY_MONTH


def with_dear_hours(tariff: Tariff, dear: Hours | None, cheap: Hours | None = None) -> Tariff:
    """``tariff`` with dear hours (尖峰), and cheap ones (深谷), whatever held there before.

    Where prices have tiers, the difference is that of the first tier's price. A price that did not
    follow the hours stays what it was in all others.

    Raises:
        EditError: there is no price of energy that could follow the hours.
    """
    held = calendar_of(tariff)
    used = held.periods if held else ()
    asked = [
        (next(code for code in codes if code not in used or code == codes[-1]), one)
        for codes, one in ((CHEAP, cheap), (DEAR, dear))
        if one is not None
    ]
    if not asked:
        return tariff
    top = max((window.priority for window in held.windows), default=0) if held else 0
    windows = [
        Window(code, one.begin_minute, one.until_minute, months=one.months, priority=top + place)
        for place, (code, one) in enumerate(asked, 1)
    ]
    if held is None:
        calendar = Calendar(
            "dear_hours", "尖峰时段", "Dear hours", "", "", tuple(windows), remainder=REST
        )
        made = with_time_of_use(tariff, calendar)
    else:
        made = with_hours(tariff, [*held.windows, *windows], held.remainder)
    version = edited_version(made)
    times = {code: one.times for code, one in asked}
    charges = tuple(
        _priced(charge, times) if isinstance(charge, EnergyCharge) and charge.calendar else charge
        for charge in version.charges
    )
    if charges == version.charges and calendar_of(made) is None:
        raise EditError("no_energy", f"tariff '{tariff.code}' has no price that follows the hours.")
    return replace(made, versions=(*made.versions[:-1], replace(version, charges=charges)))


def _priced(charge: EnergyCharge, times: dict[str, Decimal]) -> EnergyCharge:
    """The charge with each of these periods at its multiple of the flat price."""
    if charge.factors:
        factors = tuple(
            Factors(tuple((p, times.get(p, f)) for p, f in one.by_period), one.months)
            for one in charge.factors
        )
        return replace(charge, factors=factors)
    base = next((one for one in charge.rates if one.period is None), None)
    flat = next((one for one in charge.rates if one.period == REST), None)
    if is_additive(charge) and base is not None:
        first = base.prices[0] + (flat.prices[0] if flat else 0)
        more = [
            Rate((rounded(first * t - base.prices[0], _DECIMALS),), p) for p, t in times.items()
        ]
    elif (usual := flat or base) is not None:
        more = [
            replace(usual, period=p, prices=tuple(rounded(x * t, _DECIMALS) for x in usual.prices))
            for p, t in times.items()
        ]
    else:
        return charge
    kept = tuple(rate for rate in charge.rates if rate.period not in times)
    return replace(charge, rates=(*kept, *more))
