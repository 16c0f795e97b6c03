"""What the daily energy of an area is made of: trend, temperature, calendar, the rest."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection
from statsmodels.tsa.seasonal import STL

from queries.area import AreaKind
from queries.daily_energy import READS as ENERGY_READS
from queries.daily_energy import DailyEnergy, daily_energy
from queries.load.change_points import COOLING_OF_GROUPS_FROM_C
from queries.load.group_series import group_energy
from queries.load.response import FITTED
from queries.load.temperature_response import temperature_response

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "energy_kwh": pl.Float64(),
        "trend_kwh": pl.Float64(),
        "temperature_kwh": pl.Float64(),
        "calendar_kwh": pl.Float64(),
        "remainder_kwh": pl.Float64(),
        "temperature_c": pl.Float64(),
    }
)
READS = ENERGY_READS

_WEEK = 7
_TREND_DAYS = 91
_LEAST_DAYS = 2 * _TREND_DAYS


def decomposition(  # noqa: PLR0913 - an area, a period, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
) -> pl.DataFrame:
    """Daily energy as trend + temperature + calendar + remainder.

    Temperature and rest days are those of the change-point regression
    (``queries.load.temperature_response``); what is left goes through STL (Cleveland et al. 1990,
    robust, weeks of 7 days, trend over 91), whose weekly part is added to the calendar's.

    Returns:
        A row a day, without those of which less than half was read: ``energy_kwh`` [what was not
        read is taken to do as the rest], its parts [kWh, which add up to it], ``temperature_c``
        [mean of the day]. ``temperature_kwh`` is above a day of no heating and cooling; null where
        there are too few days or temperatures to tell: then what follows the seasons is in the
        trend. No rows in less than half a year.
    """
    days = daily_energy(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
    )
    energy = group_energy(days.energy_kwh, np.ones((1, len(days.energy_kwh))))
    known = np.flatnonzero(~np.isnan(energy[0]))
    if len(known) < _LEAST_DAYS:
        return RETURNS.to_frame()
    outdoor = _temperature(days)
    by_temperature, by_calendar = _explained(days, energy, outdoor)
    left = energy[0] - np.nan_to_num(by_temperature) - by_calendar
    # STL knows no gaps: days not read lie on the line between those around them.
    every = np.arange(known[0], known[-1] + 1)
    filled = np.interp(every, known, left[known])
    parts = STL(filled, period=_WEEK, trend=_TREND_DAYS, robust=True).fit()
    frame = pl.DataFrame(
        {
            "service_date": [days.dates[day] for day in every],
            "energy_kwh": energy[0, every],
            "trend_kwh": parts.trend,
            "temperature_kwh": by_temperature[every],
            "calendar_kwh": by_calendar[every] + parts.seasonal,
            "remainder_kwh": left[every] - parts.trend - parts.seasonal,
            "temperature_c": outdoor[every],
        },
        schema=RETURNS,
    ).fill_nan(None)
    return frame.filter(pl.col("energy_kwh").is_not_null())


def _temperature(days: DailyEnergy) -> np.ndarray:
    """The weather most usage points have; NaN where there is none."""
    usual = days.points["weather_region_id"].drop_nulls().mode().sort()
    if usual.is_empty():
        return np.full(len(days.dates), np.nan)
    return days.temperature_c[usual[0]]


def _explained(
    days: DailyEnergy, energy: np.ndarray, outdoor: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What temperature and rest days do to every day; NaN and 0 where that is not known."""
    terms = days.calendar
    nothing = np.full(len(terms), np.nan), np.zeros(len(terms))
    if np.isnan(outdoor).all():
        return nothing
    found = temperature_response(energy, outdoor, terms, cooling_from_c=COOLING_OF_GROUPS_FROM_C)
    if found.status[0] != FITTED:
        return nothing
    return (found.heating(outdoor) + found.cooling(outdoor))[0], terms @ found.effects[0]
