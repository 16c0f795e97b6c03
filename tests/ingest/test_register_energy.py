"""Energy as the difference of registers, worked out by hand."""

from datetime import UTC, date, datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ingest.batch import PROFILES_READ
from ingest.register_energy import COUNTS_PER_KWH, READINGS_AT, register_energy
from queries.schema import METERS, REGISTER_PROFILES, SLOTS

_DAY, _NEXT = date(2026, 3, 4), date(2026, 3, 5)
_ISSUED = datetime(2026, 3, 5, 1, tzinfo=UTC)


def _points(rows: list[tuple[str, date, dict[int, float]]], interval: int = 15) -> pl.DataFrame:
    """Registers [kWh] by slot, of meters of the usage point P."""
    made = []
    for meter, day, shown in rows:
        row = dict.fromkeys(REGISTER_PROFILES.names) | {
            "usage_point_id": "P",
            "meter_id": meter,
            "channel": "import",
            "service_date": day,
            "interval_minutes": interval,
            "issued_at": _ISSUED,
            "received_at": _ISSUED,
        }
        made.append(row | {SLOTS[at]: round(v * COUNTS_PER_KWH) for at, v in shown.items()})
    return pl.DataFrame(made, schema=REGISTER_PROFILES.schema)


def _meters(*rows: tuple[str, float, date, date | None]) -> pl.DataFrame:
    made = [
        dict.fromkeys(METERS.names)
        | {
            "meter_id": meter,
            "usage_point_id": "P",
            "current_ratio": ratio,
            "voltage_ratio": 1.0,
            "register_digits": 6,
            "valid_from": first,
            "valid_to": until,
        }
        for meter, ratio, first, until in rows
    ]
    return pl.DataFrame(made, schema=METERS.schema)


_ONE = _meters(("A", 1.0, date(2020, 1, 1), None))
_DAYS = pl.DataFrame({"usage_point_id": ["P"], "channel": ["import"], "service_date": [_DAY]})
_NONE = READINGS_AT.to_frame()


def _read(meter: str, minute: float, kwh: float) -> dict:
    return {
        "usage_point_id": "P",
        "meter_id": meter,
        "channel": "import",
        "service_date": _DAY,
        "minute": minute,
        "counts": round(kwh * COUNTS_PER_KWH),
    }


def _energy(
    points: pl.DataFrame, readings: pl.DataFrame = _NONE, meters: pl.DataFrame = _ONE
) -> dict[str, int]:
    found = register_energy(points, readings, meters, _DAYS)
    assert found.schema == PROFILES_READ
    return {} if found.is_empty() else {s: v for s in SLOTS if (v := found[s][0]) is not None}


def test_a_slot_is_what_the_register_moved_and_the_last_one_needs_the_next_midnight():
    points = _points([("A", _DAY, {0: 10.0, 1: 10.25, 95: 30.0}), ("A", _NEXT, {0: 30.5})])
    assert _energy(points) == {"t0000": 250, "t2345": 500}


def test_the_freeze_of_midnight_stands_in_for_a_point_that_is_missing():
    points = _points([("A", _DAY, {1: 10.25, 95: 30.0})])
    frozen = pl.DataFrame([_read("A", 0, 10.0), _read("A", 1440, 30.5)], schema=READINGS_AT)
    assert _energy(points, frozen) == {"t0000": 250, "t2345": 500}


def test_an_hourly_meter_has_hourly_energy():
    points = _points([("A", _DAY, {0: 10.0, 4: 11.0, 8: 13.5})], interval=60)
    assert _energy(points) == {"t0000": 1000, "t0100": 2500}


def test_the_ratios_multiply_and_no_part_of_a_watt_hour_is_lost():
    points = _points([("A", _DAY, {at: 0.0001 * at for at in range(96)})])
    meters = _meters(("A", 3.0, date(2020, 1, 1), None))
    found = _energy(points, meters=meters)
    assert sum(found.values()) == 29  # 95 × 0.0001 kWh × 3 = 28.5 Wh


def test_a_register_that_rolls_over_goes_on_and_any_other_fall_is_held():
    rolled = _points([("A", _DAY, {0: 999_999.9, 1: 0.2})])
    assert _energy(rolled) == {"t0000": 300}
    fell = _points([("A", _DAY, {0: 500.0, 1: 400.0, 2: 400.5})])
    assert _energy(fell) == {"t0015": 500}


def test_a_ratio_holds_from_the_first_moment_of_its_day():
    meters = _meters(("A", 1.0, date(2020, 1, 1), _NEXT), ("A", 40.0, _NEXT, None))
    points = _points(
        [("A", _DAY, {95: 30.0}), ("A", _NEXT, {0: 30.5, 1: 31.0}), ("A", date(2026, 3, 6), {})]
    )
    assert _energy(points, meters=meters) == {"t2345": 500}
    days = _DAYS.with_columns(pl.lit(_NEXT).alias("service_date"))
    found = register_energy(points, _NONE, meters, days)
    assert found["t0000"].to_list() == [20_000]


def test_the_slot_of_an_exchange_is_what_both_meters_moved():
    # Taken off at 08:05 at 1000.30, its successor hung at 0.10 and showed 0.25 at 08:15.
    points = _points([("A", _DAY, {31: 999.0, 32: 1000.1}), ("B", _DAY, {33: 0.25, 34: 0.75})])
    meters = _meters(("A", 1.0, date(2020, 1, 1), _DAY), ("B", 1.0, _DAY, None))
    both = pl.DataFrame([_read("A", 485, 1000.3), _read("B", 485, 0.1)], schema=READINGS_AT)
    assert _energy(points, both, meters) == {"t0745": 1100, "t0800": 200 + 150, "t0815": 500}
    assert _energy(points, both[:1], meters) == {"t0745": 1100, "t0815": 500}


def test_an_exchange_on_the_quarter_of_an_hour_divides_two_slots():
    points = _points([("A", _DAY, {31: 999.0}), ("B", _DAY, {33: 0.25})])
    meters = _meters(("A", 1.0, date(2020, 1, 1), _DAY), ("B", 1.0, _DAY, None))
    both = pl.DataFrame([_read("A", 480, 1000.1), _read("B", 480, 0.1)], schema=READINGS_AT)
    assert _energy(points, both, meters) == {"t0745": 1100, "t0800": 150}


def test_energy_waits_for_a_meter_nobody_has_registered():
    assert _energy(_points([("X", _DAY, {0: 1.0, 1: 2.0})])) == {}


@given(
    st.lists(st.integers(0, 50_000), min_size=96, max_size=96),
    st.integers(0, 10**10 - 1),
    st.sampled_from([1.0, 15.0, 40.0, 8000.0]),
)
def test_a_whole_day_is_the_difference_of_its_midnights(moved, start, ratio):
    size = 10**6 * COUNTS_PER_KWH
    shown = [start]
    for one in moved:
        shown.append((shown[-1] + one) % size)
    points = _points([("A", _DAY, {}), ("A", _NEXT, {})])
    today = pl.DataFrame([shown[:96]], schema=dict.fromkeys(SLOTS, pl.Int64), orient="row")
    points = pl.concat(
        [
            points[:1].with_columns(today),
            points[1:].with_columns(pl.lit(shown[96], pl.Int64).alias(SLOTS[0])),
        ]
    )
    found = _energy(points, meters=_meters(("A", ratio, date(2020, 1, 1), None)))
    assert len(found) == 96
    assert abs(sum(found.values()) - sum(moved) * ratio / 10) < 1
