"""How good the day-ahead forecasts of single meters were."""

from datetime import timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.load.forecast_meters import READS as METER_READS
from queries.meter_loads import READS as LOAD_READS
from queries.meter_loads import meter_loads
from queries.schema import SLOTS

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "usage_points": pl.Int64(),
        "forecast_kwh": pl.Float64(),
        "actual_kwh": pl.Float64(),
        "error_share": pl.Float64(),
        "week_before_error_share": pl.Float64(),
        "meter_error_share": pl.Float64(),
        "better_share": pl.Float64(),
        "is_made_afterwards": pl.Boolean(),
    }
)
READS = (*METER_READS, *LOAD_READS)

MOST_DAYS = 30
_WEEK = 7
_HOURS = SLOTS[::4]


def forecast_meter_accuracy(
    lake: DuckDBPyConnection,
    *,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    days: int = 14,
) -> pl.DataFrame:
    """The error of the day-ahead forecasts of an area's meters by day, of their sum and of each.

    Args:
        lake: From ``queries.lake.open_lake``.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        days: How many of the last days foretold; MOST_DAYS at most.

    Returns:
        Of the ``usage_points`` that were foretold and read on a day, over the hours read: energy
        as forecast and as read [kWh]; ``error_share`` of their sum [0–1, mean absolute error of the
        hours / mean load], the same of last week's load taken as forecast;
        ``meter_error_share``, that error of the meter in the middle; ``better_share`` of the meters
        erred less than last week's load did [0–1]. A forecast ``is_made_afterwards`` if it was
        stored when its day was over, though from nothing that became known on that day.
    """
    choose_area(lake, area_kind, area_id, "meter_forecasts", region_id=region_id)
    rows = lake.sql(
        "select usage_point_id, service_date, figure, issued_at, received_at, "
        "columns('t\\d{2}00') from area_meter_forecasts "
        "where horizon = 'day' and figure in ('median', 'mean') "
        "order by service_date, usage_point_id, figure"
    ).pl()
    # The last one foretold may not have been read yet.
    dates = rows["service_date"].unique().sort()[-(days + 1) :]
    if dates.is_empty():
        return RETURNS.to_frame()
    rows = rows.filter(pl.col("service_date") >= dates[0])
    points = rows["usage_point_id"].unique().sort().to_list()
    first_day = dates[0] - timedelta(days=_WEEK)
    load = meter_loads(lake, points, first_day=first_day, last_day=dates[-1]).load_kw
    place = {point: at for at, point in enumerate(points)}
    found = []
    for (day,), both in rows.group_by("service_date", maintain_order=True):
        own, means = (both.filter(pl.col("figure") == name) for name in ("median", "mean"))
        at = own["usage_point_id"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
        row = (day - first_day).days  # type: ignore[operator]
        told = own if own.height == 1 else means
        found.append(
            {
                "service_date": day,
                **_of_day(_loads(told), _loads(own), load[at, row], load[at, row - _WEEK]),
                "is_made_afterwards": own["received_at"][0] - own["issued_at"][0]
                > timedelta(days=1),
            }
        )
    return pl.DataFrame(found, schema=RETURNS).filter(pl.col("usage_points") > 0).tail(days)


def _loads(rows: pl.DataFrame) -> np.ndarray:
    return rows.select(_HOURS).to_numpy() / 1000


def _of_day(
    told: np.ndarray, median: np.ndarray, actual: np.ndarray, week: np.ndarray
) -> dict[str, object]:
    """Figures of one day; all (meters, hours) [kW]: to be added up, of each meter, what came."""
    known = np.isfinite(actual)
    both = known & np.isfinite(week)
    error, other = (_error_of_sum(made, actual, both) for made in (told, week))
    own, total = (_sums(np.abs(values), both) for values in (median - actual, actual))
    naive = _sums(np.abs(week - actual), both)
    draws = total > 0.0
    return {
        "usage_points": int(known.any(axis=1).sum()),
        "forecast_kwh": float(told[known].sum()),
        "actual_kwh": float(actual[known].sum()),
        "error_share": error,
        "week_before_error_share": other,
        "meter_error_share": float(np.median(own[draws] / total[draws])) if draws.any() else None,
        "better_share": float((own < naive)[draws].mean()) if draws.any() else None,
    }


def _sums(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known, values, 0.0).sum(axis=1)


def _error_of_sum(made: np.ndarray, actual: np.ndarray, known: np.ndarray) -> float | None:
    sums = [np.where(known, values, 0.0).sum(axis=0) for values in (made, actual)]
    total = float(np.abs(sums[1]).sum())
    return float(np.abs(sums[0] - sums[1]).sum() / total) if total > 0.0 else None
