"""Pilots: what was planted is found, and with the interval that was promised."""

import numpy as np
import pytest
import statsmodels.formula.api as smf
from pandas import DataFrame

from queries.demand.pilot_effect import Pilot, PilotError, pilot_effect
from tests.demand.planted_pilot import planted_pilot

CHANGE = -0.08


def test_two_customers_worked_out_by_hand_repeated_to_be_enough():
    # Everybody doubles with the season; the treated fall by a fifth besides.
    load = np.array([[1.0, 2.0 * 0.8], [3.0, 6.0]]).repeat(10, axis=0)
    found = pilot_effect(Pilot(load, np.array([True, False]).repeat(10), np.array([False, True])))
    assert found.change_share == pytest.approx(-0.2)
    assert (found.treated, found.control, found.left_out) == (10, 10, 0)


def test_with_holes_it_equals_a_regression_with_a_column_for_every_customer_and_day():
    pilot = planted_pilot(seed=5, change_share=CHANGE, customers=24, days=16, missing_share=0.15)
    found = pilot_effect(pilot)
    customer, day = np.nonzero(~np.isnan(pilot.load_kw))
    frame = DataFrame(
        {
            "y": np.log(pilot.load_kw[customer, day]),
            "customer": customer,
            "day": day,
            "policy": (pilot.is_treated[customer] & pilot.is_after[day]).astype(float),
        }
    )
    fit = smf.ols("y ~ policy + C(customer) + C(day)", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame["customer"]}
    )
    assert found.log_change == pytest.approx(fit.params["policy"], abs=1e-9)
    # statsmodels also takes a degree of freedom for each customer
    known, parameters = len(frame), len(fit.params)
    own = found.standard_error * np.sqrt((known - (parameters - 23)) / (known - parameters))
    assert own == pytest.approx(fit.bse["policy"], rel=1e-6)


def test_the_planted_response_lies_in_its_interval_as_often_as_promised():
    """The benchmark has a hundred seeds; of 40, fewer than 34 would be a chance of 1 %."""
    inside = 0
    for seed in range(40):
        found = pilot_effect(planted_pilot(seed, CHANGE, customers=80, days=40))
        inside += found.low_share <= CHANGE <= found.high_share
    assert inside >= 34


def test_a_pilot_that_changed_nothing_is_seldom_said_to_have_done_so():
    effects = [pilot_effect(planted_pilot(s, 0.0, customers=80, days=40)) for s in range(40)]
    claimed = sum(not e.low_share <= 0 <= e.high_share for e in effects)
    assert claimed <= 6


def test_who_was_read_only_before_is_left_out():
    pilot = planted_pilot(1, CHANGE, customers=60, days=20)
    pilot.load_kw[:3, pilot.is_after] = np.nan
    assert pilot_effect(pilot).left_out == 3


@pytest.mark.parametrize(
    ("is_treated", "is_after", "told"),
    [
        (np.arange(20) < 3, np.arange(4) > 1, "needed"),
        (np.arange(20) < 10, np.ones(4, bool), "times before"),
    ],
)
def test_a_pilot_too_small_is_refused(is_treated, is_after, told):
    with pytest.raises(PilotError, match=told):
        pilot_effect(Pilot(np.ones((20, 4)), is_treated, is_after))
