"""Is anything arriving from the field right now?"""

from datetime import datetime

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql
from queries.schema import UTC_INSTANT

RETURNS = pl.Schema({"received_at": UTC_INSTANT, "readings": pl.Int64(), "batches": pl.Int64()})
READS = ("batches",)


def arriving(lake: DuckDBPyConnection, *, since: datetime) -> pl.DataFrame:
    """What the collectors brought since an instant; files that people gave are left out.

    Args:
        lake: From ``queries.lake.open_lake``.
        since: Aware.

    Returns:
        One row: when the last arrival was taken in (null: none since), how many ``readings`` were
        new or corrected, in how many ``batches``. Arrivals are of the whole service territory:
        a scope that is cut sees none.
    """
    return run_sql(lake, "home/arriving", RETURNS, since=since)
