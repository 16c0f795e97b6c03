"""Energy of the last days."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.home.glance import READS as GLANCE_READS
from queries.run import run_sql

RETURNS = pl.Schema({"service_date": pl.Date(), "energy_kwh": pl.Float64()})
READS = GLANCE_READS


def recent_days(
    lake: DuckDBPyConnection,
    *,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    days: int = 35,
) -> pl.DataFrame:
    """Imported energy [kWh] of the ``days`` days up to the latest one with readings.

    A day on which nothing was read is there with a null. Empty where nothing was ever read.
    """
    choose_area(lake, area_kind, area_id, "daily_totals")
    return run_sql(lake, "home/recent_days", RETURNS, days=days)
