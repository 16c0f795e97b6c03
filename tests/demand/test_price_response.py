"""Response to prices, against cases worked out by hand and laws that hold for any load."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.demand.arcturus import arcturus_change
from queries.demand.constant_elasticity import (
    calibrated_elasticity,
    elastic_load,
    peak_over_flat,
)
from queries.demand.elasticity_matrix import matrix_load, matrix_of_periods
from queries.demand.response_models import ResponseError, read_response_models, response_models
from queries.demand.substitution import rebate_price, substitution_load

_SOON = settings(max_examples=60, deadline=None)
_SEEDS = st.integers(0, 2**31)
PEAK = (np.arange(24) >= 17) & (np.arange(24) < 21)


@pytest.mark.parametrize(
    ("ratio", "has_technology", "change"),
    [(2, False, -0.056), (2, True, -0.088), (4, False, -0.101), (4, True, -0.165)],
)
def test_arcturus_gives_what_the_paper_prints(ratio, has_technology, change):
    found = arcturus_change(ratio, has_technology=has_technology)
    # printed with one decimal of a per cent
    assert found.change_share == pytest.approx(change, abs=5e-4)
    assert found.evidence == "within"


def test_arcturus_of_those_who_may_leave_adds_its_own_constant():
    # -0.028 - 0.058·ln 4 + 0.039 = -0.0694, with technology -0.047·ln 4 more
    assert arcturus_change(4, is_opt_out=True).change_share == pytest.approx(-0.0694, abs=1e-4)
    with_technology = arcturus_change(4, is_opt_out=True, has_technology=True).change_share
    assert with_technology == pytest.approx(-0.0694 - 0.0652, abs=1e-4)


@pytest.mark.parametrize("ratio", [0.3, 1.0])
def test_no_dearer_peak_gives_exactly_no_change(ratio):
    found = arcturus_change(ratio)
    assert (found.change_share, found.evidence) == (0.0, "no_signal")


@pytest.mark.parametrize("ratio", [1.01, 1.5, 1.999])
def test_below_the_pilots_there_is_no_answer(ratio):
    found = arcturus_change(ratio)
    assert (found.change_share, found.evidence) == (None, "outside")


@pytest.mark.parametrize("ratio", [0, -2, math.nan, math.inf])
def test_a_ratio_that_is_none_is_refused(ratio):
    with pytest.raises(ResponseError, match="positive number"):
        arcturus_change(ratio)


def test_every_model_says_where_it_is_from_and_trade_answers_to_nothing_by_default():
    models = response_models()
    assert all(model.source for model in models.values())
    of_trade = [m for m in models.values() if "commercial" in m.customer_classes]
    assert [m.form for m in of_trade] == ["none"]


_MODEL = """
[[model]]
code = "a"
name_zh = "a"
name_en = "a"
form = "%s"
customer_classes = []
coefficients = { daily = -0.1 }
lowest_ratio = 1
source = "s"
agreed = "none"
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[model", "cannot be read"),
        (_MODEL % "ces", "lacks substitution"),
        (_MODEL % "none", "does not know"),
        (_MODEL % "guess", "cannot be read"),
    ],
)
def test_a_model_file_that_cannot_be_used_is_told_apart(text, told):
    with pytest.raises(ResponseError, match=told):
        read_response_models(text)


def test_the_fitted_elasticity_lies_where_the_implementations_have_it():
    """A peak of about four hours: 15 to 25 % of the energy."""
    for ratio in (2.0, 3.0, 4.0, 6.0):
        for share in (0.15, 0.2, 0.25):
            flat = peak_over_flat(ratio, share)
            plain = calibrated_elasticity(_change(ratio), flat)
            aided = calibrated_elasticity(_change(ratio, has_technology=True), flat)
            # the bounds are given with two decimals
            assert -0.145 < plain < -0.095
            assert -0.245 < aided < -0.155


def _change(ratio, *, has_technology=False):
    change = arcturus_change(ratio, has_technology=has_technology).change_share
    assert change is not None
    return change


