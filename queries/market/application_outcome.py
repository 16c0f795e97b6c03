"""How much of what is applied for comes, how fast, and whether more is asked for than before."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.load.group_series import GroupBy
from queries.load.peak_contribution import TOGETHER
from queries.market.application_rows import DONE, GAINS, LOSSES, OPEN, application_rows
from queries.market.application_rows import READS as ROWS_READS

RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "applications": pl.Int64(),
        "asked_kva": pl.Float64(),
        "given_up_kva": pl.Float64(),
        "net_kva": pl.Float64(),
        "net_before_kva": pl.Float64(),
        "done_share": pl.Float64(),
        "ended_applications": pl.Int64(),
        "median_days": pl.Float64(),
        "slow_days": pl.Float64(),
        "pending_applications": pl.Int64(),
        "pending_kva": pl.Float64(),
        "longest_pending_days": pl.Int64(),
    }
)
READS = ROWS_READS

_SLOW = 0.9


def application_outcome(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    group_by: GroupBy = "industry",
) -> pl.DataFrame:
    """Capacity asked for less what is given up, conversion and delay of every group.

    Transfers and others that move no capacity are not counted.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day of application, included.
        last_day: Last day of application, included; what is open is counted up to it.
        region_id: Only what lies in this region; None is every region in the user's scope.
        group_by: What applications are put together by.

    Returns:
        A row a group (null: in none), most asked for first, and ``all`` last: ``asked_kva``,
        ``given_up_kva`` and their difference ``net_kva`` of all applications of the period,
        whatever became of them; ``net_before_kva`` of the same days a year before, null where no
        application is known of the first month of those, or before; ``done_share`` [0–1, done of
        the ``ended_applications``: done, withdrawn, refused]; ``median_days`` and ``slow_days``
        [nine of ten are faster] from application to energising, of new connections and increases
        done; ``pending_kva`` [kVA, net] of those under way, the longest for
        ``longest_pending_days``.
    """
    rows = application_rows(group_by, lake, region_id=region_id).filter(
        pl.col("kind").is_in((*GAINS, *LOSSES)) & (pl.col("applied_on") <= last_day)
    )
    own = rows.filter(pl.col("applied_on") >= first_day)
    if own.is_empty():
        return RETURNS.to_frame()
    year_later = pl.col("applied_on").dt.offset_by("1y")
    before = rows.filter(year_later.is_between(first_day, last_day))
    is_known = bool(rows.select((year_later < pl.lit(first_day).dt.offset_by("1mo")).any()).item())
    whole = _outcome(own.with_columns(group_id=pl.lit(TOGETHER)), last_day)
    net_before = pl.concat(
        part.group_by("group_id").agg(pl.col("change_kva").sum().alias("net_before_kva"))
        for part in (before, before.with_columns(group_id=pl.lit(TOGETHER)))
    )
    groups = _outcome(own, last_day).sort("asked_kva", "group_id", descending=[True, False])
    return (
        pl.concat([groups, whole])
        .join(net_before, on="group_id", how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.when(pl.lit(is_known)).then(pl.col("net_before_kva").fill_null(0.0)))
        .select(RETURNS.names())
    )


def _outcome(rows: pl.DataFrame, last_day: date) -> pl.DataFrame:
    """RETURNS of every group but what was before."""
    change, status = pl.col("change_kva"), pl.col("status")
    is_done, is_open = status == DONE, status.is_in(OPEN)
    days = (pl.col("energised_on") - pl.col("applied_on")).dt.total_days()
    connected = days.filter(is_done & pl.col("kind").is_in(("new", "increase")))
    waited = (pl.lit(last_day) - pl.col("applied_on")).dt.total_days()
    return rows.group_by("group_id").agg(
        pl.len().cast(pl.Int64).alias("applications"),
        change.filter(change > 0).sum().alias("asked_kva"),
        change.filter(change < 0).sum().abs().alias("given_up_kva"),
        change.sum().alias("net_kva"),
        (is_done.sum() / (~is_open).sum()).fill_nan(None).alias("done_share"),
        (~is_open).sum().cast(pl.Int64).alias("ended_applications"),
        connected.median().alias("median_days"),
        connected.quantile(_SLOW, "higher").cast(pl.Float64).alias("slow_days"),
        is_open.sum().cast(pl.Int64).alias("pending_applications"),
        change.filter(is_open).sum().alias("pending_kva"),
        waited.filter(is_open).max().alias("longest_pending_days"),
    )
