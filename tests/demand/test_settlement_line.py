"""Lines of a settlement by hand: every check of validity, what is confirmed, what is paid."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.demand.response_programme import Terms
from queries.demand.settlement_line import Called, Measured, settled_line
from queries.demand.settlement_pay import pay, time_factor

AFTERNOON = 15 * 60
TERMS = Terms()
AGREED = Called("opt_in", None, 10.0)


def hour(baseline, load, estimated=()):
    """One event hour from 15:00, four quarters."""
    is_estimated = np.array([place in estimated for place in range(4)])
    return Measured(
        np.array(baseline, dtype=float),
        np.array(load, dtype=float),
        is_estimated,
        AFTERNOON,
        AFTERNOON + 60,
    )


def test_a_reduction_is_the_mean_of_the_quarters_and_is_paid_by_the_kilowatt_hour():
    # baseline 50 40 50 40, load 40 31 37 32: mean 45 less 35; 10 kW for an hour at 3 CNY/kWh
    line = settled_line(hour([50, 40, 50, 40], [40, 31, 37, 32]), AGREED, TERMS)
    assert (line.outcome, line.reduction_kw) == ("paid", 10.0)
    assert (line.confirmed_kw, line.amount_cny) == (Decimal("10.000"), Decimal("30.00"))


def test_more_than_a_fifth_above_what_was_promised_is_not_paid():
    line = settled_line(hour([50] * 4, [35] * 4), AGREED, TERMS)
    assert (line.reduction_kw, line.confirmed_kw) == (15.0, Decimal("12.000"))
    assert line.amount_cny == Decimal("36.00")


def test_the_reply_counts_instead_of_what_was_agreed():
    # 6 kW are 60 % of the 10 agreed, yet all of a reply of 5, of which 120 % are confirmed
    six = hour([50] * 4, [44] * 4)
    assert settled_line(six, AGREED, TERMS).outcome == "too_small"
    replied = settled_line(six, Called("opt_in", 5.0, 10.0), TERMS)
    assert (replied.outcome, replied.confirmed_kw) == ("paid", Decimal("6.000"))


def test_eight_tenths_of_the_promise_are_enough_and_less_is_not():
    enough, less = (
        settled_line(hour([50] * 4, [50 - reduced] * 4), AGREED, TERMS) for reduced in (8, 7.99)
    )
    assert (enough.outcome, enough.amount_cny) == ("paid", Decimal("24.00"))
    assert (less.outcome, less.amount_cny) == ("too_small", Decimal("0.00"))
    [check] = [one for one in less.checks if one.code == "too_small"]
    assert (check.value, check.limit) == (pytest.approx(7.99), 8.0)


def test_one_quarter_above_the_baselines_highest_is_paid_nothing():
    # mean 50 less 38.25, but the last quarter is 51 above the baseline's 50
    peaked = hour([50] * 4, [34, 34, 34, 51])
    line = settled_line(peaked, AGREED, TERMS)
    assert (line.outcome, line.confirmed_kw) == ("above_baseline", Decimal("0.000"))
    lenient = Terms(must_stay_below_baseline=False)
    assert settled_line(peaked, AGREED, lenient).outcome == "paid"


def test_who_draws_more_than_usual_gets_nothing_and_owes_nothing():
    line = settled_line(hour([50] * 4, [55] * 4), Called(None, None, None), TERMS)
    assert (line.outcome, line.reduction_kw, line.amount_cny) == ("no_reduction", -5, 0)


def test_who_opted_out_gets_nothing_whatever_it_reduced():
    line = settled_line(hour([50] * 4, [40] * 4), Called("opt_out", None, 10.0), TERMS)
    assert (line.outcome, line.amount_cny) == ("opted_out", Decimal("0.00"))


def test_who_did_not_answer_takes_part_as_agreed():
    assert settled_line(hour([50] * 4, [40] * 4), Called(None, None, 10.0), TERMS).outcome == "paid"


def test_a_missing_quarter_makes_settlement_wait():
    line = settled_line(hour([50] * 4, [40, np.nan, 40, 40]), AGREED, TERMS)
    assert (line.outcome, line.missing_share) == ("waits_for_readings", 0.25)
    assert (line.reduction_kw, line.amount_cny) == (None, 0)


def test_estimates_are_borne_up_to_the_terms_share():
    one = hour([50] * 4, [40] * 4, estimated=(2,))
    assert settled_line(one, AGREED, TERMS).outcome == "waits_for_readings"
    assert settled_line(one, AGREED, Terms(most_estimated_share=0.25)).outcome == "paid"


def test_without_a_baseline_nothing_can_be_confirmed():
    assert settled_line(hour([np.nan] * 4, [40] * 4), AGREED, TERMS).outcome == "no_baseline"


def test_where_nothing_was_promised_all_that_was_reduced_counts():
    line = settled_line(hour([50] * 4, [20] * 4), Called(None, None, None), TERMS)
    assert (line.outcome, line.confirmed_kw) == ("paid", Decimal("30.000"))


def test_prices_by_kilowatt_and_kilowatt_hour_with_a_time_factor():
    """15:00–17:00 with 1.5 from 16:00 to 18:00: (1 + 1.5) / 2 = 1.25.

    8 kW × (5 CNY/kW + 2 CNY/kWh × 2 h) × 1.25 = 8 × 11.25 = 90.
    """
    terms = Terms(
        price_cny_per_kw=Decimal(5),
        price_cny_per_kwh=Decimal(2),
        time_factors=((16 * 60, 18 * 60, Decimal("1.5")),),
    )
    found = pay(8.0, terms, AFTERNOON, AFTERNOON + 120)
    assert (found.time_factor, found.unit_price_cny_per_kw) == (Decimal("1.25"), Decimal("11.25"))
    assert found.amount_cny == Decimal("90.00")


def test_the_confirmed_kilowatt_is_rounded_to_the_watt_and_the_amount_once_to_the_fen():
    # half a watt goes up though no float is exactly 1.0125; 1.013 × 3 = 3.039
    found = pay(1.0125, TERMS, AFTERNOON, AFTERNOON + 60)
    assert (found.confirmed_kw, found.amount_cny) == (Decimal("1.013"), Decimal("3.04"))


def test_of_two_factors_for_a_minute_the_first_counts():
    terms = Terms(time_factors=((0, 1440, Decimal(2)), (900, 960, Decimal(9))))
    assert time_factor(terms, 900, 960) == 2


LOADS = st.lists(st.floats(0, 500), min_size=4, max_size=4)
TERM = st.builds(
    Terms,
    price_cny_per_kw=st.decimals(0, 50, places=2),
    price_cny_per_kwh=st.decimals(0, 50, places=2),
    least_share=st.floats(0, 1),
    most_share=st.floats(1, 3),
    must_stay_below_baseline=st.booleans(),
)
CALLED = st.builds(
    Called,
    st.sampled_from(["opt_in", "opt_out", None]),
    st.none() | st.floats(0, 300),
    st.none() | st.floats(0.1, 300),
)


@settings(deadline=None, max_examples=150)
@given(LOADS, LOADS, CALLED, TERM)
def test_nobody_is_paid_below_nothing_or_above_the_cap(baseline, load, called, terms):
    line = settled_line(hour(baseline, load), called, terms)
    promised, reduced = called.promised_kw, max(line.reduction_kw or 0.0, 0.0)
    most = reduced if promised is None else min(reduced, terms.most_share * promised)
    price = terms.price_cny_per_kw + terms.price_cny_per_kwh  # an hour, no factors
    # half a watt of rounding up, then half a fen
    assert line.amount_cny >= 0
    assert float(line.amount_cny) <= (most + 0.0005) * float(price) + 0.005 + 1e-6
    if called.answer == "opt_out" or line.outcome != "paid":
        assert line.confirmed_kw == line.amount_cny == 0


@settings(deadline=None, max_examples=60)
@given(LOADS, CALLED, TERM)
def test_no_reduction_is_no_money(load, called, terms):
    assert settled_line(hour(load, load), called, terms).amount_cny == 0
