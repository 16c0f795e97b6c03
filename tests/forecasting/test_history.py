import numpy as np
import pytest

from queries.forecasting.history import filled_from_the_past, scale_of
from queries.forecasting.special_days import special_days
from tests.forecasting.made_loads import FIRST_DAY, load_of, temperatures


def a_load(days=60):
    return load_of(special_days(FIRST_DAY, days, "CN"), temperatures(days, 24))


def test_a_scale_goes_there_and_back():
    load = a_load()
    scale = scale_of(load)
    assert scale.is_log
    np.testing.assert_allclose(scale.back(scale.of(load)), load, rtol=1e-12)


def test_a_load_that_turns_negative_is_not_taken_by_its_logarithm():
    load = a_load() - 900.0
    scale = scale_of(load)
    assert not scale.is_log
    np.testing.assert_allclose(scale.back(scale.of(load)), load, rtol=1e-12)


def test_nothing_but_zeros_cannot_be_forecast():
    with pytest.raises(ValueError, match="no value other than zero"):
        scale_of(np.zeros((3, 24)))


def test_a_gap_is_filled_near_what_was_there():
    load = a_load()
    scaled = scale_of(load).of(load)
    holed = scaled.copy()
    holed[40, 8:12] = np.nan
    holed[45] = np.nan
    learnt, filled = filled_from_the_past(holed)
    assert np.isnan(learnt[40, 8:12]).all()
    np.testing.assert_allclose(filled[40, 8:12], scaled[40, 8:12], atol=0.08)
    np.testing.assert_allclose(filled[45], scaled[45], atol=0.15)
    assert np.isfinite(filled).all()


def test_a_dropout_is_set_aside_but_a_new_habit_is_learnt():
    load = a_load()
    scaled = scale_of(load).of(load)
    dropped = scaled.copy()
    dropped[40, 10] -= 3.0
    learnt, filled = filled_from_the_past(dropped)
    assert np.isnan(learnt[40, 10])
    np.testing.assert_allclose(filled[40, 10], scaled[40, 10], atol=0.08)
    moved = scaled.copy()
    moved[40:, 10] -= 1.0
    learnt, _ = filled_from_the_past(moved)
    assert np.isfinite(learnt[41:, 10]).all()


def test_filling_looks_at_nothing_later():
    load = a_load()
    scaled = scale_of(load).of(load)
    scaled[30, 5] = np.nan
    learnt, filled = filled_from_the_past(scaled)
    poisoned = scaled.copy()
    poisoned[41:] = 99.0
    learnt_then, filled_then = filled_from_the_past(poisoned)
    np.testing.assert_array_equal(learnt[:41], learnt_then[:41])
    np.testing.assert_array_equal(filled[:41], filled_then[:41])
