"""A street of eight meters on one day: who was read in time, who late, who not at all."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import insert

from ingest.batch import CLOCKS_READ, COUNTS_READ, REGISTERS_READ, Batch
from ingest.lake import publish, writing
from ingest.merge import Arrival
from ingest.records.collection import note_terminals
from ingest.records.engine import SYSTEM, change, upgrade
from ingest.store import Stored, derive, store
from queries.records import COLLECTION_TASKS, as_text
from queries.settings import Settings

DAY = date(2024, 6, 3)
MIDNIGHT = datetime(2024, 6, 3, 16, tzinfo=UTC)
"""00:00 in Shanghai, which closes DAY."""
CUT_OFF = datetime(2024, 6, 4, 0, tzinfo=UTC)
"""08:00 in Shanghai on the day after."""
TAKEN_IN = datetime(2024, 6, 3, 20, tzinfo=UTC)
LIMITS = {"meter_limit_seconds": 60.0, "terminal_limit_seconds": 30.0}

_NOON = MIDNIGHT - timedelta(hours=12)


def street(settings: Settings, register: Callable) -> Settings:
    """Register, frozen registers, queue and clocks, taken into a lake of its own.

    Due on DAY are A, B and the check meter G in the north, C, D and the new H2 in the south; E is
    suspended, F closed, H1 taken down. In time came A, B (at the very cut-off) and G; C a minute
    late; of D there is an estimate, of H2 only what it showed when it was put up.
    """
    _register(settings, register)
    rows = [
        _frozen("P-A", "A", issued=CUT_OFF - timedelta(hours=7)),
        _frozen("P-A", "A", day=DAY - timedelta(days=1), issued=CUT_OFF - timedelta(hours=31)),
        _frozen("P-B", "B", issued=CUT_OFF),
        _frozen("P-C", "C", issued=CUT_OFF + timedelta(minutes=1)),
        _frozen("P-D", "D", issued=CUT_OFF - timedelta(hours=7), quality="E"),
        _frozen("P-E", "E", issued=CUT_OFF - timedelta(hours=7)),
        _frozen("P-F", "F", issued=CUT_OFF - timedelta(hours=7)),
        _frozen("P-G", "G", issued=None),
        _frozen("P-H", "H1", issued=CUT_OFF - timedelta(hours=7), read_at=_NOON),
        _frozen("P-H", "H2", issued=CUT_OFF - timedelta(hours=7), read_at=_NOON),
    ]
    clocks = [
        _clock("A", "P-A", 60.0),
        _clock("B", "P-B", -61.0),
        _clock("C", "P-C", 400.0, days_before=1),
        _clock("C", "P-C", 5.0),
        _clock("000000000001", None, -30.0),
        _clock("000000000002", None, 31.0),
    ]
    # Terminal 1 counts A and B in its daily task; its curves are another task. Terminal 2 counts at
    # two ports a meter more than hangs there; of the day before only a run without a plan is known.
    counts = [
        _count("000000000001", 1, due=2, read=2, every=1440),
        _count("000000000001", 2, due=2, read=1, every=15),
        _count("000000000002", 2, due=1, read=1, protocol="Q/GDW 376.1"),
        _count("000000000002", 31, due=2, read=1, protocol="Q/GDW 376.1"),
        _count("000000000001", 1, due=2, read=2, days_before=1),
    ]
    with writing(settings) as writer:
        batch = Batch(
            registers=pl.DataFrame(rows, schema=REGISTERS_READ, orient="row"),
            clocks=pl.DataFrame(clocks, schema=CLOCKS_READ, orient="row"),
            counts=pl.DataFrame(counts, schema=COUNTS_READ, orient="row"),
        )
        stored = Stored()
        store(writer, batch, Arrival("street", TAKEN_IN), stored)
        derive(writer, settings, stored)
        publish(writer)
    _queue(settings)
    return settings


def _register(settings: Settings, register: Callable) -> None:
    south = {"region_id": "south", "transformer_id": "T2"}
    north = {"region_id": "north", "transformer_id": "T1"}
    places: dict[str, dict[str, Any]] = {
        "A": {**north, "customer_id": "anna"},
        "B": {**north, "customer_id": "bert"},
        "C": south,
        "D": south,
        "E": {**south, "status": "suspended"},
        "F": {**south, "status": "closed"},
        "G": {**north, "metering_purpose": "check"},
        "H": south,
    }
    meters = [{"meter_id": name, "usage_point_id": f"P-{name}"} for name in "ABCDEFG"]
    meters += [
        {"meter_id": "H1", "usage_point_id": "P-H", "valid_to": DAY},
        {"meter_id": "H2", "usage_point_id": "P-H", "valid_from": DAY},
    ]
    register(
        settings,
        regions=[
            {"region_id": "city", "name": "市区", "name_en": "City"},
            {
                "region_id": "north",
                "name": "北所",
                "name_en": "North",
                "parent_region_id": "city",
            },
            {
                "region_id": "south",
                "name": "南所",
                "name_en": "South",
                "parent_region_id": "city",
            },
        ],
        transformers=[
            {"transformer_id": "T1", "name": "一号台区", "name_en": "Area one"},
            {"transformer_id": "T2", "name": "二号台区", "name_en": "Area two"},
        ],
        usage_points=[{"usage_point_id": f"P-{name}", **place} for name, place in places.items()],
        meters=meters,
    )


def _frozen(
    point: str,
    meter: str,
    *,
    issued: datetime | None,
    day: date = DAY,
    quality: str = "A",
    read_at: datetime | None = None,
) -> dict[str, Any]:
    closes = MIDNIGHT - timedelta(days=(DAY - day).days)
    return dict.fromkeys(REGISTERS_READ) | {
        "usage_point_id": point,
        "meter_id": meter,
        "channel": "import",
        "register": "total",
        "service_date": day,
        "read_at": read_at or closes,
        "reading_kwh": 100,
        "quality": quality,
        "issued_at": issued,
    }


def _clock(
    device: str, point: str | None, drift_seconds: float, *, days_before: int = 0
) -> dict[str, Any]:
    read_at = MIDNIGHT - timedelta(days=days_before, hours=6)
    return dict.fromkeys(CLOCKS_READ) | {
        "device_id": device,
        "kind": "meter" if point else "terminal",
        "usage_point_id": point,
        "terminal_id": None if point else device,
        "read_at": read_at,
        "service_date": DAY - timedelta(days=days_before),
        "device_time": read_at + timedelta(seconds=drift_seconds),
        "drift_seconds": drift_seconds,
        "protocol": "DL/T 645-2007",
    }


def _behind(meter: str) -> str:
    return "000000000001" if meter in "AB" else "000000000002"


def _count(
    terminal: str,
    part: int,
    *,
    due: int,
    read: int,
    every: int | None = None,
    protocol: str = "DL/T 698.45",
    days_before: int = 0,
) -> dict[str, Any]:
    began = MIDNIGHT + timedelta(minutes=5) - timedelta(days=days_before)
    return dict.fromkeys(COUNTS_READ) | {
        "terminal_id": terminal,
        "part_number": part,
        "service_date": DAY - timedelta(days=days_before),
        "interval_minutes": every,
        "started_at": began,
        "ended_at": began + timedelta(minutes=10),
        "due_meters": due,
        "read_meters": read,
        "protocol": protocol,
    }


def _queue(settings: Settings) -> None:
    """Terminal 1 reads A and B, terminal 2 reads C (a curve is missing) and D (given up)."""
    engine = upgrade(settings)
    tasks = [
        _task("A", "freeze", state="done", attempts=1),
        _task("B", "freeze", state="done", attempts=3),
        _task("C", "curve", state="open", attempts=2, wanted_hours=5),
        _task("D", "freeze", state="given_up", attempts=9, wanted_hours=50),
    ]
    with change(engine, SYSTEM, "test.queue", subject=("collector", "east")) as connection:
        connection.execute(insert(COLLECTION_TASKS), tasks)
    heard = {
        "000000000001": ("dlt698", True, CUT_OFF),
        "000000000002": ("gdw1376", False, None),
    }
    note_terminals(engine, SYSTEM, "east", heard)


def _task(
    meter: str, kind: str, *, state: str, attempts: int, wanted_hours: int = 1
) -> dict[str, Any]:
    failed = state != "done"
    return {
        "collector": "east",
        "address": f"00000000010{meter}",
        "kind": kind,
        "service_date": DAY.isoformat(),
        "usage_point_id": f"P-{meter}",
        "meter_id": meter,
        "terminal": _behind(meter),
        "protocol": "dlt645" if meter in "AC" else "dlt698",
        "wanted_at": as_text(CUT_OFF - timedelta(hours=wanted_hours)),
        "attempts": attempts,
        "attempted_at": as_text(CUT_OFF),
        "next_attempt_at": as_text(CUT_OFF + timedelta(hours=1)),
        "state": state,
        "reason": "timeout" if failed else None,
        "message": "no answer in 10 s" if failed else None,
        "done_at": None if failed else as_text(CUT_OFF),
    }
