"""Whose bills can be asked for?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.run import run_sql

RETURNS = pl.Schema(
    {"customer_id": pl.String(), "name": pl.String(), "customer_class": pl.String()}
)
READS = ("customers", "feeders", "regions", "substations", "transformers", "usage_points")


def bill_accounts(
    lake: DuckDBPyConnection, *, first_day: date, last_day: date, region_id: str | None = None
) -> pl.DataFrame:
    """Accounts with a usage point that is settled on any of some days, also those that moved out.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day, included.
        last_day: Last day, included.
        region_id: Only accounts with a usage point in this region, or in one inside it.

    Returns:
        A row an account in the user's scope, by its number; ``name`` is masked as the scope says,
        null where the register has none. Whether there was an agreement, ``billing/bill`` says.
    """
    choose_region(lake, region_id)
    return run_sql(lake, "billing/bill_accounts", RETURNS, first_day=first_day, last_day=last_day)
