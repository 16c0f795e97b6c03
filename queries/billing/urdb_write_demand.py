"""Demand charges as fields of a URDB record."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from queries.billing.calendar_model import EVERY_MONTH
from queries.billing.tariff_model import DemandCharge, Ratchet, Rate
from queries.billing.urdb_schedule import WEEKDAYS, WEEKENDS
from queries.billing.urdb_structure import (
    MONTHS,
    Structure,
    UnsayableError,
    codes,
    periods_by_hour,
    whole_days,
)


def demand_fields(charges: Sequence[DemandCharge]) -> dict[str, Any]:
    """The fields of all demand charges of a tariff.

    Raises:
        UnsayableError: URDB has no words for one.
    """
    for charge in charges:
        is_plain = charge.option == "maximum" and charge.choice is None and charge.discount is None
        is_plain = is_plain and charge.highest_days == 1 and not charge.in_kva
        if not is_plain or charge.quantity_decimals is not None:
            raise UnsayableError("demand_rule", f"charge '{charge.code}'")
    found: dict[str, Any] = {}
    at_peak = [charge for charge in charges if charge.is_coincident]
    usual = [charge for charge in charges if not charge.is_coincident]
    flat = [charge for charge in usual if charge.calendar is None]
    by_time = [charge for charge in usual if charge.calendar is not None]
    if flat:
        structure = _demand_structure(flat)
        found["flatdemandstructure"] = structure.periods
        found["flatdemandmonths"] = [row[0] for row in structure.schedules[WEEKDAYS]]
        found["flatdemandunit"] = "kW"
    if by_time:
        structure = _demand_structure(by_time)
        found["demandratestructure"] = structure.periods
        found["demandweekdayschedule"] = structure.schedules[WEEKDAYS]
        found["demandweekendschedule"] = structure.schedules[WEEKENDS]
        found["demandrateunit"] = "kW"
    if at_peak:
        structure = _demand_structure(at_peak)
        if structure.schedules[WEEKDAYS] != structure.schedules[WEEKENDS]:
            raise UnsayableError("holidays", f"charges {codes(at_peak)}")
        found["coincidentratestructure"] = structure.periods
        found["coincidentschedule"] = structure.schedules[WEEKDAYS]
        found["coincidentrateunit"] = "kW"
    return found | _lookback(usual) | _window(usual)


def _demand_structure(charges: Sequence[DemandCharge]) -> Structure:
    structure = Structure()
    for month in MONTHS:
        own = [charge for charge in charges if month in charge.months]
        if len(own) > 1:
            raise UnsayableError("several_prices", f"charges {codes(own)} in month {month}")
        hours = periods_by_hour(own[0].calendar, month, own[0]) if own else whole_days()
        rates = {rate.period: rate for rate in own[0].rates} if own else {}
        for days, row in hours.items():
            numbers = []
            for period in row:
                rate = rates.get(period) or rates.get(None)
                tiers = _blocks(rate) if rate else [{"rate": Decimal(0)}]
                numbers.append(structure.number(tiers, period if rate else None))
            structure.schedules[days].append(numbers)
    return structure


def _blocks(rate: Rate) -> list[dict[str, Any]]:
    limits = [{"max": limit} for limit in rate.limits]
    return [
        {"rate": price} | limit for price, limit in zip(rate.prices, [*limits, {}], strict=True)
    ]


def _lookback(charges: Sequence[DemandCharge]) -> dict[str, Any]:
    ratchets: set[Ratchet | None] = {charge.ratchet for charge in charges}
    if ratchets <= {None}:
        return {}
    ratchet = next(iter(ratchets))
    if len(ratchets) > 1 or ratchet is None or ratchet.holds_in != EVERY_MONTH:
        raise UnsayableError("ratchet", f"charges {codes(charges)}")
    if ratchet.last_months is not None and ratchet.last_months > len(MONTHS):
        raise UnsayableError("ratchet", f"charges {codes(charges)}")
    return {
        "lookbackpercent": ratchet.share,
        "lookbackmonths": [month in ratchet.looked_at for month in MONTHS],
        "lookbackrange": ratchet.last_months or 0,
    }


def _window(charges: Sequence[DemandCharge]) -> dict[str, Any]:
    windows = {charge.window_minutes for charge in charges}
    if windows <= {None}:
        return {}
    if len(windows) > 1:
        raise UnsayableError("demand_rule", f"charges {codes(charges)}")
    return {"demandwindow": windows.pop()}
