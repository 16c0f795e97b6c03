"""How many clocks are right?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.governance.worst_clocks import READS as WORST_CLOCKS_READS
from queries.governance.worst_clocks import worst_clocks

RETURNS = pl.Schema(
    {
        "kind": pl.String(),
        "read_devices": pl.Int64(),
        "within_devices": pl.Int64(),
        "limit_seconds": pl.Float64(),
        "within_share": pl.Float64(),
    }
)
READS = WORST_CLOCKS_READS


def clock_rate(  # noqa: PLR0913 - a question and its inputs
    lake: DuckDBPyConnection,
    *,
    last_day: date,
    meter_limit_seconds: float,
    terminal_limit_seconds: float,
    days: int = 30,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Clocks within limits (时钟合格率) as they were read last, of those read.

    Takes what ``worst_clocks`` takes.

    Returns:
        One row a kind of device (meter, terminal) with any clock read: ``within_devices`` no
        further off than ``limit_seconds`` [s], and their ``within_share`` [0–1].
    """
    clocks = worst_clocks(
        lake,
        last_day=last_day,
        meter_limit_seconds=meter_limit_seconds,
        terminal_limit_seconds=terminal_limit_seconds,
        days=days,
        region_id=region_id,
    )
    return (
        clocks.group_by("kind")
        .agg(
            pl.len().cast(pl.Int64).alias("read_devices"),
            pl.col("is_within").sum().cast(pl.Int64).alias("within_devices"),
            pl.col("limit_seconds").first(),
            pl.col("is_within").mean().alias("within_share"),
        )
        .sort("kind")
    )
