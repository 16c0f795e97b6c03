"""Series that remember and yet are keyed by the date."""

from datetime import date, timedelta

import numpy as np
import pytest

from ingest.simulated.surroundings.persistence import (
    daily_draws,
    first_of_month,
    month_number,
    monthly_draws,
    persistent,
)


def test_the_draws_of_a_date_do_not_depend_on_where_the_series_begins_or_ends():
    whole = daily_draws(1, "test", date(2023, 11, 1), 500, (2, 3))
    part = daily_draws(1, "test", date(2024, 2, 17), 30, (2, 3))
    skipped = (date(2024, 2, 17) - date(2023, 11, 1)).days
    assert (whole[skipped : skipped + 30] == part).all()
    first = month_number(date(2024, 2, 1))
    assert (
        monthly_draws(1, "test", first - 5, 9, 4)[5] == monthly_draws(1, "test", first, 1, 4)
    ).all()


def test_no_two_dates_purposes_or_seeds_share_their_draws():
    draws = daily_draws(1, "test", date(2024, 1, 1), 731, ())
    assert np.unique(draws).size == 731
    assert not np.isin(draws, daily_draws(2, "test", date(2024, 1, 1), 731, ())).any()
    assert not np.isin(draws, daily_draws(1, "other", date(2024, 1, 1), 731, ())).any()


def test_a_persistent_series_has_unit_variance_and_the_correlation_asked_for():
    series = persistent(np.random.default_rng(1).standard_normal(200_000), 0.75, 40)
    # 200,000 values of which about one in seven is new: the error of both is about 0.01.
    assert series.std() == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(series[1:], series[:-1])[0, 1] == pytest.approx(0.75, abs=0.01)


def test_a_persistent_value_worked_out_by_hand():
    # 1, 2, 3 at a half: 3 + 2 / 2 + 1 / 4 = 4.25, over the root of 1 + 1/4 + 1/16.
    series = persistent(np.array([1.0, 2.0, 3.0]), 0.5, 3)
    assert series == pytest.approx([4.25 / np.sqrt(1.3125)])


def test_months_are_counted_without_a_gap_over_new_year():
    december, january = month_number(date(2024, 12, 31)), month_number(date(2025, 1, 1))
    assert january == december + 1
    assert first_of_month(january) == date(2025, 1, 1)
    assert first_of_month(december) == date(2024, 12, 31) - timedelta(days=30)
