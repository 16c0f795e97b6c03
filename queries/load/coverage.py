"""How much of what was due has been read."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "readings_share": pl.Float64(),
        "estimated_share": pl.Float64(),
    }
)
READS = (
    "daily_totals",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
)


def load_coverage(  # noqa: PLR0913 - an area, a region, a period, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
) -> pl.DataFrame:
    """Share of the readings due that are there, for every day with any reading.

    Returns:
        ``readings_share`` [0–1, slots read / slots due; a registered usage point without any
        reading is due too] and ``estimated_share`` [0–1, estimated or substituted / read].
    """
    choose_area(lake, area_kind, area_id, "daily_totals", region_id=region_id)
    return run_sql(
        lake, "load/coverage", RETURNS, first_day=first_day, last_day=last_day, channel=channel
    )
