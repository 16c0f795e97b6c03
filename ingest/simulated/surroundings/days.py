"""The calendar everybody lives by: workdays, holidays, school, heating, daylight."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from ingest.simulated.surroundings.span import UTC_OFFSET, Span
from queries.day_classes import day_class

LATITUDE_DEG = 41.8
LONGITUDE_DEG = 123.4
"""Where the invented district lies as far as the sun is concerned: near Shenyang."""

_COUNTRY = "CN"
_MAKE_UP_WORKDAY = "make_up_workday"
_SPRING_FESTIVAL = "chinese_new_year_spring_festival"
_SUBSTITUTED = "day_off_substituted"
_FARTHEST_DAYS = 40
_SATURDAY, _SUNDAY = 5, 6
# Half the sun's disc and the usual refraction at the horizon.
_RISING_HEIGHT_DEG = -0.833


@dataclass(frozen=True, slots=True)
class Days:
    """What every day of the span is, arrays (days,).

    Attributes:
        weekday: int8, 0 Monday … 6 Sunday.
        is_workday: Monday to Friday without holidays, and make-up workdays (调休).
        is_holiday: A day off by the State Council's notice; a plain weekend inside a long holiday
            is none, as in ``queries.day_classes``.
        holiday: The festival it belongs to, such as ``national_day``; '' where it is no holiday.
        spring_festival: int16, days since the nearest first day of the lunar year (正月初一),
            0 on the day itself, clipped to ±40.
        is_school_day: Schools teach: workdays outside the holidays of schools.
        is_heating_season: 1 November to 31 March, as in Shenyang.
        day_of_year: int16, 1 on 1 January.
        year_share: float32, years since the span's first day.
        sunrise_h, sunset_h: float32, local standard time [h].
    """

    weekday: np.ndarray
    is_workday: np.ndarray
    is_holiday: np.ndarray
    holiday: np.ndarray
    spring_festival: np.ndarray
    is_school_day: np.ndarray
    is_heating_season: np.ndarray
    day_of_year: np.ndarray
    year_share: np.ndarray
    sunrise_h: np.ndarray
    sunset_h: np.ndarray


def days(span: Span) -> Days:
    """The calendar of the span.

    Holidays and make-up workdays follow the ``holidays`` package; for years whose notice was not
    out when the package was, it knows the festivals but no make-up workdays.
    """
    dates = span.dates
    weekday = np.array([day.weekday() for day in dates], dtype=np.int8)
    holiday = np.array([_festival(day) for day in dates], dtype=np.str_)
    is_holiday = holiday != ""
    made_up = np.array([day_class(day, _COUNTRY).endswith(_MAKE_UP_WORKDAY) for day in dates])
    is_workday = ((weekday < _SATURDAY) & ~is_holiday) | made_up
    day_of_year = np.array([day.timetuple().tm_yday for day in dates], dtype=np.int16)
    sunrise_h, sunset_h = daylight(day_of_year)
    return Days(
        weekday=weekday,
        is_workday=is_workday,
        is_holiday=is_holiday,
        holiday=holiday,
        spring_festival=np.array([_since_spring_festival(day) for day in dates], dtype=np.int16),
        is_school_day=is_workday & ~np.array([_is_vacation(day) for day in dates]),
        is_heating_season=np.array([day.month in (11, 12, 1, 2, 3) for day in dates]),
        day_of_year=day_of_year,
        year_share=(np.arange(span.days) / 365.25).astype(np.float32),
        sunrise_h=sunrise_h,
        sunset_h=sunset_h,
    )


def declination_rad(day_of_year: np.ndarray) -> np.ndarray:
    """Declination of the sun [rad] at noon of a day (Spencer 1971)."""
    angle = 2.0 * np.pi * (day_of_year - 1.0) / 365.0
    return (
        0.006918
        - 0.399912 * np.cos(angle)
        + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2 * angle)
        + 0.000907 * np.sin(2 * angle)
        - 0.002697 * np.cos(3 * angle)
        + 0.00148 * np.sin(3 * angle)
    )


def solar_noon_h(day_of_year: np.ndarray) -> np.ndarray:
    """When the sun is highest [h, local standard time]; equation of time by Spencer (1971)."""
    angle = 2.0 * np.pi * (day_of_year - 1.0) / 365.0
    equation_of_time_h = (12.0 / np.pi) * (
        0.0000075
        + 0.001868 * np.cos(angle)
        - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2 * angle)
        - 0.040849 * np.sin(2 * angle)
    )
    return 12.0 + UTC_OFFSET / timedelta(hours=1) - LONGITUDE_DEG / 15.0 - equation_of_time_h


def daylight(day_of_year: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sunrise and sunset, float32 [h, local standard time].

    Hour angle of sunrise by Duffie & Beckman, eq. 1.6.10, with the height of refraction.
    """
    latitude, declination = np.deg2rad(LATITUDE_DEG), declination_rad(day_of_year)
    cosine = (np.sin(np.deg2rad(_RISING_HEIGHT_DEG)) - np.sin(latitude) * np.sin(declination)) / (
        np.cos(latitude) * np.cos(declination)
    )
    half_day_h = np.arccos(cosine) * 12.0 / np.pi
    noon_h = solar_noon_h(day_of_year)
    return (noon_h - half_day_h).astype(np.float32), (noon_h + half_day_h).astype(np.float32)


def _named(day: date) -> str:
    name = day_class(day, _COUNTRY).partition(":")[2].removesuffix("_observed")
    return "" if name == _MAKE_UP_WORKDAY else name


def _festival(day: date) -> str:
    """The festival of a day off; one moved to a neighbouring weekday bears its festival's name."""
    name = _named(day)
    if not name.startswith(_SUBSTITUTED):
        return name
    for distance in range(1, 8):
        for neighbour in (day - timedelta(distance), day + timedelta(distance)):
            near = _named(neighbour)
            if near and not near.startswith(_SUBSTITUTED):
                return near
    return name


@lru_cache(maxsize=256)
def spring_festival_day(year: int) -> date:
    """The first day of the lunar year that begins in ``year`` (正月初一)."""
    earliest = date(year, 1, 20)
    return next(
        day
        for day in (earliest + timedelta(n) for n in range(34))
        if day_class(day, _COUNTRY).endswith(_SPRING_FESTIVAL)
    )


def _since_spring_festival(day: date) -> int:
    since = min(
        ((day - spring_festival_day(year)).days for year in range(day.year - 1, day.year + 2)),
        key=abs,
    )
    return max(-_FARTHEST_DAYS, min(_FARTHEST_DAYS, since))


def _is_vacation(day: date) -> bool:
    """Schools in Shenyang close about mid-January to the end of February and mid-July to August."""
    winter = _on_or_after(date(day.year, 1, 11), _SATURDAY)
    spring_term = _on_or_after(date(day.year, 2, 23), _SUNDAY) + timedelta(1)
    summer = _on_or_after(date(day.year, 7, 11), _SATURDAY)
    return winter <= day < spring_term or summer <= day < date(day.year, 9, 1)


def _on_or_after(day: date, weekday: int) -> date:
    return day + timedelta((weekday - day.weekday()) % 7)
