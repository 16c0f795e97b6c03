"""What a planner can look at."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_region
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "area_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "usage_points": pl.Int64(),
        "is_check": pl.Boolean(),
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


def areas(
    lake: DuckDBPyConnection, *, area_kind: AreaKind, region_id: str | None = None
) -> pl.DataFrame:
    """Every area of one kind in the user's scope, with its names and number of usage points.

    Args:
        lake: From ``queries.lake.open_lake``.
        area_kind: Which kind; ``all`` has no areas to choose from.
        region_id: Only areas with usage points in this region; they are counted there.

    Returns:
        Names are null where a kind has none (classes, usage points); a customer's name is masked
        as the scope says. ``usage_points`` are customers'. A meter that only checks stands in the
        list of usage points alone, behind the others: ``is_check``, and no ``usage_points``.
    """
    if area_kind == "all":
        return RETURNS.to_frame()
    choose_region(lake, region_id)
    return run_sql(lake, "load/areas", RETURNS, area_kind=area_kind)
