"""What a forecast of each series of a district is made from: load and weather known at its time."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from duckdb import DuckDBPyConnection

from queries.forecasting.foretell import Task
from queries.lake import lake_state
from queries.series_loads import READS as LOAD_READS
from queries.series_loads import Series, series_loads
from queries.series_weather import READS as WEATHER_READS
from queries.series_weather import day_start, series_weather, served_or_assumed

READS = (*LOAD_READS, *WEATHER_READS)
MOST_HISTORY_DAYS = 3 * 366


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when the first day to foretell begins.

    Attributes:
        first_day: Of the history.
        origin_day: The first day to foretell.
        issued_at: The instant at which it begins.
        interval_minutes: Length of a slot.
        tasks: One a series, in the order asked for.
    """

    first_day: date
    origin_day: date
    issued_at: datetime
    interval_minutes: int
    tasks: tuple[Task, ...]


def known_at_origin(  # noqa: PLR0913 - what is foretold, from when, how finely
    lake: DuckDBPyConnection,
    chosen: list[Series],
    *,
    first_day: date,
    last_day: date,
    days: int = 7,
    interval_minutes: int = 60,
    fits_trees: bool = True,
) -> Known:
    """Tasks of ``chosen``, all of one district, from the last day of which its load is known.

    Args:
        lake: From ``queries.lake.open_lake``.
        chosen: The series; the first one says which days are known.
        first_day: Of the readings there are; at most three years are looked at.
        last_day: The last day whose readings may be looked at.
        days: To foretell.
        interval_minutes: 15, 30 or 60.
        fits_trees: As of ``Task``.
    """
    first_day = max(first_day, last_day - timedelta(days=MOST_HISTORY_DAYS))
    loads = series_loads(
        lake,
        chosen,
        first_day=first_day,
        last_day=last_day,
        interval_minutes=interval_minutes,
    )
    whole = np.isfinite(loads.load_kw[chosen[0].series_id]).any(axis=1)
    origin = int(np.flatnonzero(whole)[-1]) + 1 if whole.any() else 0
    origin_day = first_day + timedelta(days=origin)
    state = lake_state(lake)
    issued_at = day_start(origin_day, ZoneInfo(state.zone_name))
    slots = next(iter(loads.load_kw.values())).shape[1]
    kind, served, observed = "none", None, None
    if origin > 0:
        weather = series_weather(
            lake,
            chosen[0].region_id,
            first_day=first_day,
            last_day=origin_day + timedelta(days=days - 1),
            issued_at=issued_at,
            slots=slots,
        )
        kind, used = served_or_assumed(weather, origin)
        served, observed = (used.served, used.observed) if used else (None, None)
    to_come = np.full((days, slots), np.nan)
    task = Task(
        "", first_day, state.holiday_country, to_come, origin, served, observed, kind, fits_trees
    )
    return Known(
        first_day,
        origin_day,
        issued_at,
        interval_minutes,
        tuple(
            replace(
                task,
                series_id=series.series_id,
                load=np.vstack([loads.load_kw[series.series_id][:origin], to_come]),
            )
            for series in chosen
        ),
    )


def known_of(
    lake: DuckDBPyConnection,
    series: Series,
    *,
    days: int = 7,
    interval_minutes: int = 60,
    fits_trees: bool = True,
) -> Known | None:
    """All that is known today of one series; None where none of it was ever read."""
    [(first_day, last_day)] = lake.execute(
        "select min(service_date), max(service_date) from daily_totals "
        "where usage_point_id in (select unnest($points))",
        {"points": list(series.usage_point_ids)},
    ).fetchall()
    if first_day is None:
        return None
    return known_at_origin(
        lake,
        [series],
        first_day=first_day,
        last_day=last_day,
        days=days,
        interval_minutes=interval_minutes,
        fits_trees=fits_trees,
    )
