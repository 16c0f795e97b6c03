"""The numbers of a tariff as rows of a table that a planner edits, and the tariff with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from queries.billing.errors import EditError
from queries.billing.tariff_model import (
    CapacityCharge,
    Charge,
    CreditCharge,
    DemandCharge,
    EnergyCharge,
    Factors,
    FixedCharge,
    MinimumCharge,
    PercentageCharge,
    Rate,
    Tariff,
    Version,
)

Numbers = Mapping[str, tuple[Decimal | None, Decimal | None]]
"""Price and upper limit by ``PriceRow.key``; a row left out stays as it is."""

_AMOUNT_UNITS = {"month": "cny_per_month", "day": "cny_per_day", "year": "cny_per_year"}


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One number of a tariff.

    Attributes:
        key: Which one; the same as long as charges, periods and tiers stay.
        charges: Codes of the charges it stands in: several where they float alike.
        components: What they pay for.
        unit: ``cny_per_kwh``, ``times`` (multiple of the flat price), ``difference`` (added to the
            price of the tier), ``cny_per_kw_month``, ``cny_per_kva_month``, ``cny_per_month``,
            ``cny_per_day``, ``cny_per_year`` or ``share``.
        price: In that unit.
        period: None: whatever the hour.
        tier: From 1; None: there are none.
        limit: Upper limit of the tier; None: it has none.
        limit_unit: As ``tariff_model.TierUnit``, or ``kw``.
        reset: What starts the tiers again.
        month: Whose posted price it is, ``YYYY-MM``: those of all other months move with it.
        months: Calendar months it holds in.
    """

    key: str
    charges: tuple[str, ...]
    components: tuple[str, ...]
    unit: str
    price: Decimal
    period: str | None = None
    tier: int | None = None
    limit: Decimal | None = None
    limit_unit: str | None = None
    reset: str | None = None
    month: str | None = None
    months: frozenset[int] = frozenset()


def edited_version(tariff: Tariff) -> Version:
    """The version whose numbers are shown and set: the latest."""
    return tariff.versions[-1]


def price_rows(tariff: Tariff) -> tuple[PriceRow, ...]:
    """Every number of the latest version, in the order of the bill; factors stand at the end."""
    charges = edited_version(tariff).charges
    rows = [row for charge in charges for row in _rows(charge)]
    return (*rows, *_factor_rows(charges))


def _rows(charge: Charge) -> Iterator[PriceRow]:
    match charge:
        case EnergyCharge():
            yield from _energy_rows(charge)
        case DemandCharge():
            unit = "cny_per_kva_month" if charge.in_kva else "cny_per_kw_month"
            for rate in charge.rates:
                yield from _rate_rows(charge, rate, unit, "kw")
        case CapacityCharge():
            yield _row(charge, "price", "cny_per_kva_month", charge.price)
        case FixedCharge() | MinimumCharge():
            yield _row(charge, "amount", _AMOUNT_UNITS[charge.every], charge.amount)
        case PercentageCharge():
            yield _row(charge, "share", "share", charge.share)
        case CreditCharge():
            if charge.amount_per_month:
                yield _row(charge, "amount", "cny_per_month", charge.amount_per_month)
            if charge.price is not None:
                yield _row(charge, "price", "cny_per_kwh", charge.price)


def _row(charge: Charge, what: str, unit: str, price: Decimal) -> PriceRow:
    return PriceRow(f"{charge.code}|{what}", (charge.code,), (charge.component,), unit, price)


def _energy_rows(charge: EnergyCharge) -> Iterator[PriceRow]:
    if charge.series:
        month, price = charge.series[-1]
        yield replace(_row(charge, "series", "cny_per_kwh", price), month=month)
    for rate in charge.rates:
        is_difference = rate.period is not None and is_additive(charge)
        unit = "difference" if is_difference else "cny_per_kwh"
        yield from _rate_rows(charge, rate, unit, charge.tiers.unit if charge.tiers else None)


def is_additive(charge: EnergyCharge) -> bool:
    """Whether its prices by period are differences to those of its tiers."""
    return charge.tiers is not None and charge.tiers.meeting == "additive"


def _rate_rows(
    charge: EnergyCharge | DemandCharge, rate: Rate, unit: str, limit_unit: str | None
) -> Iterator[PriceRow]:
    tiers = charge.tiers if isinstance(charge, EnergyCharge) else None
    for place, price in enumerate(rate.prices):
        has_limit = place < len(rate.limits)
        yield PriceRow(
            _rate_key(charge, rate, place),
            (charge.code,),
            (charge.component,),
            unit,
            price,
            period=rate.period,
            tier=place + 1 if rate.limits else None,
            limit=rate.limits[place] if has_limit else None,
            limit_unit=(rate.units[place] if rate.units else limit_unit) if has_limit else None,
            reset=tiers.reset.every if tiers and has_limit else None,
            months=charge.months,
        )


