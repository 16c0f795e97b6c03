"""Energy of the last days."""

from datetime import timedelta

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.home.latest_day import READS as LATEST_DAY_READS
from queries.home.latest_day import latest_day
from queries.run import run_sql

RETURNS = pl.Schema({"service_date": pl.Date(), "energy_kwh": pl.Float64()})
READS = LATEST_DAY_READS


def recent_days(
    lake: DuckDBPyConnection,
    *,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    days: int = 35,
) -> pl.DataFrame:
    """Imported energy [kWh] of the ``days`` days up to the latest one with readings.

    A day on which nothing was read is there with a null. Empty where nothing was ever read.
    """
    latest = latest_day(lake, area_kind=area_kind, area_id=area_id, region_id=region_id).item()
    if latest is None:
        return RETURNS.to_frame()
    first_day = latest - timedelta(days=days - 1)
    return run_sql(lake, "home/recent_days", RETURNS, first_day=first_day, latest_day=latest)
