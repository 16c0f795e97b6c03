"""Where voltages of the low-voltage networks may have been measured."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.held import Held
from queries.run import run_sql

POINTS = pl.Schema(
    {"usage_point_id": pl.String(), "transformer_id": pl.String(), "is_check": pl.Boolean()}
)
_held: Held[pl.DataFrame] = Held(8)


def voltage_points(
    lake: DuckDBPyConnection, *, region_id: str | None = None, transformer_id: str | None = None
) -> pl.DataFrame:
    """Usage points behind a transformer, in the order of their ids; its own meter is one of them.

    Those at medium voltage are left out: what their meters show depends on voltage transformers.
    """
    every = _held.of(lake, region_id, lambda: _read(lake, region_id))
    if transformer_id is None:
        return every
    return every.filter(pl.col("transformer_id") == transformer_id)


def _read(lake: DuckDBPyConnection, region_id: str | None) -> pl.DataFrame:
    choose_region(lake, region_id)
    return run_sql(lake, "grid/voltage_points", POINTS)
