"""What the days ahead will be like."""

from datetime import datetime

import polars as pl
from duckdb import DuckDBPyConnection

from queries.day_classes import day_classes
from queries.day_kinds import day_kinds
from queries.lake import lake_state
from queries.load.forecast_curve import READS as CURVE_READS
from queries.load.forecast_curve import forecast_curve

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "day_kind": pl.String(),
        "day_class": pl.String(),
        "energy_kwh": pl.Float64(),
        "highest_kw": pl.Float64(),
        "peak_low_80_kw": pl.Float64(),
        "peak_high_80_kw": pl.Float64(),
        "peak_at": pl.Datetime("us"),
        "valley_kw": pl.Float64(),
        "temperature_c": pl.Float64(),
        "coldest_c": pl.Float64(),
        "warmest_c": pl.Float64(),
    }
)
READS = CURVE_READS


def forecast_days(
    lake: DuckDBPyConnection, *, series_id: str, issued_at: datetime | None = None
) -> pl.DataFrame:
    """One row for each day of the stored forecast: its kind, energy, peak and temperature.

    Returns:
        ``day_kind`` is ``workday`` or ``rest_day``; ``day_class`` says which holiday or that it is
        a make-up workday (调休上班日), see ``queries.day_classes``; ``energy_kwh`` [kWh];
        ``highest_kw`` with its 80 % band [kW, at ``peak_at``, standard time]; temperatures [°C].
    """
    curve = forecast_curve(lake, series_id=series_id, issued_at=issued_at)
    if curve.is_empty():
        return RETURNS.to_frame()
    at_peak = pl.col("load_kw").arg_max()
    hours = pl.len() / 24
    days = curve.group_by(
        pl.col("standard_start").dt.date().alias("service_date"), maintain_order=True
    ).agg(
        (pl.col("load_kw").sum() / hours).alias("energy_kwh"),
        pl.col("load_kw").max().alias("highest_kw"),
        pl.col("low_80_kw").get(at_peak).alias("peak_low_80_kw"),
        pl.col("high_80_kw").get(at_peak).alias("peak_high_80_kw"),
        pl.col("standard_start").get(at_peak).alias("peak_at"),
        pl.col("load_kw").min().alias("valley_kw"),
        pl.col("temperature_c").mean(),
        pl.col("temperature_c").min().alias("coldest_c"),
        pl.col("temperature_c").max().alias("warmest_c"),
    )
    country = lake_state(lake).holiday_country
    first_day, last_day = days["service_date"][0], days["service_date"][-1]
    return (
        days.join(day_kinds(first_day, last_day, holiday_country=country), on="service_date")
        .join(day_classes(first_day, last_day, country), on="service_date")
        .sort("service_date")
        .select(RETURNS.names())
    )
