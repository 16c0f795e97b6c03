"""Another period, laid over this one."""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from queries.lake import open_lake
from queries.load.comparison import load_comparison
from queries.load.curve import load_curve
from queries.periods import compared_period, usual_periods
from queries.scope import EVERYTHING
from queries.settings import Settings

WEEK: dict[str, Any] = {"first_day": date(2016, 12, 12), "last_day": date(2016, 12, 18)}
WEEK_BEFORE: dict[str, Any] = {
    "other_first_day": date(2016, 12, 5),
    "other_last_day": date(2016, 12, 11),
}


def test_a_week_before_falls_on_the_same_weekday_and_time(sample_settings: Settings):
    lake = open_lake(sample_settings, EVERYTHING)
    laid = load_comparison(lake, **WEEK, **WEEK_BEFORE, step="1h")
    other = load_curve(lake, first_day=date(2016, 12, 5), last_day=date(2016, 12, 11), step="1h")
    assert laid["energy_kwh"].to_list() == other["energy_kwh"].to_list()
    assert (laid["standard_start"] - laid["other_start"]).unique().to_list() == [timedelta(days=7)]


def test_a_month_falls_on_the_month_though_it_is_shorter(sample_settings: Settings):
    laid = load_comparison(
        open_lake(sample_settings, EVERYTHING),
        first_day=date(2016, 12, 1),
        last_day=date(2016, 12, 31),
        other_first_day=date(2016, 11, 1),
        other_last_day=date(2016, 11, 30),
        step="1mo",
    )
    assert laid["standard_start"].to_list() == [datetime(2016, 12, 1)]  # noqa: DTZ001
    assert laid["other_start"].to_list() == [datetime(2016, 11, 1)]  # noqa: DTZ001


def test_what_a_longer_period_has_more_is_left_out(sample_settings: Settings):
    laid = load_comparison(
        open_lake(sample_settings, EVERYTHING),
        **WEEK,
        other_first_day=date(2016, 11, 1),
        other_last_day=date(2016, 11, 30),
        step="1d",
    )
    assert laid.height == 7
    assert laid.select(pl.col("standard_start").dt.date().max()).item() == WEEK["last_day"]


@pytest.mark.parametrize(
    ("first_day", "last_day", "expected"),
    [
        # whole months against whole months, other periods against as many days
        (date(2016, 3, 1), date(2016, 3, 31), (date(2016, 2, 1), date(2016, 2, 29))),
        (date(2016, 1, 1), date(2016, 12, 31), (date(2015, 1, 1), date(2015, 12, 31))),
        (date(2016, 12, 5), date(2016, 12, 11), (date(2016, 11, 28), date(2016, 12, 4))),
    ],
)
def test_the_period_before_is_as_long(first_day: date, last_day: date, expected: tuple):
    assert compared_period("previous", first_day, last_day) == expected


def test_a_year_before_a_leap_day_is_the_last_of_february():
    leap = date(2016, 2, 29)
    assert compared_period("year", leap, leap) == (date(2015, 2, 28), date(2015, 2, 28))


def test_no_usual_period_begins_before_the_data():
    first_day, last_day = date(2016, 12, 30), date(2016, 12, 31)
    for begin, end in usual_periods(first_day, last_day).values():
        assert first_day <= begin <= end == last_day
