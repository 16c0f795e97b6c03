"""Single buildings: what walls, absences and lasting habits do to a slope is known, and found."""

import numpy as np
import pytest

from queries.load.building_response import MODEL_ERROR_SHARE, building_response, felt_c
from queries.load.lasting_noise import LastingNoise, lasting_noise, scattered, whitening
from queries.load.temperature_response import temperature_response

DAYS = 730
DAY = np.arange(DAYS)
WALLS_H = 18.0
LOSS, BELOW_C, BASE = 1.2, 14.0, 8.0
REST = (DAY % 7 >= 5).astype(float)[:, None]


def _outdoor_c(seed: int = 5) -> np.ndarray:
    """Weather of some days' memory about a year's course."""
    shocks = np.random.default_rng(seed).normal(0, 2.5, DAYS)
    for day in range(1, DAYS):
        shocks[day] += 0.7 * shocks[day - 1]
    return 8 - 18 * np.cos(2 * np.pi * (DAY - 15) / 365.25) + shocks


OUTDOOR_C = _outdoor_c()


def _lasting(homes: int, share: float, persistence: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    slow = random.normal(0, 1, (homes, DAYS))
    for day in range(1, DAYS):
        slow[:, day] = persistence * slow[:, day - 1] + np.sqrt(1 - persistence**2) * slow[:, day]
    return np.sqrt(share) * slow + np.sqrt(1 - share) * random.normal(0, 1, (homes, DAYS))


def _homes(homes: int = 60, seed: int = 3) -> np.ndarray:
    """Homes behind thick walls, empty for a week of either winter, with habits that last."""
    heating = LOSS * np.maximum(BELOW_C - felt_c(OUTDOOR_C, WALLS_H), 0)
    energy = BASE + 0.8 * REST[:, 0] + heating + 1.5 * _lasting(homes, 0.5, 0.95, seed)
    random = np.random.default_rng(seed)
    for row in range(homes):
        for first in (random.integers(0, 60), random.integers(340, 420)):
            energy[row, first : first + 7] = 3.0
    return energy


def test_a_day_feels_yesterday_as_a_single_thermal_mass_does():
    air = np.array([0.0, 0.0, 0.0, 10.0, 10.0])
    felt = felt_c(air, 24.0)
    left = np.exp(-1)
    # ∫₀¹ 10·(1 − e^{−t}) dt = 10·e⁻¹, then the rest fades by e⁻¹ a day.
    assert felt[3] == pytest.approx(10 * left)
    assert felt[4] == pytest.approx(10 - 10 * left * (1 - left))
    assert felt_c(air, 0.0).tolist() == air.tolist()


def test_losses_are_found_though_walls_are_slow_and_people_travel():
    energy = _homes()
    plain = temperature_response(energy, OUTDOOR_C, REST)
    found = building_response(energy, OUTDOOR_C, REST)
    assert np.median(plain.heating_per_k) < 0.97 * LOSS
    assert np.median(found.response.heating_per_k) == pytest.approx(LOSS, rel=0.01)
    assert np.median(found.response.heating_below_c) == pytest.approx(BELOW_C, abs=0.3)
    assert np.median(found.memory_h) == WALLS_H
    assert np.median(found.absent_days) == pytest.approx(14, abs=3)


def test_intervals_of_buildings_hold_the_truth_as_often_as_they_say():
    found = building_response(_homes(100, seed=9), OUTDOOR_C, REST).response
    slope, error = found.heating_per_k, found.standard_error("heating_per_k")
    # Here the form is true: what is added for forms that are not is taken off again.
    of_days = np.sqrt(error**2 - (MODEL_ERROR_SHARE * slope) ** 2)
    off = np.abs(slope - LOSS)
    assert 0.87 <= (off < 1.96 * of_days).mean() <= 0.99
    assert (off < 1.96 * error).mean() >= 0.95
    # And they are no wider than a tenth of the loss.
    assert 1.96 * np.median(error) < 0.1 * LOSS


def test_what_is_no_heating_stays_as_least_squares_finds_it():
    energy = _homes(4)
    far = building_response(energy, OUTDOOR_C, REST, least_heating_per_k=5.0)
    plain = temperature_response(energy, OUTDOOR_C, REST)
    assert far.response.heating_per_k.tolist() == plain.heating_per_k.tolist()
    assert not far.memory_h.any()


def test_the_energy_of_the_days_lived_in_is_met():
    energy = _homes(3)
    found = building_response(energy, OUTDOOR_C, REST)
    response = found.response
    fitted = response.base[:, None] + response.effects @ REST.T + response.heating(found.felt_c)
    left = energy - fitted
    usual = np.abs(left) < 6  # absences are left out
    assert np.abs(np.where(usual, left, 0).mean(axis=1)).max() < 0.05


def test_days_without_temperature_are_days_not_known():
    outdoor = OUTDOOR_C.copy()
    outdoor[100:120] = np.nan
    found = building_response(_homes(10), outdoor, REST).response
    assert found.heating_per_k == pytest.approx(np.full(10, LOSS), rel=0.12)


def test_noise_that_lasts_is_told_from_noise_that_does_not():
    found = lasting_noise(_lasting(200, 0.6, 0.9, 1))
    assert np.median(found.share) == pytest.approx(0.6, abs=0.08)
    assert np.median(found.persistence) == pytest.approx(0.9)
    fresh = lasting_noise(_lasting(200, 0.0, 0.9, 2))
    assert np.median(fresh.share) < 0.1


def test_whitened_noise_has_variance_one_and_no_memory_gaps_or_not():
    noise = _lasting(300, 0.6, 0.9, 4)
    known = np.random.default_rng(6).random(noise.shape) > 0.2
    filtered = whitening(LastingNoise(np.full(300, 0.6), np.full(300, 0.9)), known)
    white = filtered.of(np.where(known, noise, 0.0).T[:, :, None])[:, :, 0].T
    assert white[known].std() == pytest.approx(1, abs=0.01)
    both = known[:, 1:] & known[:, :-1]
    assert (white[:, 1:] * white[:, :-1])[both].mean() == pytest.approx(0, abs=0.01)


def test_the_scatter_of_a_sum_is_that_of_its_covariance_matrix():
    days, share, persistence = 9, 0.7, 0.8
    columns = np.random.default_rng(7).normal(0, 1, (1, days, 2))
    apart = np.abs(np.subtract.outer(np.arange(days), np.arange(days)))
    omega = np.where(apart == 0, 1.0, share * persistence**apart)
    by_hand = columns[0].T @ omega @ columns[0]
    noise = LastingNoise(np.array([share]), np.array([persistence]))
    assert scattered(columns, noise)[0] == pytest.approx(by_hand)
