"""Register curves in the lake: their energy does not depend on what arrived when."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ingest.batch import POINTS_READ, REGISTERS_READ, Batch
from ingest.lake import append, publish, scan_table, writing
from ingest.merge import Arrival
from ingest.store import Stored, derive, store
from queries.schema import DAILY_TOTALS, ENERGY_PROFILES, METERS, SLOTS
from queries.settings import Settings
from tests.empty_lake import empty_lake

_DAY = date(2026, 3, 4)
_CAME = datetime(2026, 3, 6, 1, tzinfo=UTC)


def _points(day: date, shown: dict[int, float], minute: int = 0) -> Batch:
    row = dict.fromkeys(POINTS_READ) | {
        "usage_point_id": "P",
        "meter_id": "A",
        "channel": "import",
        "service_date": day,
        "interval_minutes": 15,
        "issued_at": _CAME + timedelta(minutes=minute),
    }
    values = {SLOTS[at]: round(kwh * 10_000) for at, kwh in shown.items()}
    return Batch(points=pl.DataFrame([row | values], schema=POINTS_READ))


def _freeze(day: date, kwh: str) -> Batch:
    """The freeze that closes ``day``, at 00:00 of the next one in China."""
    row = dict.fromkeys(REGISTERS_READ) | {
        "usage_point_id": "P",
        "meter_id": "A",
        "channel": "import",
        "register": "total",
        "service_date": day,
        "read_at": datetime(day.year, day.month, day.day, 16, tzinfo=UTC),
        "reading_kwh": Decimal(kwh),
        "quality": "A",
        "issued_at": _CAME,
    }
    return Batch(registers=pl.DataFrame([row], schema=REGISTERS_READ))


_ARRIVING = (
    _points(_DAY, {at: 100 + at / 4 for at in range(50)}),
    _points(_DAY, {at: 100 + at / 4 for at in range(50, 96)}, minute=1),
    _freeze(_DAY, "124.00"),
    _points(_DAY + timedelta(days=1), {1: 124.25}, minute=2),
)


@pytest.fixture
def lake(tmp_path):
    settings = Settings(data=tmp_path)
    empty_lake(settings)
    meter = dict.fromkeys(METERS.names) | {
        "meter_id": "A",
        "usage_point_id": "P",
        "current_ratio": 40.0,
        "voltage_ratio": 1.0,
        "register_digits": 6,
        "valid_from": date(2020, 1, 1),
        "known_from": _CAME,
    }
    with writing(settings) as writer:
        append(writer, METERS, pl.DataFrame([meter], schema=METERS.schema))
        publish(writer)
    return settings


def _arrive(settings: Settings, batches: list[Batch], *, apart: bool = True) -> Stored:
    stored = Stored()
    with writing(settings) as writer:
        for number, batch in enumerate(batches):
            moment = _CAME + timedelta(days=1, minutes=number)
            store(writer, batch, Arrival(f"b{number}", moment), stored)
            if apart:
                derive(writer, settings, stored)
        derive(writer, settings, stored)
        publish(writer)
    return stored


def _held(settings: Settings) -> pl.DataFrame:
    with writing(settings) as writer:
        rows = scan_table(writer, ENERGY_PROFILES).sort("service_date").collect()
    return rows.select("usage_point_id", "channel", "service_date", "interval_minutes", *SLOTS)


def test_a_day_of_points_becomes_energy_with_the_freeze_of_midnight(lake):
    _arrive(lake, list(_ARRIVING))
    held = _held(lake)
    assert held["service_date"].to_list() == [_DAY, _DAY + timedelta(days=1)]
    assert held.select(SLOTS).row(0) == (10_000,) * 96
    assert held.select(SLOTS).row(1)[:2] == (10_000, None)
    with writing(lake) as writer:
        totals = scan_table(writer, DAILY_TOTALS).sort("service_date").collect()
    assert totals["energy_wh"].to_list() == [960_000, 10_000]


@pytest.mark.parametrize("order", [*permutations(range(4))][::3])
def test_the_order_of_arrival_changes_no_energy(lake, order):
    _arrive(lake, [_ARRIVING[number] for number in order], apart=order[0] % 2 == 0)
    held = _held(lake)
    assert held.select(SLOTS).row(0) == (10_000,) * 96
    again = _arrive(lake, list(_ARRIVING))
    assert (again.new, again.corrected) == (0, 0)
    assert not again.changed
    assert_frame_equal(_held(lake), held)
