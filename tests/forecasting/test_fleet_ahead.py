"""The week ahead of every meter: its first day is tomorrow's forecast, nothing from the future."""

import numpy as np
import pytest

from queries.forecasting.bands import LOWER, UPPER
from queries.forecasting.fleet import fleet_forecast
from queries.forecasting.fleet_ahead import MOST_DAYS, fleet_ahead
from tests.forecasting.made_loads import made

ORIGIN, DAYS = 100, 7


@pytest.fixture(scope="module")
def fleet():
    """Thirty shops that follow the calendar, and thirty homes that boil a kettle now and then."""
    around, whole = made(ORIGIN + MOST_DAYS + 1, known=ORIGIN)
    random = np.random.default_rng(4)
    shape = (30, *whole.shape)
    shops = whole / 1000.0 * random.lognormal(0.0, 0.1, shape)
    homes = 0.1 + 2.0 * (random.random(shape) < 0.1)
    return around, np.concatenate([shops, homes]).astype(np.float32)


@pytest.fixture(scope="module")
def week(fleet):
    around, load = fleet
    return fleet_ahead(around, load[:, :ORIGIN], ORIGIN, DAYS)


def test_the_first_day_is_what_the_day_ahead_forecast_says(fleet, week):
    around, load = fleet
    day = fleet_forecast(around, load, ORIGIN, with_quantiles=True)
    assert day.quantiles is not None
    assert day.expected is not None
    np.testing.assert_allclose(week.quantiles[:, 0], day.quantiles[:, 0], rtol=1e-5)
    np.testing.assert_allclose(week.expected[:, 0], day.expected[:, 0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(week.weights, day.weights, rtol=1e-5)


def test_what_comes_later_changes_nothing(fleet, week):
    around, load = fleet
    poisoned = load.copy()
    poisoned[:, ORIGIN:] = 1e6
    after = fleet_ahead(around, poisoned, ORIGIN, DAYS)
    np.testing.assert_array_equal(after.quantiles, week.quantiles)
    np.testing.assert_array_equal(after.expected, week.expected)


def test_a_week_of_shops_is_foretold_nearly_to_its_noise_and_bands_never_narrow(fleet, week):
    _, load = fleet
    seen = load[:30, ORIGIN : ORIGIN + DAYS]
    error = np.abs(week.median[:30] - seen) / seen
    assert error.mean() < 0.12
    width = (week.quantiles[..., UPPER] - week.quantiles[..., LOWER]).mean(axis=(0, 2))
    assert (np.diff(width) >= -1e-4).all()


def test_means_add_up_where_medians_do_not(fleet, week):
    """A kettle in one hour of ten: the median knows none, the mean of all homes knows a tenth."""
    _, load = fleet
    seen = load[30:, ORIGIN : ORIGIN + DAYS].sum()
    assert week.median[30:].sum() < 0.6 * seen
    assert week.expected[30:].sum() == pytest.approx(seen, rel=0.1)


def test_a_meter_of_which_nothing_was_read_is_not_foretold(fleet):
    around, load = fleet
    silent = load[:3, :ORIGIN].copy()
    silent[1] = np.nan
    found = fleet_ahead(around, silent, ORIGIN, 3)
    assert np.isnan(found.median[1]).all()
    assert found.quantiles is not None
    assert np.isfinite(found.quantiles[[0, 2]]).all()


def test_too_many_days_are_refused(fleet):
    around, load = fleet
    with pytest.raises(ValueError, match="give 1 to 10"):
        fleet_ahead(around, load, ORIGIN, MOST_DAYS + 1)
