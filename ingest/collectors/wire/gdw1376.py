"""What answers of Q/GDW 1376.1 say: register curves, daily freezes, frames of 645 within."""

from datetime import datetime, timedelta
from decimal import Decimal

from ingest.collection.exchange import Exchange
from ingest.collection.wants import Meter
from ingest.collectors.wire import dlt645
from ingest.collectors.wire.heard import TARIFF_REGISTERS, Frozen, Heard
from ingest.collectors.wire.own_counts import hear_ports
from ingest.protocols.gdw1376.application import CLASS_1, FORWARD, parse_application
from ingest.protocols.gdw1376.forwarding import parse_forwarded
from ingest.protocols.gdw1376.frame import parse_frame
from ingest.protocols.gdw1376.payloads import OWN_COUNT
from ingest.protocols.gdw1376.units import DataUnit

PROTOCOL = "Q/GDW 376.1"
_HISTORY = 0x0D
CURVES = {101: "import", 102: "reactive_import", 103: "export", 104: "reactive_export"}
FREEZES = {161: "import", 162: "reactive_import", 163: "export", 164: "reactive_export"}
MEASURED = {
    **dict(zip((89, 90, 91), ("voltage_a_v", "voltage_b_v", "voltage_c_v"), strict=True)),
    **dict(zip((92, 93, 94), ("current_a_a", "current_b_a", "current_c_a"), strict=True)),
    81: "power_kw",
}


def hear(heard: Heard, one: Exchange) -> None:
    """Take what a frame says.

    A freeze is labelled with the day it closes, where DL/T 645 and 698.45 stamp the midnight after.

    Raises:
        FrameError: It is no valid frame, or its data are not as their layout wants.
    """
    link = parse_frame(one.answer)
    for unit in parse_application(link).units:
        if link.afn == FORWARD and unit.function == 1:
            inner = parse_forwarded(unit.rest, unit.offset, is_uplink=True)
            if inner.frame:
                dlt645.hear_forwarded(heard, inner.frame, one)
        elif link.afn == CLASS_1 and unit.function == OWN_COUNT:
            hear_ports(heard, unit, link.address, PROTOCOL)
        elif link.afn == _HISTORY and unit.values:
            _history(heard, link.address, unit, one)


def _history(heard: Heard, terminal: str, unit: DataUnit, one: Exchange) -> None:
    meter = heard.points.get((terminal, unit.point))
    if meter is None:
        heard.refuse(
            f"measuring point {unit.point} of terminal {terminal} is in no collector's list; add "
            "it there with its usage point, then take this segment in again"
        )
    elif unit.function in CURVES:
        if (channel := CURVES[unit.function]) in meter.channels:
            for at, kwh in _points(unit):
                heard.show(meter, channel, at, kwh, one)
    elif unit.function in MEASURED:
        if meter.measurements:
            for at, value in _points(unit):
                heard.measure(meter, MEASURED[unit.function], at, float(value), one)
    elif unit.function in FREEZES:
        _freeze(heard, meter, FREEZES[unit.function], unit, one)


def _points(unit: DataUnit) -> list[tuple[datetime, Decimal]]:
    first, minutes = unit.label, unit.interval_minutes
    if not isinstance(first, datetime) or not minutes:
        return []
    return [
        (first + timedelta(minutes=minutes * number), value)
        for number, value in enumerate(unit.values)
        if isinstance(value, Decimal)
    ]


def _freeze(heard: Heard, meter: Meter, channel: str, unit: DataUnit, one: Exchange) -> None:
    at = unit.closes_at
    if at is None:
        return
    if unit.is_read_too_early:
        heard.refuse(
            f"meter {meter.address}: a freeze labelled {unit.label} was read before that day had "
            "ended; the terminal labels otherwise, or its clock is wrong"
        )
        return
    for register, kwh in zip(TARIFF_REGISTERS, unit.values, strict=False):
        if isinstance(kwh, Decimal):
            heard.frozen.append(Frozen(meter, channel, register, at, kwh, one.at))
