"""Mean loads of transformers or feeders over some days."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import Kind
from queries.grid.members import members
from queries.run import run_sql

MEANS = pl.Schema({"area_id": pl.String(), "mean_kw": pl.Float64()})

_LEAST_SHARE = 0.8


def mean_loads(
    lake: DuckDBPyConnection, kind: Kind, areas: pl.DataFrame, first_day: date, last_day: date
) -> pl.DataFrame:
    """Mean load [kW, fed back negative] of ``areas`` over these days, from daily totals.

    A row an area of whose points any reported; null where one of them did for less than four
    fifths of the time. A gap moves the mean no more than what it hides.
    """
    standing = members(lake, kind, areas, first_day, last_day).filter(pl.col("registers") > 0)
    return run_sql(
        lake,
        "grid/mean_loads",
        MEANS,
        areas=standing["area_id"].to_list(),
        points=standing["usage_point_id"].to_list(),
        first_day=first_day,
        last_day=last_day,
        least_share=_LEAST_SHARE,
    )
