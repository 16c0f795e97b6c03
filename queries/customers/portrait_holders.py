"""Whose portraits there are."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.billing.customer_names import with_names
from queries.customers.portraits import READS as PORTRAITS_READ
from queries.run import run_sql

_ROWS = pl.Schema({"usage_point_id": pl.String(), "customer_id": pl.String()})
RETURNS = pl.Schema({**_ROWS, "name": pl.String()})
READS = (*PORTRAITS_READ, "customers")


def portrait_holders(lake: DuckDBPyConnection, *, region_id: str | None = None) -> pl.DataFrame:
    """Every usage point with a portrait, by account.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        ``name`` as the scope may see it; null where no register knows the customer.
    """
    choose_area(lake, "all", None, "portraits", region_id=region_id)
    return with_names(run_sql(lake, "customers/portrait_holders", _ROWS), lake)
