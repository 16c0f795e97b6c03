"""Readings due and there, by day, channel and transformer area."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql
from queries.schema import COMPLETENESS

READS = ("daily_totals", "usage_points", "meters", "transformers", "feeders", "substations")


def completeness(
    lake: DuckDBPyConnection, *, first_day: date, last_day: date, profile_version: int
) -> pl.DataFrame:
    """``completeness`` rows of the days from ``first_day`` to ``last_day``, both included.

    Returns:
        Counts of usage points and of readings (slots). ``silent_points`` are due and have no
        reading at all; estimated readings are counted apart and never as actual.
    """
    return run_sql(
        lake,
        "derived/completeness",
        COMPLETENESS.schema,
        first_day=first_day,
        last_day=last_day,
        profile_version=profile_version,
    )
