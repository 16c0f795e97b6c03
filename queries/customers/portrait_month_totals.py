"""Energy, peak, reactive energy and readings of every usage point in a month."""

from datetime import date
from zoneinfo import ZoneInfo

import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portrait_month_days import month_bounds
from queries.daily_energy import LEAST_READINGS_SHARE
from queries.lake import lake_state
from queries.local_time import standard_offset
from queries.run import run_sql

_TOTALS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "first_day": pl.Date(),
        "known_days": pl.Int16(),
        "energy_kwh": pl.Float64(),
        "exported_kwh": pl.Float64(),
        "peak_kw": pl.Float64(),
        "peak_at": pl.Datetime("us"),
        "reactive_kvarh": pl.Float64(),
        "beside_reactive_kwh": pl.Float64(),
        "actual_slots": pl.Int32(),
        "estimated_slots": pl.Int32(),
        "expected_slots": pl.Int32(),
    }
)


def month_totals(month: str, last_day: date, source: DuckDBPyConnection) -> pl.DataFrame:
    """What ``daily_totals`` says of ``month`` up to ``last_day``, of its customers at its end.

    ``peak_at`` is an instant; all else as in ``portrait_months``.
    """
    first_day, _ = month_bounds(month)
    offset = standard_offset(ZoneInfo(lake_state(source).zone_name), first_day.year)
    return run_sql(
        source,
        "customers/portrait_month_totals",
        _TOTALS,
        month=month,
        first_day=first_day,
        last_day=last_day,
        least_share=LEAST_READINGS_SHARE,
    ).with_columns((pl.col("peak_at") - offset).dt.replace_time_zone("UTC"))
