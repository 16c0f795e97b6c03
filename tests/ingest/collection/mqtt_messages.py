"""Profiles and messages for tests."""

import json
import tomllib
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import (
    MEASUREMENTS_READ,
    POINTS_READ,
    PROFILES_READ,
    REGISTERS_READ,
    REJECTS,
    Batch,
)
from ingest.collection.mqtt.found import Arrived
from ingest.collection.mqtt.message import decode_messages
from ingest.collection.mqtt.profile import MqttProfile, mqtt_profile
from ingest.collection.wants import Meter
from queries.schema import check

SHANGHAI = ZoneInfo("Asia/Shanghai")
TOPIC = "meters/000000000042/readings"
METERS = {
    "000000000042": Meter("000000000042", "P1", "M1"),
    "000000000043": Meter("000000000043", "P2", "M2", interval_minutes=60),
}
HEAD = """
topic = "meters/+meter/readings"
readings = "data[]"
meter = "+meter"
time = "t"
"""
IMPORT = """
[[values]]
path = "e"
channel = "import"
kind = "register"
unit = "kWh"
"""


def profile(*parts: str) -> MqttProfile:
    return mqtt_profile({"name": "test", **tomllib.loads("\n".join(parts))}, "test.toml")


def said(  # everything a collector may hand over is of the lake's form
    read_by: MqttProfile,
    *messages: object,
    topic: str = TOPIC,
    zone: ZoneInfo = SHANGHAI,
    at: datetime | None = None,
) -> Batch:
    payloads = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in messages]
    arrived = [Arrived(topic, payload, at, n) for n, payload in enumerate(payloads, start=1)]
    batch = decode_messages([read_by], arrived, zone, METERS)
    check("profiles", batch.profiles, PROFILES_READ)
    check("points", batch.points, POINTS_READ)
    check("registers", batch.registers, REGISTERS_READ)
    check("measurements", batch.measurements, MEASUREMENTS_READ)
    check("rejects", batch.rejects, REJECTS)
    return batch


def filled(frame: pl.DataFrame) -> list[dict[str, object]]:
    """Rows without their empty columns."""
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in frame.iter_rows(named=True)
    ]


def reasons(batch: Batch) -> list[tuple[str | None, str]]:
    return [(field, reason) for field, reason in batch.rejects.select("field", "reason").rows()]
