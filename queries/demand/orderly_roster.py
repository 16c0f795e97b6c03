"""Who stands on the roster of a saved plan at a level, and whom to call there?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.orderly_contacts import with_contacts
from queries.demand.orderly_tables import quota_rows, stored_plan
from queries.demand.orderly_terms import LEVELS, Level, OrderlyError
from queries.demand.orderly_use import strongest
from queries.lake import records_of

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "phone": pl.String(),
        "measure": pl.String(),
        "quota_kw": pl.Float64(),
        "shift_kw": pl.Float64(),
        "avoid_kw": pl.Float64(),
        "limit_kw": pl.Float64(),
        "reference_kw": pl.Float64(),
        "allowed_kw": pl.Float64(),
        "base_kw": pl.Float64(),
    }
)
READS = (
    "records",
    "customers",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
)


def orderly_roster(
    lake: DuckDBPyConnection,
    *,
    plan_id: str,
    level: Level = "IV",
    roster_version: int | None = None,
) -> pl.DataFrame:
    """The roster of a saved plan at one level, as far as the user's scope goes.

    Args:
        lake: From ``queries.lake.open_lake``.
        plan_id: The plan.
        level: IV, III, II or I.
        roster_version: The version of the plan that made the roster; None: the one that holds.

    Returns:
        A row a usage point with a quota, the largest first: columns as in ``orderly_use``. ``name``
        and ``phone`` are masked as the scope says, null where no register knows them.

    Raises:
        OrderlyError: no such plan or level.
    """
    if level not in LEVELS:
        raise OrderlyError(f"level '{level}' is none of {', '.join(LEVELS)}.")
    plan = stored_plan(records_of(lake), plan_id)
    if plan is None:
        raise OrderlyError(f"there is no plan '{plan_id}'. Choose one of orderly_plans.")
    version = plan.roster_version if roster_version is None else roster_version
    found = quota_rows(records_of(lake), plan_id, version).filter(pl.col("level") == level)
    known = lake.sql("select distinct usage_point_id from places order by usage_point_id").pl()
    found = found.join(known, on="usage_point_id", how="semi").with_columns(
        quota_kw=pl.sum_horizontal("shift_kw", "avoid_kw", "limit_kw")
    )
    found = with_contacts(found, lake).with_columns(
        measure=strongest(), allowed_kw=pl.col("reference_kw") - pl.col("quota_kw")
    )
    return found.sort(["quota_kw", "usage_point_id"], descending=[True, False]).select(
        RETURNS.names()
    )
