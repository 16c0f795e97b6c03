"""What an offer brought is told apart from chance, history, missing days and takers' habits."""

import numpy as np
import pytest

from queries.customers.offer_effect import (
    MEASURED,
    TOO_FEW,
    TOO_SHORT,
    Trial,
    adjusted_change,
    offer_effect,
)
from tests.customers.offer_town import Town, planted, town

DAYS, SENT = 500, 400


@pytest.fixture(scope="module")
def homes() -> Town:
    """Some 130 homes of the simulated district, over fourteen months."""
    return town(240, 3, most_homes=130)


def arms(count: int = 80, change: float = 0.0, seed: int = 1, took: float = 1.0) -> Trial:
    """Homes of very different size that use much as they did; half are sent something."""
    random = np.random.default_rng(seed)
    level = random.lognormal(2, 0.6, count)
    growth = random.normal(1, 0.05, count)
    energy = level[:, None] * random.normal(1, 0.1, (count, DAYS))
    energy[:, SENT:] *= growth[:, None]
    is_offered = random.permutation(np.arange(count) % 2 == 0)
    takes = is_offered & (random.random(count) < took)
    energy[takes, SENT:] += change
    return Trial(energy, SENT, is_offered, takes)


def test_a_kilowatt_hour_a_day_saved_by_all_who_got_it_is_found():
    effect = offer_effect(arms(change=-1.0))
    assert effect.status == MEASURED
    assert effect.is_change
    assert effect.change_kwh_per_day.low < -1 < effect.change_kwh_per_day.high < 0


def test_a_change_of_half_the_takers_is_half_by_intention_to_treat_and_whole_by_taker():
    effect = offer_effect(arms(count=400, change=-2.0, took=0.5))
    taker, all_sent = effect.taker_kwh_per_day, effect.change_kwh_per_day
    assert taker.low < -2 < taker.high
    assert all_sent.low < -2 * effect.took_share < all_sent.high
    assert taker.value == pytest.approx(all_sent.value / effect.took_share, rel=0.1)


def test_where_as_many_take_it_unasked_nothing_is_said_of_takers():
    trial = arms()
    took = np.zeros(len(trial.took), bool)
    for arm in (trial.is_offered, ~trial.is_offered):
        took[np.flatnonzero(arm)[::3]] = True
    effect = offer_effect(Trial(trial.energy_kwh, SENT, trial.is_offered, took))
    assert (effect.taker_kwh_per_day.low, effect.taker_kwh_per_day.high) == (-np.inf, np.inf)


def test_own_history_makes_the_interval_narrower_than_the_difference_in_differences():
    wide = narrow = 0.0
    for seed in range(5):
        trial = arms(count=200, seed=seed)
        # A level that changes every year: history explains less than one for one.
        random = np.random.default_rng(100 + seed)
        trial.energy_kwh[:, SENT:] *= 0.6
        trial.energy_kwh[:, :SENT] *= random.normal(1, 0.1, (200, 1))
        effect = offer_effect(trial)
        wide += effect.difference_kwh_per_day.high - effect.difference_kwh_per_day.low
        narrow += effect.change_kwh_per_day.high - effect.change_kwh_per_day.low
    assert narrow < 0.8 * wide


def test_days_that_were_not_read_change_nothing_but_how_sure_it_is():
    trial = arms(count=200, change=-1.0)
    season = 1 + 0.5 * np.sin(np.arange(DAYS) / 58)
    energy = trial.energy_kwh * season
    full = offer_effect(Trial(energy, SENT, trial.is_offered, trial.took))
    gaps = energy.copy()
    # The offered lose the first weeks after it, which were the dear ones.
    gaps[np.ix_(np.flatnonzero(trial.is_offered)[:40], np.arange(SENT, SENT + 40))] = np.nan
    part = offer_effect(Trial(gaps, SENT, trial.is_offered, trial.took))
    assert part.left_out == 0
    assert part.change_kwh_per_day.value == pytest.approx(full.change_kwh_per_day.value, abs=0.25)


def test_who_was_hardly_read_is_left_out_and_counted():
    trial = arms()
    trial.energy_kwh[:5, SENT:] = np.nan
    effect = offer_effect(trial)
    assert (effect.left_out, effect.offered + effect.control) == (5, 75)
    assert np.isnan(adjusted_change(trial)[:5]).all()


def test_too_few_customers_or_days_are_said_and_nothing_else():
    assert offer_effect(arms(count=30)).status == TOO_FEW
    trial = arms()
    short = Trial(trial.energy_kwh[:, : SENT + 10], SENT, trial.is_offered, trial.took)
    effect = offer_effect(short)
    assert effect.status == TOO_SHORT
    assert np.isnan(effect.change_kwh_per_day.value)


def test_the_planted_offer_lies_in_the_interval_and_none_is_claimed_without_it(homes: Town):
    """A handful of lots; ``make bench`` draws a hundred over ten districts."""
    inside = claimed = 0
    for seed in range(12):
        one = planted(homes, 100, seed)
        found = offer_effect(one.trial, seed).change_kwh_per_day
        inside += found.low <= one.true_kwh_per_day <= found.high
        none = planted(homes, 100, seed, has_effect=False)
        claimed += offer_effect(none.trial, seed).is_change
    # Of twelve at 95 %: fewer than ten inside, or more than two claimed, once in fifty.
    assert inside >= 10
    assert claimed <= 2


def test_a_large_planted_effect_is_claimed(homes: Town):
    one = planted(homes, 100, 5, has_effect=False)
    energy = one.trial.energy_kwh.copy()
    energy[np.ix_(one.trial.is_offered, np.arange(one.trial.sent_day, energy.shape[1]))] *= 0.6
    effect = offer_effect(Trial(energy, one.trial.sent_day, one.trial.is_offered, one.trial.took))
    assert effect.is_change
    assert effect.change_share.low < -0.4 < effect.change_share.high
    assert effect.p_value < 0.01
