"""Which clocks are furthest off?"""

from datetime import date, timedelta

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.collection_records import show_meters
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "device_id": pl.String(),
        "kind": pl.String(),
        "usage_point_id": pl.String(),
        "terminal_id": pl.String(),
        "protocol": pl.String(),
        "read_at": pl.Datetime("us", "UTC"),
        "drift_seconds": pl.Float64(),
        "limit_seconds": pl.Float64(),
        "is_within": pl.Boolean(),
    }
)
READS: tuple[str, ...] = (
    "device_clocks",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
    "records",
)


def worst_clocks(  # noqa: PLR0913 - a question and its inputs
    lake: DuckDBPyConnection,
    *,
    last_day: date,
    meter_limit_seconds: float,
    terminal_limit_seconds: float,
    days: int = 30,
    region_id: str | None = None,
    most_rows: int | None = None,
) -> pl.DataFrame:
    """The clock of every meter and terminal as it was read last, the one furthest off first.

    Args:
        lake: An open lake.
        last_day: Readings of this day and the days before it.
        meter_limit_seconds: How far off a meter may be [s], included; ``data/vee.toml``.
        terminal_limit_seconds: Likewise a terminal.
        days: How many days to look back; a clock not read in them is not there.
        region_id: Only what lies in this region or in one inside it, and the terminals that read
            meters there.
        most_rows: At most so many; None: all.

    Returns:
        One row a device: ``drift_seconds`` [s], fast is positive; ``is_within`` the limit.
        ``usage_point_id`` is null for a terminal.
    """
    choose_region(lake, region_id)
    show_meters(lake)
    return run_sql(
        lake,
        "governance/worst_clocks",
        RETURNS,
        first_day=last_day - timedelta(days=days - 1),
        last_day=last_day,
        meter_limit_seconds=meter_limit_seconds,
        terminal_limit_seconds=terminal_limit_seconds,
        region_id=region_id,
        most_rows=most_rows,
    )
