"""The power-factor tables, number by number."""

from decimal import Decimal
from math import isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.billing.exact_arrays import Exacts
from queries.billing.power_factor import (
    STANDARDS,
    adjustment_rate_share,
    counted_reactive_kvarh,
    power_factor_hundredths,
)
from queries.billing.power_factor_pricing import factors_hundredths

ENERGY = st.integers(0, 10**9)
# Per cent by hundredths, as facts about (83)水电财字第215号 list them.
TABLES = {
    90: {
        100: "-0.75", 95: "-0.75", 94: "-0.6", 93: "-0.45", 92: "-0.3", 91: "-0.15", 90: "0",
        89: "0.5", 86: "2", 80: "5", 70: "10", 69: "11", 65: "15", 64: "17", 60: "25", 0: "145",
    },
    85: {
        100: "-1.1", 94: "-1.1", 93: "-0.95", 92: "-0.8", 91: "-0.65", 90: "-0.5", 86: "-0.1",
        85: "0", 84: "0.5", 80: "2.5", 65: "10", 64: "11", 60: "15", 59: "17",
    },
    80: {
        100: "-1.3", 92: "-1.3", 91: "-1.15", 90: "-1", 85: "-0.5", 81: "-0.1", 80: "0",
        79: "0.5", 60: "10", 59: "11", 55: "15", 54: "17",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("standard", "factor", "percent"),
    [(s, f, percent) for s, rows in TABLES.items() for f, percent in rows.items()],
)
def test_the_table(standard, factor, percent):
    assert adjustment_rate_share(standard, factor) * 100 == Decimal(percent)


def test_a_month_without_energy_has_no_factor():
    assert power_factor_hundredths(0, 0) is None


def test_half_a_hundredth_is_rounded_up_exactly():
    # 0.745 = 149 / 200: the reactive energy that gives it lies between two neighbouring integers.
    active, apparent = 149 * 10**20, 200 * 10**20
    reactive = isqrt(apparent**2 - active**2)
    assert power_factor_hundredths(active, reactive) == 75, "a trifle above 0.745"
    assert power_factor_hundredths(active, reactive + 1) == 74, "a trifle below, not in a float"
    # 3² + 4² = 5²: 0.6; 33² + 56² = 65²: 0.5077; 117² + 44² = 125²: 0.936
    assert [power_factor_hundredths(*pair) for pair in ((3, 4), (33, 56), (117, 44))] == [
        60,
        51,
        94,
    ]


def test_both_directions_of_reactive_energy_count():
    assert counted_reactive_kvarh(Decimal(400), Decimal(-350)) == Decimal(750)
    assert power_factor_hundredths(1000, counted_reactive_kvarh(Decimal(400), Decimal(350))) == 80


def test_only_active_energy_is_a_factor_of_one_and_only_reactive_of_zero():
    assert power_factor_hundredths(Decimal("0.01"), 0) == 100
    assert power_factor_hundredths(0, Decimal("0.01")) == 0


def test_what_no_table_knows_is_refused():
    with pytest.raises(ValueError, match="no table for the standard 95"):
        adjustment_rate_share(95, 90)
    with pytest.raises(ValueError, match="expected 0 to 100"):
        adjustment_rate_share(90, 101)
    with pytest.raises(ValueError, match="none below"):
        power_factor_hundredths(-1, 0)


@given(st.lists(st.tuples(ENERGY, ENERGY), min_size=1, max_size=20))
def test_factors_of_many_accounts_are_those_of_each(used):
    kwh, kvarh = (Exacts.of([pair[n] for pair in used]) for n in (0, 1))
    each = [power_factor_hundredths(*pair) for pair in used]
    assert factors_hundredths(kwh, kvarh).tolist() == [-1 if f is None else f for f in each]


@given(ENERGY, ENERGY)
def test_the_factor_lies_within_half_a_hundredth(active, reactive):
    factor = power_factor_hundredths(active, reactive)
    if factor is None:
        assert active == reactive == 0
        return
    apparent_squared = active**2 + reactive**2
    assert (200 * active) ** 2 >= max(2 * factor - 1, 0) ** 2 * apparent_squared
    assert (200 * active) ** 2 < (2 * factor + 1) ** 2 * apparent_squared


@given(ENERGY, ENERGY, st.sampled_from([Decimal("0.01"), Decimal(7), Decimal(800)]))
def test_the_unit_of_energy_changes_nothing(active, reactive, ratio):
    assert power_factor_hundredths(active, reactive) == power_factor_hundredths(
        active * ratio, reactive * ratio
    )


@given(st.sampled_from(STANDARDS), st.integers(0, 99))
def test_a_better_factor_never_costs_more(standard, factor):
    assert adjustment_rate_share(standard, factor + 1) <= adjustment_rate_share(standard, factor)


@given(st.sampled_from(STANDARDS), st.integers(1, 100))
def test_reward_and_penalty_meet_at_the_standard(standard, factor):
    rate = adjustment_rate_share(standard, factor)
    assert (rate > 0, rate == 0) == (factor < standard, factor == standard)
