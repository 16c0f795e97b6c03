"""Change points and slopes of daily energy, from series whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.load.response import FEW_DAYS, FITTED, NARROW, NO_USE
from queries.load.temperature_response import temperature_response

DAYS = 730
DAY = np.arange(DAYS)
OUTDOOR_C = 8 - 18 * np.cos(2 * np.pi * (DAY - 15) / 365.25)
OUTDOOR_C += np.random.default_rng(5).normal(0, 3.5, DAYS)
REST = (DAY % 7 >= 5).astype(float)[:, None]


def _energy(base=5.0, rest=1.5, heats=0.4, cools=0.9):
    below, above = 14.0, 22.0
    heating = heats * np.maximum(below - OUTDOOR_C, 0)
    return base + rest * REST[:, 0] + heating + cools * np.maximum(OUTDOOR_C - above, 0)


def test_a_series_without_noise_gives_its_own_parameters_back():
    found = temperature_response(_energy()[None], OUTDOOR_C, REST)
    assert found.model.tolist() == ["both"]
    assert found.heating_below_c[0] == pytest.approx(14, abs=1e-6)
    assert found.cooling_above_c[0] == pytest.approx(22, abs=1e-6)
    assert found.heating_per_k[0] == pytest.approx(0.4, rel=1e-6)
    assert found.cooling_per_k[0] == pytest.approx(0.9, rel=1e-6)
    assert found.base[0] == pytest.approx(5, rel=1e-6)
    assert found.effects[0, 0] == pytest.approx(1.5, rel=1e-6)
    assert found.r2[0] == pytest.approx(1)


def test_intervals_of_slopes_hold_the_truth_about_as_often_as_they_say():
    random = np.random.default_rng(8)
    energy = _energy() + random.normal(0, 2, (800, DAYS))
    found = temperature_response(energy, OUTDOOR_C, REST)
    # The sum of squares has a kink at the change points: their intervals hold nine times in ten.
    for part, truth, least in (
        ("heating_per_k", 0.4, 0.92),
        ("cooling_per_k", 0.9, 0.92),
        ("heating_below_c", 14.0, 0.87),
        ("cooling_above_c", 22.0, 0.87),
    ):
        off = np.abs(getattr(found, part) - truth) / found.standard_error(part)
        assert least <= (off < 1.96).mean() <= 0.99, part


def test_days_that_resemble_each_other_widen_the_interval_as_they_should():
    random = np.random.default_rng(9)
    shocks = random.normal(0, 1, (300, DAYS))
    for day in range(1, DAYS):
        shocks[:, day] += 0.6 * shocks[:, day - 1]
    found = temperature_response(_energy() + shocks, OUTDOOR_C, REST)
    assert found.correlation.mean() == pytest.approx(0.6, abs=0.05)
    off = np.abs(found.heating_per_k - 0.4) / found.standard_error("heating_per_k")
    assert (off < 1.96).mean() > 0.88


def test_habits_that_last_for_weeks_widen_it_too():
    random = np.random.default_rng(14)
    lasting = random.normal(0, 1, (200, DAYS))
    for day in range(1, DAYS):
        lasting[:, day] = 0.95 * lasting[:, day - 1] + 0.31 * lasting[:, day]
    energy = _energy() + lasting + random.normal(0, 1, lasting.shape)
    found = temperature_response(energy, OUTDOOR_C, REST)
    off = np.abs(found.heating_per_k - 0.4) / found.standard_error("heating_per_k")
    assert (off < 1.96).mean() > 0.88
    # A day apart alone, they would look like a third of what they are.
    assert found.correlation.mean() < 0.55


def test_what_does_not_answer_to_the_temperature_is_not_said_to():
    random = np.random.default_rng(10)
    energy = 5 + random.normal(0, 2, (400, DAYS))
    found = temperature_response(energy, OUTDOOR_C, REST)
    assert (found.model == "none").mean() >= 0.97


def test_cooling_alone_has_no_heating():
    random = np.random.default_rng(12)
    found = temperature_response(
        _energy(heats=0) + random.normal(0, 0.5, (50, DAYS)), OUTDOOR_C, REST
    )
    assert set(found.model) == {"cooling"}
    assert not found.heating_per_k.any()
    assert np.isnan(found.heating_below_c).all()
    assert (found.heating(OUTDOOR_C) == 0).all()


def test_gaps_in_a_fifth_of_the_days_move_nothing_much():
    random = np.random.default_rng(13)
    energy = _energy() + random.normal(0, 0.5, (40, DAYS))
    energy[random.random(energy.shape) < 0.2] = np.nan
    found = temperature_response(energy, OUTDOOR_C, REST)
    assert found.days.max() < DAYS
    assert found.heating_below_c == pytest.approx(np.full(40, 14.0), abs=0.75)
    assert found.heating_per_k == pytest.approx(np.full(40, 0.4), rel=0.05)


@settings(max_examples=15, deadline=None)
@given(size=st.floats(0.01, 1000), seed=st.integers(0, 10_000))
def test_a_row_is_fitted_alone_as_beside_others_and_in_any_unit(size, seed):
    random = np.random.default_rng(seed)
    energy = _energy() + random.normal(0, 1, (3, DAYS))
    together = temperature_response(energy, OUTDOOR_C, REST)
    alone = temperature_response(size * energy[1:2], OUTDOOR_C, REST)
    assert alone.model[0] == together.model[1]
    assert alone.heating_below_c[0] == pytest.approx(together.heating_below_c[1], abs=1e-6)
    assert alone.heating_per_k[0] == pytest.approx(size * together.heating_per_k[1], rel=1e-6)
    assert alone.cvrmse[0] == pytest.approx(together.cvrmse[1], rel=1e-6)


def test_too_little_is_said_not_guessed():
    few, none = _energy()[None].copy(), np.zeros((1, DAYS))
    few[0, 200:] = np.nan
    found = temperature_response(np.vstack([_energy()[None], few, none]), OUTDOOR_C, REST)
    assert found.status.tolist() == [FITTED, FEW_DAYS, NO_USE]
    assert np.isnan(found.base[1:]).all()
    mild = temperature_response(_energy()[None], np.clip(OUTDOOR_C, 10, 20), REST)
    assert mild.status.tolist() == [NARROW]


def test_heating_of_given_days_is_slope_times_kelvin_and_its_error_grows_with_them():
    found = temperature_response(
        _energy()[None] + np.random.default_rng(1).normal(0, 1, (1, DAYS)), OUTDOOR_C, REST
    )
    days = np.array([4.0, 10.0, 18.0])
    below, slope = found.heating_below_c[0], found.heating_per_k[0]
    expected = [slope * (below - 4), slope * (below - 10), 0]
    assert found.heating(days)[0] == pytest.approx(expected)
    assert found.error_of_sum("heating", days)[0] > found.error_of_sum("heating", days[1:])[0] > 0
