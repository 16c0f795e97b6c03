"""A tier year that began before the months asked about."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from queries.billing.lab import READS, laboratory, owed
from queries.billing.tariff_model import EnergyCharge, Rate, TierRule
from queries.billing.tier_resets import TierReset
from queries.billing.tier_use import counters_before
from queries.lake import open_lake
from queries.scope import EVERYTHING
from tests.billing.by_hand import tariff

MARCH = date(2024, 3, 1), date(2024, 3, 31)


def tiered(every: str, months: frozenset[int] = frozenset(range(1, 13)), start: int = 1):
    rates = (Rate((Decimal(1), Decimal(2)), None, (Decimal(700),)),)
    rule = TierRule(TierReset(every, start))  # type: ignore[arg-type]
    return tariff(EnergyCharge("energy", "retail", rates, tiers=rule, months=months))


@pytest.fixture
def lake(new_lake, register, take, day_row):
    """P1 takes 10 kWh a day from 1 January to 31 March."""
    settings = new_lake()
    register(settings, usage_points=[{"usage_point_id": "P1", "customer_id": "C1"}])
    day = day_row([10_000, *[0] * 23])
    days = [date(2024, 1, 1) + timedelta(n) for n in range(91)]
    take(settings, pl.concat(day.with_columns(service_date=pl.lit(d)) for d in days))
    return open_lake(settings, EVERYTHING, reads=READS)


@pytest.mark.parametrize(
    ("tried", "fen"),
    [
        # 600 kWh until the end of February: 100 of March's 310 are left of the first 700.
        (tiered("year"), 10_000 + 2 * 21_000),
        (tiered("quarter"), 10_000 + 2 * 21_000),
        (tiered("month"), 31_000),
        # Of the months that count, only February was before: 290 kWh.
        (tiered("year", frozenset({2, 3})), 31_000),
    ],
)
def test_tiers_go_on_where_the_months_before_left_them(lake, tried, fen):
    found = owed(laboratory(*MARCH, lake), tried, lake)
    assert found.total_fen.tolist() == [fen]
    assert found.warnings == ()


def test_where_the_lake_does_not_reach_back_it_is_said(lake):
    found = owed(laboratory(*MARCH, lake), tiered("year", start=12), lake)
    assert found.total_fen.tolist() == [10_000 + 2 * 21_000]
    assert "Tiers count since 2023-12-01" in found.warnings[0]


def test_only_periods_that_have_begun_are_counters():
    assert counters_before(tiered("year"), date(2024, 1, 1)) == set()
    every_month = frozenset(range(1, 13))
    assert counters_before(tiered("quarter"), date(2024, 5, 1)) == {(date(2024, 4, 1), every_month)}
