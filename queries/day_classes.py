"""Classes of days, as fine as any calendar of tariffs or forecasts needs them."""

import re
from datetime import date, timedelta
from functools import lru_cache

import holidays
import polars as pl

RETURNS = pl.Schema({"service_date": pl.Date(), "day_class": pl.String()})


@lru_cache(maxsize=64)
def _calendar(country: str, year: int) -> holidays.HolidayBase:
    try:
        return holidays.country_holidays(
            country, years=[year - 1, year, year + 1], language="en_US"
        )
    except NotImplementedError as error:
        raise ValueError(
            f"no holiday calendar for country '{country}'. "
            "Set FENGGU_HOLIDAY_COUNTRY to an ISO code that the holidays package knows, such as CN."
        ) from error


def day_class(day: date, country: str) -> str:
    """The class of one day: ISO weekday 1–7, with the holiday's name or ``make_up_workday``.

    Source: the ``holidays`` package, whose Chinese calendar follows the State Council's yearly
    notice, 调休 make-up workdays included.

    >>> day_class(date(2024, 2, 10), "CN"), day_class(date(2024, 2, 4), "CN")
    ('6:chinese_new_year_spring_festival', '7:make_up_workday')
    """
    calendar = _calendar(country, day.year)
    weekday = str(day.isoweekday())
    if name := calendar.get(day):
        return f"{weekday}:{re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_')}"
    if day in calendar.weekend_workdays:
        return f"{weekday}:make_up_workday"
    return weekday


def day_classes(first_day: date, last_day: date, country: str) -> pl.DataFrame:
    """RETURNS: the class of every day from ``first_day`` to ``last_day``, both included."""
    days = [first_day + timedelta(n) for n in range((last_day - first_day).days + 1)]
    return pl.DataFrame(
        {"service_date": days, "day_class": [day_class(day, country) for day in days]},
        schema=RETURNS,
    )


def month_classes(month: str, country: str) -> pl.DataFrame:
    """RETURNS: the class of every day of ``month`` (YYYY-MM)."""
    first_day = date.fromisoformat(f"{month}-01")
    last_day = (first_day + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return day_classes(first_day, last_day, country)
