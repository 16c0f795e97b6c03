"""How customers pay, and how likely the next bill comes late."""

from contextlib import closing
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from queries.customers.arrears_model import LEAST_BILLS, reliability
from queries.customers.arrears_reliability import arrears_reliability
from queries.customers.arrears_risk import arrears_risk
from queries.customers.payment_behaviour import payment_behaviour
from queries.customers.payment_bills import payment_bills
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.customers.payment_lake import paid, put_payments

# Seven bills, January to July 2024; that of July issues on 3 August and is due on the 18th.
AUGUST_10 = date(2024, 8, 10)


@pytest.fixture(scope="module")
def hand_made(new_lake):
    settings = new_lake()
    put_payments(
        settings,
        [
            *paid("punctual", [2, 4, 3, 5, 2, 3, None]),
            *paid("later and later", [1, 4, 8, 12, 16, 20, None]),
            *paid("never", [None] * 7),
            *paid("half", [5] * 7, share=0.5),
            *paid("new", [2, 40]),
        ],
    )
    with closing(open_lake(settings, EVERYTHING)) as lake:
        yield lake


def of(answer, customer):
    return answer.row(by_predicate=pl.col("customer_id") == customer, named=True)


def test_a_bill_that_may_still_be_paid_in_time_is_neither_late_nor_punctual(hand_made):
    bills = payment_bills(hand_made, as_of=AUGUST_10, customer_id="punctual")
    assert bills["is_late"].to_list() == [False] * 6 + [None]
    assert bills["delay_days"].to_list() == [2, 4, 3, 5, 2, 3, None]
    assert bills["open_cny"].to_list()[-1] == Decimal("100.00")
    assert bills["overdue_days"].null_count() == 7


def test_what_happened_later_is_not_known(hand_made):
    # On 20 March the bill of February, issued 3 March, is open; that of March is not issued.
    bills = payment_bills(hand_made, as_of=date(2024, 3, 4), customer_id="later and later")
    assert bills["bill_month"].to_list() == ["2024-01", "2024-02"]
    assert bills["settled_on"].to_list() == [date(2024, 2, 4), None]


def test_habits_and_arrears_by_age_as_worked_out_by_hand(hand_made):
    answer = payment_behaviour(hand_made, as_of=AUGUST_10)
    good, worse = of(answer, "punctual"), of(answer, "later and later")
    assert good["on_time_share"] == 1.0
    assert good["usual_delay_days"] == 3.0
    # 16 and 20 days are over 15: 4 of 6 in time; delays grow by about 3.8 a month
    assert worse["on_time_share"] == pytest.approx(4 / 6)
    assert worse["trend_days_per_year"] == pytest.approx(3.8 * 12, rel=0.03)
    never = of(answer, "never")
    # Due on 18 February, March, April, May (3 over 90 days?), June, July: on 10 August those of
    # 18 July are 23 days over, of 18 June 53, of 18 May 84, the three before more than 90.
    assert never["overdue_to_30_cny"] == Decimal(100)
    assert never["overdue_to_90_cny"] == Decimal(200)
    assert never["overdue_more_cny"] == Decimal(300)
    assert never["open_cny"] == Decimal(700)
    assert never["oldest_overdue_month"] == "2024-01"
    assert of(answer, "half")["overdue_cny"] == Decimal(300)


def test_a_customer_of_a_few_months_has_no_habit_yet(hand_made):
    answer = of(payment_behaviour(hand_made, as_of=AUGUST_10), "new")
    assert answer["why"] == "too_few_months"
    assert answer["on_time_share"] is None
    assert answer["usual_delay_days"] is None


def test_without_enough_late_bills_nobody_gets_a_probability(hand_made):
    answer = arrears_risk(hand_made, as_of=AUGUST_10)
    assert answer["late_probability_share"].null_count() == answer.height
    assert of(answer, "punctual")["why"] == "no_model"


@pytest.fixture(scope="module")
def drawn(new_lake):
    """300 accounts over 20 months, each with a probability of its own of paying after 25 days."""
    random = np.random.default_rng(7)
    settings, rows = new_lake(), []
    true = random.beta(0.6, 4.0, 300)
    for number, share in enumerate(true):
        late = random.random(20) < share
        rows += paid(f"C{number:03d}", [25 if one else 4 for one in late])
    put_payments(settings, [*rows, *paid("young", [3, 3, 3], first=date(2025, 6, 1))])
    with closing(open_lake(settings, EVERYTHING)) as lake:
        yield lake, true


SEPTEMBER_END = date(2025, 9, 30)


def test_probabilities_of_late_payment_come_true_as_often_as_they_say(drawn):
    lake, true = drawn
    answer = arrears_risk(lake, as_of=SEPTEMBER_END)
    known = answer.filter(pl.col("customer_id").str.starts_with("C")).sort("customer_id")
    share = known["late_probability_share"].to_numpy()
    assert share.mean() == pytest.approx(true.mean(), abs=0.03)
    assert np.abs(share - true).mean() < 0.07
    table = arrears_reliability(lake, as_of=SEPTEMBER_END)
    assert table["bills"].sum() == 900
    # Within three standard errors of a share of so many bills, class by class.
    error = (table["foretold_share"] * (1 - table["foretold_share"]) / table["bills"]).sqrt()
    assert ((table["foretold_share"] - table["late_share"]).abs() <= 3 * error + 0.01).all()


def test_too_few_months_give_no_probability_and_who_left_gets_no_next_bill(drawn):
    lake, _ = drawn
    young = of(arrears_risk(lake, as_of=SEPTEMBER_END), "young")
    assert young["bills_before"] < LEAST_BILLS
    assert (young["late_probability_share"], young["why"]) == (None, "too_few_months")
    later = arrears_risk(lake, as_of=date(2026, 3, 31))
    assert set(later["why"]) == {"no_recent_bill"}


def test_the_reliability_table_counts_every_bill_once():
    table = reliability(np.array([0.0, 0.01, 0.3, 0.31, 1.0]), np.array([0, 0, 1, 0, 1]))
    assert table["bills"].to_list() == [2, 2, 1]
    assert table["late_share"].to_list() == [0.0, 0.5, 1.0]
