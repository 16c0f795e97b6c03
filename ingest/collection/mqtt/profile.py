"""The profile of an MQTT message: which topic, where its parts stand in the JSON, what they mean.

A profile is a TOML file::

    name = "readings"
    topic = "meters/+meter/readings"
    readings = "data[]"           # the way to the readings; without it the message is one
    meter = "+meter"              # the topic's part; or a path: "device.id", "$.header.meter"
    time = "ts"
    time_format = "epoch_ms"      # or "epoch_s", "iso" (default), or a strftime pattern
    clock = "standard"            # of times without offset: or "local", "utc"
    interval_minutes = 15         # or: interval = "period" (a path); without: the meter's own

    [[values]]
    path = "energy.import"        # a number, or an array: one value an interval from ``time`` on
    channel = "import"
    kind = "register"             # a curve of what the register showed; or "energy", of the
                                  # interval; or "freeze", the register as it was frozen
    unit = "kWh"

    [[values]]
    path = "u_a"
    measurement = "voltage_a_v"
    unit = "V"

Where each reading names its quantity, ``value_name = "obis"`` says where, and each of the
``[[values]]`` has the name it is for: ``name = "1.8.0"``.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as File

from ingest.batch import CollectorError
from ingest.collection.entries import choice, known_keys, optional, required, subtable
from ingest.collection.mqtt.path import (
    Path,
    ReadingsPath,
    TopicPattern,
    read_path,
    readings_path,
    topic_pattern,
)
from ingest.collection.mqtt.value_rule import ValueRule, value_rules
from ingest.local_time import CLOCKS
from queries.schema import QUALITIES, SLOT_MINUTES

_KEYS = (
    "name",
    "topic",
    "readings",
    "meter",
    "time",
    "time_format",
    "clock",
    "label",
    "freeze_time",
    "interval",
    "interval_minutes",
    "snap_seconds",
    "issued_at",
    "quality",
    "qualities",
    "value_name",
    "values",
)


@dataclass(frozen=True, slots=True)
class MqttProfile:
    """How to read one kind of message.

    Attributes:
        label: Which end of the interval the time of an energy names: ``start`` or ``end``.
        freeze_time: ``instant``: a freeze is stamped when it was taken, D+1 00:00 for day D;
            ``day``: it is stamped with the day D that it closes.
        interval: Where its minutes stand; None: see ``interval_minutes``.
        interval_minutes: None: as the meter's.
        snap_seconds: A clock so far beside a quarter of an hour means that quarter.
        issued_at: When the source issued the value, by which corrections are ordered; None: unsaid.
        qualities: The source's word to ours.
        entries: What the file says, for whoever reads the messages again later.
    """

    name: str
    topic: TopicPattern
    readings: ReadingsPath
    meter: Path
    time: Path
    time_format: str
    clock: str
    label: str
    freeze_time: str
    interval: Path | None
    interval_minutes: int | None
    snap_seconds: int
    issued_at: Path | None
    quality: Path | None
    qualities: Mapping[str, str]
    value_name: Path | None
    values: tuple[ValueRule, ...]
    entries: Mapping[str, object] = field(compare=False)


def load_mqtt_profile(path: File) -> MqttProfile:
    """Read a profile from TOML.

    Raises:
        CollectorError: naming the file and the key that is wrong.
    """
    try:
        entries = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CollectorError(
            f"MQTT profile {path.name}: cannot be read ({error}). Expected a UTF-8 TOML file; "
            f"see the ones in data/collection/mqtt_profiles."
        ) from error
    return mqtt_profile({"name": path.stem, **entries}, path.name)


def mqtt_profile(table: Mapping[str, object], where: str) -> MqttProfile:
    """A checked profile from the entries of its TOML; ``where`` names the file in messages.

    Raises:
        CollectorError: naming ``where`` and the key that is wrong.
    """
    known_keys(table, _KEYS, where)
    topic = topic_pattern(required(table, "topic", where, "such as meters/+meter/readings"), where)
    readings = readings_path(
        optional(table, "readings", where, "a path") or "", f"{where}: 'readings'"
    )

    def path(key: str) -> Path | None:
        text = optional(table, key, where, "a path into the message")
        here = f"{where}: '{key}'"
        return None if text is None else read_path(text, here, topic, readings.depth)

    for key in ("meter", "time"):
        required(table, key, where, "a path into the message, or +name of a part of the topic")
    meter, time, value_name = path("meter"), path("time"), path("value_name")
    assert meter is not None and time is not None  # noqa: S101, PT018 - required above
    profile = MqttProfile(
        name=required(table, "name", where, "a name"),
        topic=topic,
        readings=readings,
        meter=meter,
        time=time,
        time_format=_time_format(table, where),
        clock=choice(table, "clock", where, CLOCKS, "standard"),
        label=choice(table, "label", where, ("start", "end"), "start"),
        freeze_time=choice(table, "freeze_time", where, ("instant", "day"), "instant"),
        interval=path("interval"),
        interval_minutes=_interval(table, where),
        snap_seconds=_within(table, "snap_seconds", where, 0, 60) or 0,
        issued_at=path("issued_at"),
        quality=path("quality"),
        qualities=_qualities(table, where),
        value_name=value_name,
        values=value_rules(table, where, topic, readings.depth),
        entries=dict(table),
    )
    if profile.interval is not None and profile.interval_minutes is not None:
        raise CollectorError(f"{where}: 'interval' and 'interval_minutes' contradict; keep one")
    if (profile.interval_minutes or SLOT_MINUTES) % SLOT_MINUTES and any(
        rule.kind == "energy" for rule in profile.values
    ):
        raise CollectorError(
            f"{where}: 'interval_minutes' is {profile.interval_minutes}, but energies of less than "
            "a quarter of an hour come in parts that no message holds together; expected a "
            'multiple of 15, or kind = "register"'
        )
    return profile


def _time_format(table: Mapping[str, object], where: str) -> str:
    form = optional(table, "time_format", where, "iso, epoch_s, epoch_ms or a strftime pattern")
    if form is None or form in ("iso", "epoch_s", "epoch_ms"):
        return form or "iso"
    if "%" not in form:
        raise CollectorError(
            f"{where}: 'time_format' is '{form}'; expected iso, epoch_s, epoch_ms or a strftime "
            "pattern such as %Y%m%d%H%M"
        )
    return form


def _within(table: Mapping[str, object], key: str, where: str, low: int, high: int) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise CollectorError(f"{where}: '{key}' is {value!r}; expected {low} to {high}")
    return value


def _interval(table: Mapping[str, object], where: str) -> int | None:
    minutes = _within(table, "interval_minutes", where, 1, 1440)
    if minutes is not None and 1440 % minutes:
        raise CollectorError(
            f"{where}: 'interval_minutes' is {minutes}; expected minutes that divide the day"
        )
    return minutes


def _qualities(table: Mapping[str, object], where: str) -> Mapping[str, str]:
    words = subtable(table, "qualities", where)
    for word, quality in words.items():
        if quality not in QUALITIES:
            raise CollectorError(
                f"{where}: 'qualities.{word}' is {quality!r}; "
                f"expected one of {', '.join(QUALITIES)}"
            )
    if words and "quality" not in table:
        raise CollectorError(f"{where}: 'quality' is missing; [qualities] says what it may say")
    return {word: str(quality) for word, quality in words.items()}
