import numpy as np
import pytest

from queries.forecasting.ahead import ahead
from queries.forecasting.backtest import backtest
from queries.forecasting.bands import COVERAGE, LOWER, QUANTILES, UPPER, Bands
from queries.forecasting.day_ahead import TooShortError
from queries.forecasting.features import surroundings_of
from queries.forecasting.mixture import Mixture
from queries.forecasting.rivals import naive, vanilla
from queries.forecasting.scores import coverage, mape, pinball
from queries.forecasting.special_days import special_days
from queries.forecasting.temperature import temperature_of, two_days_before
from tests.forecasting.made_loads import FIRST_DAY, load_of, made, temperatures


def percent(forecast, seen):
    found = mape(forecast, seen)
    assert found is not None
    return found


def best_naive(load, first, last):
    return min(
        percent(naive(load, first, last, back).median, load[first : last + 1]) for back in (1, 7)
    )


def test_a_load_that_follows_calendar_and_weather_is_foretold_nearly_to_its_noise():
    around, load = made(260)
    told = backtest(around, load, 200, 259, fits_trees=False)
    # The noise alone makes a mean error of 0.8 %.
    assert percent(told.median, load[200:]) < 2.0
    assert percent(told.median, load[200:]) < 0.5 * best_naive(load, 200, 259)


def test_boosted_trees_join_and_the_forecast_stays_good():
    around, load = made(100)
    told = backtest(around, load, 84, 99)
    assert percent(told.median, load[84:]) < 0.6 * best_naive(load, 84, 99)


@pytest.mark.parametrize("fits_trees", [False, True])
def test_nothing_after_a_day_changes_its_forecast(fits_trees):
    days = 80
    around, load = made(days)
    temperature = temperatures(days, 24)
    poisoned_load, poisoned_temperature = load.copy(), temperature.copy()
    poisoned_load[66:] = 1e6
    poisoned_temperature[67:] = 45.0
    poisoned = surroundings_of(
        around.calendar, temperature_of(poisoned_temperature, poisoned_temperature, 40)
    )
    clean = surroundings_of(around.calendar, temperature_of(temperature, temperature, 40))
    told = backtest(clean, load, 60, 71, fits_trees=fits_trees)
    told_then = backtest(poisoned, poisoned_load, 60, 71, fits_trees=fits_trees)
    np.testing.assert_array_equal(told.quantiles[:7], told_then.quantiles[:7])
    assert not np.array_equal(told.quantiles[7:], told_then.quantiles[7:])


def test_the_week_ahead_looks_at_nothing_from_its_first_day_on():
    around, load = made(90)
    poisoned = load.copy()
    poisoned[80:] = 7.0
    told, told_then = (ahead(around, each, 80, 7, fits_trees=False) for each in (load, poisoned))
    np.testing.assert_array_equal(told.quantiles, told_then.quantiles)
    assert percent(told.median, load[80:87]) < 4.0


def test_bands_of_further_days_are_no_narrower():
    around, load = made(100, noise=0.03)
    told = ahead(around, load, 80, 7, fits_trees=False)
    width = (told.quantiles[..., UPPER] - told.quantiles[..., LOWER]).mean(axis=1)
    assert width[-1] >= width[0] > 0.0
    assert (np.diff(told.quantiles, axis=2) >= 0.0).all()


def test_gaps_in_the_history_are_tolerated():
    around, load = made(160)
    random = np.random.default_rng(3)
    holed = np.where(random.random(load.shape) < 0.1, np.nan, load)
    holed[60], holed[90:93] = np.nan, np.nan
    told = backtest(around, holed, 120, 159, fits_trees=False)
    assert np.isfinite(told.quantiles).all()
    assert percent(told.median, load[120:]) < 0.6 * best_naive(load, 120, 159)


def test_without_weather_the_calendar_alone_serves():
    days = 200
    calendar = special_days(FIRST_DAY, days, "CN")
    load = load_of(calendar, np.full((days, 24), 15.0))
    told = backtest(surroundings_of(calendar, None), load, 150, 199, fits_trees=False)
    assert percent(told.median, load[150:]) < 1.5


