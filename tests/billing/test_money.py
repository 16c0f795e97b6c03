"""Fen that add up, and no float among them."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.billing.money import apportioned, rounded, unit_price

AMOUNTS = st.decimals(-1_000_000, 1_000_000, places=5)


def test_a_half_fen_is_rounded_up_and_a_credit_like_its_charge():
    assert rounded(Decimal("0.005"), 2) == Decimal("0.01")
    assert rounded(Decimal("-0.005"), 2) == Decimal("-0.01")
    assert rounded(Decimal("2.675"), 2) == Decimal("2.68"), "as a float it is 2.67499…"
    assert str(rounded(7, 2)) == "7.00"
    assert str(rounded(Decimal("-0.004"), 2)) == "0.00"


def test_the_price_is_rounded_before_the_quantity_meets_it():
    assert unit_price(Decimal("0.62345"), Decimal("1.7"), 4) == Decimal("1.0599")  # of 1.059865


def test_the_precision_of_the_decimal_context_changes_nothing():
    with localcontext(prec=4):
        assert rounded(Decimal("602839.495"), 2) == Decimal("602839.50")


@pytest.mark.parametrize("value", [0.1, True, "1", None])
def test_a_float_is_refused(value):
    with pytest.raises(TypeError, match="Read it as text"):
        rounded(value, 2)


@pytest.mark.parametrize("text", ["NaN", "Infinity"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="no number"):
        rounded(Decimal(text), 2)


def test_decimals_are_not_negative():
    with pytest.raises(ValueError, match="expected 0 or more"):
        rounded(Decimal(1), -1)


@given(AMOUNTS, st.integers(0, 4))
def test_rounding_agrees_with_the_decimal_module(value, decimals):
    assert rounded(value, decimals) == value.quantize(Decimal(10) ** -decimals, ROUND_HALF_UP)
    assert rounded(-value, decimals) == -rounded(value, decimals)


@given(
    st.integers(-100_000, 100_000),
    st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any),
)
def test_parts_add_up_and_none_is_off_by_a_whole_fen(fen, weights):
    total = Decimal(fen) / 100
    parts = apportioned(total, weights, 2)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(total) * weight / sum(weights)) < Fraction(1, 100)


def test_what_cannot_be_divided_is_refused():
    assert apportioned(0, [0, 0], 2) == (Decimal(0), Decimal(0))
    for total, weights in ((1, [0, 0]), (1, [2, -1]), (1, [])):
        with pytest.raises(ValueError, match="cannot divide"):
            apportioned(total, weights, 2)
    with pytest.raises(ValueError, match="Round it first"):
        apportioned(Decimal("0.001"), [1], 2)
