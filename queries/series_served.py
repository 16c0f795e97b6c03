"""Whose forecasts were served, as the stored ones say."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

READS = ("forecasts",)

_SERVED = pl.Schema(
    {
        "series_id": pl.String(),
        "model": pl.String(),
        "served_day": pl.Date(),
        "served_since": pl.Date(),
        "model_before": pl.String(),
    }
)


def served_models(lake: DuckDBPyConnection, before_day: date | None = None) -> pl.DataFrame:
    """Which model served every series last, of the days before ``before_day`` or of all.

    Returns:
        ``series_id``, ``model``, ``served_day`` (the last day), ``served_since`` (the first without
        a break) and ``model_before`` (null: it took nobody's place).
    """
    return run_sql(lake, "series_served", _SERVED, before_day=before_day)
