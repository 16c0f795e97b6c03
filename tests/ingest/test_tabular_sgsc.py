"""Fifty Australian households, half-hourly, with gaps, zeros and four days of clock change."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ingest.collectors.table.profile import shipped_profile
from ingest.collectors.tabular import read
from queries.schema import SLOTS

SYDNEY = ZoneInfo("Australia/Sydney")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def source(shared_data):
    return shared_data / "sgsc" / "sgsc_50_households.parquet"


@pytest.fixture(scope="module")
def half_hours(source):
    """The source with its interval starts, by plain arithmetic."""
    start = pl.col("reading_datetime").dt.offset_by("-30m")
    return pl.read_parquet(source).select(
        pl.col("customer_id").alias("usage_point_id"),
        start.dt.date().alias("service_date"),
        (pl.col("general_supply_kwh") * 1000).alias("energy_wh"),
    )


@pytest.fixture(scope="module")
def profiles(source):
    batches = list(read(source, shipped_profile("sgsc"), SYDNEY, now=NOW))
    assert sum(len(batch.rejects) for batch in batches) == 0
    return pl.concat([batch.profiles for batch in batches])


def test_every_household_day_has_the_energy_of_its_half_hours(profiles, half_hours):
    day = ["usage_point_id", "service_date"]
    stored = profiles.select(*day, pl.sum_horizontal(SLOTS).alias("stored"))
    both = half_hours.group_by(day).agg(pl.col("energy_wh").sum()).join(stored, on=day, how="full")
    assert both.null_count().sum_horizontal().item() == 0
    # A day's running total is rounded to whole watt-hours.
    assert both.select((pl.col("stored") - pl.col("energy_wh")).abs().max()).item() <= 0.5


def test_gaps_stay_gaps_and_zeros_stay_zeros(profiles, half_hours):
    per_household = profiles.group_by("usage_point_id").agg(
        pl.sum_horizontal(pl.col(SLOTS).is_not_null()).sum().alias("readings"),
        pl.sum_horizontal(pl.col(SLOTS) == 0).sum().alias("zeros"),
    )
    expected = half_hours.group_by("usage_point_id").agg(
        pl.len().alias("readings"), (pl.col("energy_wh") == 0).sum().alias("zeros")
    )
    both = expected.join(per_household, on="usage_point_id", suffix="_stored")
    assert len(both) == 50
    assert (both["readings"] == both["readings_stored"]).all()
    assert (both["zeros"] == both["zeros_stored"]).all()
    assert profiles["interval_minutes"].unique().to_list() == [30]


@pytest.mark.parametrize(
    "day", [date(2012, 4, 1), date(2012, 10, 7), date(2013, 4, 7), date(2013, 10, 6)]
)
def test_days_of_clock_change_have_the_half_hours_the_source_has(profiles, half_hours, day):
    counts = profiles.filter(pl.col("service_date") == day).select(
        "usage_point_id", stored=pl.sum_horizontal(pl.col(SLOTS).is_not_null())
    )
    expected = (
        half_hours.filter(pl.col("service_date") == day).group_by("usage_point_id").agg(pl.len())
    )
    both = expected.join(counts, on="usage_point_id", how="full")
    assert (both["len"] == both["stored"]).all()
    # Standard time: no such day is shorter or longer than 48 half hours.
    assert both["stored"].max() == 48


def test_the_same_households_by_csv(source, profiles, tmp_path):
    some = pl.read_parquet(source).filter(pl.col("customer_id").is_in(["10006414", "10018254"]))
    path = tmp_path / "sgsc.csv"
    some.write_csv(path, datetime_format="%Y-%m-%d %H:%M:%S")
    batches = list(read(path, shipped_profile("sgsc"), SYDNEY, now=NOW))
    from_csv = pl.concat([batch.profiles for batch in batches])
    wanted = profiles.filter(pl.col("usage_point_id").is_in(["10006414", "10018254"]))
    keys = ["usage_point_id", "service_date"]
    assert from_csv.sort(keys).equals(wanted.sort(keys))