def test_the_peak_changes_by_what_arcturus_says_and_the_night_takes_it():
    load = np.ones((1, 24))
    share = PEAK.mean()
    flat = peak_over_flat(4.0, share)
    price = np.where(PEAK, flat, flat / 4)
    change = _change(4.0)
    after = elastic_load(load, price, calibrated_elasticity(change, flat), is_off_peak=~PEAK)
    np.testing.assert_allclose(after[0, PEAK], 1 + change)
    # four hours gave 10.1 %, twenty took it: 1 + 4·0.1011/20
    np.testing.assert_allclose(after[0, ~PEAK], 1 - change * 4 / 20)


@_SOON
@given(_SEEDS, st.floats(-0.5, 0), st.integers(1, 4))
def test_elastic_customers_keep_their_energy_of_every_season(seed, elasticity, seasons):
    rng = np.random.default_rng(seed)
    load = rng.gamma(1.0, 1.0, (5, 24 * 8))
    load[rng.random(load.shape) < 0.05] = np.nan
    season = np.arange(load.shape[1]) // 24 % seasons
    off_peak = ~np.tile(PEAK, 8)
    price = np.where(off_peak, rng.uniform(0.7, 1.0), rng.uniform(1.0, 4.0))
    after = elastic_load(load, price, elasticity, is_off_peak=off_peak, season=season)
    for code in range(seasons):
        before_kwh, after_kwh = (np.nansum(x[:, season == code], axis=1) for x in (load, after))
        np.testing.assert_allclose(after_kwh, before_kwh, rtol=1e-12)
    assert (np.isnan(load) == np.isnan(after)).all()


@_SOON
@given(_SEEDS)
def test_unchanged_prices_change_nothing_at_all(seed):
    rng = np.random.default_rng(seed)
    load = rng.gamma(1.0, 1.0, (4, 24))
    same = np.ones(24)
    assert (elastic_load(load, same, rng.uniform(-1, 0, 4), is_off_peak=~PEAK) == load).all()
    price = rng.uniform(0.1, 2.0, 3)
    period = rng.integers(0, 3, 24)
    matrix = rng.normal(0, 1, (3, 3))
    for keeps in (False, True):
        after = matrix_load(load, period, price, price.copy(), matrix, keeps_energy=keeps)
        assert (after == load).all()
    prices = rng.uniform(0.1, 2.0, load.shape)
    is_peak = rng.random(load.shape) < 0.3
    after = substitution_load(
        load, is_peak, prices, prices.copy(), substitution=-0.09522, daily=-0.02302
    )
    assert (after == load).all()


def test_who_has_no_elasticity_keeps_the_load_to_the_last_bit():
    load = np.random.default_rng(3).gamma(1.0, 1.0, (2, 24))
    after = elastic_load(load, np.where(PEAK, 2.0, 0.8), np.array([0.0, -0.2]), is_off_peak=~PEAK)
    assert (after[0] == load[0]).all()
    assert not np.allclose(after[1], load[1])


def test_energy_that_finds_no_cheap_hour_is_refused():
    with pytest.raises(ResponseError, match="no energy off-peak"):
        elastic_load(np.ones((1, 4)), np.full(4, 2.0), -0.1, is_off_peak=np.zeros(4, bool))


def test_a_matrix_of_three_periods_by_hand():
    # prices +50 %, 0, -50 %; own -0.2, cross 0.1: -0.1-0.05, 0.05-0.05, +0.1+0.05
    load = np.array([[10.0, 20.0, 30.0]])
    prices = np.array([1.0, 0.6, 0.4]), np.array([1.5, 0.6, 0.2])
    matrix = matrix_of_periods(-0.2, 0.1, 3)
    after = matrix_load(load, np.arange(3), *prices, matrix)
    np.testing.assert_allclose(after, [[8.5, 20.0, 34.5]])
    kept = matrix_load(load, np.arange(3), *prices, matrix, keeps_energy=True)
    np.testing.assert_allclose(kept, np.array([[8.5, 20.0, 34.5]]) * 60 / 63)
    with pytest.raises(ResponseError, match="less than nothing"):
        matrix_load(load, np.arange(3), *prices, matrix_of_periods(-3.0, 0.0, 3))


