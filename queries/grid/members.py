"""The usage points whose energy stands for a transformer or a feeder."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import Kind
from queries.run import run_sql

MEMBERS = pl.Schema(
    {"area_id": pl.String(), "usage_point_id": pl.String(), "registers": pl.Int64()}
)
READS: tuple[str, ...] = (
    "daily_totals",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
)


def members(
    lake: DuckDBPyConnection, kind: Kind, areas: pl.DataFrame, first_day: date, last_day: date
) -> pl.DataFrame:
    """The usage points whose energy stands for each area: its meter, else all its customers.

    ``registers`` says how many registers of imported energy a point reported in these days or the
    31 before: a point that had none is not waited for.
    """
    return run_sql(
        lake,
        "grid/members",
        MEMBERS,
        kind=kind,
        areas=areas["area_id"].to_list(),
        meters=areas["meter_id"].to_list(),
        first_day=first_day,
        last_day=last_day,
    )
