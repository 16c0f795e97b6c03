from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.register_energy import READINGS_AT, register_energy
from ingest.simulated.field.curves import (
    household_wh,
    meters_of_profiles,
    plausible_meters,
    register_counts,
)
from ingest.simulated.field.meters import Cut, FieldMeter, Kept, with_cut
from ingest.simulated.field.truth import truth_energy, truth_freezes, truth_points
from queries.schema import ENERGY_PROFILES, METERS, REGISTER_PROFILES, SLOTS

MIDNIGHT = datetime(2025, 5, 31, 16, tzinfo=UTC)  # 1 June 00:00 in China
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


def a_meter(counts, **others):
    counts = np.asarray(counts, dtype=np.int64)
    return FieldMeter("000000000001", "U1", "M1", MIDNIGHT, {"import": counts}, **others)


def test_a_meter_shows_hundredths_of_a_kilowatt_hour_and_no_more():
    meter = a_meter([1_234_567, 1_234_667])  # 123.4567 and 123.4667 kWh
    assert [meter.register("import", MIDNIGHT + n * QUARTER) for n in (0, 1)] == [
        1_234_500,
        1_234_600,
    ]
    assert truth_points([meter])["counts"].to_list() == [1_234_500, 1_234_600]
    assert truth_points([meter], resolution=1)["counts"].to_list() == [1_234_567, 1_234_667]


def test_a_register_of_two_digits_rolls_over_at_100_kwh_and_no_energy_is_lost():
    meter = a_meter([999_900, 1_000_300], digits=2)  # 99.99 kWh, then 100.03
    assert truth_points([meter])["counts"].to_list() == [999_900, 300]
    assert truth_energy([meter])["energy_wh"].to_list() == [40]


def test_energy_is_what_the_register_moved_times_the_ratio():
    meter = a_meter(register_counts(np.array([1000, 500]), start_counts=0, ratio=20), ratio=20)
    # 1,000 Wh behind 20:1 move the register by 0.05 kWh; 500 Wh by 0.025, of which 0.02 shows.
    assert truth_points([meter])["counts"].to_list() == [0, 500, 700]
    assert truth_energy([meter])["energy_wh"].to_list() == [1000, 400]


def test_without_power_nothing_flows_and_there_is_no_record():
    flat = with_cut(
        a_meter(np.arange(0, 900, 100)), Cut(MIDNIGHT + 2 * QUARTER, MIDNIGHT + 4 * QUARTER)
    )
    assert truth_points([flat])["counts"].to_list() == [0, 100, 300, 400, 500, 600]
    assert [flat.kept(MIDNIGHT + n * QUARTER) for n in (1, 2, 4, 5)] == [
        Kept.WHOLE,
        Kept.NONE,
        Kept.NONE,
        Kept.WHOLE,
    ]
    starts = truth_energy([flat])["interval_start"].to_list()
    assert starts == [MIDNIGHT + n * QUARTER for n in (0, 5, 6, 7)]


def test_the_tariffs_add_up_to_the_total_but_for_what_is_not_shown():
    for meter in plausible_meters(10, begin=MIDNIGHT, days=3):
        total, *tariffs = meter.tariff_registers("import", meter.end)
        assert 0 <= total - sum(tariffs) <= 4 * 100


def test_a_day_ends_at_the_midnight_that_its_freeze_is_stamped_with():
    [meter] = plausible_meters(1, begin=MIDNIGHT, days=2)
    freezes = truth_freezes([meter])
    assert freezes["at"].to_list() == [MIDNIGHT + timedelta(days=n) for n in (1, 2)]
    points = truth_points([meter])
    assert freezes["counts"].to_list() == [points["counts"][96], points["counts"][192]]


def test_an_hourly_meter_has_a_record_each_hour():
    meter = a_meter(np.arange(97) * 100, interval_minutes=60)
    found = truth_points([meter])
    assert found["at"].to_list() == [MIDNIGHT + n * HOUR for n in range(25)]
    assert set(truth_energy([meter])["energy_wh"]) == {40}


def test_the_same_seed_gives_the_same_meters_whoever_else_there_is():
    few = plausible_meters(3, begin=MIDNIGHT, days=1, seed=4, first_number=5)
    many = plausible_meters(10, begin=MIDNIGHT, days=1, seed=4)
    assert truth_points(few).equals(truth_points(many[4:7]))


def test_households_use_a_plausible_amount_most_of_it_in_the_evening():
    energy = np.stack([household_wh(1, number, 30) for number in range(40)]).reshape(-1, 96)
    assert 3000 < energy.sum(axis=1).mean() < 20_000  # Wh a day
    assert energy[:, 72:88].sum() > energy[:, 0:16].sum() * 3  # 18:00 to 22:00, 00:00 to 04:00


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.integers(0, 3000), min_size=96, max_size=96),
    st.integers(0, 10**10),
    st.sampled_from([1, 20, 1500]),
)
def test_the_lake_would_derive_the_very_energy_that_the_truth_says(energy, start, ratio):
    """Of a whole day, from the points that the meter shows, over rollovers too."""
    counts = register_counts(np.array(energy), start_counts=start, ratio=ratio)
    meter = a_meter(counts, ratio=ratio)
    shown = truth_points([meter])["counts"].to_list()
    rows = [
        {
            **dict.fromkeys(REGISTER_PROFILES.names),
            "usage_point_id": "U1",
            "meter_id": "M1",
            "channel": "import",
            "service_date": date(2025, 6, 1) + timedelta(days=day),
            "interval_minutes": 15,
            "received_at": MIDNIGHT,
            **dict(zip(SLOTS, values, strict=False)),
        }
        for day, values in enumerate((shown[:96], shown[96:]))
    ]
    points = pl.DataFrame(rows, schema=REGISTER_PROFILES.schema)
    held = {
        "meter_id": "M1",
        "usage_point_id": "U1",
        "current_ratio": float(ratio),
        "register_digits": 6,
        "valid_from": date(2025, 1, 1),
    }
    meters = pl.DataFrame([held], schema=METERS.schema)
    days = points.select("usage_point_id", "channel", "service_date").head(1)
    found = register_energy(points, READINGS_AT.to_frame(), meters, days)
    expected = truth_energy([meter])
    assert [found[slot][0] for slot in SLOTS] == expected["energy_wh"].to_list()


def test_meters_of_day_profiles_move_as_the_profiles_say():
    day = {
        "usage_point_id": "U1",
        "channel": "import",
        "service_date": date(2025, 6, 1),
        "interval_minutes": 15,
        **dict.fromkeys(SLOTS, 100),
    }
    gap = {**day, "service_date": date(2025, 6, 3), "t0000": None}
    profiles = pl.DataFrame([day, gap], schema_overrides=ENERGY_PROFILES.schema, strict=False)
    register = pl.DataFrame(
        [
            {
                "meter_id": "M1",
                "usage_point_id": "U1",
                "current_ratio": 10.0,
                "interval_minutes": 15,
                "register_digits": 5,
            }
        ],
        schema=METERS.schema,
    )
    [meter] = meters_of_profiles(profiles, register, {"M1": "000000000009"}, start_counts=70_000)
    assert (meter.begin, meter.ratio, meter.digits) == (MIDNIGHT, 10, 5)
    # 9,600 Wh a day behind 10:1 are 0.96 kWh; the second day is missing, the third lacks a slot.
    stands = [int(meter.counts["import"][n]) for n in (0, 96, 192, 193, 288)]
    assert stands == [70_000, 79_600, 79_600, 79_600, 89_100]