def test_prism_by_hand_on_one_day():
    # Peak 4 h of 2 kW, else 1 kW; 0.5 flat becomes 1.0 in the peak and 0.4 outside.
    load = np.where(PEAK, 2.0, 1.0)[None, :]
    old, new = np.full((1, 24), 0.5), np.where(PEAK, 1.0, 0.4)[None, :]
    s, e = -0.09522, -0.02302
    ratio = math.exp(math.log(2.0) + s * (math.log(1.0 / 0.4) - math.log(1.0)))
    day_price = (4 * 2 * 1.0 + 20 * 1 * 0.4) / 28
    day_kwh_per_h = math.exp(math.log(28 / 24) + e * (math.log(day_price) - math.log(0.5)))
    off_peak = (24 / 20) * day_kwh_per_h / (1 + (4 / 20) * ratio)
    after = substitution_load(load, PEAK[None, :], old, new, substitution=s, daily=e)
    np.testing.assert_allclose(after[0, ~PEAK], off_peak)
    np.testing.assert_allclose(after[0, PEAK], off_peak * ratio)


@_SOON
@given(_SEEDS, st.floats(0.8, 6.0))
def test_substitution_alone_keeps_the_energy_of_every_day(seed, ratio):
    rng = np.random.default_rng(seed)
    load = rng.gamma(1.0, 1.0, (7, 24))
    is_peak = np.tile(PEAK, (7, 1))
    is_peak[5:] = False
    old, new = np.full(load.shape, 0.5), np.where(is_peak, 0.5 * ratio, 0.5)
    after = substitution_load(load, is_peak, old, new, substitution=-0.1, daily=0.0)
    np.testing.assert_allclose(after.sum(axis=1), load.sum(axis=1), rtol=1e-12)
    # a week-end without a peak has nothing to substitute
    assert (after[5:] == load[5:]).all()


def test_at_a_month_edge_each_day_answers_with_its_own_hours():
    """October's peak is 15–18, November's 17–20: the last and the first day keep theirs apart."""
    first = date(2025, 10, 30)
    days = [first + timedelta(n) for n in range(5)]
    hours = np.arange(24)
    is_peak = np.stack(
        [
            (hours >= (15 if d.month == 10 else 17)) & (hours < (18 if d.month == 10 else 20))
            for d in days
        ]
    )
    load = np.random.default_rng(7).gamma(2.0, 1.0, (5, 24))
    old, new = np.full(load.shape, 0.5), np.where(is_peak, 1.5, 0.4)
    terms = {"substitution": -0.1, "daily": -0.02}
    together = substitution_load(load, is_peak, old, new, **terms)
    alone = np.concatenate(
        [
            substitution_load(
                load[d : d + 1], is_peak[d : d + 1], old[d : d + 1], new[d : d + 1], **terms
            )
            for d in range(5)
        ]
    )
    assert (together == alone).all()
    # 120 hours in, 120 out, each with the sign of its own price
    fell = together / load < together.sum(axis=1, keepdims=True) / load.sum(axis=1, keepdims=True)
    assert (fell == is_peak).all()


def test_critical_days_take_their_own_parameters():
    load = np.ones((2, 24))
    is_peak = np.tile(PEAK, (2, 1))
    old, new = np.full(load.shape, 0.5), np.where(is_peak, 2.5, 0.5)
    after = substitution_load(
        load,
        is_peak,
        old,
        new,
        substitution=np.array([-0.09522, -0.09698]),
        daily=np.array([-0.02302, -0.01607]),
    )
    alone = substitution_load(
        load[1:], is_peak[1:], old[1:], new[1:], substitution=-0.09698, daily=-0.01607
    )
    assert (after[1] == alone[0]).all()
    assert after[0, 0] != after[1, 0]


def test_a_rebate_counts_as_the_price_foregone():
    assert rebate_price(0.5, 2.0) == 2.5
