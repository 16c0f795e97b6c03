"""Standard time and wall time on the days on which clocks change."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from queries.derived.load_cubes import load_cubes
from queries.local_time import has_daylight_saving, local_profiles, standard_offset
from queries.schema import SLOTS

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2024, 3, 31), date(2024, 10, 27)


@pytest.fixture
def around(day_row):
    """Three whole days around ``day`` in which the slot n holds n Wh, or every hour 1 Wh."""

    def make(day, interval=15):
        values = range(96) if interval == 15 else [1] * 24
        days = (day + timedelta(days=step) for step in (-1, 0, 1))
        return pl.concat(day_row(list(values), day=d, interval=interval) for d in days)

    return make


def _of(local, day):
    return local.filter(pl.col("service_date") == day).sort(pl.col("t0200").is_null(), "due_slots")


def _present(rows):
    return rows.select(pl.sum_horizontal(pl.col(SLOTS).count())).item()


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_a_changed_clock_loses_and_invents_no_energy(around, day):
    profiles = around(day)
    local = local_profiles(profiles, BERLIN)
    total = pl.sum_horizontal(pl.col(SLOTS).sum())
    assert local.select(total).item() == profiles.select(total).item()
    assert _present(local) == _present(profiles)


def test_the_hour_that_spring_leaves_out_is_not_due(around):
    spring = _of(local_profiles(around(SPRING), BERLIN), SPRING)
    assert spring["due_slots"].to_list() == [92]
    assert _present(spring) == 92
    assert spring.select(SLOTS[8:12]).row(0) == (None,) * 4
    assert spring.select("t0145", "t0300").row(0) == (7, 8)


def test_the_hour_that_comes_twice_in_autumn_is_summed_but_not_added_up_in_the_maximum(around):
    local = local_profiles(around(AUTUMN), BERLIN)
    autumn = local.filter(pl.col("service_date") == AUTUMN)
    assert autumn["due_slots"].sum() == 100
    assert _present(autumn) == 100
    # The first 02:00 is 01:00 standard time (slot 4), the second is 02:00 (slot 8).
    classes = pl.DataFrame({"service_date": [AUTUMN], "day_class": ["7"]})
    cubes = load_cubes(local, classes=classes, profile_version=0)
    by_statistic = dict(cubes.select("statistic", "t0200").iter_rows())
    assert by_statistic == {"sum": 4 + 8, "maximum": 8}
    assert set(cubes["missing_slots"]) == {0}
    assert set(cubes["days"]) == {1}


def test_hourly_meters_have_23_and_25_readings_on_those_days(around):
    for day, due in ((SPRING, 23), (AUTUMN, 25)):
        local = local_profiles(around(day, interval=60), BERLIN)
        assert local.filter(pl.col("service_date") == day)["due_slots"].sum() == due


def test_an_estimate_stays_an_estimate_in_wall_time(day_row):
    profiles = day_row([1] * 96, interval=15, day=date(2024, 7, 1), letters={0: "E"})
    local = local_profiles(profiles, BERLIN).filter(pl.col("service_date") == date(2024, 7, 1))
    quality = local["quality"][0]
    assert quality[4] == "E"
    assert quality[:4] == "NNNN"
    assert set(quality[5:]) == {"A"}


def test_china_has_no_daylight_saving_today_so_nothing_moves(around):
    profiles = around(SPRING)
    local = local_profiles(profiles, ZoneInfo("Asia/Shanghai"))
    assert local.drop("due_slots").equals(profiles.select(local.drop("due_slots").columns))
    assert set(local["due_slots"]) == {96}


def test_standard_offsets_know_no_summer():
    assert standard_offset(BERLIN, 2024) == timedelta(hours=1)
    assert standard_offset(ZoneInfo("Asia/Kathmandu"), 2024) == timedelta(hours=5, minutes=45)
    assert has_daylight_saving(BERLIN, 2024)
    assert not has_daylight_saving(ZoneInfo("Australia/Brisbane"), 2024)
