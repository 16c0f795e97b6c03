from datetime import date

import numpy as np
import pytest

from queries.forecasting.memory import NONE, memory_of
from queries.forecasting.places import kept_subdivision
from queries.forecasting.special_days import (
    KINDS,
    special_days,
    spring_festival_day,
    subdivisions,
)


def kinds(calendar):
    return {str(day): KINDS[kind] for day, kind in zip(calendar.days, calendar.kind, strict=True)}


def test_the_statutory_day_of_qingming_is_told_from_the_days_free_beside_it():
    calendar = special_days(date(2021, 4, 1), 10, "CN")
    told = kinds(calendar)
    assert told["2021-04-03"] == "saturday"
    assert told["2021-04-04"] == "festival"
    assert told["2021-04-05"] == "day_off"
    assert calendar.position[2:6].tolist() == [1, 2, 3, 0]
    assert calendar.rank[2:6].tolist() == [0, 1, 0, 0]


def test_a_make_up_workday_is_a_midweek_day_though_it_is_a_saturday():
    calendar = special_days(date(2021, 5, 8), 1, "CN")
    assert kinds(calendar) == {"2021-05-08": "midweek"}
    assert calendar.is_make_up.tolist() == [True]
    assert calendar.is_free.tolist() == [False]


def test_national_day_has_three_statutory_days_and_the_others_are_given_free():
    calendar = special_days(date(2019, 10, 1), 7, "CN")
    assert calendar.rank.tolist() == [1, 2, 3, 0, 0, 0, 0]
    assert calendar.place.tolist() == [11, 12, 13, 21, 31, 31, 21]


def test_a_calendar_does_not_depend_on_where_it_begins():
    early, late = (
        special_days(day, days, "CN")
        for day, days in ((date(2020, 12, 1), 120), (date(2021, 2, 14), 45))
    )
    for name in ("kind", "place", "position", "length", "festival", "to_block", "since_block"):
        np.testing.assert_array_equal(getattr(early, name)[-45:], getattr(late, name), err_msg=name)


def test_the_lunar_year_begins_on_its_first_day_also_since_the_eve_is_a_holiday():
    assert spring_festival_day(2025) == date(2025, 1, 29)
    assert spring_festival_day(2026) == date(2026, 2, 17)


def test_an_unknown_country_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"no holiday calendar for 'QQ'.*such as CN or AU"):
        special_days(date(2021, 1, 1), 3, "QQ")


def test_every_day_remembers_only_days_before_it():
    calendar = special_days(date(2018, 1, 1), 900, "CN")
    memory = memory_of(calendar)
    index = np.arange(900)
    for name in ("normal_week", "week", "month", "like", "same_place", "same_festival"):
        chosen = getattr(memory, name)
        assert (chosen < index[:, None]).all(), name
        assert (chosen >= NONE).all(), name
    assert (memory.year_ago < index).all()


def test_spring_festival_remembers_the_same_lunar_day_a_year_ago():
    calendar = special_days(date(2019, 1, 1), 800, "CN")
    memory = memory_of(calendar)
    day = calendar.days.index(date(2021, 2, 12))
    assert calendar.days[memory.year_ago[day]] == date(2020, 1, 25)


def test_a_holiday_is_not_part_of_the_level_of_the_days_after_it():
    calendar = special_days(date(2021, 9, 20), 30, "CN")
    after = calendar.days.index(date(2021, 10, 8))
    week = [calendar.days[other] for other in memory_of(calendar).normal_week[after]]
    assert week == [date(2021, 9, day) for day in (24, 25, 26, 27, 28, 29, 30)]


def test_the_state_whose_holidays_a_load_keeps_is_told_from_the_load():
    national = special_days(date(2012, 1, 1), 730, "AU")
    victorian = special_days(date(2012, 1, 1), 730, "AU", "VIC")
    random = np.random.default_rng(1)
    load = 5000.0 * np.where(victorian.is_free, 0.85, 1.0)[:, None]
    load = load * np.exp(random.normal(0.0, 0.03, (730, 24)))
    assert "VIC" in subdivisions("AU")
    assert kept_subdivision(load, national, "AU") == "VIC"


def test_a_load_that_keeps_the_countrys_holidays_alone_belongs_to_no_state():
    national = special_days(date(2012, 1, 1), 730, "AU")
    random = np.random.default_rng(1)
    load = 5000.0 * np.where(national.is_free, 0.85, 1.0)[:, None]
    load = load * np.exp(random.normal(0.0, 0.01, (730, 24)))
    assert kept_subdivision(load, national, "AU") is None
