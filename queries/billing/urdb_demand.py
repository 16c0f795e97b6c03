"""Demand charges of a URDB record: by month, by schedule, at the system's peak, and ratchets."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from queries.billing.calendar_model import EVERY_MONTH
from queries.billing.tariff_model import DemandCharge, Ratchet, Rate
from queries.billing.urdb_record import UrdbRecord
from queries.billing.urdb_schedule import calendar_of, period_name, used_periods
from queries.billing.urdb_tiers import reached_tiers, rising

_MONTHS_A_YEAR = 12
_MINUTES_A_DAY = 1440


def demand_charges(record: UrdbRecord, *, coincident: bool) -> Iterator[DemandCharge]:
    """The charges of a record; those at the system's peak only where ``coincident``."""
    if record.amount("demandreactivepowercharge"):
        record.doubt("reactive_power", f"{record.amount('demandreactivepowercharge')} a kVAr")
    ratchet = _ratchet(record)
    window = record.whole("demandwindow", _MINUTES_A_DAY) or None
    yield from _by_month(record, ratchet, window)
    yield from _by_schedule(record, ratchet, window)
    yield from _at_peak(record, coincident=coincident)


def _by_month(
    record: UrdbRecord, ratchet: Ratchet | None, window: int | None
) -> Iterator[DemandCharge]:
    structure = record.structure("flatdemandstructure")
    if not structure:
        return
    _check_unit(record, "flatdemandunit")
    months: dict[int, set[int]] = defaultdict(set)
    for month, number in enumerate(_flat_months(record, structure), 1):
        record.held(number, "flatdemandmonths", structure)
        months[number].add(month)
    for number, held in sorted(months.items()):
        yield DemandCharge(
            f"demand_{number}",
            "basic",
            (_rate(record, structure[number], f"flat demand period {number}", None),),
            months=frozenset(held),
            window_minutes=window,
            ratchet=ratchet,
        )


def _flat_months(record: UrdbRecord, structure: Sequence[object]) -> list[int]:
    found = record.fields.get("flatdemandmonths")
    if found is None and len(structure) == 1:
        record.doubt("flat_months_missing")
        return [0] * _MONTHS_A_YEAR
    if not isinstance(found, list) or len(found) != _MONTHS_A_YEAR:
        raise record.refused("schedule_missing", "flatdemandmonths is no list of 12 months")
    return [record.index(number, "flatdemandmonths") for number in found]


def _by_schedule(
    record: UrdbRecord, ratchet: Ratchet | None, window: int | None
) -> Iterator[DemandCharge]:
    structure = record.structure("demandratestructure")
    if not structure:
        return
    _check_unit(record, "demandrateunit")
    weekday = record.schedule("demandweekdayschedule", structure)
    weekend = record.schedule("demandweekendschedule", structure)
    used = used_periods(weekday, weekend)
    rates = [
        _rate(record, structure[number], f"demand period {number}", period_name(number))
        for number in used
    ]
    priced = tuple(rate for rate in rates if any(rate.prices))
    if not priced:
        return
    if ratchet is not None and len(used) > 1:
        record.doubt("ratchet_by_period")
    yield DemandCharge(
        "demand_by_time",
        "basic",
        priced,
        calendar_of(f"urdb_{record.label}_demand", weekday, weekend),
        window_minutes=window,
        ratchet=ratchet,
    )


def _at_peak(record: UrdbRecord, *, coincident: bool) -> Iterator[DemandCharge]:
    structure = record.structure("coincidentratestructure")
    if not structure:
        return
    schedule = record.schedule("coincidentschedule", structure)
    rates = [
        _rate(record, structure[number], f"coincident period {number}", period_name(number))
        for number in used_periods(schedule, schedule)
    ]
    priced = tuple(rate for rate in rates if any(rate.prices))
    if not priced:
        return
    if not coincident:
        prices = ", ".join(str(price) for rate in priced for price in rate.prices)
        record.doubt("coincident_demand", f"{prices} a kW")
        return
    calendar = calendar_of(f"urdb_{record.label}_coincident", schedule, schedule)
    yield DemandCharge("demand_at_peak", "basic", priced, calendar, is_coincident=True)


def _rate(
    record: UrdbRecord, rows: Sequence[Mapping[str, Any]], name: str, period: str | None
) -> Rate:
    """Blocks of demand one upon the other [kW]."""
    tiers = reached_tiers(record, rows, name)
    if any(tier.price is None for tier in tiers):
        record.doubt("demand_price_missing", name)
    limits = tuple(tier.limit or Decimal(0) for tier in tiers[:-1])
    rising(record, limits, name)
    return Rate(tuple(tier.price or Decimal(0) for tier in tiers), period, limits)


def _check_unit(record: UrdbRecord, name: str) -> None:
    """Refuse rates a kVA, a horsepower or a day; those of the prices go before the general."""
    said = record.words("demandunits") or "kW"
    unit = record.words(name) or said
    if unit.strip().lower() != "kw":
        raise record.refused("demand_unit", f"{name} is {unit!r}")
    if said.strip().lower() != "kw":
        record.doubt("demand_in_kva", f"demandunits is {said!r}")


def _ratchet(record: UrdbRecord) -> Ratchet | None:
    """``lookbackrange`` months before, or any month of ``lookbackmonths``; both where both are.

    Without either, every month of the year is looked at.
    """
    share = record.amount("lookbackpercent")
    if not share:
        return None
    if not 0 < share <= 1:
        raise record.refused("malformed", f"lookbackpercent = {share} is no share of 0 to 1")
    found = record.fields.get("lookbackmonths")
    if found is not None and (not isinstance(found, list) or len(found) != _MONTHS_A_YEAR):
        raise record.refused("malformed", "lookbackmonths is no list of 12")
    looked_at = frozenset(
        month for month, is_looked_at in enumerate(found or [], 1) if is_looked_at
    )
    last_months = record.whole("lookbackrange", _MONTHS_A_YEAR)
    return Ratchet(share, looked_at or EVERY_MONTH, last_months or None)
