"""Which data there is."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "region_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "is_simulated": pl.Boolean(),
        "usage_points": pl.Int64(),
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


def data_sets(lake: DuckDBPyConnection) -> pl.DataFrame:
    """One row a region with readings: from when to when, how many, how complete.

    Returns:
        ``usage_points`` that ever reported, without meters that only check; ``first_day`` and
        ``last_day`` read, ``readings`` (slots with a value) of both, ``actual_share`` and
        ``estimated_share`` of what was due [0–1].
        ``region_id`` is null for usage points that are in no register.
    """
    return run_sql(lake, "home/data_sets", RETURNS)
