"""What one transformer area is."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "transformer_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "feeder_id": pl.String(),
        "feeder_name": pl.String(),
        "feeder_name_en": pl.String(),
        "rated_capacity_kva": pl.Float64(),
        "meter_id": pl.String(),
        "customers": pl.Int64(),
        "usage_points": pl.Int64(),
        "phase_a_points": pl.Int64(),
        "phase_b_points": pl.Int64(),
        "phase_c_points": pl.Int64(),
        "three_phase_points": pl.Int64(),
        "solar_points": pl.Int64(),
    }
)
READS: tuple[str, ...] = ("daily_totals", "usage_points", "transformers", "feeders")


def transformer_facts(lake: DuckDBPyConnection, *, transformer_id: str, day: date) -> pl.DataFrame:
    """Name, feeder, rating and meter of one transformer area (台区), and who was on it on ``day``.

    Returns:
        One row; none where the area is not in sight. ``phase_a_points`` and so on are single-phase
        usage points by the phase in the register; ``solar_points`` fed something back in the 31
        days up to ``day``. ``meter_id`` is null where no meter stands at the transformer.
    """
    return run_sql(lake, "load/transformer_facts", RETURNS, transformer_id=transformer_id, day=day)
