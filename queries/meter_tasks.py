"""What a forecast of every meter of a district is made from, as known when its first day begins."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.forecasting.features import Surroundings
from queries.forecasting.foretell import Task, surroundings
from queries.lake import lake_state
from queries.meter_loads import HOURS, meter_loads
from queries.meter_loads import READS as LOAD_READS
from queries.run import run_sql
from queries.series_weather import READS as WEATHER_READS
from queries.series_weather import day_start, series_weather, served_or_assumed

READS = ("daily_totals", "usage_points", "feeders", "substations", *LOAD_READS, *WEATHER_READS)
HISTORY_DAYS = 366
_LEAST_READ_SHARE = 0.7
"""Of the points read on the busiest of the last days, below which a day has not come in yet."""
_READ = pl.Schema({"service_date": pl.Date(), "points": pl.Int64()})


@dataclass(frozen=True, slots=True)
class KnownMeters:
    """What is known of a district's meters when the first day to foretell begins.

    Attributes:
        first_day: Of the history.
        origin_day: The first day to foretell.
        issued_at: The instant at which it begins.
        usage_point_ids: Of the customers' points.
        around: Calendar and weather of the history and of the days to come.
        load_kw: (points, days of history, hours), float32, NaN where nothing was read.
    """

    first_day: date
    origin_day: date
    issued_at: datetime
    usage_point_ids: tuple[str, ...]
    around: Surroundings
    load_kw: np.ndarray

    @property
    def origin(self) -> int:
        """Row of the first day to foretell."""
        return self.load_kw.shape[1]


def known_meters(
    lake: DuckDBPyConnection, region_id: str, *, last_day: date, days: int
) -> KnownMeters | None:
    """Loads and surroundings of all meters of a district; None where none was read.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: The district.
        last_day: The last day whose readings may be looked at. Days of which most points have not
            been read yet are left out.
        days: To foretell.
    """
    choose_region(lake, region_id)
    read = run_sql(
        lake, "meter_tasks", _READ, first_day=last_day - timedelta(HISTORY_DAYS), last_day=last_day
    )
    if read.is_empty():
        return None
    enough = read.filter(pl.col("points") >= _LEAST_READ_SHARE * read.tail(28)["points"].max())  # type: ignore[operator]
    first_day, last_day = read["service_date"][0], enough["service_date"][-1]
    found = lake.sql(
        "select usage_point_id from region_places where not is_check order by usage_point_id"
    ).fetchall()
    loads = meter_loads(lake, [point for (point,) in found], first_day=first_day, last_day=last_day)
    origin_day = last_day + timedelta(days=1)
    state = lake_state(lake)
    issued_at = day_start(origin_day, ZoneInfo(state.zone_name))
    origin = (origin_day - first_day).days
    weather = series_weather(
        lake,
        region_id,
        first_day=first_day,
        last_day=origin_day + timedelta(days=days - 1),
        issued_at=issued_at,
        slots=HOURS,
    )
    kind, used = served_or_assumed(weather, origin)
    served, observed = (used.served, used.observed) if used else (None, None)
    shared = np.full((origin + days, HOURS), np.nan)
    task = Task("", first_day, state.holiday_country, shared, origin, served, observed, kind)
    return KnownMeters(
        first_day, origin_day, issued_at, loads.usage_point_ids, surroundings(task), loads.load_kw
    )
