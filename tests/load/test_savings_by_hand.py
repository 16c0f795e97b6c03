"""Standby and peaks of a few customers, worked out by hand."""

import numpy as np
import pytest

from queries.load.charging_blocks import charging_blocks
from queries.load.peak_tip import peak_tip
from queries.load.standby import HOURS_PER_YEAR, excess_standby, size_bands
from queries.load.vehicle_charging import vehicle_likelihood


def test_what_is_above_three_quarters_of_the_peers_is_excess():
    night_kw = np.array([1.0, 1, 1, 1, 1, 1, 2, 5])  # of a mean of 10 each
    mean_kw = np.full(8, 10.0)
    bands = size_bands(np.array(["home"] * 8), mean_kw)
    found = excess_standby(night_kw, mean_kw, bands, np.ones((1, 8)))
    # Six of eight, three quarters, have a share of 0.1: the last two are 1 and 4 kW above it.
    assert found.excess[0] == pytest.approx(5 * HOURS_PER_YEAR)
    assert found.standby[0] == pytest.approx(13 * HOURS_PER_YEAR)
    assert (found.judged_points[0], found.excess_points[0]) == (8, 2)
    assert found.low[0] <= found.excess[0] <= found.high[0]


def test_seven_alike_judge_nobody():
    mean_kw = np.full(7, 10.0)
    bands = size_bands(np.array(["home"] * 7), mean_kw)
    found = excess_standby(np.arange(7.0), mean_kw, bands, np.ones((1, 7)))
    assert np.isnan(found.excess[0])
    assert found.judged_points[0] == 0


def test_large_ones_are_held_against_large_ones():
    mean_kw = np.concatenate([np.full(8, size) for size in (1.0, 10.0, 100.0, 1000.0)])
    bands = size_bands(np.array(["shop"] * 32), mean_kw)
    assert [len(set(bands[i : i + 8])) for i in range(0, 32, 8)] == [1] * 4
    assert len(set(bands)) == 4


def test_groups_add_up_to_the_whole():
    random = np.random.default_rng(4)
    mean_kw = random.lognormal(0, 0.5, 60)
    night_kw = mean_kw * random.uniform(0.1, 0.6, 60)
    bands = size_bands(np.array(["home"] * 60), mean_kw)
    members = np.zeros((3, 60))
    members[random.integers(0, 3, 60), np.arange(60)] = 1
    parts = excess_standby(night_kw, mean_kw, bands, members)
    whole = excess_standby(night_kw, mean_kw, bands, np.ones((1, 60)))
    assert parts.excess.sum() == pytest.approx(whole.excess[0])
    assert parts.judged_points.sum() == 60


def test_a_flat_load_has_no_tip_and_one_week_of_heat_has():
    hours = 52 * 168
    flat = np.full(hours, 5.0)
    hot = flat.copy()
    hot[20 * 168 : 20 * 168 + 50] = 8.0  # 50 of 8736 hours: less than one in a hundred
    found = peak_tip(np.stack([flat, hot]))
    assert found.tip_kw.tolist() == [0, 3]
    assert found.tip_kwh.tolist() == [0, pytest.approx(150)]
    # A year may well pass without that week.
    assert (found.low_kw[1], found.high_kw[1]) == (0, 3)


def test_a_load_of_which_half_is_missing_is_not_judged():
    load = np.full((1, 1000), 5.0)
    load[0, 400:] = np.nan
    assert np.isnan(peak_tip(load).tip_kw[0])


def test_a_charging_of_three_hours_is_one_block_and_a_kettle_none():
    load = np.full((2, 96), 0.4)
    load[0, 72] = 2.0  # begins within the quarter
    load[0, 73:84] = 7.4
    load[1, 40] = 2.4
    load[1, 60:62] = 4.0  # an oven, half an hour
    found = charging_blocks(load)
    assert found.point.tolist() == [0]
    assert found.slot[0] in {72, 73}
    assert found.step_kw[0] == pytest.approx(7.0)


def test_a_gap_is_no_block():
    load = np.full((1, 96), 7.0)
    load[0, 40:50] = np.nan
    assert charging_blocks(load).point.size == 0


def test_more_and_more_even_blocks_are_likelier_a_vehicle():
    rates = vehicle_likelihood(np.array([0.0, 1.0, 5.0, 12.0]), np.full(4, 0.1))
    assert (np.diff(rates) > 0).all()
    assert rates[0] < 0.01
    assert rates[3] > 0.9
    even, uneven = vehicle_likelihood(np.array([4.0, 4.0]), np.array([0.05, 0.45]))
    assert even > 0.8
    assert uneven < 0.5
