"""If supply falls short, who is asked to use less, and by how much?"""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.orderly_contacts import with_contacts
from queries.demand.orderly_plan import READS as PLAN_READS
from queries.demand.orderly_plan import orderly_plan
from queries.demand.orderly_terms import LEVELS, MEASURES, Level, OrderlyError

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "phone": pl.String(),
        "customer_class": pl.String(),
        "industry_code": pl.String(),
        "status": pl.String(),
        "measure": pl.String(),
        "quota_kw": pl.Float64(),
        "shift_kw": pl.Float64(),
        "avoid_kw": pl.Float64(),
        "limit_kw": pl.Float64(),
        "reference_kw": pl.Float64(),
        "allowed_kw": pl.Float64(),
        "base_kw": pl.Float64(),
        "agreed_kw": pl.Float64(),
        "called_days": pl.Int64(),
        "first_level": pl.String(),
    }
)
READS = PLAN_READS


def orderly_use(  # noqa: PLR0913 - a district, a period, terms, a level
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    level: Level = "IV",
    terms: str = "",
    year: int | None = None,
) -> pl.DataFrame:
    """Whom a plan of orderly use (有序用电) would ask for how much at a level of shortage.

    The shortage is the level's share of the highest hour of the period. What was agreed in demand
    response comes first. The rest is asked for by shifting (what a customer draws in these hours on
    some days and not on others), then by avoiding (a supposed share of what is above its base
    load), then by limiting it to its base load; nobody is asked to go below. Each measure is used
    up before the next begins; those called on the fewest days come first, and among equals each
    gives the same share of its load.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day of the period it is worked out from, included.
        last_day: Last day, included; demand response counts as agreed on it.
        region_id: Only this region; None: all in the user's scope.
        level: IV, III, II or I.
        terms: JSON of ``orderly_terms.Terms``; what it leaves out is as ``data/orderly_use.toml``.
        year: Calendar year of which called days count; None: that of ``last_day``.

    Returns:
        A row a usage point, the largest quota first. ``status``: ``called``, ``may_be_called`` at a
        higher level, ``nothing_to_give``, or why it is spared. ``measure`` is the last one it takes
        (null: no quota), ``allowed_kw`` what its mean load may be [kW, of ``reference_kw``, the
        mean load in these hours on the reference days], ``first_level`` from which level on it is
        called. ``name`` and ``phone`` are masked as the scope says. Null loads: too few readings.

    Raises:
        OrderlyError: an unknown level, days in the wrong order, or terms that cannot be read.
    """
    if level not in LEVELS:
        raise OrderlyError(f"level '{level}' is none of {', '.join(LEVELS)}.")
    asked = {"first_day": first_day, "last_day": last_day, "region_id": region_id}
    plan = orderly_plan(lake, **asked, terms=terms, year=year)
    if not plan.shared:
        return RETURNS.to_frame()
    quota_kw = plan.shared[LEVELS.index(level)].quota_kw
    given = {f"{name}_kw": pl.Series(kw) for name, kw in zip(MEASURES, quota_kw, strict=True)}
    firsts = np.stack([one.quota_kw.sum(axis=0) > 0 for one in plan.shared])
    first_level = [LEVELS[column.argmax()] if column.any() else None for column in firsts.T]
    found = plan.points.with_columns(
        **given, first_level=pl.Series(first_level, dtype=pl.String)
    ).with_columns(quota_kw=pl.sum_horizontal("shift_kw", "avoid_kw", "limit_kw"))
    found = found.with_columns(
        measure=strongest(),
        allowed_kw=pl.col("reference_kw") - pl.col("quota_kw"),
        status=pl.when(pl.col("quota_kw") > 0).then(pl.lit("called")).otherwise("status"),
    )
    found = with_contacts(found, lake)
    return found.sort(["quota_kw", "usage_point_id"], descending=[True, False]).select(
        RETURNS.names()
    )


def strongest() -> pl.Expr:
    """The last measure that a quota takes; null: there is no quota."""
    return (
        pl.when(pl.col("limit_kw") > 0)
        .then(pl.lit("limit"))
        .when(pl.col("avoid_kw") > 0)
        .then(pl.lit("avoid"))
        .when(pl.col("shift_kw") > 0)
        .then(pl.lit("shift"))
    )
