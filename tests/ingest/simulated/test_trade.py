"""Shops, restaurants, offices, hotels, schools, the hospital, the data room."""

import numpy as np
import pytest

from ingest.simulated.loads.opening import HOURS, festival_pause, is_festive, open_share
from tests.ingest.simulated.a_year import (
    NEW_YEAR,
    between,
    customers,
    demand,
    on,
    setting,
    traits,
)

CALENDAR = setting().days
MAKE_UP_SUNDAY = on(4, 28)  # before Labour Day
PLAIN_SUNDAY = on(4, 21)
MONDAYS = np.flatnonzero((CALENDAR.weekday == 0) & CALENDAR.is_workday)


def test_opening_hours_and_their_ramp_by_hand():
    share = open_share(9.0, 18.0, 0.5, 1)
    # Half an hour of ramp about 9 o'clock: 8:52:30 is a quarter open, 9:07:30 three quarters.
    assert share[[34, 35, 36, 37]] == pytest.approx([0, 0.25, 0.75, 1])
    # Evenly on both sides: as much is lost as is won, nine hours are left.
    assert share.sum() * 0.25 == pytest.approx(9.0)


def test_closing_after_midnight_reaches_into_the_next_day():
    share = open_share(18.0, 26.0, 0.25, 3).reshape(3, 96)
    assert share[1].sum() * 0.25 == pytest.approx(8.0)
    assert (share[1, HOURS < 2] == 1).all()
    assert not share[0, HOURS < 2].any()


def test_the_pause_of_spring_festival_by_hand():
    pause = festival_pause(CALENDAR, 3, 5, 1)
    # Two days of ramp: half of the people are there on the day between.
    assert pause[NEW_YEAR - 5 : NEW_YEAR - 2].tolist() == [1, 0.5, 0]
    assert pause[NEW_YEAR + 5 : NEW_YEAR + 8].tolist() == [0, 0.5, 1]
    assert festival_pause(CALENDAR, -1, 5, 1).all()


def test_a_weekend_within_national_day_is_a_holiday_and_a_make_up_workday_is_none():
    festive = is_festive(CALENDAR)
    assert festive[on(10, 1) : on(10, 8)].all()
    assert not festive[[on(9, 29), on(10, 12), on(10, 8)]].any()


def test_most_shops_are_closed_on_the_first_day_of_the_lunar_year():
    power = customers("shop", 30)
    usual, that_day = power[:, MONDAYS].max(axis=2).mean(axis=1), power[:, NEW_YEAR].max(axis=1)
    assert 0.7 < (that_day < 0.7 * usual).mean() < 1


def test_shops_are_open_on_sundays():
    power = customers("shop", 30)
    sunday, monday = (between(power[:, day], 10, 19).sum() for day in (PLAIN_SUNDAY, on(4, 22)))
    assert sunday > 0.95 * monday


def test_a_shop_with_refrigerators_never_falls_to_zero_and_has_them_at_night():
    power = customers("shop", 30)
    assert power.min() > 0
    stores = [n for n in range(30) if traits("shop", n).building.cold_kw > 1]
    assert (between(power[stores], 2, 4).mean(axis=1) > 300).all()


def test_restaurants_cook_for_lunch_and_for_dinner():
    sorts = ("Restaurant", "Hotpot restaurant")
    chosen = [n for n in range(30) if traits("restaurant", n).trade.en in sorts]
    power = customers("restaurant", 30)[chosen].mean(axis=(0, 1))
    lunch, afternoon, dinner, night = (
        between(power, *hours) for hours in ((11, 12.5), (14.5, 16), (17.5, 19.5), (2, 4))
    )
    assert min(lunch, dinner) > 1.2 * afternoon > 2 * night


def test_some_restaurants_are_full_at_spring_festival_and_some_are_closed():
    power = customers("restaurant", 30)
    that_day = power[:, NEW_YEAR].max(axis=1) / power[:, MONDAYS].max(axis=2).mean(axis=1)
    assert (that_day < 0.5).any()
    assert (that_day > 1).any()


