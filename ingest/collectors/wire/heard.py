"""What was heard of meters, before it becomes rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ingest.collection.exchange import Exchange
from ingest.collection.mqtt.found import Arrived
from ingest.collection.mqtt.profile import MqttProfile
from ingest.collection.wants import Meter


class Shown(NamedTuple):
    """A total register at an instant of its curve."""

    meter: Meter
    channel: str
    at: datetime  # local standard time, by the meter's own clock
    kwh: Decimal
    issued_at: datetime


class Frozen(NamedTuple):
    """A register as it was frozen."""

    meter: Meter
    channel: str
    register: str
    at: datetime  # local standard time at which it stood so
    kwh: Decimal
    issued_at: datetime


class Measured(NamedTuple):
    """A voltage, current, power … at an instant of its curve."""

    meter: Meter
    quantity: str
    at: datetime  # local standard time
    value: float
    issued_at: datetime


class Told(NamedTuple):
    """What a clock showed when it was read."""

    device: str  # meter_id, or the address of a terminal
    meter: Meter | None
    terminal: str | None
    at: datetime  # UTC, ours
    shown: datetime  # local standard time, by the device's clock
    protocol: str


class Counted(NamedTuple):
    """How many of its meters a terminal says it read in one run."""

    terminal: str
    part: int  # its task, or its port
    began: datetime  # local standard time, by the terminal's clock
    ended: datetime | None
    interval_minutes: int | None
    due: int
    read: int
    sent: int | None
    received: int | None
    protocol: str


@dataclass(slots=True)
class Heard:
    """Everything that a segment says, in the order in which it came.

    Attributes:
        zone: Of the service territory.
        meters: By communication address.
        points: By terminal address and number of its measuring point.
        messages: MQTT messages by collector, each with its line.
        profiles: How to read them.
        refused: Number of the line and why it was not taken.
        memory: What an answer needs of those before it, by whoever remembers it.
    """

    zone: ZoneInfo
    meters: dict[str, Meter] = field(default_factory=dict)
    points: dict[tuple[str, int], Meter] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    frozen: list[Frozen] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    messages: dict[str, list[Arrived]] = field(default_factory=dict)
    profiles: dict[str, list[MqttProfile]] = field(default_factory=dict)
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    memory: dict = field(default_factory=dict)
    line: int = 0

    def know(self, meter: Meter) -> None:
        """Take note of who a meter is."""
        self.meters[meter.address] = meter
        if meter.terminal is not None and meter.measuring_point is not None:
            self.points[meter.terminal, meter.measuring_point] = meter

    def refuse(self, reason: str, field: str = "answer") -> None:
        """Say why something on this line was not taken."""
        self.refused.append((self.line, field, reason))

    def meter_of(self, address: str | None) -> Meter | None:
        """The meter of an address, or a refusal."""
        meter = self.meters.get(address or "")
        if meter is None:
            self.refuse(
                f"meter {address} is in no collector's list; add it there with its usage point, "
                "then take this segment in again"
            )
        return meter

    def show(self, meter: Meter, channel: str, at: datetime, kwh: Decimal, one: Exchange) -> None:
        """A register of the curve; one between the meter's intervals is refused."""
        if self._is_on_grid(meter, at):
            self.shown.append(Shown(meter, channel, at, kwh, one.at))

    def measure(
        self, meter: Meter, quantity: str, at: datetime, value: float, one: Exchange
    ) -> None:
        """A measured value of the curve."""
        if self._is_on_grid(meter, at):
            self.measured.append(Measured(meter, quantity, at, value, one.at))

    def _is_on_grid(self, meter: Meter, at: datetime) -> bool:
        minutes = at.hour * 60 + at.minute
        if minutes % meter.interval_minutes == 0 and at.second == 0:
            return True
        self.refuse(
            f"meter {meter.address} shows {at}, which is not at a whole interval of "
            f"{meter.interval_minutes} min; its clock or its interval is wrong"
        )
        return False


PHASES = ("a", "b", "c")
ENERGY_CHANNELS: Mapping[int, str] = {
    1: "import",
    2: "export",
    3: "reactive_import",
    4: "reactive_export",
}
"""Channels by the number that protocols give a kind of energy: 1 forward active, 2 reverse active,
3 and 4 combined reactive 1 and 2, which the usual programme sets to what flows in and out."""
TARIFF_REGISTERS = ("total", "sharp", "peak", "flat", "valley", "deep_valley")
"""Registers in the order of a block: total, then tariffs 1, 2 … 尖峰平谷, with 深谷 fifth [M]."""
