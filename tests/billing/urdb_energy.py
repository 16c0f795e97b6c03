"""Whether real URDB records bill every kWh once: of all of them, or of one of every shape."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from queries.billing.measured import DayRows
from queries.billing.pricing import price
from queries.billing.segments import months
from queries.billing.urdb import tariff_from_urdb
from queries.billing.urdb_record import RecordRefusedError

DAYS = tuple(date(2018, 1, 1) + timedelta(n) for n in range(365))
BILLS = months(DAYS[0], DAYS[-1])


@cache
def few_days() -> tuple[DayRows, Fraction]:
    """Four days of every month, two of them of a weekend in most [W average, up to 60 kW]."""
    days = [date(2018, month, day) for month in range(1, 13) for day in (13, 14, 15, 16)]
    units = np.random.default_rng(7).integers(0, 60_000, (1, len(days), 24))
    return DayRows.of(days, {"import": units}, 1000, country="US"), Fraction(int(units.sum()), 1000)


def bill_other_energy(records: Iterable[Mapping[str, Any]]) -> tuple[list[str], int]:
    """Labels of the records whose energy lines are not what was used, and how many were billed."""
    measured, used = few_days()
    unlike, billed = [], 0
    for record in records:
        try:
            tariff = tariff_from_urdb(record)
        except RecordRefusedError:
            continue
        billed += 1
        priced = price(tariff, measured, BILLS)
        lines = [line for line in priced.lines if line.charge == "energy"]
        if sum((line.quantity.fraction(0) for line in lines), Fraction(0)) != used:
            unlike.append(record["label"])
    return unlike, billed


def two_of_every_shape(records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first and the last of the records that are alike in all that parts energy into lines.

    That is the rule for own generation, how many periods there are and how their days and months
    differ, how many tiers they have and in which units, and what is charged beside energy.
    """
    first: dict[tuple, Mapping[str, Any]] = {}
    last: dict[tuple, Mapping[str, Any]] = {}
    for record in records:
        shape = _shape(record)
        first.setdefault(shape, record)
        last[shape] = record
    return [
        *first.values(),
        *(record for shape, record in last.items() if record is not first[shape]),
    ]


def _shape(record: Mapping[str, Any]) -> tuple:
    structure = record.get("energyratestructure") or []
    workdays = record.get("energyweekdayschedule") or []
    return (
        record.get("dgrules"),
        min(len(structure), 4),
        frozenset(_tiers(period) for period in structure),
        workdays == record.get("energyweekendschedule"),
        any(month != workdays[0] for month in workdays),
        any(record.get("fueladjustmentsmonthly") or ()),
        bool(record.get("flatdemandstructure")),
        bool(record.get("demandratestructure")),
    )


def _tiers(period: Sequence[Mapping[str, Any]]) -> tuple:
    """What parts a period's energy: tiers, the units of their limits, a last limit, selling."""
    units = frozenset(tier.get("unit") for tier in period if "max" in tier)
    sells = any("sell" in tier for tier in period)
    return len(period), units, any("max" in tier for tier in period[-1:]), sells
