"""Hours, base and shape of days, worked out by hand."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.derived.daily_features import daily_features
from queries.lake import open_lake
from queries.schema import HOURS, SLOTS
from queries.scope import EVERYTHING

MONDAY = date(2024, 6, 3)


@pytest.fixture(scope="session")
def features_of(day_row):
    """The features of one day: ``features_of({0: 5}, interval=15)``."""

    def make(values, **day):
        rows = day_row(values, **day).with_columns(pl.lit("2024-06").alias("service_month"))
        return daily_features(rows, profile_version=7).rows(named=True)

    return make


def test_an_hour_is_the_sum_of_its_quarters_and_null_where_one_is_missing(features_of):
    [row] = features_of([*range(1, 9), 9, None, 9, 9], interval=15)
    assert (row["h00"], row["h01"], row["h02"], row["h03"]) == (10, 26, None, None)
    assert (row["hours_read"], row["base_wh"], row["shape_code"]) == (2, None, None)
    assert row["profile_version"] == 7


def test_what_was_read_of_an_hour_in_part_is_kept_beside_it(features_of):
    [row] = features_of([*range(1, 9), 9, None, 9, 9], interval=15)
    assert row["partial_wh"] == [None, None, 27, *[None] * 21]
    [whole] = features_of([5] * 24)
    assert whole["partial_wh"] == []


def test_of_a_spread_interval_up_to_midnight_the_hours_in_part_are_kept(features_of):
    [row] = features_of([None] * 15 + [9], interval=90)
    # 22:30 to midnight: half of hour 22, and all of 23.
    assert row["partial_wh"] == [*[None] * 22, 3, None]
    assert (row["h22"], row["h23"]) == (None, 6)


def test_base_is_the_mean_of_the_three_lowest_hours(features_of):
    values = [100] * 20 + [40, 10, 60, 200]
    [row] = features_of(values)
    assert (row["hours_read"], row["base_wh"]) == (24, round((10 + 40 + 60) / 3))


def test_a_shape_says_of_each_four_hours_whether_they_are_low_middle_or_high(features_of):
    # The mean is 100: 50 is low, 100 middle, 200 high.
    spans = [50, 50, 100, 150, 200, 50]
    [row] = features_of([value for value in spans for _ in range(4)])
    assert row["shape_code"] == int("001220", 3)
    [doubled] = features_of([2 * value for value in spans for _ in range(4)])
    assert doubled["shape_code"] == row["shape_code"], "a shape has no size"


def test_a_day_without_use_has_a_base_and_no_shape(features_of):
    [row] = features_of([0] * 24)
    assert (row["base_wh"], row["shape_code"]) == (0, None)


def test_an_interval_of_two_hours_is_spread_over_both(features_of):
    [row] = features_of([7] * 12, interval=120)
    assert (row["h00"], row["h01"]) in {(4, 3), (3, 4)}
    assert sum(row[hour] for hour in HOURS) == 84


def test_an_interval_of_two_hours_that_is_missing_leaves_both_hours_null(features_of):
    [row] = features_of([None, *[7] * 11], interval=120)
    assert (row["h00"], row["h01"], row["hours_read"]) == (None, None, 22)


def test_half_hours_make_hours(features_of):
    [row] = features_of([1, 2, 3, None], interval=30)
    assert (row["h00"], row["h01"]) == (3, None)


def test_reactive_energy_has_no_features_and_energy_fed_in_has(features_of):
    assert features_of({0: 5}, channel="reactive_import") == []
    assert [row["h00"] for row in features_of({0: 5}, channel="export.2")] == [5]


@settings(deadline=None, max_examples=30)
@given(
    values=st.lists(st.integers(0, 10**6), min_size=96, max_size=96),
    interval=st.sampled_from([15, 30, 45, 60, 90, 120, 180, 480, 1440]),
)
def test_the_hours_of_a_whole_day_add_up_to_its_energy(values, interval, features_of):
    intervals = 1440 // interval
    [row] = features_of(values[:intervals], interval=interval)
    assert row["hours_read"] == 24
    assert sum(row[hour] for hour in HOURS) == sum(values[:intervals])
    assert row["base_wh"] <= np.ceil(sum(values[:intervals]) / 24)


def test_what_arrives_in_any_order_makes_the_same_features(new_lake, take, day_row):
    early, late = day_row(dict.fromkeys(range(12), 9)), day_row(dict.fromkeys(range(12, 24), 4))
    corrected = day_row({3: 5})
    found = []
    for order in ((early, late, corrected), (late, corrected, early), (corrected, late, early)):
        lake_settings = new_lake()
        for rows in order:
            take(lake_settings, rows.with_columns(issued_at=_issued(rows)))
        lake = open_lake(lake_settings, EVERYTHING)
        found.append(lake.table("daily_features").pl().drop("profile_version"))
    assert found[0].equals(found[1])
    assert found[0].equals(found[2])
    assert found[0].select("h03", "h12", "hours_read").row(0) == (5, 4, 24)


def _issued(rows):
    """The one with a single value is the correction: issued last, whenever it comes."""
    moment = pl.datetime(2024, 7, 1, time_zone="UTC", time_unit="us")
    is_correction = rows.select(pl.sum_horizontal(pl.col(SLOTS).is_not_null())).item() == 1
    return moment + pl.duration(hours=int(is_correction))


def test_taking_the_same_again_changes_no_feature(new_lake, take, day_row):
    lake_settings = new_lake()
    take(lake_settings, day_row([1] * 24))
    before = open_lake(lake_settings, EVERYTHING).table("daily_features").pl()
    take(lake_settings, day_row([1] * 24))
    assert open_lake(lake_settings, EVERYTHING).table("daily_features").pl().equals(before)
