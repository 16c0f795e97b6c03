"""Temperatures of a region as a forecast may know them: observed before it, served before a day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.lake import lake_state
from queries.local_time import standard_offset
from queries.run import run_sql

READS = ("weather", "regions")

_ROWS = pl.Schema(
    {
        "day": pl.Int32(),
        "minute": pl.Int32(),
        "served_c": pl.Float64(),
        "observed_c": pl.Float64(),
    }
)
_MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class SeriesWeather:
    """Temperatures by day and slot, (days, slots) [°C].

    Attributes:
        served: The last forecast issued before the day began and before the forecast's own time;
            NaN where there was none.
        observed: As observed before the forecast's own time; NaN after it and where there is none.
    """

    served: np.ndarray
    observed: np.ndarray


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a service date begins, in standard time."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - standard_offset(zone, day.year)


def series_weather(  # noqa: PLR0913 - where, when, known when, how finely
    lake: DuckDBPyConnection,
    region_id: str,
    *,
    first_day: date,
    last_day: date,
    issued_at: datetime,
    slots: int,
) -> SeriesWeather:
    """The temperatures of a region, as known at ``issued_at``.

    A region without weather of its own has that of the nearest region around it, or else the mean
    of those inside it.

    Args:
        lake: From ``queries.lake.open_lake``.
        region_id: The district of the series.
        first_day: First service date.
        last_day: Last service date.
        issued_at: Nothing observed or issued later is looked at.
        slots: Values a day.
    """
    zone = ZoneInfo(lake_state(lake).zone_name)
    rows = run_sql(
        lake,
        "series_weather",
        _ROWS,
        region_id=region_id,
        first_day=first_day,
        last_day=last_day,
        issued_at=issued_at,
        offset_minutes=int(standard_offset(zone, first_day.year).total_seconds() // 60),
    )
    days = (last_day - first_day).days + 1
    slot = rows["minute"].to_numpy() // (_MINUTES_PER_DAY // slots)
    place = rows["day"].to_numpy() * slots + slot
    return SeriesWeather(
        *(
            _by_slot(place, rows[name].to_numpy(), days, slots)
            for name in ("served_c", "observed_c")
        )
    )


def _by_slot(place: np.ndarray, values: np.ndarray, days: int, slots: int) -> np.ndarray:
    """Means by slot; a day's gaps lie on the line between its values, if it has enough of them."""
    known = np.isfinite(values)
    total = np.bincount(place[known], values[known], days * slots)
    count = np.bincount(place[known], minlength=days * slots)
    found = np.where(count > 0, total / np.maximum(count, 1), np.nan).reshape(days, slots)
    finite = np.isfinite(found)
    hours = finite.reshape(days, 4, -1).any(axis=2).mean(axis=1)
    for day in np.flatnonzero(~finite.all(axis=1)):
        if hours[day] < 1.0:
            found[day] = np.nan
            continue
        there = np.flatnonzero(finite[day])
        found[day] = np.interp(np.arange(slots), there, found[day, there])
    return found


def served_or_assumed(weather: SeriesWeather, origin: int) -> tuple[str, SeriesWeather | None]:
    """What stands for the temperature of every day, and which kind that is.

    ``forecast`` if there is one for the first day foretold and for most of the year before;
    ``past`` if not, but it was observed: then the mean of the two days before stands for a day,
    and it is trained on that. Further days without forecast are as the last two days known.

    Args:
        weather: Temperatures up to the last day foretold.
        origin: Row of the first day foretold.
    """
    served, observed = weather.served.copy(), weather.observed.copy()
    observed[origin:] = np.nan
    year = slice(max(0, origin - 365), origin)
    has_forecast = np.asarray(np.isfinite(served).all(axis=1))
    has_observed = np.asarray(np.isfinite(observed).any(axis=1))
    last = observed[max(0, origin - 2) : origin]
    if has_forecast[origin] and has_forecast[year].mean() > 0.5:
        stand_in = np.nanmean(last, axis=0) if np.isfinite(last).any() else served[origin]
        missing = np.flatnonzero(~has_forecast)
        served[missing[missing >= origin]] = stand_in
        return "forecast", SeriesWeather(served, observed)
    if has_observed[origin - 1 : origin].all() and has_observed[year].mean() > 0.5:
        return "past", SeriesWeather(np.full_like(served, np.nan), observed)
    return "none", None
