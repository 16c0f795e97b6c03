"""What customers draw in the hours of shortage, and what of it each could do without.

Nothing here was agreed: it is what a load shows. A survey on the spot (负荷调查) knows better.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portrait_flexibility import flexible_kwh
from queries.run import run_sql
from queries.schema import HOURS

_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "service_date": pl.Date(),
        "base_wh": pl.Int64(),
        **dict.fromkeys(HOURS, pl.Int64()),
    }
)
_WH_PER_KWH = 1000
_LEAST_DAYS_SHARE = 0.5
"""Of the reference days, below which nothing is said of a customer."""


@dataclass(frozen=True, slots=True)
class PeakLoads:
    """Loads of usage points on the reference days; NaN where too few of them were read.

    Attributes:
        points: Usage points, ascending.
        reference_kw: Mean load in the hours of shortage.
        base_kw: Median of the days' base loads (mean of the three lowest hours), as in portraits.
        movable_kw: What the customer draws in these hours on some of the days and not on others,
            by the definition of ``portrait_flexibility``: it could move to other hours.
    """

    points: pl.Series
    reference_kw: np.ndarray
    base_kw: np.ndarray
    movable_kw: np.ndarray


def peak_loads(cursor: DuckDBPyConnection, days: list[date], hours: range) -> PeakLoads:
    """Loads of the area that ``choose_area`` cut ``daily_features`` to, on some days."""
    asked = {"days": days, "first_day": days[0], "last_day": days[-1]}
    rows = run_sql(cursor, "demand/orderly_hours", _ROWS, **asked)
    points = rows["usage_point_id"].unique().sort()
    place = points.search_sorted(rows["usage_point_id"]).to_numpy()
    day = pl.Series(days).search_sorted(rows["service_date"]).to_numpy()
    load_kw = np.full((len(points), len(days), len(HOURS)), np.nan)
    load_kw[place, day] = rows.select(HOURS).cast(pl.Float64).to_numpy() / _WH_PER_KWH
    base_kw = np.full(load_kw.shape[:2], np.nan)
    base_kw[place, day] = rows["base_wh"].cast(pl.Float64).to_numpy() / _WH_PER_KWH
    return _measured(points, load_kw, base_kw, hours)


def _measured(
    points: pl.Series, load_kw: np.ndarray, base_kw: np.ndarray, hours: range
) -> PeakLoads:
    in_hours = load_kw[:, :, hours.start : hours.stop].mean(axis=2)
    whole = np.all(~np.isnan(load_kw), axis=2).sum(axis=1)
    is_known = whole >= _LEAST_DAYS_SHARE * load_kw.shape[1]
    asked = np.zeros(load_kw.shape[1:])
    asked[:, hours.start : hours.stop] = 1.0
    reference, base, movable = (np.full(len(points), np.nan) for _ in range(3))
    reference[is_known] = np.nanmean(in_hours[is_known], axis=1)
    base[is_known] = np.nanmedian(base_kw[is_known], axis=1)
    moved = flexible_kwh(load_kw[is_known], base_kw[is_known], asked)
    movable[is_known] = moved / whole[is_known] / len(hours)
    return PeakLoads(points, reference, base, movable)
