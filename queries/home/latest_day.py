"""The latest day with readings."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.run import run_sql

RETURNS = pl.Schema({"latest_day": pl.Date()})
READS = (
    "daily_totals",
    "regions",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
)


def latest_day(
    lake: DuckDBPyConnection,
    *,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """One row: the latest service date on which the area imported; null if it never did."""
    choose_area(lake, area_kind, area_id, "daily_totals", region_id=region_id)
    return run_sql(lake, "home/latest_day", RETURNS)
