"""Values to octets: the inverse of ``reading`` and ``data``.

Writers raise ``ValueError`` for a value that does not fit its type, ``struct.error`` never.
"""

import struct
from collections.abc import Callable, Iterable

from ingest.protocols.dlt698.data import NUMBER_LAYOUTS
from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.values import (
    ADDRESSES,
    NUMBERS,
    TYPES,
    Bits,
    Column,
    Data,
    MeterSet,
    Region,
    Road,
    SelectAll,
    SelectEqual,
    SelectLast,
    SelectMoment,
    Selector,
    SelectRange,
    SelectRanges,
    SelectSpan,
    Sid,
    SidMac,
    Tag,
    Ti,
)


def pack(layout: str, *numbers: float | bytes) -> bytes:
    """``struct.pack``, saying which number does not fit."""
    try:
        return struct.pack(layout, *numbers)
    except (struct.error, OverflowError) as error:
        raise ValueError(f"{numbers} does not fit its type: {error}") from None


def write_length(length: int) -> bytes:
    """The shortest form of a length or count."""
    if length < 0x80:
        return bytes((length,))
    if length <= 0xFF:
        return bytes((0x81, length))
    return b"\x82" + pack(">H", length)


def write_octets(octets: bytes) -> bytes:
    """Length and octets."""
    return write_length(len(octets)) + octets


def write_many(parts: Iterable[bytes]) -> bytes:
    """Count and parts."""
    parts = list(parts)
    return write_length(len(parts)) + b"".join(parts)


def write_oad(oad: str) -> bytes:
    """The four octets of an OAD or OMD."""
    octets = bytes.fromhex(oad)
    if len(octets) != 4:
        raise ValueError(f"OAD '{oad}': expected 8 hexadecimal digits")
    return octets


def write_road(road: Road) -> bytes:
    """A record object and its columns."""
    return write_oad(road.oad) + write_many(map(write_oad, road.columns))


def write_column(column: Column) -> bytes:
    """A CSD."""
    return b"\x01" + write_road(column) if isinstance(column, Road) else b"\x00" + write_oad(column)


def write_columns(columns: Iterable[Column]) -> bytes:
    """An RCSD."""
    return write_many(map(write_column, columns))


def write_date_time(moment: DateTime) -> bytes:
    """Ten octets."""
    return pack(">H6BH", *moment)


def write_date_time_s(moment: DateTimeS) -> bytes:
    """Seven octets."""
    return pack(">H5B", *moment)


def write_ti(length: Ti) -> bytes:
    """Three octets."""
    return pack(">BH", *length)


def write_sid(sid: Sid) -> bytes:
    """Security identifier."""
    return pack(">I", sid.identifier) + write_octets(sid.attached)


def write_sid_mac(signed: SidMac) -> bytes:
    """Security identifier and code."""
    return write_sid(signed.sid) + write_octets(signed.mac)


def write_region(region: Region) -> bytes:
    """Kind of bounds, start and end."""
    return bytes((region.kind,)) + write_data(region.start) + write_data(region.end)


def write_meters(meters: MeterSet) -> bytes:
    """An MS."""
    if not meters.members and meters.choice < TYPES:
        return bytes((meters.choice,))
    writers: dict[int, Callable] = {
        TYPES: lambda number: pack(">B", number),
        ADDRESSES: write_octets,
        NUMBERS: lambda number: pack(">H", number),
    }
    write = writers.get(meters.choice, write_region)
    return bytes((meters.choice,)) + write_many(map(write, meters.members))


def write_selector(selector: Selector) -> bytes:
    """An RSD."""
    match selector:
        case SelectAll():
            octets = b"\x00"
        case SelectEqual(oad, value):
            octets = b"\x01" + write_oad(oad) + write_data(value)
        case SelectRange():
            octets = b"\x02" + _range(selector)
        case SelectRanges(ranges):
            octets = b"\x03" + write_many(map(_range, ranges))
        case SelectLast(back, meters):
            octets = pack(">BB", 9 if meters is None else 10, back)
            octets += b"" if meters is None else write_meters(meters)
        case SelectMoment(number, moment, meters):
            octets = bytes((number,)) + write_date_time_s(moment) + write_meters(meters)
        case SelectSpan(number, start, end, step, meters):
            octets = bytes((number,)) + write_date_time_s(start) + write_date_time_s(end)
            octets += write_ti(step) + write_meters(meters)
    return octets


def _range(rows: SelectRange) -> bytes:
    bounds = b"".join(map(write_data, (rows.start, rows.end, rows.step)))
    return write_oad(rows.oad) + bounds


def write_data(data: Data) -> bytes:
    """A tag and its value."""
    return bytes((data.tag,)) + _WRITERS[data.tag](data.value)


def _bits(bits: Bits) -> bytes:
    if len(bits.octets) != (bits.length + 7) // 8:
        raise ValueError(f"{bits.length} bits in {len(bits.octets)} octets")
    return write_length(bits.length) + bits.octets


def _parts(parts: tuple[Data, ...]) -> bytes:
    return write_many(map(write_data, parts))


def _packed(layout: str) -> Callable[..., bytes]:
    return lambda number: pack(layout, number)


def _packed_fields(layout: str) -> Callable[..., bytes]:
    return lambda fields: pack(layout, *fields)


_WRITERS: dict[int, Callable[..., bytes]] = {
    **{tag: _packed(layout) for tag, layout in NUMBER_LAYOUTS.items()},
    Tag.NULL: lambda _: b"",
    Tag.ARRAY: _parts,
    Tag.STRUCTURE: _parts,
    Tag.BOOLEAN: lambda value: bytes((int(value),)),
    Tag.BIT_STRING: _bits,
    Tag.OCTETS: write_octets,
    Tag.VISIBLE: lambda text: write_octets(text.encode("latin-1")),
    Tag.UTF8: lambda text: write_octets(text.encode()),
    Tag.DATE_TIME: write_date_time,
    Tag.DATE: _packed_fields(">H3B"),
    Tag.TIME: _packed_fields(">3B"),
    Tag.DATE_TIME_S: write_date_time_s,
    Tag.OI: bytes.fromhex,
    Tag.OAD: write_oad,
    Tag.ROAD: write_road,
    Tag.OMD: write_oad,
    Tag.TI: write_ti,
    Tag.TSA: write_octets,
    Tag.MAC: write_octets,
    Tag.RN: write_octets,
    Tag.REGION: write_region,
    Tag.SCALER_UNIT: _packed_fields(">bB"),
    Tag.RSD: write_selector,
    Tag.CSD: write_column,
    Tag.MS: write_meters,
    Tag.SID: write_sid,
    Tag.SID_MAC: write_sid_mac,
    Tag.COMDCB: _packed_fields(">5B"),
    Tag.RCSD: write_columns,
}
