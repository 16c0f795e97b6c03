"""What one load costs under one tariff, month by month, for whoever has only a load profile."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from queries.billing.accounts import Accounts, Agreement
from queries.billing.calendars import known_calendars
from queries.billing.errors import TariffError
from queries.billing.lines import Line, Priced
from queries.billing.load_file import LoadFile
from queries.billing.measured import DayRows
from queries.billing.money import FEN_DECIMALS, rounded
from queries.billing.pricing import price
from queries.billing.segments import cut, month_after, months
from queries.billing.tariff_file import read_tariffs
from queries.billing.tariff_model import (
    CapacityCharge,
    Charge,
    DemandCharge,
    EnergyCharge,
    FixedCharge,
    Tariff,
)
from queries.billing.tier_resets import reset_period
from queries.billing.urdb import records_in, tariff_from_urdb

COMPONENTS = (
    "energy",
    "demand_flat",
    "demand_tou",
    "fixed",
    "minimum",
    "adjustments",
)
"""What a month's total consists of: energy bought less energy sold; demand of all hours and demand
by period; fixed amounts and those by capacity; the top-up to a minimum; percentages, the power
factor and credits."""
UNROUNDED_DECIMALS = 12
"""Decimals of amounts that are not rounded to the cent, and of quantities without an end."""
_OF_KIND = {
    "energy": "energy",
    "capacity": "fixed",
    "fixed": "fixed",
    "minimum": "minimum",
    "percentage": "adjustments",
    "power_factor": "adjustments",
    "credit": "adjustments",
}
_SHOWN_CODES = 20


@dataclass(frozen=True, slots=True)
class LineCost:
    """One line of a bill; attributes as those of ``lines.Line``."""

    charge: str
    component: str
    period: str | None
    tier: int | None
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MonthCost:
    """One month.

    Attributes:
        month: ``YYYY-MM``.
        energy_kwh: Taken from the grid.
        peak_kw: Highest demand of any interval.
        components: By name of ``COMPONENTS``; they add up to ``total``.
        total: What is owed.
        lines: What it consists of.
    """

    month: str
    energy_kwh: Decimal
    peak_kw: Decimal
    components: Mapping[str, Decimal]
    total: Decimal
    lines: tuple[LineCost, ...]


@dataclass(frozen=True, slots=True)
class LoadCost:
    """All months, and what is not in them or was taken for granted."""

    currency: str
    months: tuple[MonthCost, ...]
    total: Decimal
    warnings: tuple[str, ...]


def tariff_in(path: Path, code: str | None = None) -> Tariff:
    """One tariff of a file: URDB records where its name ends in ``.json``, else TOML.

    Args:
        path: The file.
        code: Of the tariff, or label of the record; None: the only one.

    Raises:
        TariffError: the file is not as it should be, or does not hold this tariff.
        OSError: it cannot be read.
    """
    if path.suffix.lower() == ".json":
        records = {str(record.get("label") or "unlabelled"): record for record in records_in(path)}
        return tariff_from_urdb(records[_chosen(path, records, code)])
    tariffs = {tariff.code: tariff for tariff in read_tariffs(path, known_calendars())}
    return tariffs[_chosen(path, tariffs, code)]


def in_even_months(tariff: Tariff) -> Tariff:
    """Fixed charges a day as 365 of them a year, a twelfth each month.

    A bill has the days of its month; engines such as PySAM have 365/12 in every month, and their
    months can only be compared like this.
    """
    versions = []
    for version in tariff.versions:
        charges = tuple(
            replace(charge, every="year", amount=charge.amount * 365)
            if isinstance(charge, FixedCharge) and charge.every == "day"
            else charge
            for charge in version.charges
        )
        versions.append(replace(version, charges=charges))
    return replace(tariff, versions=tuple(versions))


def load_cost(
    tariff: Tariff,
    load: LoadFile,
    agreement: Agreement | None = None,
    *,
    is_rounded: bool = True,
) -> LoadCost:
    """What ``load`` costs under ``tariff``, in calendar months.

    Args:
        tariff: The tariff.
        load: The load.
        agreement: Terms of the account; None: none of its own.
        is_rounded: Every line is rounded to the cent (fen), as on a bill; else to 12 decimals.

    Raises:
        TariffError: the tariff is not in force on a day, or asks for what was not measured.
    """
    terms = agreement or Agreement()
    first_day, last_day = load.span
    measured = load.day_rows(tariff.country)
    bills = months(first_day, last_day)
    decimals = FEN_DECIMALS if is_rounded else UNROUNDED_DECIMALS
    accounts = Accounts.alike(1, terms)
    priced = price(tariff, measured, bills, accounts=accounts, decimals=decimals)
    warnings = [
        *load.warnings,
        *(f"{month:%Y-%m} is not whole: {shown}." for month, shown in _cut_months(load.span)),
        *tariff.doubts,
        *_not_known(tariff, measured, terms),
        *_counted_late(tariff, first_day),
        *priced.warnings,
    ]
    segments = cut(bills, ())
    energy = measured.energy(None, segments)
    peaks = measured.maximum(None, segments, DemandCharge("peak", "other", ()))
    costs = tuple(
        _month_cost(
            priced,
            number,
            f"{first:%Y-%m}",
            energy.fraction(0, number, 0),
            peaks.fraction(0, number, 0),
        )
        for number, (first, _) in enumerate(bills)
    )
    total = sum((cost.total for cost in costs), Decimal(0))
    return LoadCost(tariff.currency, costs, total, tuple(dict.fromkeys(warnings)))


def _chosen(path: Path, codes: Collection[str], code: str | None) -> str:
    named = ", ".join([*codes][:_SHOWN_CODES]) + (", …" if len(codes) > _SHOWN_CODES else "")
    if code is None and len(codes) != 1:
        raise TariffError(f"{path} holds {len(codes)} tariffs: {named}. Choose one by --code.")
    if code is not None and code not in codes:
        raise TariffError(f"{path} holds no tariff '{code}'; there are {named}.")
    return code if code is not None else next(iter(codes))


def _month_cost(
    priced: Priced, number: int, month: str, energy: Fraction, peak: Fraction
) -> MonthCost:
    lines = [line for line in priced.lines if line.bill == number]
    parts: dict[str, int] = dict.fromkeys(COMPONENTS, 0)
    for line in lines:
        parts[_component(line)] += _units(line, priced.decimals)
    return MonthCost(
        month,
        _decimal(energy),
        _decimal(peak),
        {name: _money(units, priced.decimals) for name, units in parts.items()},
        _money(sum(parts.values()), priced.decimals),
        tuple(
            LineCost(
                line.charge,
                line.component,
                line.period,
                line.tier,
                _decimal(line.quantity.fraction(0)),
                line.unit,
                line.unit_price,
                _money(_units(line, priced.decimals), priced.decimals),
            )
            for line in lines
        ),
    )


def _component(line: Line) -> str:
    if line.kind == "demand":
        return "demand_flat" if line.period is None else "demand_tou"
    return _OF_KIND[line.kind]


def _units(line: Line, decimals: int) -> int:
    return int(line.amount.over(10**decimals)[0])


def _money(units: int, decimals: int) -> Decimal:
    return rounded(Fraction(units, 10**decimals), decimals)


def _decimal(value: Fraction) -> Decimal:
    """``value`` to 12 decimals, without zeros at its end."""
    text = f"{rounded(value, UNROUNDED_DECIMALS):f}"
    return Decimal(text.rstrip("0").rstrip("."))


def _cut_months(span: tuple[date, date]) -> Iterator[tuple[date, str]]:
    for first, last in months(*span):
        if first.day != 1 or (month_after(last) - last).days != 1:
            yield first, f"its bill is for {first} to {last}"


def _not_known(tariff: Tariff, measured: DayRows, terms: Agreement) -> Iterator[str]:
    """What a load profile does not say and the tariff asks for."""
    charges = list(dict.fromkeys(c for version in tariff.versions for c in version.charges))
    exports = [c for c in charges if isinstance(c, EnergyCharge) and _counts_export(c)]
    if "export" in measured.channels and not exports:
        yield f"tariff '{tariff.code}' has no price for energy fed in: it is not credited."
    basic = [c for c in charges if isinstance(c, CapacityCharge | DemandCharge)]
    choices = {charge.choice for charge in basic} - {None}
    if choices and terms.choice not in choices:
        yield (
            f"tariff '{tariff.code}' has no basic charge for customers who chose {terms.choice}; "
            f"there are {', '.join(sorted(filter(None, choices)))}. Choose by --choice."
        )
    for charge in basic:
        if charge.choice not in {None, terms.choice}:
            continue
        if isinstance(charge, CapacityCharge) and not terms.capacity_kva:
            yield f"charge '{charge.code}' is by operating capacity; give --capacity-kva."
        elif _is_by_contract(charge) and not terms.contract_kw:
            yield f"charge '{charge.code}' is by contracted demand; give --contract-kw."


def _counted_late(tariff: Tariff, first_day: date) -> Iterator[str]:
    """Tiers whose counter started before the first reading."""
    for version in tariff.versions:
        for charge in version.charges:
            rule = charge.tiers if isinstance(charge, EnergyCharge) else None
            if rule is None or rule.reset.every == "bill_cycle":
                continue
            start = reset_period(first_day, rule.reset)[0]
            if start < first_day:
                yield (
                    f"charge '{charge.code}': tiers count from {start}; what was used before "
                    f"{first_day} is not known and not counted."
                )


def _counts_export(charge: EnergyCharge) -> bool:
    return charge.channel == "export" or charge.netting != "none"


def _is_by_contract(charge: Charge) -> bool:
    return isinstance(charge, DemandCharge) and charge.option != "maximum"
