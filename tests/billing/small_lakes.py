"""A street whose bills can be worked by hand: loads that repeat every day, and agreements."""

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from queries.billing.segments import Span
from queries.schema import SLOTS
from queries.settings import Settings

SINCE = date(2020, 1, 1)
JANUARY = date(2025, 1, 1), date(2025, 1, 31)
WINTER = date(2025, 1, 1), date(2025, 2, 28)
POINT = {
    "customer_class": "commercial",
    "region_id": "town",
    "status": "operating",
    "voltage_kv": 0.38,
    "valid_from": SINCE,
}
SHOP = {
    "tariff_code": "industrial_commercial",
    "purchase_type": "agency",
    "has_time_of_use": True,
    "valid_from": SINCE,
}
HOME = {"tariff_code": "residential", "has_time_of_use": False, "valid_from": SINCE}
TWO_PART = SHOP | {
    "tariff_code": "industrial_commercial_two_part",
    "has_time_of_use": False,
    "basic_charge": "maximum",
}


def point(name: str, kva: float = 0.0, **given: object) -> dict[str, object]:
    """A usage point of the customer ``C-<name>``, with ``kva`` in operation and by contract."""
    capacity = {"contracted_capacity_kva": kva, "operating_capacity_kva": kva}
    own = {"usage_point_id": name, "customer_id": f"C-{name}"}
    return {**POINT, **own, **capacity, **given}


def agreement(name: str, terms: Mapping[str, object], **given: object) -> dict[str, object]:
    """The agreement of a usage point."""
    return {**terms, "agreement_id": f"A-{name}", "usage_point_id": name, **given}


def profiles(
    day_row: Callable[..., pl.DataFrame],
    name: str,
    days: Span,
    kwh: Mapping[int, float],
    otherwise_kwh: float = 0.0,
) -> pl.DataFrame:
    """The same energy by hour [kWh] on every day; the hours not named have ``otherwise_kwh``."""
    wh = [round(kwh.get(hour, otherwise_kwh) * 1000) for hour in range(24)]
    dates = pl.date_range(*days, eager=True).alias("service_date").to_frame()
    columns = pl.concat([day_row(wh, point=name).drop("service_date")] * dates.height)
    return columns.hstack(dates)


def with_hour(rows: pl.DataFrame, day: date, hour: int, kwh: float | None) -> pl.DataFrame:
    """``rows`` with another energy in one hour of one day; None: it was not read."""
    value = None if kwh is None else round(kwh * 1000)
    slot = SLOTS[hour * 4]
    changed = pl.when(pl.col("service_date") == day).then(pl.lit(value, pl.Int32))
    return rows.with_columns(changed.otherwise(pl.col(slot)).alias(slot))


def street(
    settings: Settings,
    register: Callable[..., None],
    take: Callable[..., object],
    points: Mapping[str, tuple[dict, dict | None, pl.DataFrame]],
) -> Settings:
    """A lake of usage points, each with its row, its agreement if it has one, and its load."""
    rows = list(points.values())
    tables: dict[str, list[dict]] = {
        "regions": [{"region_id": "town", "name": "镇"}, {"region_id": "village", "name": "村"}],
        "customers": [{"customer_id": row["customer_id"], "name": "某"} for row, *_ in rows],
        "usage_points": [row for row, *_ in rows],
        "agreements": [terms for _, terms, _ in rows if terms is not None],
    }
    register(settings, **{name: table for name, table in tables.items() if table})
    take(settings, *(load for *_, load in rows))
    return settings