def _rate_key(charge: Charge, rate: Rate, place: int) -> str:
    return f"{charge.code}|{rate.period or ''}|{place}"


def _factor_rows(charges: tuple[Charge, ...]) -> Iterator[PriceRow]:
    """One row a period for all charges that float alike: a planner sets the peak, not three."""
    for number, factors in enumerate(_floating(charges)):
        alike = [c for c in charges if isinstance(c, EnergyCharge) and factors in c.factors]
        for period, times in factors.by_period:
            yield PriceRow(
                f"times {number}|{period}",
                tuple(charge.code for charge in alike),
                tuple(dict.fromkeys(charge.component for charge in alike)),
                "times",
                times,
                period=period,
                months=factors.months,
            )


def _floating(charges: tuple[Charge, ...]) -> list[Factors]:
    found = [f for charge in charges if isinstance(charge, EnergyCharge) for f in charge.factors]
    return list(dict.fromkeys(found))


def with_numbers(tariff: Tariff, numbers: Numbers) -> Tariff:
    """``tariff`` with other numbers in its latest version.

    Raises:
        EditError: a price is missing, a multiple or price of a tier is below zero, limits do not
            rise.
    """
    version = edited_version(tariff)
    times = {
        factors: _with_times(factors, number, numbers)
        for number, factors in enumerate(_floating(version.charges))
    }
    charges = tuple(_with_numbers(charge, numbers, times) for charge in version.charges)
    return replace(tariff, versions=(*tariff.versions[:-1], replace(version, charges=charges)))


def _with_times(factors: Factors, number: int, numbers: Numbers) -> Factors:
    by_period = tuple(
        (period, _set(numbers, f"times {number}|{period}", times))
        for period, times in factors.by_period
    )
    for period, times in by_period:
        if times < 0:
            raise EditError(
                "times_below_zero", f"the multiple of {period} is below zero.", period=period
            )
    return replace(factors, by_period=by_period)


def _set(numbers: Numbers, key: str, before: Decimal) -> Decimal:
    """The price given for ``key``; one that is equal stays as it was written."""
    price = numbers.get(key, (before, None))[0]
    if price is None:
        raise EditError("no_price", f"the price of {key} is missing. Enter one.", row=key)
    return before if price == before else price


def _with_numbers(charge: Charge, numbers: Numbers, times: Mapping[Factors, Factors]) -> Charge:
    if not isinstance(charge, EnergyCharge | DemandCharge):
        return _with_amount(charge, numbers)
    rates = tuple(_with_rate(charge, rate, numbers) for rate in charge.rates)
    if isinstance(charge, DemandCharge):
        return replace(charge, rates=rates)
    series = charge.series
    if series:
        last = series[-1][1]
        step = _set(numbers, f"{charge.code}|series", last) - last
        series = tuple((month, posted + step) for month, posted in series) if step else series
    floating = tuple(times[factors] for factors in charge.factors)
    return replace(charge, series=series, rates=rates, factors=floating)


def _with_amount(charge: Charge, numbers: Numbers) -> Charge:
    def number(what: str, before: Decimal) -> Decimal:
        return _set(numbers, f"{charge.code}|{what}", before)

    match charge:
        case CapacityCharge():
            return replace(charge, price=number("price", charge.price))
        case FixedCharge() | MinimumCharge():
            return replace(charge, amount=number("amount", charge.amount))
        case PercentageCharge():
            return replace(charge, share=number("share", charge.share))
        case CreditCharge():
            price = None if charge.price is None else number("price", charge.price)
            amount = charge.amount_per_month
            return replace(
                charge, price=price, amount_per_month=number("amount", amount) if amount else amount
            )
        case _:
            return charge


def _with_rate(charge: EnergyCharge | DemandCharge, rate: Rate, numbers: Numbers) -> Rate:
    keys = [_rate_key(charge, rate, place) for place in range(len(rate.prices))]
    prices = tuple(_set(numbers, key, p) for key, p in zip(keys, rate.prices, strict=True))
    limits = []
    for key, before in zip(keys, rate.limits, strict=False):
        limit = numbers.get(key, (None, before))[1]
        if limit is None or limit < 0 or (limits and not rate.units and limit <= limits[-1]):
            raise EditError(
                "limits_fall",
                f"charge '{charge.code}': limits of tiers must be given and rise.",
                row=key,
            )
        limits.append(before if limit == before else limit)
    return replace(rate, prices=prices, limits=tuple(limits))
