"""What was applied for, quarter by quarter: capacity that is to come or go."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.load.group_series import GroupBy
from queries.market.application_rows import DONE, GAINS, LOSSES, OPEN, application_rows
from queries.market.application_rows import READS as ROWS_READS

RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "quarter": pl.Date(),
        "kind": pl.String(),
        "applications": pl.Int64(),
        "change_kva": pl.Float64(),
        "done_applications": pl.Int64(),
        "done_kva": pl.Float64(),
        "pending_applications": pl.Int64(),
        "pending_kva": pl.Float64(),
    }
)
READS = ROWS_READS

KINDS = (*GAINS, *LOSSES, "transfer", "other")
"""新装, 增容, 暂停恢复; 销户, 减容, 暂停; 过户, 其他."""


def applications(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    group_by: GroupBy = "industry",
) -> pl.DataFrame:
    """Contract applications (业扩报装) by the quarter they were made in, and what became of them.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day of application, included.
        last_day: Last day of application, included.
        region_id: Only what lies in this region; None is every region in the user's scope.
        group_by: What they are put together by; one without a usage point yet counts where it is
            to be connected.

    Returns:
        A row a group (null: in none), ``quarter`` (its first day) and kind (one of KINDS) with any:
        how many, ``change_kva`` asked for [kVA, negative where it is given up], and of these those
        ``done`` and those still ``pending``; the rest was withdrawn or refused.
    """
    change, status = pl.col("change_kva"), pl.col("status")
    is_done, is_open = status == DONE, status.is_in(OPEN)
    return (
        application_rows(group_by, lake, region_id=region_id)
        .filter(pl.col("applied_on").is_between(first_day, last_day))
        .group_by("group_id", pl.col("applied_on").dt.truncate("1q").alias("quarter"), "kind")
        .agg(
            pl.len().cast(pl.Int64).alias("applications"),
            change.sum(),
            is_done.sum().cast(pl.Int64).alias("done_applications"),
            change.filter(is_done).sum().alias("done_kva"),
            is_open.sum().cast(pl.Int64).alias("pending_applications"),
            change.filter(is_open).sum().alias("pending_kva"),
        )
        .sort("group_id", "quarter", "kind", nulls_last=True)
        .select(RETURNS.names())
    )
