"""Prophet is fitted once for all of these: it takes some seconds."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from queries.forecasting.day_ahead import TooShortError
from queries.forecasting.features import surroundings_of
from queries.forecasting.prophet_view import COMPONENTS, LEAST_DAYS, components, prophet_view
from queries.forecasting.special_days import special_days
from queries.forecasting.temperature import temperature_of
from tests.forecasting.made_loads import FIRST_DAY, load_of, temperatures

DAYS = LEAST_DAYS + 60
SLOTS = 8
NEW_PLACE = date(2024, 2, 16)
"""A Friday given free, made the first of its place in a block: the history holds none like it."""


@pytest.fixture(scope="module")
def fitted():
    calendar = special_days(FIRST_DAY, DAYS, "CN")
    place = calendar.place.copy()
    place[calendar.days.index(NEW_PLACE)] = place.max() + 1
    calendar = replace(calendar, place=place)
    temperature = temperatures(DAYS, SLOTS)
    load = load_of(calendar, temperature)
    load[calendar.is_holiday & (calendar.weekday < 5)] *= 0.8
    around = surroundings_of(calendar, temperature_of(temperature, temperature, LEAST_DAYS))
    return prophet_view(around, load, LEAST_DAYS), load


def test_components_add_up_to_the_forecast(fitted):
    view, load = fitted
    told = components(view, load, LEAST_DAYS, LEAST_DAYS + 13)
    assert told.height == 14 * SLOTS
    total = told.select(COMPONENTS).to_numpy().sum(axis=1)
    np.testing.assert_allclose(total, told["forecast"].to_numpy(), rtol=1e-9)


def test_the_forecast_is_better_than_yesterday(fitted):
    view, load = fitted
    rows = slice(LEAST_DAYS, LEAST_DAYS + 28)
    told = components(view, load, rows.start, rows.stop - 1)["forecast"].to_numpy()
    error = np.abs(told.reshape(-1, SLOTS) - load[rows]).mean()
    yesterday = np.abs(load[rows.start - 1 : rows.stop - 1] - load[rows]).mean()
    assert error < yesterday


def test_a_make_up_workday_changes_the_forecast_of_its_saturday(fitted):
    view, load = fitted
    calendar = view.around.calendar
    day = calendar.days.index(date(2024, 2, 4))
    assert calendar.is_make_up[day]
    plain = replace(
        calendar,
        is_make_up=calendar.is_make_up & (np.arange(DAYS) != day),
        is_free=calendar.is_free | (np.arange(DAYS) == day),
    )
    as_sunday = replace(view, around=replace(view.around, calendar=plain))
    told, told_then = (
        components(each, load, day, day)["forecast"].to_numpy() for each in (view, as_sunday)
    )
    # The made load is a fifth lower on free days.
    assert (told_then < 0.95 * told).all()


def test_a_weekday_given_free_at_a_new_place_of_its_block_is_still_a_free_day(fitted):
    view, load = fitted
    day = view.around.calendar.days.index(NEW_PLACE)
    assert view.around.calendar.is_holiday[day]
    told = components(view, load, day, day)
    assert (told["holidays"] < -0.05 * told["trend"]).all()


def test_the_level_follows_the_week_before(fitted):
    view, load = fitted
    higher = load.copy()
    higher[LEAST_DAYS - 7 : LEAST_DAYS] += 50.0
    told, told_then = (
        components(view, each, LEAST_DAYS, LEAST_DAYS)["level"][0] for each in (load, higher)
    )
    assert told_then - told == pytest.approx(50.0)


def test_less_than_two_years_is_refused_with_the_reason():
    calendar = special_days(FIRST_DAY, 400, "CN")
    load = load_of(calendar, temperatures(400, SLOTS))
    with pytest.raises(TooShortError, match=r"390 days of history; Prophet needs 730"):
        prophet_view(surroundings_of(calendar, None), load, 390)
