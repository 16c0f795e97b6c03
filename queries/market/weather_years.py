"""Years of weather that might come, drawn from those that were.

Whole observed years, each shifted by some days either way, so that a cold spell meets other days of
the week and of the month (Hong, Wilson & Xie 2014, "Long term probabilistic load forecasting and
normalization with hourly information", IEEE Transactions on Smart Grid 5(1)): n years and shifts of
up to k days make n·(2k + 1) years, each with the order of its days kept.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

DAYS = 365
"""Of a drawn year; 29 February is left out."""
MONTH_OF_DAY = np.array([(date(2023, 1, 1) + timedelta(n)).month - 1 for n in range(DAYS)])
"""Calendar month of every day of a drawn year, 0–11."""

_LEAST_SHARE = 0.95


def whole_years(known: pl.DataFrame) -> list[int]:
    """Calendar years with the temperature of 95 % of their days or more."""
    counted = known.group_by(pl.col("service_date").dt.year().alias("year")).len().sort("year")
    return counted.filter(pl.col("len") >= _LEAST_SHARE * DAYS)["year"].to_list()


def weather_years(known: pl.DataFrame, years: list[int], shift_days: int) -> np.ndarray:
    """Mean temperature of the days of every drawn year [°C, (years × shifts, 365)].

    Args:
        known: ``service_date``, ``temperature_c``; a missing day is interpolated.
        years: Observed years to draw from.
        shift_days: Largest shift either way [days]. A shift across the year's end goes on with
            what was observed there, or with the other end of the same year where nothing was.
    """
    first = known["service_date"].min()
    if not years or not isinstance(first, date):
        return np.empty((0, DAYS))
    day = (known["service_date"] - first).dt.total_days().to_numpy()
    value = known["temperature_c"].to_numpy()
    drawn = []
    for year in years:
        begin = (date(year, 1, 1) - first).days
        feb_29 = begin + 59 if _is_leap(year) else None
        length = 366 if _is_leap(year) else DAYS
        own = np.array([n for n in range(begin, begin + length) if n != feb_29])
        for shift in range(-shift_days, shift_days + 1):
            at = own + shift
            at = np.where(at < day[0], at + length, at)
            at = np.where(at > day[-1], at - length, at)
            drawn.append(np.interp(at, day, value))
    return np.array(drawn)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
