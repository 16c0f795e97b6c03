"""Frames of Q/GDW 1376.1 in the common shape of all protocols."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ingest.protocols.decoded import Decoded, Field, FrameError
from ingest.protocols.dlt645.decode import decode as decode_meter_frame
from ingest.protocols.gdw1376.application import (
    ACKNOWLEDGE,
    FORWARD,
    LINK,
    Application,
    parse_application,
)
from ingest.protocols.gdw1376.forwarding import parse_forwarded
from ingest.protocols.gdw1376.frame import Frame, parse_frame
from ingest.protocols.gdw1376.identifiers import EVERY_POINT, read_functions, read_points
from ingest.protocols.gdw1376.payloads import Column, Mark, Payload
from ingest.protocols.gdw1376.units import DataUnit, Reader

PROTOCOL = "Q/GDW 376.1"
_SERVICES = {
    0x00: "acknowledgement",
    0x01: "reset",
    0x02: "link",
    0x03: "relay station command",
    0x04: "set parameters",
    0x05: "control",
    0x06: "authentication",
    0x08: "request of a cascaded terminal",
    0x09: "terminal configuration",
    0x0A: "query parameters",
    0x0B: "task data",
    0x0C: "class 1 data",
    0x0D: "class 2 data",
    0x0E: "class 3 data (events)",
    0x0F: "file transfer",
    0x10: "data forwarding",
}
_OF_LINK = {1: "login", 2: "logout", 3: "heartbeat"}
_OF_ACKNOWLEDGE = {1: "all acknowledged", 2: "all denied", 3: "acknowledged unit by unit"}
_FROZEN = {Mark.DAY: "day", Mark.MONTH: "month"}


def decode(frame: bytes) -> Decoded:
    """Everything a frame says.

    The address is the region and the terminal in five decimal digits. Every unit begins with its
    measuring point (``DA``); values follow in the order of the frame, ``0D.F161.0`` being a total
    and ``0D.F161.1`` tariff 1 or, of a curve, the first point.

    Raises:
        FrameError: It is no valid frame, or its data are not as their layout wants.
    """
    link = parse_frame(frame)
    application = parse_application(link)
    return Decoded(
        PROTOCOL,
        "uplink" if link.is_uplink else "downlink",
        f"AFN {link.afn:02X} {_SERVICES.get(link.afn, 'unknown')}",
        link.address,
        tuple(_fields(link, application)),
        {"CS": True},
    )


def _fields(link: Frame, application: Application) -> Iterator[Field]:
    yield Field("MSA", "master station", link.master)
    yield Field("SEQ", "number of question and answer", link.number)
    if not (link.is_first and link.is_final):
        yield Field("FIR", "first frame of its message", link.is_first)
        yield Field("FIN", "last frame of its message", link.is_final)
    point = None
    for unit in application.units:
        if unit.point != point:
            point = unit.point
            yield Field("DA", _point_name(point), point)
        yield from _unit_fields(link, unit)
    if application.password is not None:
        yield Field("PW", "message authentication", application.password)
    if application.events is not None:
        yield Field("EC1", "counter of important events", application.events[0])
        yield Field("EC2", "counter of ordinary events", application.events[1])
    if application.tag is not None:
        yield Field("Tp.PFC", "counter of the frame that began", application.tag.counter)
        yield Field("Tp.sent", "day and time it was sent", application.tag.sent)
        yield Field("Tp.delay", "longest transmission", application.tag.minutes, "min")


def _point_name(point: int) -> str:
    if point == EVERY_POINT:
        return "every measuring point"
    return "measuring point" if point else "terminal itself"


def _unit_fields(link: Frame, unit: DataUnit) -> Iterator[Field]:
    prefix = f"{link.afn:02X}.F{unit.function}"
    if link.afn == ACKNOWLEDGE and unit.function in _OF_ACKNOWLEDGE:
        yield Field(prefix, "outcome", _OF_ACKNOWLEDGE[unit.function])
        yield from _acknowledged(prefix, unit)
    elif link.afn == FORWARD and unit.function == 1:
        yield from _forwarded(prefix, unit, is_uplink=link.is_uplink)
    elif unit.payload is None:
        yield _unexplained(link, prefix, unit)
    else:
        yield from _marks(prefix, unit)
        yield from _values(prefix, unit)


def _unexplained(link: Frame, prefix: str, unit: DataUnit) -> Field:
    """A unit without values, or one whose layout is not in the table."""
    if unit.rest:
        return Field(prefix, "data not decoded", unit.rest)
    if link.afn == LINK:
        return Field(prefix, _OF_LINK.get(unit.function, "link function"), value=True)
    return Field(prefix, "function without data", None)


def _acknowledged(prefix: str, unit: DataUnit) -> Iterator[Field]:
    """AFN acknowledged, then DA, DT and error of each of its units."""
    if not unit.rest:
        return
    reader = Reader(unit.rest, unit.offset)
    [afn] = reader.take(1, "the AFN acknowledged")
    yield Field(f"{prefix}.AFN", "function acknowledged", f"{afn:02X}")
    while reader.left:
        points = read_points(reader.take(2, "DA"), reader.offset - 2)
        functions = read_functions(reader.take(2, "DT"), reader.offset - 2)
        [error] = reader.take(1, "the error code")
        what = ", ".join(f"p{point} F{function}" for point in points for function in functions)
        yield Field(f"{prefix}.error", f"error of {what}", error)


def _forwarded(prefix: str, unit: DataUnit, *, is_uplink: bool) -> Iterator[Field]:
    inner = parse_forwarded(unit.rest, unit.offset, is_uplink=is_uplink)
    yield Field(f"{prefix}.port", "port of the terminal", inner.port)
    if inner.settings is not None:
        yield Field(f"{prefix}.settings", "settings of the line", f"{inner.settings:02X}")
        yield Field(f"{prefix}.wait", "longest wait for the answer", inner.wait_ms, "ms")
        yield Field(f"{prefix}.byte_wait", "longest wait for a byte", inner.byte_wait_ms, "ms")
    yield Field(f"{prefix}.frame", "frame forwarded", inner.frame or None)
    if not inner.frame:
        return
    try:
        meter = decode_meter_frame(inner.frame)
    except FrameError as error:
        yield Field(f"{prefix}.error", "the forwarded frame is not understood", str(error))
        return
    yield Field(f"{prefix}.protocol", "protocol of the forwarded frame", meter.protocol)
    yield Field(f"{prefix}.service", "service of the forwarded frame", meter.service)
    yield Field(f"{prefix}.address", "address of the meter", meter.address)
    yield from meter.fields


def _marks(prefix: str, unit: DataUnit) -> Iterator[Field]:
    payload = unit.payload
    if payload is None:
        return
    if payload.mark is Mark.CURVE:
        yield Field(f"{prefix}.first", f"{payload.name}: first point", unit.label)
        yield Field(f"{prefix}.interval", "interval", unit.interval_minutes, "min")
        yield Field(f"{prefix}.points", "number of points", unit.point_count)
    elif payload.mark in _FROZEN:
        word = _FROZEN[payload.mark]
        yield Field(
            f"{prefix}.{word}", f"{payload.name}: frozen at the end of the {word}", unit.label
        )
    if payload.has_read_time and unit.values:
        yield Field(f"{prefix}.read", "read by the terminal at", unit.read_at)


def _values(prefix: str, unit: DataUnit) -> Iterator[Field]:
    """Values with their names; a question has none, and says what it asks for."""
    payload = unit.payload
    if payload is None:
        return
    if not unit.values:
        if payload.mark is Mark.NONE:
            yield Field(prefix, f"{payload.name} asked for", None)
        return
    if payload.has_blocks:
        yield from _blocks(prefix, unit, payload)
        return
    of_each = sum(2 if column.occurs else 1 for column in payload.columns)
    times = len(unit.values) // of_each if unit.point_count is None else unit.point_count
    values = iter(unit.values)
    for number, column in enumerate(payload.columns, 1):
        base = prefix if len(payload.columns) == 1 else f"{prefix}.{number}"
        for at in range(times):
            identifier, name = _named(base, unit, column, at)
            yield Field(identifier, name, next(values), column.unit)
            if column.occurs:
                yield Field(f"{identifier}.time", f"{name}, occurred at", next(values))


def _blocks(prefix: str, unit: DataUnit, payload: Payload) -> Iterator[Field]:
    """``0C.F11.2.4`` is the fourth column of the second block."""
    size = len(payload.columns)
    for at, value in enumerate(unit.values):
        block, place = divmod(at, size)
        column = payload.columns[place]
        yield Field(f"{prefix}.{block + 1}.{place + 1}", column.name, value, column.unit)


def _named(base: str, unit: DataUnit, column: Column, at: int) -> tuple[str, str]:
    if unit.point_count is not None:
        name = column.name
        if isinstance(unit.label, datetime) and unit.interval_minutes:
            name += (
                f" at {unit.label + timedelta(minutes=unit.interval_minutes * at):%Y-%m-%d %H:%M}"
            )
        return f"{base}.{at + 1}", name
    if unit.payload is not None and unit.payload.has_tariffs:
        return f"{base}.{at}", f"{column.name}, {f'tariff {at}' if at else 'total'}"
    return base, column.name
