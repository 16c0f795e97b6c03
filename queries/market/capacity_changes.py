"""What was connected, extended, reduced and closed: customers that expand or decline.

Where a district's applications (业扩报装) are known, those that were done tell; before the first of
them, and elsewhere, the rows of the register do, and from when to when each holds.
"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.load.group_series import GroupBy
from queries.market.application_rows import DONE, GAINS, LOSSES, application_rows, with_districts
from queries.market.application_rows import READS as APPLICATIONS_READS
from queries.point_groups import READS as PLACES_READS
from queries.point_groups import choose_groups
from queries.run import run_sql

KINDS = ("connected", "increased", "resumed", "decreased", "suspended", "closed")
"""新装, 增容, 恢复用电, 减容, 暂停, 销户."""
GROWING = KINDS[:3]
"""Those that add capacity; the others take it away."""
APPLICATIONS, REGISTER = "applications", "register"
"""From what a change is known."""

RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "month": pl.Date(),
        "kind": pl.String(),
        "basis": pl.String(),
        "usage_points": pl.Int64(),
        "change_kva": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*PLACES_READS, *APPLICATIONS_READS)))

ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "region_id": pl.String(),
        "group_id": pl.String(),
        "capacity_kva": pl.Float64(),
        "status": pl.String(),
        "valid_from": pl.Date(),
        "valid_to": pl.Date(),
    }
)
"""Of the register, a row a usage point and stretch of days."""
_KIND_OF = {
    "new": "connected",
    "increase": "increased",
    "resumption": "resumed",
    "decrease": "decreased",
    "suspension": "suspended",
    "cancellation": "closed",
}


def capacity_changes(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    group_by: GroupBy = "industry",
) -> pl.DataFrame:
    """Changes of contracted capacity by month and kind: applications done, else the register.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: What was so on this day already is no change.
        last_day: Last day, included.
        region_id: Only what lies in this region; None is every region in the user's scope.
        group_by: What usage points are put together by.

    Returns:
        A row a group (null: in none), month, kind (one of KINDS) and ``basis`` (``applications``
        or ``register``) with any: ``usage_points`` changed, and by how much together,
        ``change_kva`` [negative for what went]. A change of tenant is none where applications say
        it was one, or the register has it on one day. What nothing says the capacity of counts,
        with 0 kVA.
    """
    rows = register_rows(group_by, lake, region_id=region_id)
    return (
        known_changes(rows, group_by, lake, region_id=region_id)
        .filter((pl.col("day") > first_day) & (pl.col("day") <= last_day))
        .group_by("group_id", pl.col("day").dt.truncate("1mo").alias("month"), "kind", "basis")
        .agg(pl.len().cast(pl.Int64).alias("usage_points"), pl.col("change_kva").sum())
        .sort("group_id", "month", "kind", "basis", nulls_last=True)
        .select(RETURNS.names())
    )


def known_changes(
    rows: pl.DataFrame, group_by: GroupBy, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> pl.DataFrame:
    """Every change: ``group_id``, ``day``, ``kind``, ``change_kva`` and ``basis``.

    In a district that has applications, from the day of the first on, those that were done are the
    changes, and what the register (ROWS) tells is not counted again.
    """
    applied = with_districts(application_rows(group_by, lake, region_id=region_id), lake)
    since = applied.group_by("district_id").agg(pl.col("applied_on").min().alias("since"))
    done = (pl.col("status") == DONE) & pl.col("kind").is_in((*GAINS, *LOSSES))
    of_applications = applied.filter(done).select(
        "group_id",
        pl.col("energised_on").alias("day"),
        pl.col("kind").replace_strict(_KIND_OF, return_dtype=pl.String),
        "change_kva",
        pl.lit(APPLICATIONS).alias("basis"),
    )
    told = with_districts(changes(rows), lake).join(
        since, on="district_id", how="left", nulls_equal=True
    )
    of_register = told.filter(pl.col("since").is_null() | (pl.col("day") < pl.col("since"))).select(
        "group_id", "day", "kind", "change_kva", pl.lit(REGISTER).alias("basis")
    )
    return pl.concat([of_register, of_applications])


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
    """Every change that ROWS tell, with its region and group: ``day``, ``kind``, ``change_kva``."""
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
        "region_id",
        "group_id",
        pl.col("valid_from").alias("day"),
        _kind().alias("kind"),
        (pl.col("in_use") - pl.col("was")).alias("change_kva"),
    ).drop_nulls("kind")
    ended = frame.filter(
        pl.col("ends") & pl.col("valid_to").is_not_null() & (pl.col("status") != "closed")
    ).select(
        "region_id",
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
