"""What a planner can look at."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "area_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "usage_points": pl.Int64(),
    }
)
READS = (
    "regions",
    "substations",
    "feeders",
    "transformers",
    "customers",
    "usage_points",
)


def areas(lake: DuckDBPyConnection, *, area_kind: AreaKind) -> pl.DataFrame:
    """Every area of one kind in the user's scope, with its names and number of usage points.

    Names are null where a kind has none (classes, usage points); a customer's name is masked as the
    scope says. ``all`` has no areas to choose from.
    """
    if area_kind == "all":
        return RETURNS.to_frame()
    return run_sql(lake, "load/areas", RETURNS, area_kind=area_kind)
