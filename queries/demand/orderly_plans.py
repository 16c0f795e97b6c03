"""Which plans of orderly use are there, and how far are they?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.orderly_tables import PLAN_ROWS, plan_rows, roster_points
from queries.lake import records_of

RETURNS = pl.Schema(
    PLAN_ROWS | {"usage_points": pl.Int64(), "seen_usage_points": pl.Int64()},
)
READS = ("records", "usage_points", "transformers", "feeders", "substations", "regions")


def orderly_plans(lake: DuckDBPyConnection) -> pl.DataFrame:
    """Plans of orderly use whose roster names somebody in the user's scope, last changed first.

    Args:
        lake: From ``queries.lake.open_lake``.

    Returns:
        A row a plan; ``content`` is JSON (its inputs, terms and levels; null where the scope does
        not show the whole roster), ``changed_at`` text in ISO 8601, UTC. Of its ``usage_points``
        those in the scope are ``seen_usage_points``: who does not see all of them changes nothing.
    """
    engine = records_of(lake)
    known = lake.sql("select distinct usage_point_id from places order by usage_point_id").pl()
    is_seen = pl.col("usage_point_id").is_in(known["usage_point_id"].to_list())
    named = (
        roster_points(engine)
        .group_by("plan_id")
        .agg(
            pl.len().cast(pl.Int64).alias("usage_points"),
            is_seen.sum().cast(pl.Int64).alias("seen_usage_points"),
        )
        .filter(pl.col("seen_usage_points") > 0)
    )
    found = plan_rows(engine).join(named, on="plan_id", how="inner", maintain_order="left")
    is_whole = pl.col("seen_usage_points") == pl.col("usage_points")
    return found.with_columns(content=pl.when(is_whole).then("content")).select(RETURNS.names())
