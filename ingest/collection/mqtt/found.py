"""What is found in MQTT messages while they are read, and where it stood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ingest.collection.mqtt.path import ABSENT, Path, Scope
from ingest.collection.mqtt.profile import MqttProfile
from ingest.collection.wants import Meter
from ingest.day_rows import Freeze, Slot
from queries.local_time import standard_offset


class Arrived(NamedTuple):
    """A message as it is read.

    Attributes:
        topic: Its topic.
        payload: Its bytes.
        at: When it arrived [UTC]: nothing in it can be more than a day later; None: unknown.
        line: Where it is kept, for messages; None: unknown.
    """

    topic: str
    payload: bytes
    at: datetime | None = None
    line: int | None = None


class Refusal(NamedTuple):
    """Something that was not taken: where, why, and what stood there."""

    message: Arrived
    place: str
    reason: str
    stood: object = None


class Energy(NamedTuple):
    """Energy of an interval, and where it stood."""

    usage_point_id: str
    channel: str
    start: datetime
    interval_minutes: int
    energy_wh: float
    quality: str
    issued_at: datetime | None
    message: Arrived
    place: str


@dataclass(slots=True)
class Found:
    """What was found so far in any number of messages."""

    zone: ZoneInfo
    meters: Mapping[str, Meter]
    energies: list[Energy] = field(default_factory=list)
    points: list[Slot] = field(default_factory=list)
    measured: list[Slot] = field(default_factory=list)
    frozen: list[Freeze] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    offsets: dict[int, timedelta] = field(default_factory=dict)
    nearest: dict[tuple[datetime, int, int], datetime | None] = field(default_factory=dict)

    def standard(self, at: datetime) -> datetime:
        """An instant on the zone's standard clock, without zone."""
        if at.year not in self.offsets:
            self.offsets[at.year] = standard_offset(self.zone, at.year)
        return at.replace(tzinfo=None) + self.offsets[at.year]

    def snapped(self, at: datetime, minutes: int, allowed_seconds: int) -> datetime | None:
        """The nearest whole interval on the standard clock; None where ``at`` is not at one.

        It remembers: thousands of meters send the same quarter of an hour.
        """
        key = at, minutes, allowed_seconds
        if key not in self.nearest:
            local = self.standard(at)
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            step = timedelta(minutes=minutes)
            near = midnight + (local - midnight + step / 2) // step * step
            is_there = abs(near - local) <= timedelta(seconds=allowed_seconds)
            self.nearest[key] = near if is_there else None
        return self.nearest[key]

    def instant(self, standard: datetime, like: datetime) -> datetime:
        """The instant of a time on the standard clock, near another."""
        return standard.replace(tzinfo=like.tzinfo) - self.offsets[like.year]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one reading stands, and what reads it."""

    message: Arrived
    profile: MqttProfile
    read_time: Callable[[object], datetime | str]
    scope: Scope
    name: str

    def value(self, path: Path) -> object:
        """What stands at a path; None where nothing does."""
        found = path.find(self.scope)
        return None if found is ABSENT else found

    def refuse(self, found: Found, path: Path | None, reason: str, stood: object = None) -> None:
        """Say why what stands there was not taken."""
        name = self.name if path is None else path.text
        if path is not None and path.up == 0 and path.part is None and self.name:
            name = f"{self.name}.{path.text}"
        found.refused.append(Refusal(self.message, name, reason, stood))


class About(NamedTuple):
    """What holds for every value of a reading."""

    meter: Meter
    at: datetime
    interval_minutes: int
    quality: str
    issued_at: datetime | None
