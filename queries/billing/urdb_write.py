"""Tariffs as URDB records; what URDB has no words for is refused, never left out."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from queries.billing.calendar_model import EVERY_MONTH
from queries.billing.prices import PriceTable, PriceTerms, price_table
from queries.billing.tariff_model import (
    Charge,
    DemandCharge,
    EnergyCharge,
    EveryTime,
    FixedCharge,
    MinimumCharge,
    Rate,
    Tariff,
    TierUnit,
)
from queries.billing.urdb_energy import EXPORT_RULES
from queries.billing.urdb_schedule import WEEKDAYS, WEEKENDS
from queries.billing.urdb_structure import (
    HOURS,
    MONTHS,
    Structure,
    UnsayableError,
    codes,
    periods_by_hour,
)
from queries.billing.urdb_write_demand import demand_fields

_UNIT_NAMES: dict[TierUnit, str] = {
    "kwh": "kWh",
    "kwh_per_kw": "kWh/kW",
    "kwh_per_day": "kWh daily",
    "kwh_per_kw_day": "kWh/kW daily",
}
_YEAR = 2018
"""Of the days whose prices are looked up; prices that differ by year are refused."""


def urdb_record(tariff: Tariff) -> dict[str, Any]:
    """The record of a tariff, numbers as ``Decimal``; ``tariff_from_urdb`` bills the same by it.

    Prices of several charges for one energy become one, so that lines fall together and a bill may
    differ by the rounding of each of them.

    Raises:
        UnsayableError: URDB has no words for it; a ``TariffError`` with its ``reason``.
    """
    version, *others = tariff.versions
    if others:
        raise UnsayableError("versions", f"tariff '{tariff.code}'")
    if tariff.currency != "USD":
        raise UnsayableError("currency", f"tariff '{tariff.code}'")
    charges = version.charges
    record: dict[str, Any] = {
        "label": tariff.code,
        "name": tariff.name_en or tariff.name_zh,
        "utility": tariff.region,
        "sector": tariff.price_class.capitalize(),
        "source": tariff.source,
        "country": "USA",
    }
    for charge in charges:
        if not isinstance(charge, EnergyCharge | DemandCharge | FixedCharge | MinimumCharge):
            raise UnsayableError("kind", f"charge '{charge.code}'")
    record |= _energy([charge for charge in charges if isinstance(charge, EnergyCharge)], tariff)
    record |= demand_fields([charge for charge in charges if isinstance(charge, DemandCharge)])
    record |= _money(charges)
    return record


def _energy(charges: Sequence[EnergyCharge], tariff: Tariff) -> dict[str, Any]:
    bought = [charge for charge in charges if charge.channel == "import" and not charge.is_credit]
    sold = [charge for charge in charges if charge not in bought]
    for charge in charges:
        _check(charge)
    if len(sold) > 1 or any(not c.is_credit or c.channel != "export" or c.tiers for c in sold):
        raise UnsayableError("export_rule", f"tariff '{tariff.code}'")
    structure = Structure()
    for month in MONTHS:
        held = [charge for charge in bought if month in charge.months]
        structured = [charge for charge in held if charge.calendar or charge.tiers]
        if len(structured) > 1:
            raise UnsayableError("several_prices", f"charges {codes(structured)} in month {month}")
        common = sum(
            (_table(c, month).rates[0].prices[0] for c in held if c not in structured), Decimal(0)
        )
        of_sold = [charge for charge in sold if month in charge.months]
        _add_month(structure, month, structured, of_sold, common)
    found: dict[str, Any] = {
        "energyratestructure": structure.periods,
        "energyweekdayschedule": structure.schedules[WEEKDAYS],
        "energyweekendschedule": structure.schedules[WEEKENDS],
    }
    rule = _dgrules(bought, sold, tariff)
    return found | ({"dgrules": rule} if rule else {})


def _check(charge: EnergyCharge) -> None:
    name = f"charge '{charge.code}'"
    if charge.for_time_of_use is not None:
        raise UnsayableError("choice", name)
    if charge.series:
        raise UnsayableError("prices_by_month", name)
    if charge.tiers and (charge.tiers.reset.every != "month" or charge.tiers.reset.start_day != 1):
        raise UnsayableError("tier_reset", name)


def _table(charge: EnergyCharge, month: int) -> PriceTable:
    return price_table(charge, date(_YEAR, month, 1), PriceTerms())


def _add_month(
    structure: Structure,
    month: int,
    bought: Sequence[EnergyCharge],
    sold: Sequence[EnergyCharge],
    common: Decimal,
) -> None:
    """One row of the schedules: for each hour the tiers bought at and the price sold at."""
    buys = _by_hour(bought[0], month) if bought else None
    sells = _by_hour(sold[0], month) if sold else None
    for days, schedule in structure.schedules.items():
        row = []
        for hour in range(HOURS):
            tiers = _tiers(*buys[days][hour], common) if buys else [{"rate": common}]
            if sells:
                paid = sells[days][hour][0].prices[0]
                tiers = [tier | {"sell": paid} for tier in tiers]
            row.append(structure.number(tiers))
        schedule.append(row)


def _by_hour(charge: EnergyCharge, month: int) -> dict[str, list[tuple[Rate, Decimal, TierUnit]]]:
    """For each hour the rate, the difference of its period to it, and the unit of limits."""
    table = _table(charge, month)
    unit: TierUnit = charge.tiers.unit if charge.tiers else "kwh"
    hours = periods_by_hour(charge.calendar, month, charge)
    return {
        days: [(*_rate_of(table, period), unit) for period in row] for days, row in hours.items()
    }


def _rate_of(table: PriceTable, period: str | None) -> tuple[Rate, Decimal]:
    number = table.periods.index(period)
    if table.differences:
        return table.rates[0], table.differences[number]
    return table.rates[number if len(table.rates) > 1 else 0], Decimal(0)


def _tiers(
    rate: Rate, difference: Decimal, unit: TierUnit, common: Decimal
) -> list[dict[str, Any]]:
    """The tiers of one period; what lies between them goes by its share of the month, as there."""
    units = rate.units or (unit,) * len(rate.limits)
    found = []
    for place, price in enumerate(rate.prices):
        tier: dict[str, Any] = {"rate": price + difference + common}
        if place < len(rate.limits):
            tier |= {"max": rate.limits[place], "unit": _UNIT_NAMES[units[place]]}
        found.append(tier)
    return found


def _dgrules(
    bought: Sequence[EnergyCharge], sold: Sequence[EnergyCharge], tariff: Tariff
) -> str | None:
    """The rule under which a reader bills the same; None: the plain one."""
    nettings = {charge.netting for charge in (*bought, *sold)}
    meetings = {
        "pro_rata" if charge.tiers.meeting == "additive" else charge.tiers.meeting
        for charge in bought
        if charge.tiers and charge.calendar and any(rate.limits for rate in charge.rates)
    }
    for name, rule in EXPORT_RULES.items():
        is_alike = nettings <= {rule.netting} and meetings <= {rule.meeting}
        if is_alike and (rule.is_paid or not sold):
            return name
    raise UnsayableError("export_rule", f"tariff '{tariff.code}'")


def _money(charges: Sequence[Charge]) -> dict[str, Any]:
    """The fixed charge, several of one unit added up, and the minimum, which has to stand last."""
    found: dict[str, Any] = {}
    sums: dict[EveryTime, Decimal] = {}
    for place, charge in enumerate(charges, 1):
        if isinstance(charge, FixedCharge):
            if charge.months != EVERY_MONTH:
                raise UnsayableError("months", f"charge '{charge.code}'")
            sums[charge.every] = sums.get(charge.every, Decimal(0)) + charge.amount
        if isinstance(charge, MinimumCharge):
            if place < len(charges):
                raise UnsayableError("several_prices", f"charges after '{charge.code}'")
            found |= {"mincharge": charge.amount, "minchargeunits": f"$/{charge.every}"}
    if len(sums) > 1:
        raise UnsayableError("several_prices", f"fixed charges a {' and a '.join(sums)}")
    for every, amount in sums.items():
        found |= {"fixedchargefirstmeter": amount, "fixedchargeunits": f"$/{every}"}
    return found
