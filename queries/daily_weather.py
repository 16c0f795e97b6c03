"""Mean temperature of every day where the usage points of an area are."""

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
        "weather_region_id": pl.String(),
        "service_date": pl.Date(),
        "temperature_c": pl.Float64(),
    }
)
READS = ("weather", "usage_points", "transformers", "feeders", "substations", "regions")


def daily_weather(lake: DuckDBPyConnection, *, first_day: date, last_day: date) -> pl.DataFrame:
    """RETURNS: observed mean temperature of every day and region of the area chosen last.

    A region without weather of its own has that of the nearest region around it. Forecasts are no
    observations. The area is the one of ``queries.area.choose_area``.
    """
    zone = ZoneInfo(lake_state(lake).zone_name)
    return run_sql(
        lake,
        "daily_weather",
        RETURNS,
        first_day=first_day,
        last_day=last_day,
        offset_minutes=standard_offset(zone, first_day.year).total_seconds() // 60,
    )
