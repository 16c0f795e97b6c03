"""What is still to be read of a meter."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What can be asked of a meter."""

    CURVE = "curve"  # 曲线: its total register at every interval
    FREEZE = "freeze"  # 日冻结: its registers at midnight
    CLOCK = "clock"  # its clock, beside ours


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter as the collection reaches it.

    Attributes:
        address: Its communication address, 12 digits.
        usage_point_id: Where it hangs.
        meter_id: Which meter of the register it is.
        terminal: Address of the terminal (集中器) that reads it; None: it is read directly.
        protocol: What the meter itself speaks: ``dlt645`` or ``dlt698``.
        interval_minutes: Of its curve.
        channels: Of CHANNELS, what it registers.
        measurements: Whether voltages, currents and powers are wanted beside energy.
        measuring_point: Number of the meter in its terminal (测量点号), which Q/GDW 376.1 asks for;
            None: unknown.
    """

    address: str
    usage_point_id: str
    meter_id: str
    terminal: str | None = None
    protocol: str = "dlt698"
    interval_minutes: int = 15
    channels: tuple[str, ...] = ("import",)
    measurements: bool = False
    measuring_point: int | None = None


@dataclass(frozen=True, slots=True)
class Want:
    """One thing that is missing of one meter.

    Attributes:
        meter: Whose.
        kind: What.
        first: The first instant wanted [UTC], included: of a curve the reading with which the gap
            begins, of a freeze the midnight at which the day ended.
        last: The last instant wanted [UTC], included.
    """

    meter: Meter
    kind: Kind
    first: datetime
    last: datetime