def test_offices_are_empty_on_sunday_but_not_on_a_make_up_sunday():
    power = customers("office", 20)
    sunday, made_up, monday = (
        between(power[:, day], 9.5, 16.5).sum() for day in (PLAIN_SUNDAY, MAKE_UP_SUNDAY, on(4, 22))
    )
    assert sunday < 0.4 * monday
    assert made_up == pytest.approx(monday, rel=0.15)


def test_offices_are_empty_through_spring_festival():
    power = customers("office", 20)
    week = between(power[:, NEW_YEAR : NEW_YEAR + 7], 9.5, 16.5).mean(axis=1)
    january = between(power[:, on(1, 15) : on(1, 20)], 9.5, 16.5).mean(axis=1)
    assert (week < 0.5 * january).all()


def test_hotels_peak_in_the_evening_and_are_fuller_on_national_day():
    power = customers("hotel", 20)
    day = power.mean(axis=(0, 1))
    assert 18 < HOURS[day.argmax()] < 23
    assert between(day, 6.5, 9) > 1.1 * between(day, 3, 5)
    week = [power[:, on(9, 23) + 7 * n : on(9, 23) + 7 * n + 5].sum() for n in (0, 3)]
    holidays = power[:, on(10, 1) : on(10, 6)].sum()
    assert holidays > 1.05 * np.mean(week)


def test_a_school_is_near_its_base_in_the_holidays_and_on_sundays():
    power = customers("school", 20)
    term = between(power[:, on(10, 14) : on(10, 19)], 8, 16).mean(axis=1)
    summer = between(power[:, on(7, 25) : on(7, 30)], 8, 16).mean(axis=1)
    assert (summer < 0.45 * term).all()
    assert (between(power[:, PLAIN_SUNDAY], 8, 16) < 0.45 * term).all()


def test_only_campuses_study_in_the_evening():
    days = slice(on(10, 14), on(10, 19))
    campus = customers("campus", 9)[:, days]
    school = customers("school", 20)[:, days]
    assert (between(campus, 19, 21) > 2.0 * between(campus, 1, 4)).all()
    assert (between(school, 19, 21).mean(axis=1) < 1.2 * between(school, 1, 4).mean(axis=1)).all()


def test_a_hospital_keeps_more_than_half_at_night_and_has_fewer_outpatients_on_sunday():
    power = customers("hospital", 9)
    monday, sunday = power[:, on(4, 22)], power[:, PLAIN_SUNDAY]
    assert (between(monday, 1, 4) > 0.5 * between(monday, 9, 11)).all()
    assert (between(sunday, 9, 11) < between(monday, 9, 11)).all()


def test_a_data_room_is_flat_and_a_little_higher_in_july():
    power = customers("data_room", 9)
    assert (power.min(axis=(1, 2)) > 0.7 * power.max(axis=(1, 2))).all()
    january, july = (power[:, day : day + 31].mean(axis=(1, 2)) for day in (0, on(7, 1)))
    assert (1.02 * january < july).all()
    assert (july < 1.35 * january).all()


@pytest.mark.parametrize("kind", ["shop", "restaurant", "office"])
def test_trade_draws_reactive_power_at_a_factor_of_084_to_096(kind):
    for number in range(8):
        wanted = demand(kind, traits(kind, number), number)
        active, reactive = (p.sum(dtype=float) for p in (wanted.active_w, wanted.reactive_var))
        assert 0.84 < active / np.hypot(active, reactive) < 0.965


def test_air_conditioners_heat_until_district_heating_begins_on_1_november():
    chosen = [n for n in range(20) if traits("office", n).building.heating_kw == 0]
    power = between(customers("office", 20)[chosen], 9, 16)
    # Both weeks are as cold: 2 to 5 degrees.
    october, november = power[:, on(10, 28) : on(11, 1)], power[:, on(11, 4) : on(11, 8)]
    assert october.mean() > 1.03 * november.mean()
