"""Is anything collected, and what waits?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.collection_records import show_meters, show_terminals, show_totals
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "collectors": pl.Int64(),
        "meters": pl.Int64(),
        "open_tasks": pl.Int64(),
        "given_up_tasks": pl.Int64(),
        "missing_meters": pl.Int64(),
        "missing_since": pl.Datetime("us", "UTC"),
        "attempted_at": pl.Datetime("us", "UTC"),
        "last_day": pl.Date(),
        "terminals": pl.Int64(),
        "online_terminals": pl.Int64(),
        "online_share": pl.Float64(),
    }
)
READS: tuple[str, ...] = (
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
    "records",
)


def collection_glance(lake: DuckDBPyConnection, *, region_id: str | None = None) -> pl.DataFrame:
    """The collection in one row: who collects, what waits, how many terminals are online.

    Args:
        lake: An open lake.
        region_id: Only what lies in this region or in one inside it.

    Returns:
        ``collectors`` that ever asked, 0 where none did; ``open_tasks`` still asked for,
        ``given_up_tasks``, the ``missing_meters`` of both and since when the oldest is missing;
        ``attempted_at``, when anybody was asked last; ``last_day`` that was asked for;
        ``online_share`` (终端在线率) of the ``terminals`` [0–1], null where there are none.
    """
    choose_region(lake, region_id)
    show_totals(lake)
    show_meters(lake)
    show_terminals(lake)
    return run_sql(lake, "governance/collection_glance", RETURNS, region_id=region_id)
