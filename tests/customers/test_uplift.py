"""Whom to ask is learnt where it can be, and not guessed where it cannot."""

import numpy as np

from queries.customers.uplift import (
    NOT_TOLD,
    TOLD,
    TOO_FEW,
    learn_uplift,
)

Campaign = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def campaign(count: int, gain: float, seed: int = 1) -> Campaign:
    """Customers of 10 kWh a day, of whom those with a large first habit save ``gain`` [kWh]."""
    random = np.random.default_rng(seed)
    habits = random.normal(0, 1, (count, 3))
    is_offered = random.permutation(np.arange(count) % 2 == 0)
    change = random.normal(0, 1, count) - gain * is_offered * (habits[:, 0] > 0)
    return habits, np.full(count, 10.0), is_offered, change


def test_too_few_customers_teach_nothing():
    learnt = learn_uplift(*campaign(200, 5.0))
    assert learnt.status == TOO_FEW
    assert np.isnan(learnt.score).all()


def test_who_saves_is_found_and_the_curve_lies_above_chance():
    learnt = learn_uplift(*campaign(2000, 1.5))
    assert learnt.status == TOLD
    half = np.searchsorted(learnt.asked_share, 0.5)
    assert learnt.saved[half] > 0.8 * learnt.saved[-1] > learnt.chance[half]
    low, high = learnt.qini[1:]
    assert 0 < low < learnt.qini[0] < high


def test_where_nobody_differs_no_order_is_claimed():
    claimed = [learn_uplift(*campaign(600, 0.0, seed)).status for seed in range(20)]
    assert claimed.count(NOT_TOLD) >= 17


def test_the_curve_ends_at_what_asking_everybody_saves():
    habits, mean_kwh, is_offered, change = campaign(1000, 1.0)
    learnt = learn_uplift(habits, mean_kwh, is_offered, change)
    everybody = change[~is_offered].mean() - change[is_offered].mean()
    assert np.isclose(learnt.saved[-1], everybody)
    assert learnt.saved[0] == 0


def test_of_two_alike_the_larger_saves_more_and_comes_first():
    habits, mean_kwh, is_offered, change = campaign(2000, 1.5)
    mean_kwh[::2] *= 3
    change[::2] *= 3
    learnt = learn_uplift(habits, mean_kwh, is_offered, change)
    first = np.argsort(learnt.score)[:500]
    assert (mean_kwh[first] == 30).mean() > 0.6
