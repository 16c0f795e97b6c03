"""What can still be connected today."""

from datetime import timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import Kind
from queries.market.assumptions import read_assumptions
from queries.market.grid_days import READS as DAYS_READS
from queries.market.grid_days import GridDays, grid_days

RETURNS = pl.Schema(
    {
        "area_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "feeder_id": pl.String(),
        "rated_capacity_kva": pl.Float64(),
        "is_metered": pl.Boolean(),
        "readings_share": pl.Float64(),
        "highest_kva": pl.Float64(),
        "highest_date": pl.Date(),
        "loading_share": pl.Float64(),
        "open_kva": pl.Float64(),
        "lowest_kw": pl.Float64(),
        "reverse_share": pl.Float64(),
        "solar_open_kw": pl.Float64(),
    }
)
READS = DAYS_READS


def open_capacity(
    lake: DuckDBPyConnection,
    *,
    assumptions: str,
    kind: Kind = "transformer",
    region_id: str | None = None,
) -> pl.DataFrame:
    """Open capacity (可开放容量) for load and for photovoltaics, by the last twelve months.

    For load: rating × ``grid.load_limit_share`` − the highest apparent power into the area for
    two hours on end (grid companies' practice; capacity promised to applicants is not known
    here and not taken off).
    For photovoltaics: (1 − λ) × rating × ``grid.solar_margin_share``, with λ the reverse loading at
    the smallest load between 9 and 15 o'clock, negative where power never flows back (DL/T
    2041-2019, as remembered; voltage, short-circuit current and harmonics, which it checks too, are
    not looked at).

    Args:
        lake: From ``queries.lake.open_lake``.
        assumptions: TOML as in ``data/outlook.toml``; its part ``grid`` counts here.
        kind: ``transformer`` or ``feeder``; a feeder's rating is what hangs on it.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        A row a transformer or feeder, fullest first. Shares and open capacities are null where the
        register has no rating or nothing was read.
    """
    limits = read_assumptions(assumptions).grid
    days = grid_days(kind, lake, region_id=region_id)
    return open_of(days, limits.load_limit_share, limits.solar_margin_share)


def open_of(days: GridDays, load_limit_share: float, solar_margin_share: float) -> pl.DataFrame:
    """RETURNS, of areas' hardest days."""
    rated = days.areas["rated_capacity_kva"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    highest = np.where(np.isfinite(days.highest_kva), days.highest_kva, np.nan)
    lowest = np.where(np.isfinite(days.lowest_kw), days.lowest_kw, np.nan)
    reverse = 0.0 - lowest / rated
    first = days.months[0] if days.months else None
    dates = [
        first + timedelta(int(day)) if first is not None and np.isfinite(kva) else None
        for day, kva in zip(days.highest_day, days.highest_kva, strict=True)
    ]
    numbers = {
        "readings_share": days.readings_share,
        "highest_kva": highest,
        "loading_share": highest / rated,
        "open_kva": np.maximum(rated * load_limit_share - highest, 0.0),
        "lowest_kw": lowest,
        "reverse_share": reverse,
        "solar_open_kw": np.maximum((1 - reverse) * rated * solar_margin_share, 0.0),
    }
    return (
        days.areas.with_columns(
            pl.col("meter_id").is_not_null().alias("is_metered"),
            pl.Series("highest_date", dates, dtype=pl.Date),
            *(pl.Series(name, values).fill_nan(None) for name, values in numbers.items()),
        )
        .sort("loading_share", descending=True, nulls_last=True, maintain_order=True)
        .select(RETURNS.names())
    )
