"""Which districts there are."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import NO_REGION
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "district_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "is_simulated": pl.Boolean(),
        "usage_points": pl.Int64(),
        "check_meters": pl.Int64(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "readings": pl.Int64(),
        "actual_share": pl.Float64(),
        "estimated_share": pl.Float64(),
    }
)
READS = (
    "daily_totals",
    "completeness",
    "regions",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
)


def districts(lake: DuckDBPyConnection) -> pl.DataFrame:
    """One row a district with readings, the one read last first.

    A district is a region that lies in no other one that the scope sees, with all regions inside
    it. Its ``district_id`` is the ``region_id`` of other questions.

    Returns:
        ``is_simulated`` if anything in it is; ``usage_points`` and ``check_meters`` that ever
        reported; ``first_day`` and ``last_day`` read; ``readings`` (slots with a value) of both;
        ``actual_share`` and ``estimated_share`` of what was due [0–1]. Usage points in no register,
        or in no region of it, are the district NO_REGION, whose names are null.
    """
    return run_sql(lake, "home/districts", RETURNS, no_region=NO_REGION)
