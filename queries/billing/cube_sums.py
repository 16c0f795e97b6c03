"""Sum of every slot over the days of each kind, from the day rows: half of ``cube_slots``."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.cube_slots import ROWS, name_profiles
from queries.run import run_sql
from queries.schema import SLOTS

_ROWS = pl.Schema({**dict(list(ROWS.items())[:3]), **dict.fromkeys(SLOTS, pl.Int64())})


def sum_rows(first_day: date, last_day: date, lake: DuckDBPyConnection) -> pl.DataFrame:
    """ROWS of ``cube_slots`` without the maxima."""
    name_profiles(lake)
    return run_sql(lake, "billing/cube_sums", _ROWS, first_day=first_day, last_day=last_day)
