"""Who is supplied from one transformer area, and how well they are read."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.held import Held
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "name": pl.String(),
        "address": pl.String(),
        "customer_class": pl.String(),
        "phase": pl.String(),
        "is_check": pl.Boolean(),
        "energy_kwh": pl.Float64(),
        "export_kwh": pl.Float64(),
        "readings_share": pl.Float64(),
        "last_actual_day": pl.Date(),
        "silent_days": pl.Int64(),
    }
)
READS: tuple[str, ...] = ("daily_totals", "usage_points", "customers")
_held: Held[pl.DataFrame] = Held(8)


def area_members(
    lake: DuckDBPyConnection, *, transformer_id: str, first_day: date, last_day: date
) -> pl.DataFrame:
    """The usage points of one transformer area on ``last_day``, its own meter last.

    Returns:
        A row a usage point in operation: customer (name and address masked as the scope says),
        class, phase in the register, energy imported and fed back on these days [kWh],
        ``readings_share`` (actual readings of those due since it was connected), the last day with
        any and ``silent_days`` since. Null: nothing of the kind in the 31 days before, either.
    """
    asked = {"transformer_id": transformer_id, "first_day": first_day, "last_day": last_day}
    # Classes and visits of the same page are about the same points.
    return _held.of(
        lake,
        tuple(asked.values()),
        lambda: run_sql(lake, "load/area_members", RETURNS, **asked),
    )
