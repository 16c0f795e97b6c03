"""Months that are cut by an installation, a change, a suspension."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.billing.demand_charge import InForce, months_in_force, quantity_months

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


def test_a_capacity_suspended_for_twelve_days_of_june_is_billed_for_eighteen_thirtieths():
    parts = [
        InForce(date(2024, 6, 1), date(2024, 6, 9), Decimal(315)),
        InForce(date(2024, 6, 10), date(2024, 6, 21), Decimal(0)),
        InForce(date(2024, 6, 22), date(2024, 6, 30), Decimal(315)),
    ]
    assert quantity_months(parts, JUNE) == 189  # 315 × 18 / 30


def test_twelve_days_of_july_leave_nineteen_days_of_a_thirtieth_or_of_a_thirty_first():
    parts = [InForce(date(2024, 7, 13), date(2024, 7, 31), Decimal(315))]
    by_thirtieth = quantity_months(parts, JULY)
    by_calendar = quantity_months(parts, JULY, "calendar")
    assert (by_thirtieth, by_calendar) == (Fraction(399, 2), Fraction(5985, 31))


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
