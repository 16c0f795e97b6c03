"""What the load will be."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.forecasting.bands import QUANTILES
from queries.held import Held
from queries.series_weather import READS as WEATHER_READS
from queries.series_weather import series_weather
from queries.stored_forecasts import READS as STORED_READS
from queries.stored_forecasts import StoredForecast, latest_forecast, series_named, slot_starts

RETURNS = pl.Schema(
    {
        "standard_start": pl.Datetime("us"),
        "lead_days": pl.Int64(),
        "load_kw": pl.Float64(),
        "low_80_kw": pl.Float64(),
        "high_80_kw": pl.Float64(),
        "low_95_kw": pl.Float64(),
        "high_95_kw": pl.Float64(),
        "temperature_c": pl.Float64(),
    }
)
READS = (*STORED_READS, *WEATHER_READS)

BANDS = {
    "load_kw": 0.5,
    "low_80_kw": 0.1,
    "high_80_kw": 0.9,
    "low_95_kw": 0.025,
    "high_95_kw": 0.975,
}
"""Columns, and the quantiles they hold."""
_DAYS_BEFORE = 2
_held: Held[pl.DataFrame] = Held(8)


def forecast_curve(
    lake: DuckDBPyConnection, *, series_id: str, issued_at: datetime | None = None
) -> pl.DataFrame:
    """The stored forecast of one series slot by slot, with its bands and the temperature behind it.

    Args:
        lake: From ``queries.lake.open_lake``.
        series_id: As ``forecast_series`` names them.
        issued_at: Which forecast; None is the last one.

    Returns:
        ``load_kw`` [kW, the median], the bands that hold four of five and nineteen of twenty
        values [kW], ``temperature_c`` [°C] as forecast before the day, else as the mean of the last
        two days known; null: there is no weather. Nothing stored: no row.
    """
    # The days of the same forecast are put together from it.
    return _held.of(lake, (series_id, issued_at), lambda: _curve(lake, series_id, issued_at))


def _curve(lake: DuckDBPyConnection, series_id: str, issued_at: datetime | None) -> pl.DataFrame:
    stored = latest_forecast(lake, series_id, issued_at)
    if stored is None:
        return RETURNS.to_frame()
    slots = stored.quantiles.shape[1]
    columns = {
        name: stored.quantiles[:, :, QUANTILES.index(level)].ravel()
        for name, level in BANDS.items()
    }
    return pl.DataFrame(
        {
            "standard_start": slot_starts(stored.days, slots),
            "lead_days": np.repeat(np.arange(1, len(stored.days) + 1), slots),
            **columns,
            "temperature_c": _temperature(lake, series_id, stored).ravel(),
        },
        schema=RETURNS,
    ).with_columns(pl.col("temperature_c").fill_nan(None))


def _temperature(lake: DuckDBPyConnection, series_id: str, stored: StoredForecast) -> np.ndarray:
    """What stood for the temperature of the days foretold, (days, slots) [°C]."""
    days, slots, _ = stored.quantiles.shape
    if stored.temperature_kind == "none":
        return np.full((days, slots), np.nan)
    weather = series_weather(
        lake,
        series_named(lake, series_id).region_id,
        first_day=stored.days[0] - timedelta(days=_DAYS_BEFORE),
        last_day=stored.days[-1],
        issued_at=stored.issued_at[0],
        slots=slots,
    )
    last = np.nanmean(weather.observed[:_DAYS_BEFORE], axis=0)
    if stored.temperature_kind == "past":
        return np.tile(last, (days, 1))
    served = weather.served[_DAYS_BEFORE:]
    return np.where(np.isfinite(served), served, last)
