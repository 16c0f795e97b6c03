"""What was connected, extended, reduced and closed: customers that expand or decline.

Applications themselves are in no table of the lake; what they led to is: the rows of the register
and from when to when each holds.
"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.load.group_series import GroupBy
from queries.point_groups import READS as PLACES_READS
from queries.point_groups import choose_groups
from queries.run import run_sql

KINDS = ("connected", "increased", "resumed", "decreased", "suspended", "closed")
"""新装, 增容, 恢复用电, 减容, 暂停, 销户."""
GROWING = KINDS[:3]
"""Those that add capacity; the others take it away."""

RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "month": pl.Date(),
        "kind": pl.String(),
        "usage_points": pl.Int64(),
        "change_kva": pl.Float64(),
    }
)
READS = PLACES_READS

ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "group_id": pl.String(),
        "capacity_kva": pl.Float64(),
        "status": pl.String(),
        "valid_from": pl.Date(),
        "valid_to": pl.Date(),
    }
)
"""Of the register, a row a usage point and stretch of days."""


def capacity_changes(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    group_by: GroupBy = "industry",
) -> pl.DataFrame:
    """Changes of contracted capacity (业扩报装) by month and kind, as the register tells them.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: What was so on this day already is no change.
        last_day: Last day, included.
        region_id: Only what lies in this region; None is every region in the user's scope.
        group_by: What usage points are put together by.

    Returns:
        A row a group (null: in none), month and kind (one of KINDS) with any: ``usage_points``
        changed, and by how much together, ``change_kva`` [negative for what went]. A change of
        tenant on one day is none. Points whose capacity no register says count, with 0 kVA.
    """
    rows = register_rows(group_by, lake, region_id=region_id)
    return (
        changes(rows)
        .filter((pl.col("day") > first_day) & (pl.col("day") <= last_day))
        .group_by("group_id", pl.col("day").dt.truncate("1mo").alias("month"), "kind")
        .agg(pl.len().cast(pl.Int64).alias("usage_points"), pl.col("change_kva").sum())
        .sort("group_id", "month", "kind", nulls_last=True)
        .select(RETURNS.names())
    )


def register_rows(
    group_by: GroupBy, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> pl.DataFrame:
    """ROWS of a region's usage points with their groups."""
    choose_area(lake, "all", None, region_id=region_id)
    choose_groups(lake, group_by)
    return run_sql(lake, "market/capacity_changes", ROWS)


def capacity_on(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """``capacity_kva`` in use on a day by ``group_id``; of ROWS."""
    holds = (pl.col("valid_from") <= day) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") > day)
    )
    in_use = rows.filter(holds & (pl.col("status") == "operating"))
    return in_use.group_by("group_id").agg(pl.col("capacity_kva").sum())


def changes(rows: pl.DataFrame) -> pl.DataFrame:
    """Every change that ROWS tell: ``group_id``, ``day``, ``kind``, ``change_kva``."""
    own = pl.col("capacity_kva").fill_null(0.0)
    known = rows.sort("usage_point_id", "valid_from").with_columns(
        in_use=pl.when(pl.col("status") == "operating").then(own).otherwise(0.0)
    )
    before = known.select(
        *(
            pl.col(name).shift().over("usage_point_id").alias(name)
            for name in ("in_use", "status", "valid_to")
        )
    )
    after = known["valid_from"].shift(-1)
    is_last = known["usage_point_id"].ne_missing(known["usage_point_id"].shift(-1))
    follows = before["status"].is_not_null() & (
        before["valid_to"].is_null() | (before["valid_to"] >= known["valid_from"])
    )
    was_gone = ~follows | (before["status"] == "closed").fill_null(value=True)
    frame = known.with_columns(
        was_gone.alias("was_gone"),
        (before["status"] == "suspended").fill_null(value=False).alias("was_suspended"),
        pl.Series("was", before["in_use"].fill_null(0.0) * follows.cast(pl.Float64)),
        (is_last | (after > known["valid_to"])).fill_null(value=False).alias("ends"),
    )
    begun = frame.select(
        "group_id",
        pl.col("valid_from").alias("day"),
        _kind().alias("kind"),
        (pl.col("in_use") - pl.col("was")).alias("change_kva"),
    ).drop_nulls("kind")
    ended = frame.filter(
        pl.col("ends") & pl.col("valid_to").is_not_null() & (pl.col("status") != "closed")
    ).select(
        "group_id",
        pl.col("valid_to").alias("day"),
        pl.lit("closed").alias("kind"),
        (-pl.col("in_use")).alias("change_kva"),
    )
    return pl.concat([begun, ended])


def _kind() -> pl.Expr:
    """What a row of the register begins; null: nothing of capacity."""
    change = pl.col("in_use") - pl.col("was")
    return (
        pl.when(pl.col("status") == "closed")
        .then(pl.when(~pl.col("was_gone")).then(pl.lit("closed")))
        .when(pl.col("status") == "suspended")
        .then(pl.when(~pl.col("was_suspended")).then(pl.lit("suspended")))
        .when(pl.col("was_gone"))
        .then(pl.lit("connected"))
        .when(pl.col("was_suspended"))
        .then(pl.lit("resumed"))
        .when(change > 0)
        .then(pl.lit("increased"))
        .when(change < 0)
        .then(pl.lit("decreased"))
    )
