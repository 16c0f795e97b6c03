"""A tariff whose prices by period can be set: which of its charges follow the hours, and how."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from queries.billing.calendar_model import Calendar
from queries.billing.tariff_model import EnergyCharge, Factors, Rate, Tariff
from queries.billing.tariff_prices import edited_version, is_additive
from queries.demand.optimal_terms import OptimalError

Form = Literal["difference", "price", "times"]
"""What is set: the first tier's price, written as a difference to all tiers (households); one
price a period; or multiples of components that are posted by month (trade, 随分时浮动)."""
_FLOATS = frozenset({"retail", "purchase", "line_loss", "transmission"})


def form_of(tariff: Tariff) -> Form:
    """How prices by period are set in ``tariff``.

    Raises:
        OptimalError: its bills are not linear in prices by period.
    """
    held = floating(tariff)
    if not held:
        raise OptimalError(f"tariff '{tariff.code}' has no price of energy that follows hours.")
    if any(one.tiers is not None and not is_additive(one) for one in held):
        raise OptimalError(
            f"tariff '{tariff.code}' has tiers that count by period or by moment; only tiers with "
            "differences by period can be optimised."
        )
    if all(_has_one_price(one) for one in held) and (
        len(held) > 1 or held[0].factors or held[0].series
    ):
        return "times"
    if len(held) > 1:
        raise OptimalError(
            f"tariff '{tariff.code}' has prices of its own by period in several charges "
            f"({', '.join(one.code for one in held)}); only one such charge can be optimised."
        )
    return "difference" if is_additive(held[0]) else "price"


def floating(tariff: Tariff) -> list[EnergyCharge]:
    """The charges that follow the hours, or would in a tariff that has none."""
    every = edited_version(tariff).charges
    charges = [one for one in every if isinstance(one, EnergyCharge) and _is_taken(one)]
    with_hours = [one for one in charges if one.calendar is not None]
    return with_hours or [one for one in charges if one.component in _FLOATS]


def _is_taken(charge: EnergyCharge) -> bool:
    return charge.channel == "import" and not charge.is_credit


def _has_one_price(charge: EnergyCharge) -> bool:
    by_period = [rate for rate in charge.rates if rate.period is not None]
    return charge.tiers is None and not by_period


def first_price(tariff: Tariff) -> Decimal:
    """The first tier's price of the charge that follows the hours; the flat one by period."""
    [charge] = floating(tariff)
    by_period = {rate.period: rate.prices[0] for rate in charge.rates}
    usual = by_period.get(None, by_period.get("flat"))
    return next(iter(by_period.values())) if usual is None else usual


def with_period_prices(tariff: Tariff, calendar: Calendar, prices: Mapping[str, Decimal]) -> Tariff:
    """``tariff`` as one version that follows ``calendar`` at these prices.

    Args:
        tariff: Whose other charges stay.
        calendar: The hours.
        prices: By period what ``form_of`` names: the first tier's price [CNY/kWh], the price
            [CNY/kWh], or a multiple of what the components cost flat.
    """
    form = form_of(tariff)
    moved = {one.code for one in floating(tariff)}
    version = edited_version(tariff)
    charges = tuple(
        _priced(one, form, calendar, prices)
        if isinstance(one, EnergyCharge) and one.code in moved
        else one
        for one in version.charges
    )
    return replace(tariff, versions=(replace(version, charges=charges, valid_from=None),))


def _priced(
    charge: EnergyCharge, form: Form, calendar: Calendar, prices: Mapping[str, Decimal]
) -> EnergyCharge:
    by_period = tuple((period, prices[period]) for period in calendar.periods)
    if form == "times":
        return replace(charge, calendar=calendar, factors=(Factors(by_period),))
    if form == "price":
        rates = tuple(Rate((price,), period) for period, price in by_period)
        return replace(charge, calendar=calendar, rates=rates, factors=())
    base = next(rate for rate in charge.rates if rate.period is None)
    more = tuple(Rate((price - base.prices[0],), period) for period, price in by_period)
    return replace(charge, calendar=calendar, rates=(base, *more), factors=())
