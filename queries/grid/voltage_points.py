"""Where voltages of the low-voltage networks may have been measured."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.run import run_sql

POINTS = pl.Schema(
    {"usage_point_id": pl.String(), "transformer_id": pl.String(), "is_check": pl.Boolean()}
)


def voltage_points(
    lake: DuckDBPyConnection, *, region_id: str | None = None, transformer_id: str | None = None
) -> pl.DataFrame:
    """Usage points behind a transformer, in the order of their ids; its own meter is one of them.

    Those at medium voltage are left out: what their meters show depends on voltage transformers.
    """
    choose_region(lake, region_id)
    return run_sql(lake, "grid/voltage_points", POINTS, transformer_id=transformer_id)
