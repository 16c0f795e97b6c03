"""The contracted demand that would have cost least."""

from decimal import Decimal
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.billing.contract_value import best_contracts_kw
from queries.billing.tariff_model import ContractRule

RULE = ContractRule()


def best(maxima, capacity, rule=RULE, price_shares=1.0):
    [kw] = best_contracts_kw(
        np.array([maxima], float), np.array([capacity], float), rule, price_shares
    )
    return int(kw)


def cost(contract, maxima, capacity, rule=RULE, price_shares=None):
    """What the months bill together, month by month as the rule is written."""
    counted = max(Decimal(contract), capacity * rule.floor_share)
    shares = price_shares or [Decimal(1)] * len(maxima)
    return sum(
        share * (counted + rule.excess_times * max(maximum - rule.tolerated_share * counted, 0))
        for share, maximum in zip(shares, maxima, strict=True)
    )


def test_one_month_wants_the_contract_that_just_tolerates_its_maximum():
    # 1,060 / 1.05 = 1,009.52: 1,009 bills 1,009 + 2 × 0.55 = 1,010.10, 1,010 bills 1,010.
    assert best([1060], 1600) == 1010
    assert cost(1009, [1060], 1600) == Decimal("1010.10")
    assert cost(1000, [1060], 1600) == 1020  # dearer by ten than the best


def test_one_high_month_of_three_is_worth_its_excess():
    # 953: 3 × 953 + 2 × (1,060 − 1,000.65) = 2,977.70; 1,010, which tolerates all, bills 3,030.
    assert best([1000, 1000, 1060], 1600) == 953
    assert cost(953, [1000, 1000, 1060], 1600) == Decimal("2977.70")
    assert cost(952, [1000, 1000, 1060], 1600) == Decimal("2978.40")
    assert cost(1010, [1000, 1000, 1060], 1600) == 3030


def test_two_high_months_of_three_are_worth_the_contract():
    # From 953 on a kW more costs 3 and saves 2 × 1.05 in each of the two months above it: 4.2.
    assert best([1000, 1060, 1060], 1600) == 1009
    assert cost(1009, [1000, 1060, 1060], 1600) == Decimal("3029.20")  # 1,010: 3,030


def test_the_contract_does_not_go_below_40_per_cent_of_the_capacity():
    assert best([100, 200, 300], 1600) == 640
    assert (
        best([100, 200, 300], 1600, ContractRule(floor_share=Decimal(0))) == 191
    )  # 200 / 1.05 = 190.5


def test_a_floor_between_two_kilowatts_is_met_by_the_higher_one():
    assert best([0, 0, 0], 316) == 127  # 126.4


def test_a_load_that_stands_still_has_no_contract_but_the_floor():
    assert best([0, 0, 0], 0) == 0


def test_a_month_at_nine_tenths_of_the_price_counts_nine_tenths():
    # From 953 on a kW more costs 1.9, and saves 2.1 in the high month, 1.89 if that is reduced.
    high_is_cheap, high_is_full = [Decimal(1), Decimal("0.9")], [Decimal("0.9"), Decimal(1)]
    assert best([1000, 1060], 1600, price_shares=np.array([high_is_cheap], float)) == 953
    assert best([1000, 1060], 1600, price_shares=np.array([high_is_full], float)) == 1009
    assert cost(953, [1000, 1060], 1600, price_shares=high_is_cheap) == Decimal("1917.53")
    assert cost(1009, [1000, 1060], 1600, price_shares=high_is_cheap) == Decimal("1918.09")


def test_every_account_gets_its_own():
    maxima = np.array([[1000.0, 1000, 1060], [1000, 1060, 1060], [0, 0, 0]])
    found = best_contracts_kw(maxima, np.array([1600.0, 1600, 315]), RULE)
    assert found.tolist() == [953, 1009, 126]


RULES = st.builds(
    ContractRule,
    tolerated_share=st.sampled_from([Decimal(1), Decimal("1.05"), Decimal("1.2")]),
    excess_times=st.sampled_from([Decimal(1), Decimal(2), Decimal(3)]),
    floor_share=st.sampled_from([Decimal(0), Decimal("0.40"), Decimal("0.75")]),
)


@settings(deadline=None, max_examples=60)
@given(
    maxima=st.lists(st.decimals(0, 150, places=2), min_size=1, max_size=4),
    capacity=st.integers(0, 200),
    rule=RULES,
    data=st.data(),
)
def test_no_whole_kilowatt_from_the_floor_on_costs_less(maxima, capacity, rule, data):
    tenths = [Decimal("0.9"), Decimal(1)]
    shares = data.draw(
        st.lists(st.sampled_from(tenths), min_size=len(maxima), max_size=len(maxima))
    )
    floor = ceil(capacity * rule.floor_share)
    tried = range(floor, max(floor, 151) + 1)
    costs = {kw: cost(kw, maxima, capacity, rule, shares) for kw in tried}
    found = best(maxima, capacity, rule, np.array([shares], float))
    assert found >= floor
    assert costs[found] == pytest.approx(min(costs.values()), abs=Decimal("0.00001"))
    # Of equal ones the smallest: nobody signs more than is needed.
    assert found == min(kw for kw in tried if costs[kw] - min(costs.values()) < Decimal("0.000001"))
