"""Sum and maximum of every slot by class of day, from the stored cubes in wall time."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.cube_slots import ROWS
from queries.run import run_sql


def class_rows(first_day: date, last_day: date, lake: DuckDBPyConnection) -> pl.DataFrame:
    """ROWS of the named points and days of one month, as ``cube_slots.slot_rows`` has them."""
    return run_sql(lake, "billing/cube_classes", ROWS, first_day=first_day, last_day=last_day)
