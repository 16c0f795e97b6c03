"""What is forecast."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "series_id": pl.String(),
        "kind": pl.String(),
        "area_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "issued_at": pl.Datetime("us", "UTC"),
        "received_at": pl.Datetime("us", "UTC"),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "temperature_kind": pl.String(),
    }
)
READS = (
    "forecasts",
    "regions",
    "feeders",
    "customers",
    "usage_points",
    "transformers",
    "substations",
)


def forecast_series(lake: DuckDBPyConnection, *, region_id: str | None = None) -> pl.DataFrame:
    """Every series in the user's scope of which a forecast is stored, wholes before parts.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        ``kind`` is ``system``, ``region``, ``feeder``, ``customer_class`` or ``customer``; names
        are null where a kind has none (classes). ``issued_at`` [UTC] of the last forecast, stored
        at ``received_at``, for ``first_day`` to ``last_day``.
    """
    choose_region(lake, region_id)
    return run_sql(lake, "load/forecast_series", RETURNS, region_id=region_id)
