"""Forecasts of all meters at once: nothing from the future, gaps, zeros, export, any slots."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.forecasting.bands import LOWER, QUANTILES, UPPER
from queries.forecasting.day_ahead import TooShortError
from queries.forecasting.features import Surroundings, surroundings_of
from queries.forecasting.fleet import EXPERTS, fleet_forecast
from queries.forecasting.fleet_filters import LINEAR, linear_filters
from queries.forecasting.fleet_gaps import filled_like_days, without_spikes
from queries.forecasting.medians import median_across
from queries.forecasting.memory import NONE
from queries.forecasting.special_days import special_days
from queries.forecasting.temperature import temperature_of

_DAYS, _SLOTS, _FIRST = 120, 24, 100


def _outdoor_c(slots: int = _SLOTS) -> np.ndarray:
    random = np.random.default_rng(3)
    days = 5.0 + np.cumsum(random.normal(0.0, 2.0, _DAYS))
    return days[:, None] + 4.0 * np.sin(2.0 * np.pi * np.arange(slots) / slots)[None, :]


@pytest.fixture(scope="module")
def around() -> Surroundings:
    outdoor = _outdoor_c()
    calendar = special_days(date(2024, 3, 1), _DAYS, "CN")
    return surroundings_of(calendar, temperature_of(outdoor, outdoor, _FIRST))


@pytest.fixture(scope="module")
def load(around: Surroundings) -> np.ndarray:
    """Households, offices and heated homes with their own noise [kWh a slot]."""
    random = np.random.default_rng(1)
    slot = np.arange(_SLOTS) * 2.0 * np.pi / _SLOTS
    home = 0.3 + 0.2 * np.sin(slot - 2.0)[None, :] + np.zeros((_DAYS, 1))
    office = np.where(around.calendar.is_free, 0.5, 4.0)[:, None] * (1.2 - np.cos(slot))[None, :]
    heated = home + 0.3 * np.maximum(0.0, 15.0 - _outdoor_c().mean(axis=1))[:, None]
    kinds = np.repeat(np.stack([home, office, heated]), 20, axis=0)
    return (kinds * random.lognormal(0.0, 0.3, kinds.shape)).astype(np.float32)


def _errors(forecast: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.abs(forecast - truth).mean(axis=(1, 2))


def _bands(
    around: Surroundings, load: np.ndarray, last: int = _FIRST
) -> tuple[np.ndarray, np.ndarray]:
    found = fleet_forecast(around, load, _FIRST, last, with_quantiles=True)
    assert found.quantiles is not None
    return found.median, found.quantiles


def test_what_comes_later_changes_nothing(around, load):
    served = _outdoor_c()
    observed = served.copy()
    observed[_FIRST:] = 99.0
    served[_FIRST + 1 :] = 99.0
    poisoned_around = surroundings_of(
        around.calendar, temperature_of(served, observed, known_days=_FIRST)
    )
    poisoned = load.copy()
    poisoned[:, _FIRST:] = 1e6
    clean = fleet_forecast(around, load, _FIRST, with_quantiles=True)
    after = fleet_forecast(poisoned_around, poisoned, _FIRST, with_quantiles=True)
    np.testing.assert_array_equal(clean.median, after.median)
    np.testing.assert_array_equal(clean.quantiles, after.quantiles)
    np.testing.assert_array_equal(clean.weights, after.weights)


def test_a_backtest_says_of_each_day_what_was_said_the_evening_before(around, load):
    gappy = load.copy()
    gappy[:, 90:95, 3:7] = np.nan
    days = fleet_forecast(around, gappy, _FIRST, _FIRST + 4).median
    evening = fleet_forecast(around, gappy[:, : _FIRST + 4], _FIRST + 4).median[:, 0]
    # Weights begin four days earlier in the backtest; they have faded but not to nothing.
    np.testing.assert_allclose(days[:, 4], evening, rtol=0.05, atol=0.05)
    cut = gappy.copy()
    cut[:, _FIRST + 3 :] = np.nan
    again = fleet_forecast(around, cut, _FIRST, _FIRST + 4).median
    np.testing.assert_array_equal(days[:, :4], again[:, :4])


def test_meters_are_foretold_better_than_by_yesterday_or_last_week(around, load):
    days = np.arange(_FIRST, _DAYS)
    found = fleet_forecast(around, load, _FIRST, _DAYS - 1)
    truth = load[:, days]
    ours = _errors(found.median, truth)
    naive = np.minimum(_errors(load[:, days - 1], truth), _errors(load[:, days - 7], truth))
    assert (ours < naive).mean() >= 0.95
    np.testing.assert_allclose(found.weights.sum(axis=1), 1.0, atol=1e-5)
    assert found.weights.shape == (60, len(EXPERTS))


def test_gaps_cost_little(around, load):
    random = np.random.default_rng(2)
    gappy = load.copy()
    gappy[random.random(load.shape) < 0.05] = np.nan
    gappy[::5, 80:84] = np.nan
    truth = load[:, _FIRST:]
    whole = fleet_forecast(around, load, _FIRST, _DAYS - 1).median
    holed = fleet_forecast(around, gappy, _FIRST, _DAYS - 1).median
    assert np.isfinite(holed).all()
    assert _errors(holed, truth).mean() < 1.1 * _errors(whole, truth).mean()


def test_the_80_percent_band_holds_80_percent(around, load):
    median, quantiles = _bands(around, load, _DAYS - 1)
    truth = load[:, _FIRST:]
    inside = (truth >= quantiles[..., LOWER]) & (truth <= quantiles[..., UPPER])
    assert 0.74 <= inside.mean() <= 0.86
    assert (np.diff(quantiles, axis=-1) >= 0.0).all()
    np.testing.assert_array_equal(quantiles[..., QUANTILES.index(0.5)], median)


def test_an_empty_home_needs_no_energy_and_a_constant_load_goes_on(around):
    load = np.zeros((2, _DAYS, _SLOTS), np.float32)
    load[1] = 0.7
    found = fleet_forecast(around, load, _FIRST)
    np.testing.assert_array_equal(found.median[0], 0.0)
    np.testing.assert_allclose(found.median[1], 0.7, rtol=1e-5)


def test_only_a_meter_that_has_run_backwards_may_again(around, load):
    random = np.random.default_rng(4)
    spiky = np.where(random.random(load.shape) < 0.1, load, 0.0).astype(np.float32)
    exporting = spiky - 3.0 * (np.abs(np.arange(_SLOTS) - 12) < 4).astype(np.float32)
    median, quantiles = _bands(around, np.concatenate([spiky, exporting]))
    assert quantiles[: len(load)].min() >= 0.0
    assert (median[len(load) :, 0, 12] < -1.5).all()


def test_a_meter_never_read_has_no_forecast_and_a_new_one_has_after_its_first_day(around, load):
    few = load[:3].copy()
    few[0] = np.nan
    few[1, :101] = np.nan
    found = fleet_forecast(around, few, _FIRST, _FIRST + 3).median
    assert np.isnan(found[0]).all()
    assert np.isnan(found[1, :2]).all()
    assert np.isfinite(found[1, 2:]).all()
    assert np.isfinite(found[2]).all()


@pytest.mark.parametrize("slots", [48, 96])
def test_half_hours_and_quarter_hours_take_hourly_temperatures(around, load, slots):
    finer = np.repeat(load[:6], slots // _SLOTS, axis=2)
    found = fleet_forecast(around, finer, _FIRST).median
    hourly = fleet_forecast(around, load[:6], _FIRST).median
    assert found.shape == (6, 1, slots)
    np.testing.assert_allclose(found[:, :, :: slots // _SLOTS], hourly, rtol=1e-3, atol=1e-4)


def test_a_place_without_weather_is_foretold_by_its_calendar(load):
    around = surroundings_of(special_days(date(2024, 3, 1), _DAYS, "CN"), None)
    found = fleet_forecast(around, load, _FIRST, _DAYS - 1).median
    days = np.arange(_FIRST, _DAYS)
    naive = _errors(load[:, days - 7], load[:, days])
    assert (_errors(found, load[:, days]) < naive).mean() > 0.9


def test_too_little_history_is_told(around, load):
    with pytest.raises(TooShortError, match="at least 63"):
        fleet_forecast(around, load, 50)
    with pytest.raises(ValueError, match="at least 119"):
        fleet_forecast(around, load[:, :90], 119)


@pytest.mark.parametrize("name", LINEAR)
def test_a_simple_forecast_weighs_days_before_it_alone_and_keeps_a_constant(around, name):
    days = np.array([70, 71, 90])
    filters = linear_filters(around, days)[LINEAR.index(name)]
    assert filters.shape == (3, 90)
    np.testing.assert_allclose(filters.sum(axis=1), 1.0, atol=1e-9)
    assert not filters[0, 70:].any()
    assert not filters[1, 71:].any()


def test_a_regression_as_weights_is_the_regression(around):
    """A load that is yesterday's plus a weekday's step is foretold to the step by hand."""
    is_monday = (around.calendar.weekday == 0).astype(float)
    load = 5.0 + 2.0 * is_monday
    day = next(d for d in range(90, 100) if is_monday[d] and not around.calendar.is_holiday[d])
    weights = linear_filters(around, np.array([day]))[LINEAR.index("over_usual_day"), 0]
    # The usual day is 5 + 2/7; a light ridge leaves a little of the step.
    assert weights @ load[:day] == pytest.approx(7.0, abs=0.3)


def test_a_gap_takes_days_of_its_kind_at_the_level_of_its_own_day():
    seen = np.full((4, 1, 4), np.nan, np.float32)
    seen[0, 0], seen[1, 0] = [1, 2, 3, 4], [3, 4, 5, 6]
    seen[2, 0] = [5, 6, np.nan, 8]
    like = np.array([[NONE, NONE], [NONE, 0], [0, 1], [1, NONE]])
    filled, known_from = filled_like_days(seen, like)
    # Like days are [2, 3, 4, 5] in the mean, the day itself stands 3 above them.
    np.testing.assert_allclose(filled[2, 0], [5, 6, 7, 8])
    np.testing.assert_allclose(filled[3, 0], [3, 4, 5, 6])
    assert known_from.tolist() == [0]


def test_an_absurd_reading_is_as_good_as_none(around, load):
    spiked, holed = load.copy(), load.copy()
    spiked[:, _FIRST - 1, 12], holed[:, _FIRST - 1, 12] = 1e4, np.nan
    np.testing.assert_array_equal(
        fleet_forecast(around, spiked, _FIRST).median, fleet_forecast(around, holed, _FIRST).median
    )


def test_a_load_that_begins_is_no_spike():
    seen = np.full((10, 2, 24), 0.01, np.float32)
    seen[8, 0, 6:20] = 2.0
    seen[8, 1, 6] = 2.0
    found = without_spikes(seen)
    np.testing.assert_array_equal(found[:, 0], seen[:, 0])
    assert np.argwhere(np.isnan(found)).tolist() == [[8, 1, 6]]


def test_whoever_moves_in_is_foretold_within_a_few_days(around, load):
    moved_in = load[:20].copy()
    moved_in[:, :95] = 0.0
    found = fleet_forecast(around, moved_in, _FIRST).median[:, 0]
    assert np.median(found.sum(axis=1) / load[:20, _FIRST].sum(axis=1)) > 0.7


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_a_median_by_exchanges_is_the_median(count, seed):
    values = np.random.default_rng(seed).normal(size=(count, 50)).round(1)
    np.testing.assert_array_equal(median_across(list(values)), np.median(values, axis=0))