def test_half_hours_and_quarters_are_slots_like_any():
    for slots in (48, 96):
        around, load = made(60, slots)
        told = backtest(around, load, 54, 59, fits_trees=False)
        assert told.quantiles.shape == (6, slots, len(QUANTILES))
        assert percent(told.median, load[54:]) < 3.0


def test_a_load_around_zero_is_foretold_without_logarithms():
    around, load = made(160)
    told = backtest(around, load - 900.0, 140, 159, fits_trees=False)
    error = np.abs(told.median - (load[140:] - 900.0)).mean()
    rivals = [np.abs(naive(load, 140, 159, back).median - load[140:]).mean() for back in (1, 7)]
    assert (load[140:] < 900.0).any()
    assert error < 0.7 * min(rivals)


def test_too_short_a_history_says_how_much_is_needed():
    around, load = made(60)
    with pytest.raises(TooShortError, match=r"20 days of history.*at least 35"):
        backtest(around, load, 20, 30)


def test_bands_find_their_width_after_the_errors_have_trebled():
    random = np.random.default_rng(5)
    bands, inside = Bands(24), []
    for day in range(400):
        size = 0.01 if day < 200 else 0.03
        middle, seen = np.zeros(24), random.normal(0.0, size, 24)
        quantiles = bands.around(middle, is_special=False)
        inside.append(((seen >= quantiles[:, LOWER]) & (seen <= quantiles[:, UPPER])).mean())
        bands.learn(quantiles, seen, is_special=False)
    assert abs(np.mean(inside[60:200]) - COVERAGE) < 0.02
    assert abs(np.mean(inside[215:]) - COVERAGE) < 0.02


def test_the_mixture_learns_who_is_right_and_forgets_nobody():
    mixture = Mixture(3)
    for _ in range(30):
        mixture.learn(np.array([[0.01] * 4, [0.1] * 4, [0.2] * 4]), np.zeros(4))
    weights = mixture.weights(np.ones(3, dtype=bool))
    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] > 0.9
    assert weights[2] > 0.0


def test_an_expert_that_has_nothing_to_say_is_left_out():
    mixed = Mixture(2).mix(np.array([[1.0, 3.0], [np.nan, np.nan]]))
    np.testing.assert_allclose(mixed, [1.0, 3.0])


def test_naive_forecasts_are_the_same_slot_before_and_reach_further_back_over_gaps():
    load = np.arange(30.0)[:, None] * np.ones((1, 4))
    load[20] = np.nan
    assert naive(load, 21, 22, 1).median[:, 0].tolist() == [14.0, 21.0]
    assert naive(load, 27, 27, 7).median[:, 0].tolist() == [13.0]


def test_the_vanilla_regression_beats_yesterday_where_weather_rules():
    around, load = made(500)
    told = vanilla(around, load, 400, 499)
    assert percent(told.median, load[400:]) < percent(naive(load, 400, 499, 1).median, load[400:])


def test_the_vanilla_regression_looks_at_nothing_later():
    around, load = made(420)
    poisoned = load.copy()
    poisoned[405:] = 1.0
    told, told_then = (vanilla(around, each, 400, 410).median for each in (load, poisoned))
    np.testing.assert_array_equal(told[:6], told_then[:6])


def test_two_days_before_stand_for_a_temperature_nobody_foretold():
    observed = np.arange(5.0)[:, None] * np.ones((1, 2))
    assert two_days_before(observed)[:, 0].tolist() == [0.0, 0.0, 0.5, 1.5, 2.5]


def test_scores_by_hand():
    seen = np.array([[100.0, 200.0], [0.0, np.nan]])
    assert mape(np.array([[110.0, 190.0], [5.0, 5.0]]), seen) == pytest.approx(7.5)
    quantiles = np.repeat(np.array([[[90.0], [210.0]]]), len(QUANTILES), axis=2)
    # 10 above the forecast costs level × 10, 10 below it (1 − level) × 10: 5 on average of both.
    assert pinball(quantiles, seen[:1]) == pytest.approx(5.0)
    wide = quantiles.copy()
    wide[..., LOWER], wide[..., UPPER] = 0.0, 199.0
    assert coverage(wide, seen[:1]) == 0.5
