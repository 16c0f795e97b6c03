"""Whom an offer changes is learnt from a trial, shrunk, and not claimed where there is nothing."""

import numpy as np
import pytest

from queries.customers.uplift_by_habit import LEAST_CUSTOMERS, ByHabit, learn_by_habit

SAVES = -0.12
"""Change of those with a large second habit."""
Campaign = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def campaign(count: int, seed: int, saves: float = SAVES) -> Campaign:
    """Habits, arms, changes, and the planted change of each: half of them save, noise is heavy."""
    random = np.random.default_rng(seed)
    habits = random.normal(0, 1, (count, 5))
    habits[:, 0] = random.lognormal(2, 0.6, count)
    is_offered = random.permutation(np.arange(count) % 2 == 0)
    planted = np.where(habits[:, 1] > 0, saves, 0.0)
    change = 0.1 * random.standard_t(4, count) + is_offered * planted
    return habits, is_offered, change, planted


def learnt(count: int, seed: int, saves: float = SAVES) -> tuple[ByHabit, Campaign]:
    given = campaign(count, seed, saves)
    found = learn_by_habit(*given[:3])
    assert found is not None
    return found, given


def test_a_ranked_list_catches_more_than_chance_in_every_of_twenty_seeds():
    caught = []
    for seed in range(20):
        found, _ = learnt(600, seed)
        new, _, _, planted = campaign(2000, 1000 + seed)
        first = np.argsort(found.of(new)[0])[:600]
        caught.append(planted[first].sum() / planted.sum())
    # Three in ten at random catch three tenths; the planted half could all be in the first.
    assert min(caught) > 0.35
    assert np.mean(caught) > 0.5


def test_nobody_is_told_apart_where_nobody_differs():
    for saves in (0.0, SAVES):
        told = 0
        for seed in range(100):
            habits, is_offered, change, _ = campaign(400, seed, 0.0)
            found = learn_by_habit(habits, is_offered, change + saves * is_offered)
            assert found is not None
            told += found.is_told_apart
        # Of a hundred seeds at 5 % more than 10 are told apart in 1 of 100 such tests.
        assert told <= 10


def test_the_interval_holds_an_uplift_that_rises_with_a_habit():
    inside = []
    for seed in range(40):
        habits, is_offered, change, _ = campaign(800, seed, 0.0)
        planted = -0.06 - 0.05 * habits[:, 1]
        found = learn_by_habit(habits, is_offered, change + is_offered * planted)
        assert found is not None
        assert found.mean == pytest.approx(planted.mean(), abs=0.04)
        _, low, high = found.of(habits)
        inside.append(np.mean((low <= planted) & (planted <= high)))
    # Shrinking takes a little off what was found, the interval is that of before: 95 % or so.
    assert np.mean(inside) > 0.93


def test_slopes_are_shrunk_towards_nobody_being_different():
    found, (habits, is_offered, change, _) = learnt(800, 3)
    arm = is_offered.astype(float)[:, None]
    scaled = (habits - found.middle) / found.spread
    design = np.hstack([np.ones_like(arm), arm, scaled, arm * scaled])
    plain = np.linalg.lstsq(design, change, rcond=None)[0][-5:]
    assert np.linalg.norm(found.slopes) < np.linalg.norm(plain)
    assert np.sign(found.slopes[1]) == np.sign(plain[1])


def test_what_is_not_known_of_a_customer_counts_as_the_mean_and_nothing_beyond_the_trial():
    found, _ = learnt(800, 1)
    unknown, far, farther = found.of(
        np.array([[np.nan] * 5, [7.4, 9.0, 0, 0, 0], [7.4, 99.0, 0, 0, 0]])
    )[0]
    assert unknown == pytest.approx(found.mean)
    assert far == farther


def test_too_few_customers_teach_nothing():
    habits, is_offered, change, _ = campaign(2 * LEAST_CUSTOMERS - 2, 1)
    assert learn_by_habit(habits, is_offered, change) is None
