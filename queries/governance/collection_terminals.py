"""Which terminals are online, and which were last heard when?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.collection_records import show_meters, show_missing, show_terminals
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "terminal": pl.String(),
        "collector": pl.String(),
        "protocol": pl.String(),
        "is_online": pl.Boolean(),
        "changed_at": pl.Datetime("us", "UTC"),
        "heard_at": pl.Datetime("us", "UTC"),
        "meters": pl.Int64(),
        "missing_meters": pl.Int64(),
        "missing_tasks": pl.Int64(),
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


def collection_terminals(lake: DuckDBPyConnection, *, region_id: str | None = None) -> pl.DataFrame:
    """Terminals (采集终端) that dial in, those offline longest first, then those with most missing.

    Args:
        lake: An open lake.
        region_id: Only terminals that read a meter in this region or in one inside it.

    Returns:
        One row a terminal: since ``changed_at`` it is online, or offline; ``heard_at`` is null
        where it never was; ``meters`` behind it, and how many ``missing_meters`` of them have
        readings missing. A limited scope sees a terminal, and counts its meters, only where it
        sees meters behind it.
    """
    choose_region(lake, region_id)
    show_missing(lake)
    show_meters(lake)
    show_terminals(lake)
    return run_sql(lake, "governance/collection_terminals", RETURNS, region_id=region_id)
