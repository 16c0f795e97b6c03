"""How good the forecasts were."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.forecasting.bands import QUANTILES
from queries.stored_forecasts import READS as STORED_READS
from queries.stored_forecasts import checked

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "mape_share": pl.Float64(),
        "naive_24h_mape_share": pl.Float64(),
        "naive_168h_mape_share": pl.Float64(),
        "coverage_80_share": pl.Float64(),
        "coverage_95_share": pl.Float64(),
        "is_made_afterwards": pl.Boolean(),
    }
)
READS = STORED_READS


def forecast_accuracy(lake: DuckDBPyConnection, *, series_id: str, days: int = 30) -> pl.DataFrame:
    """The error of the day-ahead forecast by day, beside two forecasts that need no model.

    Args:
        lake: From ``queries.lake.open_lake``.
        series_id: As ``forecast_series`` names them.
        days: How many of the last days; 67 at most.

    Returns:
        ``mape_share`` [0–1, mean absolute error relative to each slot's load], likewise of
        yesterday's load and last week's taken as forecasts; the shares of values within the 80 %
        and the 95 % band [0–1]. Null: nothing to compare with.
    """
    held = checked(lake, series_id)
    if held is None:
        return RETURNS.to_frame()
    actual, rows = held.actual, held.rows
    quantiles = held.stored.quantiles

    def before(back: int) -> np.ndarray:
        there = rows >= back
        return np.where(there[:, None], held.truth[np.maximum(rows - back, 0)], np.nan)

    columns = {
        "service_date": held.stored.days,
        "mape_share": _errors(held.stored.median, actual),
        "naive_24h_mape_share": _errors(before(1), actual),
        "naive_168h_mape_share": _errors(before(7), actual),
        "coverage_80_share": _inside(quantiles, actual, 0.1, 0.9),
        "coverage_95_share": _inside(quantiles, actual, 0.025, 0.975),
        "is_made_afterwards": held.stored.is_made_afterwards,
    }
    frame = pl.DataFrame(columns, schema=RETURNS)
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None)).tail(days)


def _errors(forecast: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Mean absolute error of each day relative to each slot, (days,); NaN: nothing to compare."""
    known = np.isfinite(forecast) & np.isfinite(actual) & (actual != 0.0)
    relative = np.abs(forecast - actual) / np.where(known, np.abs(actual), 1.0)
    total = np.where(known, relative, 0.0).sum(axis=1)
    count = known.sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _inside(quantiles: np.ndarray, actual: np.ndarray, low: float, high: float) -> np.ndarray:
    known = np.isfinite(actual)
    inside = (actual >= quantiles[:, :, QUANTILES.index(low)]) & (
        actual <= quantiles[:, :, QUANTILES.index(high)]
    )
    count = known.sum(axis=1)
    return np.where(count > 0, (inside & known).sum(axis=1) / np.maximum(count, 1), np.nan)
