"""A calendar as dials."""

import polars as pl
import pytest

from queries.billing.calendar_file import calendars_in
from queries.billing.time_of_use import RETURNS, time_of_use
from queries.settings import PROJECT

CALENDARS = calendars_in(PROJECT / "data" / "tariffs" / "calendars")


@pytest.mark.parametrize("code", CALENDARS)
def test_every_dial_is_a_whole_day_and_every_month_has_one(code):
    dials = time_of_use(CALENDARS[code])
    assert dials.schema == RETURNS
    minutes = dials.group_by("day_kind", "season").agg(
        (pl.col("until_minute") - pl.col("from_minute")).sum()
    )
    assert minutes["until_minute"].unique().to_list() == [1440]
    for kind in dials.partition_by("day_kind"):
        months = ", ".join(kind.unique("season")["months"].to_list()).split(", ")
        assert sorted(map(int, months)) == list(range(1, 13))


def test_liaoning_has_two_seasons_and_makes_no_difference_between_days():
    dials = time_of_use(CALENDARS["liaoning"])
    assert dials["day_kind"].unique().to_list() == ["all"]
    seasons = dials.unique("season", maintain_order=True)["months"].to_list()
    assert seasons == ["1, 7, 8, 12", "2, 3, 4, 5, 6, 9, 10, 11"]
    [sharp] = dials.filter(pl.col("period") == "sharp").rows(named=True)
    assert (sharp["season"], sharp["from_minute"], sharp["until_minute"]) == (1, 17 * 60, 19 * 60)


def test_holidays_of_one_kind_share_a_dial():
    kinds = time_of_use(CALENDARS["zhejiang"])["day_kind"].unique(maintain_order=True).to_list()
    assert kinds == [
        "other",
        "break:chinese_new_year_spring_festival or break:labor_day or break:national_day",
    ]
