"""When tiers start again, and limits cut to the months in use."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.billing.tier_resets import TierReset, months_in_use, reset_period
from queries.billing.tiers import Allowance, Tiers, limits_of

GUIZHOU = Tiers(TierReset("year", start_month=12), (Decimal(3000), Decimal(4700)))
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
RESETS = st.builds(
    TierReset,
    st.sampled_from(["day", "month", "quarter", "year"]),
    st.integers(1, 12),
    st.integers(1, 31),
)


def test_a_limit_cut_to_months_is_rounded_to_whole_kwh():
    closed = Allowance(closed_on=date(2025, 6, 10))  # seven months of December to November
    period = reset_period(date(2025, 1, 1), GUIZHOU.reset)
    assert limits_of(GUIZHOU, period, closed) == (1750, 2742)  # 4,700 × 7 / 12 = 2,741.67


def test_tables_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="limits that do not fall"):
        Tiers(TierReset("year"), (Decimal(4800), Decimal(2880)))
    with pytest.raises(ValueError, match="limits that do not fall"):
        Tiers(TierReset("year"), (Decimal(-1),))
    with pytest.raises(ValueError, match="a month of 1 to 12"):
        TierReset("year", start_month=13)
    with pytest.raises(ValueError, match="do not rise"):
        TierReset("bill_cycle", cycle_starts=(date(2024, 2, 1), date(2024, 1, 1)))
    with pytest.raises(ValueError, match="no bill cycle holds 2024-02-01"):
        reset_period(
            date(2024, 2, 1),
            TierReset("bill_cycle", cycle_starts=(date(2024, 1, 1), date(2024, 2, 1))),
        )


@pytest.mark.parametrize(
    ("reset", "first", "last"),
    [
        (TierReset("year"), date(2024, 1, 1), date(2024, 12, 31)),
        (TierReset("year", 12), date(2023, 12, 1), date(2024, 11, 30)),
        (TierReset("year", 7, 15), date(2023, 7, 15), date(2024, 7, 14)),
        (TierReset("quarter", 12), date(2023, 12, 1), date(2024, 2, 29)),
        (TierReset("month", start_day=31), date(2024, 1, 31), date(2024, 2, 28)),
        (TierReset("day"), date(2024, 2, 28), date(2024, 2, 28)),
    ],
)
def test_the_reset_period_of_28_february_2024(reset, first, last):
    assert reset_period(date(2024, 2, 28), reset) == (first, last)


def test_months_in_use_run_with_the_period():
    year = (date(2024, 1, 1), date(2024, 12, 31))
    assert months_in_use(year) == 12
    assert months_in_use(year, closed_on=date(2024, 3, 1)) == 3
    assert months_in_use(year, opened_on=date(2025, 1, 1)) == 0
    shifted = (date(2023, 7, 15), date(2024, 7, 14))
    assert months_in_use(shifted, opened_on=date(2024, 5, 14)) == 3  # 15 April to 14 July
    assert months_in_use(shifted, opened_on=date(2024, 5, 15)) == 2


@given(DAYS, RESETS)
def test_every_day_lies_in_exactly_one_reset_period(day, reset):
    first, last = reset_period(day, reset)
    assert first <= day <= last
    assert reset_period(first, reset) == reset_period(last, reset) == (first, last)
    assert reset_period(last + timedelta(1), reset)[0] == last + timedelta(1)


@given(DAYS, st.integers(1, 12), st.integers(1, 28))
def test_an_account_that_moves_out_as_another_moves_in_shares_at_most_one_month(
    day, start_month, start_day
):
    period = reset_period(day, TierReset("year", start_month, start_day))
    before = months_in_use(period, closed_on=day)
    after = months_in_use(period, opened_on=day + timedelta(1))
    assert before + after in {12, 13}
