"""The latest day with readings of more than a few meters."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.run import run_sql

LEAST_SHARE = 0.05
"""Of the meters of the busiest day: fewer are clocks that run ahead, not the present."""

_DAY = pl.Schema({"latest_day": pl.Date()})
READS: tuple[str, ...] = (
    "daily_totals",
    "regions",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
)


def latest_day(lake: DuckDBPyConnection, *, region_id: str | None = None) -> date | None:
    """The latest service date of which a twentieth of the meters was read; None: nothing was."""
    choose_region(lake, region_id)
    found = run_sql(lake, "grid/latest_day", _DAY, region_id=region_id, least_share=LEAST_SHARE)
    return found.item()
