"""Portraits of a small town: made, kept, brought up to date, and seen by those they are of."""

from contextlib import closing
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ingest.portraits import Wanted, make_portraits
from queries.customers.portrait_rows import DAILY
from queries.customers.portraits import portraits
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope
from tests.customers.portrait_street import FIRST, LAST, days_of, home_wh, street_of


@pytest.fixture(scope="module")
def street(new_lake, register, take, day_row):
    return street_of(new_lake(), register, take, day_row)


def _portraits(lake_settings, scope=EVERYTHING, **asked):
    with closing(open_lake(lake_settings, scope, reads=("portraits",))) as lake:
        return portraits(lake, **asked)


def _row(lake_settings, point):
    return _portraits(lake_settings, area_kind="usage_point_id", area_id=point).row(0, named=True)


def test_a_home_is_portrayed_by_its_base_its_evening_and_its_absence(street):
    home = _row(street, "H03")
    assert (home["month"], home["first_day"], home["last_day"]) == (
        "2025-02",
        date(2024, 3, 1),
        LAST,
    )
    assert home["known_days"] == 365
    assert home["base_kw"] == pytest.approx(0.1)
    assert home["peak_kw"] == pytest.approx(1.05, abs=0.03)
    assert home["peak_at"].hour == 19 - 8, "seven in the evening of China is eleven in UTC"
    daily = 2.3 + 1.025
    assert home["annual_kwh"] == pytest.approx(365 * daily - 8 * 0.925, rel=0.02)
    assert home["load_factor_share"] == pytest.approx(daily / 24 / 1.05, rel=0.03)
    assert home["evening_share"] == pytest.approx((1.025 + 0.4) / daily, rel=0.02)
    assert home["festival_status"] == "vacant"
    assert home["regularity"] > 0.99
    assert home["shape_entropy_bits"] < 0.3, "but for the festival every day has one shape"
    assert home["longest_gap_days"] == 0
    assert (home["actual_share"], home["estimated_share"]) == (1.0, 0.0)


def test_a_shop_is_held_against_its_contract(street):
    shop = _row(street, "S")
    assert shop["power_factor"] == pytest.approx(0.8)
    assert shop["peak_kw"] == 12.0
    assert shop["peak_at"] == datetime(2024, 3, 1, 1, tzinfo=UTC), (
        "the first of equal ones, at nine"
    )
    assert shop["capacity_use_share"] == pytest.approx(12 / 0.8 / 30)
    assert shop["demand_use_share"] == pytest.approx(12 / 20)
    # It is open on holidays that are no weekends, and they count as rest days.
    assert shop["weekend_share"] < 0.1
    assert shop["base_kw"] == 0
    assert shop["coincidence_share"] == pytest.approx(1), "its load makes the district's peak"


def test_without_weather_a_portrait_says_so_and_still_compares_months(street):
    home = _row(street, "H00")
    assert home["response_status"] == "no_weather"
    assert home["heating_below_c"] is None
    assert home["trend_basis"] is None, "fourteen months are no two years"


def test_too_few_days_say_nothing_of_a_year(new_lake, take, day_row):
    lake_settings = new_lake()
    take(lake_settings, days_of(day_row, "P", home_wh(1)[:40]))
    made = make_portraits(lake_settings)
    assert made.usage_points == 1
    row = _row(lake_settings, "P")
    assert row["annual_kwh"] is None
    assert row["seasonality_share"] is None
    assert row["daily_kwh"] == pytest.approx(3.325, rel=0.01)
    assert row["response_status"] in {"few_days", "no_weather"}


def test_a_missing_hour_is_no_zero(new_lake, take, day_row):
    lake_settings = new_lake()
    wh = home_wh(1)[:60]
    wh[::2, 19] = np.nan  # the evening of every other day is lost
    take(lake_settings, days_of(day_row, "P", wh))
    make_portraits(lake_settings)
    row = _row(lake_settings, "P")
    assert row["evening_share"] == pytest.approx((1.025 + 0.4) / 3.325, rel=0.02)
    assert row["actual_share"] == pytest.approx(1 - 0.5 / 24)


def test_making_portraits_again_changes_nothing(street):
    before = _portraits(street)
    again = make_portraits(street)
    assert (again.months, again.fitted) == (0, 0)
    assert_frame_equal(_portraits(street), before)
    forced = make_portraits(street, Wanted(fits=True))
    assert forced.fitted == before.height
    assert_frame_equal(_portraits(street), before)


def test_a_new_day_works_out_its_month_alone_and_gives_what_all_at_once_gives(
    new_lake, take, day_row
):
    rows = days_of(day_row, "P", home_wh(3)[:70])
    bit_by_bit, at_once = new_lake(), new_lake()
    take(at_once, rows)
    take(bit_by_bit, rows[:68])
    assert make_portraits(bit_by_bit).months == 3
    take(bit_by_bit, rows[69:])  # the last day comes before the one before it
    take(bit_by_bit, rows[68:69])
    assert make_portraits(bit_by_bit).months == 1
    make_portraits(at_once)
    assert_frame_equal(_portraits(bit_by_bit).select(DAILY), _portraits(at_once).select(DAILY))
    make_portraits(bit_by_bit, Wanted(fits=True))
    assert_frame_equal(_portraits(bit_by_bit), _portraits(at_once))


def test_peers_are_the_class_of_the_district(street):
    with closing(open_lake(street, EVERYTHING)) as lake:
        peers = lake.table("portrait_peers").pl()
    assert set(peers["customer_class"]) == {"residential"}, "one shop is no group"
    annual = peers.filter(pl.col("feature") == "annual_kwh").row(0, named=True)
    own = _portraits(street).filter(pl.col("customer_class") == "residential")["annual_kwh"]
    assert annual["median"] == pytest.approx(own.median())
    assert annual["usage_points"] == 11


def test_a_customer_sees_the_own_portrait_and_what_is_usual(street):
    scope = Scope("c", "customer", customer_ids=frozenset({"C-H05"}))
    assert _portraits(street, scope)["usage_point_id"].to_list() == ["H05"]
    with closing(open_lake(street, scope)) as lake:
        assert lake.table("portrait_peers").pl().height > 0


def test_a_portrait_begins_with_its_customer(new_lake, register, take, day_row):
    lake_settings = new_lake()
    came = date(2024, 6, 15)
    register(
        lake_settings,
        usage_points=[
            {"usage_point_id": "P", "customer_id": "old", "valid_to": came},
            {"usage_point_id": "P", "customer_id": "new", "valid_from": came},
        ],
    )
    wh = home_wh(2)[:240]
    wh[: (came - FIRST).days] *= 50  # who was there before used fifty times as much
    take(lake_settings, days_of(day_row, "P", wh))
    make_portraits(lake_settings)
    row = _row(lake_settings, "P")
    assert (row["customer_id"], row["first_day"]) == ("new", came)
    assert row["peak_kw"] < 1.1
    assert row["daily_kwh"] == pytest.approx(3.325, rel=0.01)
