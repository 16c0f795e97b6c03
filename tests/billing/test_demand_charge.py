"""Capacity, contract, maximum, and months that are cut."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.billing.demand_charge import (
    InForce,
    basic_charge_cny,
    contracted_demand,
    demand_price_share,
    months_in_force,
    quantity_months,
)

JUNE = (date(2024, 6, 1), date(2024, 6, 30))
JULY = (date(2024, 7, 1), date(2024, 7, 31))
KVA = st.decimals(0, 20_000, places=1)
MONTHS = st.builds(
    lambda year, month: (
        date(year, month, 1),
        date(year, month, monthrange(year, month)[1]),
    ),
    st.integers(2020, 2030),
    st.integers(1, 12),
)


def billed(contract, maximum, capacity=1600, **rule):
    return contracted_demand(
        contract_kw=Decimal(contract),
        maximum_kw=Decimal(maximum),
        capacity_kva=Decimal(capacity),
        **rule,
    )


def test_a_contract_of_1000_and_a_maximum_of_1060_are_billed_as_1020():
    demand = billed(1000, 1060)
    assert (demand.contract_kw, demand.excess_kw, demand.billed_kw) == (1000, 10, 1020)
    assert not demand.is_floor
    assert basic_charge_cny(demand.billed_kw, Decimal("40.8")) == Decimal("41616.00")


@pytest.mark.parametrize("maximum", [0, 400, 1000, 1050])
def test_up_to_105_per_cent_the_contract_is_billed(maximum):
    assert billed(1000, maximum).billed_kw == 1000


def test_a_contract_below_40_per_cent_of_the_capacity_counts_as_40_per_cent():
    demand = billed(500, 700)
    assert (demand.contract_kw, demand.is_floor) == (640, True)
    assert demand.billed_kw == 640 + 2 * (700 - 672)
    assert billed(500, 700, floor_share=Decimal(0)).billed_kw == 500 + 2 * 175


def test_demand_at_260_kwh_per_kva_costs_nine_tenths():
    for energy, share in ((81_900, "0.9"), ("81899.99", "1")):
        found = demand_price_share(energy_kwh=Decimal(energy), contracted_capacity_kva=Decimal(315))
        assert found == Decimal(share)
    amount = basic_charge_cny(1020, Decimal("40.8"), price_share=Decimal("0.9"))
    assert amount == Decimal("37454.40")


def test_a_capacity_suspended_for_twelve_days_of_june_is_billed_for_eighteen_thirtieths():
    parts = [
        InForce(date(2024, 6, 1), date(2024, 6, 9), Decimal(315)),
        InForce(date(2024, 6, 10), date(2024, 6, 21), Decimal(0)),
        InForce(date(2024, 6, 22), date(2024, 6, 30), Decimal(315)),
    ]
    assert quantity_months(parts, JUNE) == 189  # 315 × 18 / 30
    assert basic_charge_cny(quantity_months(parts, JUNE), Decimal("22.6")) == Decimal("4271.40")


def test_twelve_days_of_july_leave_nineteen_days_of_a_thirtieth_or_of_a_thirty_first():
    parts = [InForce(date(2024, 7, 13), date(2024, 7, 31), Decimal(315))]
    by_thirtieth = quantity_months(parts, JULY)
    by_calendar = quantity_months(parts, JULY, "calendar")
    assert (by_thirtieth, by_calendar) == (Fraction(399, 2), Fraction(5985, 31))
    price = Decimal("22.6")
    assert basic_charge_cny(by_thirtieth, price) == Decimal("4508.70")
    assert basic_charge_cny(by_calendar, price) == Decimal("4363.26")  # 4,363.258…


def test_a_transformer_added_in_june_is_billed_from_its_day_on():
    parts = [
        InForce(date(2024, 6, 1), date(2024, 6, 14), Decimal(315)),
        InForce(date(2024, 6, 15), date(2024, 6, 30), Decimal(630)),
    ]
    assert quantity_months(parts, JUNE) == 147 + 336


def test_a_month_of_31_days_with_a_change_is_31_thirtieths_by_the_letter():
    parts = [
        InForce(date(2024, 7, 1), date(2024, 7, 15), Decimal(300)),
        InForce(date(2024, 7, 16), date(2024, 7, 31), Decimal(600)),
    ]
    assert quantity_months(parts, JULY) == 150 + 320
    assert quantity_months(parts, JULY, "calendar") == Fraction(300 * 15 + 600 * 16, 31)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="none below zero"):
        billed(-1, 0)
    with pytest.raises(ValueError, match="expected above zero"):
        demand_price_share(energy_kwh=Decimal(1), contracted_capacity_kva=Decimal(0))
    with pytest.raises(ValueError, match="32 days of a month of 31"):
        months_in_force(32, 31)
    twice = [InForce(*days, Decimal(315)) for days in (JUNE, (JUNE[1], JUNE[1]))]
    with pytest.raises(ValueError, match="overlaps another part"):
        quantity_months(twice, JUNE)
    with pytest.raises(ValueError, match="does not fit the month"):
        quantity_months([InForce(*JULY, Decimal(315))], JUNE)


@given(MONTHS, KVA, st.sampled_from(["thirtieth", "calendar"]), st.integers(1, 30))
def test_a_whole_month_is_one_month_and_cutting_it_changes_nothing(month, kva, rule, day):
    assert quantity_months([InForce(month[0], month[1], kva)], month, rule) == Fraction(kva)
    cut = min(month[0] + timedelta(day), month[1])
    parts = [InForce(month[0], cut - timedelta(1), kva), InForce(cut, month[1], kva)]
    assert quantity_months(parts, month, rule) == Fraction(kva)


@given(MONTHS, KVA, KVA, st.integers(1, 27))
def test_by_calendar_days_parts_of_a_month_add_up(month, before, after, day):
    cut = month[0] + timedelta(day)
    parts = [InForce(month[0], cut - timedelta(1), before), InForce(cut, month[1], after)]
    found = quantity_months(parts, month, "calendar")
    each = sum(quantity_months([part], month, "calendar") for part in parts)
    assert found == each
    assert min(before, after) <= found <= max(before, after)


@given(KVA, KVA, KVA)
def test_the_billed_demand_is_never_below_the_contract_and_grows_with_the_maximum(
    contract, maximum, more
):
    demand = billed(contract, maximum)
    assert demand.billed_kw >= contract
    assert billed(contract, maximum + more).billed_kw >= demand.billed_kw
