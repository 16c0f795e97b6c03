"""What chosen meters will take tomorrow and in the week, hour by hour."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.run import run_sql
from queries.schema import SLOTS
from queries.stored_forecasts import slot_starts

RETURNS = pl.Schema(
    {
        "standard_start": pl.Datetime("us"),
        "issued_at": pl.Datetime("us", "UTC"),
        "lead_days": pl.Int64(),
        "usage_points": pl.Int64(),
        "load_kw": pl.Float64(),
        "low_80_kw": pl.Float64(),
        "high_80_kw": pl.Float64(),
    }
)
READS = (
    "meter_forecasts",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
)
_HOURS = SLOTS[::4]
_ROWS = pl.Schema(
    {
        "service_date": pl.Date(),
        "issued_at": pl.Datetime("us", "UTC"),
        "lead_days": pl.Int64(),
        "figure": pl.String(),
        "usage_points": pl.Int64(),
        **dict.fromkeys(_HOURS, pl.Int64()),
    }
)
_FIGURES = {"load_kw": "median", "low_80_kw": "low_80", "high_80_kw": "high_80"}


def forecast_meters(
    lake: DuckDBPyConnection,
    *,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """The last stored forecasts of an area's meters, added up.

    Args:
        lake: From ``queries.lake.open_lake``.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        ``load_kw`` [kW] of a single meter is the median of what may come, with the band that holds
        four of five values [kW]; of several ``usage_points`` it is the sum of their means, since
        medians do not add up, and the band is null: errors cancel in part. No row: nothing is
        stored of them.
    """
    choose_area(lake, area_kind, area_id, "meter_forecasts", region_id=region_id)
    rows = run_sql(lake, "load/forecast_meters", _ROWS)
    if rows.is_empty():
        return RETURNS.to_frame()
    is_single = rows["usage_points"].max() == 1
    figures = _FIGURES if is_single else {"load_kw": "mean"}
    middle = rows.filter(pl.col("figure") == figures["load_kw"])
    nothing = np.full(middle.height * len(_HOURS), np.nan)
    columns = {
        name: _hours(rows.filter(pl.col("figure") == figures[name])) if name in figures else nothing
        for name in _FIGURES
    }
    of_days = middle.select("issued_at", "lead_days", "usage_points")
    return pl.DataFrame(
        {
            "standard_start": slot_starts(tuple(middle["service_date"]), len(_HOURS)),
            **of_days[np.repeat(np.arange(middle.height), len(_HOURS))].to_dict(),
            **columns,
        },
        schema=RETURNS,
    ).with_columns(pl.col(pl.Float64).fill_nan(None))


def _hours(rows: pl.DataFrame) -> np.ndarray:
    return rows.select(_HOURS).to_numpy().ravel() / 1000
