"""A calendar as dials."""

import polars as pl
import pytest

from queries.billing.calendar_file import calendars_in
from queries.billing.dials import RETURNS, dials
from queries.questions import answer, find_question
from queries.run import QuestionError
from queries.scope import EVERYTHING
from queries.settings import PROJECT

CALENDARS = calendars_in(PROJECT / "data" / "tariffs" / "calendars")


@pytest.mark.parametrize("code", CALENDARS)
def test_every_dial_is_a_whole_day_and_every_month_has_one(code):
    found = dials(CALENDARS[code])
    assert found.schema == RETURNS
    minutes = found.group_by("day_kind", "season").agg(
        (pl.col("until_minute") - pl.col("from_minute")).sum()
    )
    assert minutes["until_minute"].unique().to_list() == [1440]
    for kind in found.partition_by("day_kind"):
        months = ", ".join(kind.unique("season")["months"].to_list()).split(", ")
        assert sorted(map(int, months)) == list(range(1, 13))


def test_liaoning_has_two_seasons_and_makes_no_difference_between_days():
    found = dials(CALENDARS["liaoning"])
    assert found["day_kind"].unique().to_list() == ["all"]
    seasons = found.unique("season", maintain_order=True)["months"].to_list()
    assert seasons == ["1, 7, 8, 12", "2, 3, 4, 5, 6, 9, 10, 11"]
    [sharp] = found.filter(pl.col("period") == "sharp").rows(named=True)
    assert (sharp["season"], sharp["from_minute"], sharp["until_minute"]) == (1, 17 * 60, 19 * 60)


def test_holidays_of_one_kind_share_a_dial():
    kinds = dials(CALENDARS["zhejiang"])["day_kind"].unique(maintain_order=True).to_list()
    assert kinds == [
        "other",
        "break:chinese_new_year_spring_festival or break:labor_day or break:national_day",
    ]


def test_the_hours_of_a_calendar_are_asked_for_by_its_code(sample_settings):
    asked = find_question("billing/time_of_use")
    found = answer(asked, sample_settings, EVERYTHING, calendar_code="liaoning")
    assert found.equals(dials(CALENDARS["liaoning"]))
    with pytest.raises(QuestionError, match="none of"):
        answer(asked, sample_settings, EVERYTHING, calendar_code="atlantis")


def test_liaoning_is_offered_first(sample_settings):
    offered = answer(find_question("billing/calendars"), sample_settings, EVERYTHING)
    assert offered["calendar_code"][0] == "liaoning"
    assert offered.height == len(CALENDARS)
