"""The load a day will have: of a district as it was forecast, of its feeders as it is usual."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import NO_REGION
from queries.demand.baseline_history import day_types
from queries.demand.system_days import READS as SYSTEM_READS
from queries.demand.system_days import system_days
from queries.grid.areas import READS as AREA_READS
from queries.grid.areas import Kind, grid_areas
from queries.grid.limits import shipped_limits
from queries.grid.loads import READS as GRID_READS
from queries.grid.loads import area_loads
from queries.lake import lake_state
from queries.run import QuestionError
from queries.schema import SLOTS_PER_DAY
from queries.stored_forecasts import READS as FORECAST_READS
from queries.stored_forecasts import day_ahead_forecasts, latest_forecast

READS = tuple(dict.fromkeys((*SYSTEM_READS, *AREA_READS, *GRID_READS, *FORECAST_READS)))
BACK_DAYS, USUAL_DAYS = 21, 5
"""How far back the latest days of the same kind are looked for, and how many make a usual day."""
FORECAST, USUAL, NOTHING = "forecast", "usual", "nothing"


@dataclass(frozen=True, slots=True)
class DayLoad:
    """Load of a day without an event.

    Attributes:
        basis: ``forecast`` (stored day-ahead, or the latest that reaches so far), ``usual`` (mean
            of the latest USUAL_DAYS days of the same kind), ``nothing``.
        load_kw: Every quarter of an hour in standard time, (96,); NaN where nothing is known.
    """

    basis: str
    load_kw: np.ndarray


def district_day(cursor: DuckDBPyConnection, day: date, region_id: str | None) -> DayLoad:
    """What is known before ``day`` of its load in a district."""
    foretold = _forecast(cursor, day, region_id)
    if foretold is not None:
        return DayLoad(FORECAST, foretold)
    known = system_days(
        cursor,
        first_day=day - timedelta(days=BACK_DAYS),
        last_day=day - timedelta(days=1),
        region_id=region_id,
    )
    usual = usual_day(known.dates, known.load_kw, day, lake_state(cursor).holiday_country)
    basis = NOTHING if np.isnan(usual).all() else USUAL
    return DayLoad(basis, usual)


def usual_day(dates: tuple[date, ...], load_kw: np.ndarray, day: date, country: str) -> np.ndarray:
    """Mean of the latest USUAL_DAYS of ``dates`` of the same kind as ``day``, by the last axis.

    Args:
        dates: Ascending, before ``day``.
        load_kw: (…, dates, slots); NaN where not read.
        day: Whose kind counts: workday or rest day.
        country: Whose holidays and make-up workdays there are.
    """
    kinds = day_types((*dates, day), "workday", country)
    alike = np.flatnonzero(kinds[:-1] == kinds[-1])[-USUAL_DAYS:]
    chosen = load_kw[..., alike, :]
    is_read = ~np.isnan(chosen)
    total, count = np.where(is_read, chosen, 0).sum(axis=-2), is_read.sum(axis=-2)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def area_days(
    cursor: DuckDBPyConnection, kind: Kind, areas: list[str], day: date, region_id: str | None
) -> tuple[pl.DataFrame, np.ndarray]:
    """Rows of ``grid_areas`` with a rating, and their usual load, (areas, 96) [kW]."""
    chosen = grid_areas(cursor, kind, region_id=region_id).filter(
        pl.col("area_id").is_in(areas) & (pl.col("rated_capacity_kva") > 0)
    )
    if chosen.is_empty():
        return chosen, np.empty((0, SLOTS_PER_DAY))
    first_day = day - timedelta(days=BACK_DAYS)
    loads = area_loads(
        cursor,
        kind,
        chosen,
        first_day=first_day,
        last_day=day - timedelta(days=1),
        limits=shipped_limits(),
    )
    dates = tuple(first_day + timedelta(days=number) for number in range(BACK_DAYS))
    by_day = loads.load_kw.reshape(chosen.height, BACK_DAYS, SLOTS_PER_DAY)
    return chosen, usual_day(dates, by_day, day, lake_state(cursor).holiday_country)


def _forecast(cursor: DuckDBPyConnection, day: date, region_id: str | None) -> np.ndarray | None:
    """The stored forecast of the district, or None."""
    if region_id in {None, NO_REGION}:
        return None
    series_id = f"system:{region_id}"
    try:
        ahead = day_ahead_forecasts(cursor, series_id, first_day=day, last_day=day)
        latest = ahead or latest_forecast(cursor, series_id)
    except QuestionError:
        return None
    if latest is None or day not in latest.days:
        return None
    found = latest.median[latest.days.index(day)]
    return np.repeat(found, SLOTS_PER_DAY // len(found))
