"""What drives a forecast."""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.forecasting.foretell import DRIVERS
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "driver": pl.String(),
        "load_kw": pl.Float64(),
        "forecast_kw": pl.Float64(),
        "effect_share": pl.Float64(),
    }
)
READS = ("forecast_drivers",)


def forecast_drivers(lake: DuckDBPyConnection, *, series_id: str) -> pl.DataFrame:
    """What makes each day of the last forecast differ from the usual day.

    Returns:
        By day and driver ``load_kw`` [kW, mean of the day]: ``usual`` is the mean of the seven days
        before it that were no holiday, as forecast where they are still to come; ``calendar``,
        ``recent`` (the load of the last days) and ``temperature`` are what a regression on these
        adds, ``rest`` what they do together and other models know. They add up to ``forecast_kw``;
        ``effect_share`` is relative to the usual day [ratio, signed; 1 for the usual day itself].
    """
    return run_sql(
        lake, "load/forecast_drivers", RETURNS, series_id=series_id, drivers=list(DRIVERS)
    )
