"""What the collection asks for: all that is due and missing, wherever in time it lies."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest

from ingest.batch import POINTS_READ, PROFILES_READ, REGISTERS_READ, Batch
from ingest.collection.gaps import missing
from ingest.collection.wants import Kind, Meter
from ingest.lake import append, publish, writing
from ingest.merge import Arrival
from ingest.store import Stored, derive, store
from queries.schema import METERS, SLOTS, USAGE_POINTS
from queries.settings import Settings
from tests.empty_lake import empty_lake

_METER = Meter("000000000121", "P", "A")
_DAY = date(2026, 3, 4)
_NOW = datetime(2026, 3, 5, 4, tzinfo=UTC)  # noon in China
_CAME = datetime(2026, 3, 5, 3, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path):
    settings = Settings(data=tmp_path)
    empty_lake(settings)
    return settings


def _arrive(settings: Settings, *batches: Batch) -> None:
    stored = Stored()
    with writing(settings) as writer:
        for batch in batches:
            store(writer, batch, Arrival("b", _CAME), stored)
        derive(writer, settings, stored)
        publish(writer)


def _register(settings: Settings, valid_from: date, status: str = "operating") -> None:
    meter = dict.fromkeys(METERS.names) | {
        "meter_id": "A",
        "usage_point_id": "P",
        "register_digits": 6,
        "valid_from": valid_from,
        "known_from": _CAME,
    }
    point = dict.fromkeys(USAGE_POINTS.names) | {
        "usage_point_id": "P",
        "status": status,
        "valid_from": valid_from,
        "known_from": _CAME,
    }
    with writing(settings) as writer:
        append(writer, METERS, pl.DataFrame([meter], schema=METERS.schema))
        append(writer, USAGE_POINTS, pl.DataFrame([point], schema=USAGE_POINTS.schema))
        publish(writer)


def _points(day: date, slots: list[int]) -> Batch:
    row = dict.fromkeys(POINTS_READ) | {
        "usage_point_id": "P",
        "meter_id": "A",
        "channel": "import",
        "service_date": day,
        "interval_minutes": 15,
        "issued_at": _CAME,
    }
    values = {SLOTS[at]: 1_000_000 + 100 * at for at in slots}
    return Batch(points=pl.DataFrame([row | values], schema=POINTS_READ))


def _energy(day: date, slots: list[int], quality: str | None = None) -> Batch:
    row = dict.fromkeys(PROFILES_READ) | {
        "usage_point_id": "P",
        "channel": "import",
        "service_date": day,
        "interval_minutes": 15,
        "quality": quality,
        "issued_at": _CAME,
    }
    return Batch(
        profiles=pl.DataFrame([row | {SLOTS[at]: 10 for at in slots}], schema=PROFILES_READ)
    )


def _freeze(reading: Decimal) -> Batch:
    row = dict.fromkeys(REGISTERS_READ) | {
        "usage_point_id": "P",
        "meter_id": "A",
        "channel": "import",
        "register": "total",
        "service_date": _DAY,
        "read_at": datetime(2026, 3, 4, 16, tzinfo=UTC),
        "reading_kwh": reading,
        "quality": "A",
        "issued_at": _CAME,
    }
    return Batch(registers=pl.DataFrame([row], schema=REGISTERS_READ))


def _wants(settings: Settings, kind: Kind, look_back_days: int = 1) -> list[tuple[str, ...]]:
    """First and last instant wanted, in China."""
    found = missing(
        settings,
        {_METER.address: _METER},
        now=_NOW,
        look_back_days=look_back_days,
        settle_minutes=20,
    )
    return [
        tuple((at + timedelta(hours=8)).strftime("%d %H:%M") for at in (one.first, one.last))
        for one in found
        if one.kind is kind
    ]


def test_of_a_meter_never_heard_of_everything_that_is_due_is_wanted(lake):
    assert _wants(lake, Kind.CURVE) == [("04 00:00", "05 00:00"), ("05 00:00", "05 11:30")]
    assert _wants(lake, Kind.FREEZE) == [("05 00:00", "05 00:00")]
    assert len(_wants(lake, Kind.CLOCK)) == 1


def test_a_gap_in_the_past_is_wanted_though_newer_readings_are_there(lake):
    _register(lake, date(2020, 1, 1))
    _arrive(lake, _points(_DAY, [*range(40), *range(48, 96)]), _points(_NOW.date(), [*range(47)]))
    assert _wants(lake, Kind.CURVE) == [("04 09:45", "04 12:00")]


def test_what_came_actual_in_a_file_is_not_asked_for_and_an_estimate_is(lake):
    _register(lake, date(2020, 1, 1))
    letters = "A" * 40 + "E" * 4 + "A" * 52
    _arrive(lake, _energy(_DAY, list(range(96)), letters), _energy(_NOW.date(), [*range(48)]))
    assert _wants(lake, Kind.CURVE) == [("04 10:00", "04 11:00")]


def test_a_freeze_is_no_point_of_the_curve_so_the_one_that_closes_the_day_is_still_wanted(lake):
    """Its energy is known by the freeze. Of a meter read to 1 Wh both say the same."""
    _register(lake, date(2020, 1, 1))
    _arrive(lake, _points(_DAY, [*range(96)]), _freeze(Decimal("1009.60")))
    assert _wants(lake, Kind.CURVE) == [("04 23:45", "05 00:00"), ("05 00:00", "05 11:30")]
    _arrive(lake, _points(_NOW.date(), [*range(47)]))
    assert _wants(lake, Kind.CURVE) == []


def test_points_whose_energy_waits_for_the_register_are_not_asked_for_again(lake):
    """Nobody has registered the meter: its ratios are unknown, its readings are there."""
    _arrive(lake, _points(_DAY, [*range(96)]), _points(_NOW.date(), [*range(48)]))
    assert _wants(lake, Kind.CURVE) == []


def test_a_meter_is_due_from_the_day_it_was_hung(lake):
    _register(lake, _NOW.date())
    assert _wants(lake, Kind.CURVE, 5) == [("05 00:00", "05 11:30")]


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_nothing_is_due_where_nothing_runs(lake, status):
    _register(lake, date(2020, 1, 1), status)
    assert _wants(lake, Kind.CURVE) == _wants(lake, Kind.FREEZE) == []


def test_a_freeze_that_is_there_is_not_wanted(lake):
    _arrive(lake, _freeze(Decimal("1.00")))
    assert _wants(lake, Kind.FREEZE, 2) == [("04 00:00", "04 00:00")]
    both = replace(_METER, channels=("import", "export"))
    found = missing(lake, {both.address: both}, now=_NOW, look_back_days=1, settle_minutes=20)
    assert [one.kind for one in found if one.kind is Kind.FREEZE] == [Kind.FREEZE]
