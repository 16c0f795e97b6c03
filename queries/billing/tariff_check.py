"""Whether charges can be billed as written: periods, tiers and months that go together.

Every text says what is wrong, what was expected and what to do, without a full stop.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from queries.billing.calendar_model import Calendar
from queries.billing.tariff_model import (
    Charge,
    DemandCharge,
    EnergyCharge,
    Factors,
    PercentageCharge,
    Rate,
)


def charge_faults(charge: Charge) -> list[str]:
    """What keeps one charge from being billed, whatever the others are."""
    if isinstance(charge, EnergyCharge):
        return [*_wrong_periods(charge), *_wrong_prices(charge), *_wrong_factors(charge)]
    if isinstance(charge, DemandCharge):
        return [*_wrong_periods(charge), *_wrong_demand(charge)]
    return []


def version_faults(charges: Sequence[Charge]) -> Iterator[str]:
    """What is wrong with the charges of one version together."""
    for code, times in Counter(charge.code for charge in charges).items():
        if times > 1:
            yield f"charge '{code}' stands {times} times. Give each its own code"
    before: set[str] = set()
    for charge in charges:
        if isinstance(charge, PercentageCharge):
            for name in sorted(charge.of - before):
                yield (
                    f"charge '{charge.code}': of: no charge or component '{name}' stands before "
                    f"it; there are {_listed(sorted(before)) or 'none'}. Name one, or move it up"
                )
        before |= {charge.code, charge.component}


def _listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))


def _base(charge: EnergyCharge | DemandCharge) -> Rate | None:
    return next((rate for rate in charge.rates if rate.period is None), None)


def _wrong_periods(charge: EnergyCharge | DemandCharge) -> Iterator[str]:
    """Rates that stand twice or name periods that are not the calendar's."""
    periods = [rate.period for rate in charge.rates]
    for period, times in Counter(periods).items():
        if times > 1:
            yield f"{_rate_of(period)} stands {times} times. Remove all but one"
    named = [period for period in dict.fromkeys(periods) if period is not None]
    calendar = charge.calendar
    if calendar is None and named:
        yield (
            f"prices name the periods {_listed(named)}, but there is no calendar. "
            'Add calendar = "…", or give one price'
        )
    elif calendar is not None:
        for period in named:
            if period not in calendar.periods:
                yield _not_in_calendar("prices", period, calendar)


def _rate_of(period: str | None) -> str:
    return "a price without a period" if period is None else f"a price of period '{period}'"


def _not_in_calendar(key: str, period: str, calendar: Calendar) -> str:
    return (
        f"{key}: calendar '{calendar.code}' has no period '{period}'; "
        f"there are {_listed(calendar.periods)}. Rename or remove it"
    )


def _wrong_prices(charge: EnergyCharge) -> Iterator[str]:
    """Prices that are missing or too many; tiers without limits, limits without tiers."""
    base = _base(charge)
    if not charge.rates and not charge.series:
        yield 'has no price. Write price = "0.5000", or periods, or a series of months'
    if base and charge.series:
        yield "price and series both say what it costs; expected one of them. Remove the other"
    if any(rate.limits for rate in charge.rates) and charge.tiers is None:
        yield 'has limits, but does not say when they start again. Add tiers = { every = "year" }'
    yield from _missing_months(charge)
    if charge.calendar is None or charge.factors:
        return
    if charge.tiers and charge.tiers.meeting == "additive":
        yield from _wrong_differences(charge, base)
        return
    priced = {rate.period for rate in charge.rates}
    if missing := [period for period in charge.calendar.periods if period not in priced]:
        yield (
            f"no price for {_listed(missing)} of calendar '{charge.calendar.code}'. "
            "Add it to periods, or say by factors how the price floats"
        )


def _missing_months(charge: EnergyCharge) -> Iterator[str]:
    """Months that a series leaves out between its first and its last."""
    months = {int(month[:4]) * 12 + int(month[5:]) - 1 for month, _ in charge.series}
    if not months:
        return
    between = range(min(months), max(months) + 1)
    missing = [
        f"{month // 12:04d}-{month % 12 + 1:02d}"
        for month in between
        if month not in months and month % 12 + 1 in charge.months
    ]
    if missing:
        yield f"series lacks {_listed(missing)}. Add what was posted for each month"


def _wrong_differences(charge: EnergyCharge, base: Rate | None) -> Iterator[str]:
    """Under an additive rule there are prices of tiers, and one difference a period."""
    if base is None and not charge.series:
        yield (
            "tiers and periods are additive, but nothing gives the prices of the tiers. "
            'Add prices and limits, or tiers = { …, meeting = "pro_rata" }'
        )
    for rate in charge.rates:
        if rate.period is not None and rate.limits:
            yield (
                f"the difference of period '{rate.period}' has tiers, but tiers and periods are "
                'additive; expected one price. Mend it, or write meeting = "pro_rata" in tiers'
            )


def _wrong_factors(charge: EnergyCharge) -> Iterator[str]:
    """Factors that leave out periods or months, or have nothing to float."""
    if not charge.factors:
        return
    if charge.calendar is None:
        yield 'has factors, but no calendar says which hours they hold in. Add calendar = "…"'
        return
    if any(rate.period is not None for rate in charge.rates):
        yield "prices by period and factors both say how it floats; expected one. Remove the other"
    elif _base(charge) is None and not charge.series:
        yield 'has factors, but no price to multiply. Add price = "0.5000" or a series'
    for place, factors in enumerate(charge.factors, 1):
        yield from _wrong_multiples(f"factors {place}", factors, charge.calendar)
    months = Counter(month for factors in charge.factors for month in factors.months)
    if twice := [month for month, times in sorted(months.items()) if times > 1]:
        yield f"factors give months {_listed(twice)} more than once. Give each to one of them"
    if missing := sorted(charge.months - months.keys()):
        yield f'factors leave out months {_listed(missing)}. Add them, with "1" where none floats'


def _wrong_multiples(key: str, factors: Factors, calendar: Calendar) -> Iterator[str]:
    given = [period for period, _ in factors.by_period]
    for period in given:
        if period not in calendar.periods:
            yield _not_in_calendar(key, period, calendar)
    if missing := [period for period in calendar.periods if period not in given]:
        yield (
            f"{key}: no multiple for {_listed(missing)} of calendar '{calendar.code}'. "
            "Add it to by_period"
        )


def _wrong_demand(charge: DemandCharge) -> Iterator[str]:
    if not charge.rates:
        yield 'has no price. Write price = "36.0", or periods'
    elif charge.calendar is not None and _base(charge):
        yield (
            f"a price without a period stands beside calendar '{charge.calendar.code}'; expected "
            "one for every period that is charged. Make two charges, or name its period"
        )
