"""Of which months there are portraits."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.customers.portraits import READS as PORTRAITS_READ
from queries.run import run_sql

RETURNS = pl.Schema({"month": pl.String(), "usage_points": pl.Int64()})
READS = PORTRAITS_READ


def portrait_months_there(
    lake: DuckDBPyConnection, *, region_id: str | None = None
) -> pl.DataFrame:
    """Every month with portraits, and of how many usage points.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: Only customers of this region.

    Returns:
        ``month`` as ``YYYY-MM``, ascending.
    """
    choose_area(lake, "all", None, "portraits", region_id=region_id)
    return run_sql(lake, "customers/portrait_months_there", RETURNS)
