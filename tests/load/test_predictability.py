"""What a plain forecast knows, and what it cannot know."""

from contextlib import closing
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from queries.lake import open_lake
from queries.load.predictability import predictability
from queries.scope import EVERYTHING

MONDAY = date(2024, 7, 1)  # eight weeks without a holiday
DAYS = 56
EIGHT_WEEKS = {"first_day": MONDAY, "last_day": MONDAY + timedelta(days=DAYS - 1)}
HOURLY = {**EIGHT_WEEKS, "step_minutes": 60}


def of(customer_class):
    return {"area_kind": "customer_class", "area_id": customer_class}


@pytest.fixture(scope="module")
def lake(new_lake, take, register, day_row):
    """Customers who live by the week, by chance, or otherwise from the last day on."""
    random = np.random.default_rng(11)
    weekly = random.integers(0, 3000, (7, 24))
    chance = random.exponential(1000, (16, DAYS, 24)).astype(int)
    rows = [
        day_row(values, point=point, day=MONDAY + timedelta(days=number))
        for number in range(DAYS)
        for point, values in (
            ("week", weekly[number % 7].tolist()),
            ("change", [2000 if number == DAYS - 1 else 1000] * 24),
            ("silent", [0] * 24),
            *((f"chance {n}", chance[n, number].tolist()) for n in range(16)),
        )
    ]
    settings = new_lake()
    register(
        settings,
        usage_points=[
            {"usage_point_id": point, "customer_class": point.split()[0]}
            for point in ("week", "change", "silent", *(f"chance {n}" for n in range(16)))
        ],
    )
    take(settings, pl.concat(rows))
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


def test_a_week_that_repeats_itself_is_known_though_it_has_zeros(lake):
    [row] = predictability(lake, **HOURLY, **of("week")).rows(named=True)
    assert row["tested_days"] == 28
    assert row["error_share"] == pytest.approx(0, abs=1e-6)
    assert row["week_before_error_share"] == pytest.approx(0, abs=1e-6)


def test_who_doubles_overnight_is_forecast_as_before(lake):
    # 55 days of 1 kW, then one of 2 kW: an error of 1 kW in 2 kW
    [row] = predictability(lake, **HOURLY, **of("change"), train_share=(DAYS - 1) / DAYS).rows(
        named=True
    )
    assert row["tested_days"] == 1
    assert row["error_share"] == pytest.approx(0.5)
    assert row["week_before_error_share"] == pytest.approx(0.5)


def test_pure_chance_is_forecast_by_its_mean(lake):
    one, many = predictability(
        lake, **HOURLY, **of("chance"), group_sizes=(1,), groups_of_each=16
    ).rows(named=True)
    # Of an exponential load the mean absolute deviation is 2/e of the mean; weights cost a little.
    assert one["error_share"] == pytest.approx(2 / np.e, rel=0.05)
    # Of two independent loads the mean absolute difference is the mean.
    assert one["week_before_error_share"] == pytest.approx(1, rel=0.05)
    # Errors of independent customers cancel as the root of their number: sixteen, a quarter; of a
    # sum that is nearly normal, sqrt(2/pi) of its standard deviation.
    assert many["group_size"] == 16
    assert many["error_share"] == pytest.approx(np.sqrt(2 / np.pi) / 4, rel=0.1)


def test_who_draws_nothing_cannot_be_scored(lake):
    [row] = predictability(lake, **HOURLY, **of("silent")).rows(named=True)
    assert (row["groups"], row["error_share"]) == (0, None)


def test_too_few_days_give_no_forecast(lake):
    few = {"first_day": MONDAY, "last_day": MONDAY + timedelta(days=9), "step_minutes": 60}
    [row] = predictability(lake, **few, **of("week")).rows(named=True)
    assert (row["groups"], row["error_share"]) == (0, None)


def test_where_nobody_reported_there_is_nothing_to_forecast(lake):
    assert predictability(lake, **HOURLY, **of("nobody")).is_empty()
