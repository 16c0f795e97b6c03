"""Observed irradiance of every hour by region."""

from datetime import date
from zoneinfo import ZoneInfo

import polars as pl
from duckdb import DuckDBPyConnection

from queries.lake import lake_state
from queries.local_time import standard_offset
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "region_id": pl.String(),
        "service_date": pl.Date(),
        "hour": pl.Int32(),
        "irradiance_w_per_m2": pl.Float64(),
    }
)
READS = ("weather",)


def hourly_sun(lake: DuckDBPyConnection, *, first_day: date, last_day: date) -> pl.DataFrame:
    """RETURNS: mean irradiance on the level [W/m²] of every hour [0–23, standard time]."""
    zone = ZoneInfo(lake_state(lake).zone_name)
    return run_sql(
        lake,
        "hourly_sun",
        RETURNS,
        first_day=first_day,
        last_day=last_day,
        offset_minutes=standard_offset(zone, first_day.year).total_seconds() // 60,
    )
