"""The tiers of one period of a URDB record: prices, limits, and the units of the limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from queries.billing.tariff_model import TierUnit
from queries.billing.urdb_record import UrdbRecord

ENERGY_UNITS: dict[str, TierUnit] = {
    "kwh": "kwh",
    "kwh/kw": "kwh_per_kw",
    "kwh daily": "kwh_per_day",
    "kwh/kw daily": "kwh_per_kw_day",
}
_BY_DEMAND = {"kwh_per_kw", "kwh_per_kw_day"}
_NO_LIMIT = Decimal(10) ** 12  # SAM writes 1e38 where there is none


@dataclass(frozen=True, slots=True)
class UrdbTier:
    """One tier that can be reached.

    Attributes:
        price: rate + adj; None: the record has neither.
        limit: Upper limit, included; None: none.
        unit: Of the limit, in small letters.
        sell: What sold energy is paid [a kWh]; None: unsaid.
    """

    price: Decimal | None
    limit: Decimal | None
    unit: str
    sell: Decimal | None


def reached_tiers(
    record: UrdbRecord, rows: Sequence[Mapping[str, Any]], name: str
) -> list[UrdbTier]:
    """The tiers of a period up to the first without a limit.

    A tier without a unit has that of the tier before it: read as kWh, as PySAM does, a limit of
    200 kWh/kW would be followed by one that nothing reaches.
    """
    found: list[UrdbTier] = []
    unit = "kwh"
    for place, row in enumerate(rows, 1):
        where = f"{name}, tier {place}"
        unit = str(row.get("unit") or unit).strip().lower()
        parts = [
            record.number(row[key], f"{where}: {key}") for key in ("rate", "adj") if key in row
        ]
        sell = record.number(row["sell"], f"{where}: sell") if "sell" in row else None
        limit = _limit(record, row.get("max"), f"{where}: max")
        found.append(UrdbTier(sum(parts, Decimal(0)) if parts else None, limit, unit, sell))
        if limit is None:
            break
    if len(found) < len(rows):
        record.doubt("unreachable_tier", f"{name}: tier {len(found)} has no limit")
    if found[-1].limit is not None:
        record.doubt("last_tier_limit", f"{name}: up to {found[-1].limit} {found[-1].unit}")
    return found


def _limit(record: UrdbRecord, value: object, name: str) -> Decimal | None:
    if value is None or (isinstance(value, int | float | Decimal) and value >= _NO_LIMIT):
        return None
    limit = record.number(value, name)
    if limit < 0:
        raise record.refused("malformed", f"{name} = {limit} is below zero")
    return limit


def energy_limits(
    record: UrdbRecord, tiers: Sequence[UrdbTier], name: str
) -> tuple[tuple[Decimal, ...], tuple[TierUnit, ...]]:
    """The limits of all tiers but the last, and the unit of each."""
    for before, after in pairwise(tiers):
        # A heading of Southern Company and Duke: a block of hours of use without a price of its
        # own, and within it steps in kWh.
        if _is_by_demand(before) and not before.price and after.limit and not _is_by_demand(after):
            raise record.refused("blocks_in_blocks", f"{name}: {before.limit} {before.unit}")
    limits: list[Decimal] = []
    units: list[TierUnit] = []
    for tier in tiers[:-1]:
        if tier.unit not in ENERGY_UNITS:
            raise record.refused("energy_unit", f"{name}: unit {tier.unit!r}")
        limits.append(tier.limit or Decimal(0))
        units.append(ENERGY_UNITS[tier.unit])
    for unit in set(units):
        rising(record, [one for one, own in zip(limits, units, strict=True) if own == unit], name)
    if len(set(units)) > 1:
        record.doubt("mixed_limits", name)
    return tuple(limits), tuple(units)


def rising(record: UrdbRecord, limits: Sequence[Decimal], name: str) -> None:
    """Refuse limits that fall."""
    if list(limits) != sorted(limits):
        raise record.refused("limits_fall", f"{name}: {', '.join(map(str, limits))}")


def _is_by_demand(tier: UrdbTier) -> bool:
    return ENERGY_UNITS.get(tier.unit) in _BY_DEMAND
