"""How much of what the lake shows was estimated, by region and day?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "region_id": pl.String(),
        "due_points": pl.Int64(),
        "expected_slots": pl.Int64(),
        "actual_slots": pl.Int64(),
        "estimated_slots": pl.Int64(),
        "missing_slots": pl.Int64(),
        "actual_share": pl.Float64(),
        "estimated_share": pl.Float64(),
        "missing_share": pl.Float64(),
    }
)
READS: tuple[str, ...] = ("completeness",)


def estimated_share(
    lake: DuckDBPyConnection, *, first_day: date, last_day: date, channel: str = "import"
) -> pl.DataFrame:
    """Readings that are actual, estimated (or substituted) and missing, by region and day.

    Returns:
        One row a day and region with any reading due: slots, and each as a share of those due
        [0–1, adding up to 1]. An estimate never counts as collected. ``region_id`` is null for
        usage points that the register places in no region.
    """
    return run_sql(
        lake,
        "governance/estimated_share",
        RETURNS,
        first_day=first_day,
        last_day=last_day,
        channel=channel,
    )
