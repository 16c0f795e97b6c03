"""The prices of an energy charge in one segment, for accounts of the same terms."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from queries.billing.calendar_model import Calendar
from queries.billing.errors import TariffError
from queries.billing.money import unit_price
from queries.billing.tariff_model import EnergyCharge, Factors, Rate

FLAT = "flat"
_ONE_PERIOD: tuple[str | None, ...] = (None,)


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """What of an agreement changes a price of energy.

    Attributes:
        has_time_of_use: Whether prices follow the time of use.
        purchase_times: What the component ``purchase`` is multiplied by.
        own_prices: (component, month, price) of contracts of its own.
    """

    has_time_of_use: bool = True
    purchase_times: Decimal = Decimal(1)
    own_prices: tuple[tuple[str, str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices by period and tier.

    Attributes:
        calendar: None: one period, whatever the hour.
        periods: Of the calendar, in its order; ``(None,)`` without one.
        rates: One a period; one for all periods under an additive rule.
        differences: By period under an additive rule [a kWh]; else empty.
    """

    calendar: Calendar | None
    periods: tuple[str | None, ...]
    rates: tuple[Rate, ...]
    differences: tuple[Decimal, ...] = ()


def price_table(charge: EnergyCharge, day: date, terms: PriceTerms) -> PriceTable:
    """The prices of ``charge`` on ``day`` and on all days of its segment.

    An account without time of use pays what has no period, else the flat price.

    Raises:
        TariffError: a month has no posted price, or a period no price.
    """
    base = _base(charge, day, terms)
    is_own = any(component == charge.component for component, _, _ in terms.own_prices)
    if is_own and base is not None and not charge.factors:
        # A contract of its own has one price, where the tariff would have one for each period.
        return PriceTable(None, _ONE_PERIOD, (_rounded(base, 1, charge),))
    is_additive = charge.tiers is not None and charge.tiers.meeting == "additive"
    if charge.calendar is None or not terms.has_time_of_use:
        whole = base or _bought(_flat(charge), charge, terms)
        return PriceTable(None, _ONE_PERIOD, (_rounded(whole, 1, charge),))
    periods = charge.calendar.periods
    by_period = {
        rate.period: _bought(rate, charge, terms)
        for rate in charge.rates
        if rate.period is not None
    }
    if charge.factors:
        if base is None:
            raise TariffError(f"charge '{charge.code}' floats, but has no price without a period.")
        factors = _factors(charge, day)
        rates = tuple(_rounded(base, _factor(charge, factors, name), charge) for name in periods)
        return PriceTable(charge.calendar, periods, rates)
    if is_additive and base is not None:
        differences = [by_period[name].prices[0] if name in by_period else 0 for name in periods]
        return PriceTable(charge.calendar, periods, (base,), tuple(map(Decimal, differences)))
    rates = tuple(by_period.get(name) or base for name in periods)
    if missing := [name for name, rate in zip(periods, rates, strict=True) if rate is None]:
        raise TariffError(
            f"charge '{charge.code}': no price for {', '.join(missing)}. "
            f"Add a rate for each of {', '.join(periods)}."
        )
    return PriceTable(
        charge.calendar, periods, tuple(_rounded(rate, 1, charge) for rate in rates if rate)
    )


def _base(charge: EnergyCharge, day: date, terms: PriceTerms) -> Rate | None:
    """The rate without a period: the contract's own, the month's posted, or the tariff's."""
    month = f"{day:%Y-%m}"
    own = {m: price for component, m, price in terms.own_prices if component == charge.component}
    rate = next((one for one in charge.rates if one.period is None), None)
    if own:
        if month not in own:
            raise TariffError(f"the contract has no price of {charge.component} for {month}.")
        return Rate((own[month],))
    if charge.series:
        posted = dict(charge.series)
        if month not in posted:
            raise TariffError(
                f"charge '{charge.code}': no price is posted for {month}; there are "
                f"{min(posted)} to {max(posted)}. Add the month to its series."
            )
        rate = Rate((posted[month],))
    return None if rate is None else _bought(rate, charge, terms)


def _bought(rate: Rate, charge: EnergyCharge, terms: PriceTerms) -> Rate:
    """The rate as the account buys: the purchase price of some classes counts one and a half."""
    if charge.component != "purchase" or terms.purchase_times == 1:
        return rate
    return replace(rate, prices=tuple(price * terms.purchase_times for price in rate.prices))


def _flat(charge: EnergyCharge) -> Rate:
    flat = next((rate for rate in charge.rates if rate.period == FLAT), None)
    if flat is None:
        raise TariffError(
            f"charge '{charge.code}' has no price for an account without time of use: neither one "
            "without a period nor a flat one."
        )
    return flat


def _factors(charge: EnergyCharge, day: date) -> Factors:
    for factors in charge.factors:
        if day.month in factors.months:
            return factors
    raise TariffError(f"charge '{charge.code}' has no factors for month {day.month}.")


def _factor(charge: EnergyCharge, factors: Factors, period: str) -> Decimal:
    by_period = dict(factors.by_period)
    if period not in by_period:
        raise TariffError(
            f"charge '{charge.code}' has no factor for {period}; there are {', '.join(by_period)}."
        )
    return by_period[period]


def _rounded(rate: Rate, factor: Decimal | int, charge: EnergyCharge) -> Rate:
    if charge.price_decimals is None:
        prices = tuple(price * factor for price in rate.prices)
    else:
        prices = tuple(unit_price(price, factor, charge.price_decimals) for price in rate.prices)
    return Rate(prices, rate.period, rate.limits, rate.units)
