"""What did a plan of orderly use achieve on a day, against what was needed?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.orderly_follow_up import orderly_follow_up
from queries.demand.orderly_kept import BY_PLAN
from queries.demand.orderly_kept import READS as KEPT_READS
from queries.demand.orderly_terms import Level

RETURNS = pl.Schema(
    {
        "customers": pl.Int64(),
        "kept_customers": pl.Int64(),
        "broken_customers": pl.Int64(),
        "unknown_customers": pl.Int64(),
        "needed_kw": pl.Float64(),
        "unread_kw": pl.Float64(),
        "achieved_kw": pl.Float64(),
        "achieved_share": pl.Float64(),
        "mean_excess_kw": pl.Float64(),
    }
)
READS = KEPT_READS


def orderly_result(  # noqa: PLR0913 - as ``orderly_follow_up``
    lake: DuckDBPyConnection,
    *,
    plan_id: str,
    service_date: date,
    level: Level = "IV",
    from_minute: int = 17 * 60,
    until_minute: int = 20 * 60,
    reference: str = BY_PLAN,
    roster_version: int | None = None,
) -> pl.DataFrame:
    """A day of a roster in one row; inputs are those of ``orderly_follow_up``.

    Returns:
        How many ``customers`` were to use less, how many kept their limit, broke it, or are not
        known; ``needed_kw``: the quotas of those that were read, and ``unread_kw`` of those that
        were not; ``achieved_kw``: their references less their loads [mean of the hours],
        ``achieved_share`` of what was needed (null: nothing was read); ``mean_excess_kw`` above the
        limits, of all together.

    Raises:
        OrderlyError: as ``orderly_kept.kept_of``.
    """
    rows = orderly_follow_up(
        lake,
        plan_id=plan_id,
        service_date=service_date,
        level=level,
        from_minute=from_minute,
        until_minute=until_minute,
        reference=reference,
        roster_version=roster_version,
    )
    is_read = pl.col("achieved_kw").is_not_null()
    found = rows.select(
        pl.len().alias("customers"),
        pl.col("is_kept").sum().alias("kept_customers"),
        (~pl.col("is_kept")).sum().alias("broken_customers"),
        pl.col("is_kept").is_null().sum().alias("unknown_customers"),
        pl.col("quota_kw").filter(is_read).sum().alias("needed_kw"),
        pl.col("quota_kw").filter(~is_read).sum().alias("unread_kw"),
        pl.col("achieved_kw").sum(),
        pl.col("mean_excess_kw").sum(),
    )
    share = pl.col("achieved_kw") / pl.col("needed_kw")
    return (
        found.with_columns(pl.when(pl.col("needed_kw") > 0).then(share).alias("achieved_share"))
        .select(RETURNS.names())
        .cast(RETURNS)
    )
