"""The latest day and its month at a glance."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.home.latest_day import READS as LATEST_DAY_READS
from queries.home.latest_day import latest_day
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "latest_day": pl.Date(),
        "day_kwh": pl.Float64(),
        "week_before_kwh": pl.Float64(),
        "month_kwh": pl.Float64(),
        "month_before_kwh": pl.Float64(),
        "day_change_share": pl.Float64(),
        "month_change_share": pl.Float64(),
        "compared_first_day": pl.Date(),
        "compared_last_day": pl.Date(),
        "reading_points": pl.Int64(),
        "registered_points": pl.Int64(),
        "customers": pl.Int64(),
    }
)

READS = LATEST_DAY_READS


def glance(
    lake: DuckDBPyConnection,
    *,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """What the latest day with readings and its month brought.

    Returns:
        One row: ``latest_day`` (null: no readings yet), its ``day_kwh`` and that of the same
        weekday the week before; ``month_kwh`` from the first of the month to the latest day and
        ``month_before_kwh`` over the same days of the month before, which are
        ``compared_first_day`` to ``compared_last_day`` [kWh, import]; ``day_change_share`` and
        ``month_change_share`` [of the earlier energy; null where there was none];
        ``reading_points`` that reported that day on any channel, ``registered_points`` and
        ``customers`` in the register.
    """
    latest = latest_day(lake, area_kind=area_kind, area_id=area_id, region_id=region_id).item()
    return run_sql(lake, "home/glance", RETURNS, latest_day=latest)
