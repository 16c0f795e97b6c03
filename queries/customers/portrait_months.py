"""The months of one usage point."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "month": pl.String(),
        "energy_kwh": pl.Float64(),
        "daily_kwh": pl.Float64(),
        "known_days": pl.Int16(),
        "days": pl.Int64(),
        "base_kw": pl.Float64(),
        "peak_kw": pl.Float64(),
    }
)
READS = ("portrait_months",)


def portrait_months(lake: DuckDBPyConnection, *, usage_point_id: str) -> pl.DataFrame:
    """What one usage point used month by month, as far as its portrait looks back.

    Returns:
        ``energy_kwh`` of the ``known_days`` of the ``days`` looked at, gaps of known days scaled
        up; ``daily_kwh`` their mean; null where no day is known. ``base_kw`` and ``peak_kw``.
    """
    return run_sql(lake, "customers/portrait_months", RETURNS, usage_point_id=usage_point_id)
