"""The calendar of the district against the notices of the State Council and the almanac."""

from datetime import date, timedelta

import numpy as np
import pytest

from ingest.simulated.surroundings.days import days, solar_noon_h, spring_festival_day
from ingest.simulated.surroundings.span import Span

SPAN = Span.between(date(2024, 1, 1), date(2025, 12, 31))
DAYS = days(SPAN)


def of(day):
    return SPAN.day(day)


def test_a_year_has_as_many_workdays_as_its_notice_leaves():
    # 国办发明电〔2023〕7号: 2024 has 366 days, 104 Saturdays and Sundays, 19 weekdays off
    # and 8 weekend days made up.
    assert DAYS.is_workday[:366].sum() == 366 - 104 - 19 + 8


def test_a_make_up_sunday_is_a_workday_and_no_holiday():
    sunday = of(date(2024, 2, 4))
    assert DAYS.weekday[sunday] == 6
    assert DAYS.is_workday[sunday]
    assert not DAYS.is_holiday[sunday]
    assert DAYS.is_workday[of(date(2025, 9, 28))]
    assert not DAYS.is_workday[of(date(2024, 2, 12))], "a Monday of the Spring Festival"


def test_a_day_off_moved_to_a_weekday_bears_the_name_of_its_festival():
    assert DAYS.holiday[of(date(2024, 2, 16))] == "chinese_new_year_spring_festival"
    assert DAYS.holiday[of(date(2024, 9, 16))] == "mid_autumn_festival"
    assert DAYS.holiday[of(date(2024, 10, 7))] == "national_day"
    assert set(DAYS.holiday) == {
        "",
        "new_year_s_day",
        "chinese_new_year_s_eve",
        "chinese_new_year_spring_festival",
        "tomb_sweeping_day",
        "labor_day",
        "dragon_boat_festival",
        "mid_autumn_festival",
        "national_day",
    }


def test_nobody_works_on_a_holiday_and_every_holiday_has_a_name():
    assert not (DAYS.is_holiday & DAYS.is_workday).any()
    assert ((DAYS.holiday != "") == DAYS.is_holiday).all()


@pytest.mark.parametrize(
    "first_day", [date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17)]
)
def test_the_lunar_year_begins_on_the_day_of_the_almanac(first_day):
    assert spring_festival_day(first_day.year) == first_day


def test_days_are_counted_from_the_nearest_spring_festival():
    assert DAYS.spring_festival[of(date(2024, 2, 10))] == 0
    assert DAYS.spring_festival[of(date(2024, 2, 9))] == -1
    assert DAYS.spring_festival[of(date(2025, 2, 12))] == 14
    assert DAYS.spring_festival[of(date(2025, 1, 1))] == -28
    assert abs(DAYS.spring_festival[of(date(2024, 8, 1))]) == 40


def test_schools_close_over_the_spring_festival_and_in_summer():
    assert DAYS.is_school_day[of(date(2024, 1, 11))]
    for closed in (date(2024, 1, 16), date(2024, 2, 10), date(2024, 7, 17), date(2024, 8, 30)):
        assert not DAYS.is_school_day[of(closed)]
    assert DAYS.is_school_day[of(date(2024, 2, 26))]
    assert DAYS.is_school_day[of(date(2024, 9, 2))]
    assert not (DAYS.is_school_day & ~DAYS.is_workday).any()
    assert 180 <= DAYS.is_school_day[:366].sum() <= 200


def test_the_heating_season_is_november_to_march():
    season = {
        day.month for day, heated in zip(SPAN.dates, DAYS.is_heating_season, strict=True) if heated
    }
    assert season == {11, 12, 1, 2, 3}
    assert DAYS.is_heating_season[:366].sum() == 31 + 29 + 31 + 30 + 31


def test_the_sun_rises_over_shenyang_when_the_almanac_says():
    # Tables of Shenyang, as recalled: 21 June 04:11 to 19:24, 21 December 07:09 to 16:17.
    # Within 3 minutes.
    june, december = of(date(2024, 6, 21)), of(date(2024, 12, 21))
    assert DAYS.sunrise_h[june] == pytest.approx(4 + 11 / 60, abs=0.05)
    assert DAYS.sunset_h[june] == pytest.approx(19 + 24 / 60, abs=0.05)
    assert DAYS.sunrise_h[december] == pytest.approx(7 + 9 / 60, abs=0.05)
    assert DAYS.sunset_h[december] == pytest.approx(16 + 17 / 60, abs=0.05)


def test_the_sun_is_highest_half_way_between_rising_and_setting():
    noon = (DAYS.sunrise_h + DAYS.sunset_h) / 2
    assert noon == pytest.approx(solar_noon_h(DAYS.day_of_year), abs=1e-5)


def test_a_day_is_what_it_is_whatever_the_span():
    part = days(Span.between(date(2024, 6, 1), date(2025, 3, 31)))
    first = SPAN.day(date(2024, 6, 1))
    for name in ("weekday", "is_workday", "holiday", "spring_festival", "sunrise_h"):
        whole = getattr(DAYS, name)[first : first + part.weekday.size]
        assert (getattr(part, name) == whole).all(), name


def test_arrays_have_the_types_they_promise():
    for name, dtype in {
        "weekday": np.int8,
        "is_workday": np.bool_,
        "spring_festival": np.int16,
        "day_of_year": np.int16,
        "year_share": np.float32,
        "sunset_h": np.float32,
    }.items():
        assert getattr(DAYS, name).dtype == dtype, name
        assert getattr(DAYS, name).shape == (SPAN.days,), name
    assert DAYS.year_share[SPAN.day(SPAN.first_day + timedelta(366))] == pytest.approx(1, abs=0.003)
