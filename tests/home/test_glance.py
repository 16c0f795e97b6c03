"""The latest day and its month at a glance."""

from datetime import date

import polars as pl
import pytest

from queries.home.glance import glance
from queries.home.recent_days import recent_days
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope
from queries.settings import Settings


def test_the_month_is_compared_with_the_same_days_of_the_month_before(sample_settings: Settings):
    lake = open_lake(sample_settings, EVERYTHING)
    now = glance(lake).row(0, named=True)
    days = recent_days(lake, days=61)
    is_december = pl.col("service_date") >= date(2016, 12, 1)
    december = days.filter(is_december).select(pl.col("energy_kwh").sum()).item()
    november = days.filter(~is_december).select(pl.col("energy_kwh").sum()).item()
    assert now["latest_day"] == date(2016, 12, 31)
    assert now["month_kwh"] == pytest.approx(december)
    assert now["month_change_share"] == pytest.approx((december - november) / november)
    assert now["compared_first_day"] == date(2016, 11, 1)
    assert now["compared_last_day"] == date(2016, 11, 30)


def test_a_point_that_only_gives_energy_counts_as_reporting(sample_settings: Settings):
    # MV4.101-G001 is a generator: it has no import channel in the sample
    now = glance(open_lake(sample_settings, EVERYTHING)).row(0, named=True)
    assert now["reading_points"] == now["registered_points"] == 7


def test_a_limited_scope_sees_its_own_register_only(sample_settings: Settings):
    scope = Scope("east", "planner", regions=frozenset({"east"}))
    now = glance(open_lake(sample_settings, scope)).row(0, named=True)
    assert now["registered_points"] == now["customers"] == 3
