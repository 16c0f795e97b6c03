"""Batches in the lake: what the order of arrival and a replay leave alone, and derived tables."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ingest.batch import REGISTERS_READ, WEATHER_READ, Batch
from ingest.grid import to_grid
from ingest.lake import publish, writing
from ingest.merge import Arrival
from ingest.store import Stored, store
from queries.lake import lake_version, open_lake
from queries.schema import SLOTS, TABLES
from queries.scope import EVERYTHING

NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"  # its clocks change within the days below
COMPARED = (
    "energy_profiles",
    "energy_profiles_alternate",
    "daily_totals",
    "load_cubes",
    "completeness",
)
LAW = settings(
    deadline=None,
    max_examples=3,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)

slots = st.dictionaries(
    st.sampled_from([0, 1, 2, 22, 23]),
    st.tuples(st.integers(0, 9), st.sampled_from("AASEN")),
    min_size=1,
    max_size=3,
)
rows = st.tuples(
    st.sampled_from(["P1", "P2"]),
    st.sampled_from(["import", "import.2"]),
    st.sampled_from([date(2024, 3, 30), date(2024, 3, 31), date(2024, 4, 2)]),
    st.sampled_from([15, 30, 60]),
    st.sampled_from([None, NOON, NOON + timedelta(hours=1)]),
    slots,
)
histories = st.lists(st.lists(rows, min_size=1, max_size=4), min_size=2, max_size=4)


@pytest.fixture(scope="session")
def frame_of(day_row):
    def make(block):
        return pl.concat(
            day_row(
                {n: value for n, (value, _) in values.items()},
                point=point,
                channel=channel,
                day=day,
                interval=interval,
                issued=issued,
                letters={n: letter for n, (_, letter) in values.items()},
            )
            for point, channel, day, interval, issued, values in block
        )

    return make


def _tables(lake_settings):
    """What the order of arrival must not change; the issue time of every slot beside it."""
    untold = {"batch_id", "received_at", "slot_history", "profile_version"}
    with closing(open_lake(lake_settings, EVERYTHING)) as lake:
        frames = {}
        for name in COMPARED:
            frame = lake.table(name).pl()
            frame = frame.sort(list(TABLES[name].key))
            frames[name] = frame.drop(untold & set(frame.columns))
            if "slot_history" in frame.columns:
                grid = to_grid(frame)
                frames[f"{name}: issued"] = pl.from_numpy(np.where(grid.present, grid.issued, 0))
        return frames


def _assert_same(one, other):
    assert one.keys() == other.keys()
    for name, frame in one.items():
        assert_frame_equal(other[name], frame)


@given(history=histories, random=st.randoms(use_true_random=False))
@LAW
def test_arrival_order_is_irrelevant(new_lake, take, frame_of, history, random):
    frames = [frame_of(block) for block in history]
    in_order, shuffled = new_lake(zone_name=BERLIN), new_lake(zone_name=BERLIN)
    for frame in frames:
        take(in_order, frame)
    random.shuffle(frames)
    take(shuffled, *frames[:2])  # two blocks of one arrival
    for frame in frames[2:]:
        take(shuffled, frame)
    _assert_same(_tables(in_order), _tables(shuffled))


@given(history=histories)
@LAW
def test_a_batch_taken_again_changes_no_row(new_lake, take, frame_of, history):
    lake_settings = new_lake()
    frames = [frame_of(block) for block in history]
    for frame in frames:
        take(lake_settings, frame)
    before = lake_version(lake_settings)
    for frame in frames:
        stored = take(lake_settings, frame)
        assert (stored.new, stored.corrected) == (0, 0)
    assert lake_version(lake_settings) == before


@given(history=histories)
@LAW
def test_energy_stored_is_energy_in_every_derived_table(new_lake, take, frame_of, history):
    lake_settings = new_lake(zone_name=BERLIN)
    for block in history:
        take(lake_settings, frame_of(block))
    tables = _tables(lake_settings)
    profiles = tables["energy_profiles"]
    energy = profiles.select(pl.sum_horizontal(pl.col(SLOTS).sum())).item()
    present = profiles.select(pl.sum_horizontal(pl.col(SLOTS).count())).item()
    totals, cubes = tables["daily_totals"], tables["load_cubes"]
    assert totals["energy_wh"].sum() == energy
    assert (totals["actual_slots"] + totals["estimated_slots"]).sum() == present
    by_statistic = {
        name: cubes.filter(pl.col("statistic") == name) for name in ("sum", "maximum", "estimated")
    }
    assert by_statistic["sum"].select(pl.sum_horizontal(pl.col(SLOTS).sum())).item() == energy
    largest = profiles.select(pl.max_horizontal(pl.col(SLOTS).max())).item()
    maxima = by_statistic["maximum"].select(pl.max_horizontal(pl.col(SLOTS).max())).item()
    assert maxima == largest
    doubtful = sum(
        profiles.filter(pl.col("quality").str.slice(i, 1).is_in(["S", "E"]))[slot].sum()
        for i, slot in enumerate(SLOTS)
    )
    estimated = by_statistic["estimated"].select(pl.sum_horizontal(pl.col(SLOTS).sum())).item()
    assert (estimated or 0) == doubtful
    assert tables["completeness"]["actual_slots"].sum() == totals["actual_slots"].sum()


def test_two_blocks_of_one_arrival_share_a_day(new_lake, take, day_row):
    lake_settings = new_lake()
    stored = take(lake_settings, day_row({0: 5}), day_row({1: 6}))
    assert stored.new == 2
    assert _tables(lake_settings)["daily_totals"]["energy_wh"].to_list() == [11]


def test_an_unchanged_day_keeps_its_alternates(new_lake, take, day_row):
    lake_settings = new_lake()
    coarse, fine = day_row([60] * 24), day_row([15] * 96, interval=15)
    take(lake_settings, coarse)
    take(lake_settings, fine)
    other_day = day_row([30] * 48, interval=30, day=date(2024, 6, 4))
    take(lake_settings, pl.concat([coarse, other_day, other_day.with_columns(t0000=31)]))
    take(lake_settings, pl.concat([fine, day_row([1] * 24, day=date(2024, 6, 4))]))
    alternates = _tables(lake_settings)["energy_profiles_alternate"]
    assert alternates.select("service_date", "interval_minutes").rows() == [
        (date(2024, 6, 3), 60),
        (date(2024, 6, 4), 60),
    ]


def test_an_actual_reading_takes_the_estimated_part_out_of_the_cube(new_lake, take, day_row):
    lake_settings = new_lake()
    take(lake_settings, day_row({0: 5, 1: 6}, letters="E"))
    cubes = _tables(lake_settings)["load_cubes"]
    assert set(cubes["statistic"]) == {"sum", "maximum", "estimated"}
    assert cubes["missing_slots"].to_list() == [22] * 3
    take(lake_settings, day_row({0: 7, 1: 8}))
    cubes = _tables(lake_settings)["load_cubes"]
    assert set(cubes["statistic"]) == {"sum", "maximum"}


def test_registers_are_kept_best_first_whatever_comes_last(new_lake):
    lake_settings = new_lake()
    row = dict.fromkeys(REGISTERS_READ)
    row |= {
        "usage_point_id": "P1",
        "meter_id": "M1",
        "channel": "import",
        "register": "total",
        "service_date": date(2024, 6, 3),
        "read_at": datetime(2024, 6, 4, tzinfo=UTC),
    }
    for reading, quality in ((10, "E"), (12, "A"), (99, "E"), (12, "A")):
        registers = pl.DataFrame([{**row, "quality": quality}], schema=REGISTERS_READ).with_columns(
            pl.lit(reading).cast(REGISTERS_READ["reading_kwh"]).alias("reading_kwh")
        )
        with writing(lake_settings) as writer:
            store(writer, Batch(registers=registers), Arrival("b", NOON), Stored())
            publish(writer)
    with closing(open_lake(lake_settings, EVERYTHING)) as lake:
        shown = lake.sql("select reading_kwh::integer, quality from register_readings").fetchall()
    assert shown == [(12, "A")]


def test_measurements_keep_their_better_values(new_lake, day_row):
    lake_settings = new_lake()
    for value, letter in ((230.5, "E"), (231.5, "A"), (240.5, "E")):
        voltage = (
            day_row({0: 1}, letters=letter)
            .cast(dict.fromkeys(SLOTS, pl.Float32))
            .rename({"channel": "quantity"})
            .with_columns(pl.lit(value, pl.Float32).alias("t0000"), quantity=pl.lit("voltage_a_v"))
        )
        with writing(lake_settings) as writer:
            store(writer, Batch(measurements=voltage), Arrival("b", NOON), Stored())
            publish(writer)
    with closing(open_lake(lake_settings, EVERYTHING)) as lake:
        assert lake.sql("select t0000 from measurement_profiles").fetchall() == [(231.5,)]


def test_weather_taken_twice_stands_once_and_a_new_value_replaces_the_old(empty_settings):
    hour = datetime(2024, 7, 1, 4, tzinfo=UTC)
    observed = pl.DataFrame(
        {
            "region_id": ["north"],
            "valid_at": [hour],
            "issued_at": [None],
            "temperature_c": [31.5],
            "humidity_share": [0.6],
            "irradiance_w_per_m2": [800.0],
            "wind_m_per_s": [2.0],
        },
        schema=WEATHER_READ,
    )
    corrected = observed.with_columns(pl.lit(30.5).cast(pl.Float32).alias("temperature_c"))
    seen = []
    for number, rows in enumerate((observed, observed, corrected)):
        with writing(empty_settings) as writer:
            arrival = Arrival(f"b{number}", NOON + timedelta(hours=number))
            store(writer, Batch(weather=rows), arrival, Stored())
            publish(writer)
        with closing(open_lake(empty_settings, EVERYTHING)) as lake:
            seen.append(lake.sql("select temperature_c, batch_id from weather").fetchall())
    assert seen == [[(31.5, "b0")], [(31.5, "b0")], [(30.5, "b2")]]
