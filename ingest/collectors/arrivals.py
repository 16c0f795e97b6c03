"""Segments of the spool: exchanges on the wire, into register curves, freezes and clocks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields as fields_of
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import (
    CLOCKS_READ,
    REJECTS,
    Batch,
    CollectorError,
    reject,
)
from ingest.collection.exchange import Exchange
from ingest.collection.mqtt.message import arrived, decode_messages
from ingest.collection.mqtt.profile import mqtt_profile
from ingest.collection.spool import HEADER
from ingest.collection.wants import Meter
from ingest.collectors.wire import dlt645, dlt698, gdw1376
from ingest.collectors.wire.heard import Heard, Measured, Shown
from ingest.collectors.wire.own_counts import counts
from ingest.day_rows import Freeze, Slot, freezes, measurement_days, register_days
from ingest.protocols.decoded import FrameError
from ingest.register_energy import COUNTS_PER_KWH
from queries.local_time import standard_offset
from queries.schema import SLOT_MINUTES

_LISTENERS = {"dlt645": dlt645.hear, "dlt698": dlt698.hear, "gdw1376": gdw1376.hear}
MQTT = "mqtt"
_METER_FIELDS = {one.name for one in fields_of(Meter)}


def is_arrivals(start: bytes) -> bool:
    """Whether a file that begins so is a segment."""
    return start.startswith(b'{"fenggu":"arrivals"')


def read(path: Path, zone: ZoneInfo) -> Iterator[Batch]:
    """Read a segment: a batch of what was asked, and one of each collector's messages.

    Raises:
        CollectorError: It is of another version.
    """
    heard = Heard(zone)
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            heard.line = number
            _take_line(heard, line)
    offset = _offsets(zone)
    yield Batch(
        points=_points(heard),
        registers=_registers(heard, offset),
        measurements=_measurements(heard),
        clocks=_clocks(heard, offset),
        counts=counts(heard, offset),
        rejects=_rejects(heard),
        position=path.stat().st_size,
    )
    for collector, messages in heard.messages.items():
        yield decode_messages(heard.profiles.get(collector, []), messages, zone, heard.meters)


def _take_line(heard: Heard, line: bytes) -> None:
    try:
        content = json.loads(line)
    except ValueError:
        heard.refuse(
            "the line is no JSON: the collector was stopped while it wrote. What it held was not "
            "acknowledged and is asked for again",
            "line",
        )
        return
    if "fenggu" in content:
        if content != HEADER:
            raise CollectorError(
                f"line {heard.line}: a segment of version {content.get('version')}; this Fenggu "
                f"reads {HEADER['version']}. Read it with the one that wrote it."
            )
    elif "profiles" in content:
        heard.profiles[content["collector"]] = [
            mqtt_profile(table, f"collector '{content['collector']}'")
            for table in content["profiles"]
        ]
    elif "meter" in content and isinstance(content["meter"], Mapping):
        known = {k: v for k, v in content["meter"].items() if k in _METER_FIELDS}
        heard.know(Meter(**{**known, "channels": tuple(known["channels"])}))
    elif "scalers" in content:
        dlt698.know_scalers(heard, content["address"], content["scalers"])
    else:
        _take_exchange(heard, content)


def _take_exchange(heard: Heard, content: Mapping) -> None:
    answer = bytes.fromhex(content["answer"])
    if sha256(answer).hexdigest() != content["sha256"]:
        heard.refuse("the bytes are not those that were kept: their SHA-256 is another", "sha256")
        return
    request = content["request"]
    one = Exchange(
        datetime.fromisoformat(content["at"]),
        content["source"],
        content["protocol"],
        content["meter"],
        bytes.fromhex(request) if request is not None else None,
        answer,
    )
    if one.protocol == MQTT:
        collector = one.source.partition("/")[0]
        heard.messages.setdefault(collector, []).append(arrived(one, heard.line))
        return
    listen = _LISTENERS.get(one.protocol)
    if listen is None:
        heard.refuse(
            f"protocol '{one.protocol}'; expected {', '.join([*_LISTENERS, MQTT])}", "protocol"
        )
        return
    try:
        listen(heard, one)
    except FrameError as error:
        heard.refuse(f"{one.source}: {error} (byte {error.offset})")


def _offsets(zone: ZoneInfo) -> dict[int, timedelta]:
    return {year: standard_offset(zone, year) for year in range(1990, 2100)}


def _utc(at: datetime, offset: Mapping[int, timedelta]) -> datetime:
    return (at - offset.get(at.year, timedelta())).replace(tzinfo=UTC)


def _points(heard: Heard) -> pl.DataFrame:
    return register_days(
        [
            _slot(one, one.meter.meter_id, one.channel, value=int(one.kwh * COUNTS_PER_KWH))
            for one in heard.shown
        ]
    )


def _measurements(heard: Heard) -> pl.DataFrame:
    return measurement_days([_slot(one, one.quantity, value=one.value) for one in heard.measured])


def _slot(one: Shown | Measured, *names: str, value: float) -> Slot:
    key = (
        one.meter.usage_point_id,
        *names,
        one.at.date(),
        one.meter.interval_minutes,
        one.issued_at,
    )
    return Slot(key, (one.at.hour * 60 + one.at.minute) // SLOT_MINUTES, "A", value)


def _registers(heard: Heard, offset: Mapping[int, timedelta]) -> pl.DataFrame:
    return freezes(
        [
            Freeze(
                one.meter.usage_point_id,
                one.meter.meter_id,
                one.channel,
                one.register,
                # A freeze of midnight closes the day before.
                (one.at - timedelta(microseconds=1)).date(),
                _utc(one.at, offset),
                one.kwh,
                "A",
                one.issued_at,
            )
            for one in heard.frozen
        ]
    )


def _clocks(heard: Heard, offset: Mapping[int, timedelta]) -> pl.DataFrame:
    rows = []
    for one in heard.told:
        shown = _utc(one.shown, offset)
        local = (one.at + offset[one.at.year]).replace(tzinfo=None)
        rows.append(
            {
                "device_id": one.device,
                "kind": "meter" if one.meter else "terminal",
                "usage_point_id": one.meter.usage_point_id if one.meter else None,
                "terminal_id": one.terminal,
                "read_at": one.at,
                "service_date": local.date(),
                "device_time": shown,
                "drift_seconds": (shown - one.at).total_seconds(),
                "protocol": one.protocol,
            }
        )
    return pl.DataFrame(rows, schema=CLOCKS_READ)


def _rejects(heard: Heard) -> pl.DataFrame:
    rows = [reject(reason, line=line, field=name) for line, name, reason in heard.refused]
    return pl.concat([REJECTS.to_frame(), *rows])
