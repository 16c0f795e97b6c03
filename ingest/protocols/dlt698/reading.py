"""Octets to values: each reader takes the octets and where to begin, and gives value and end.

Readers may run off the end: ``whole`` turns that into a ``FrameError``. Counts are held against
the octets that are left before anything is made of them.
"""

import struct
from collections.abc import Callable
from typing import TypeVar

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.moments import Date, DateTime, DateTimeS, Time
from ingest.protocols.dlt698.values import (
    Bits,
    Column,
    Comdcb,
    Road,
    ScalerUnit,
    Sid,
    SidMac,
    Tag,
    Ti,
)

Read = TypeVar("Read")
Reader = Callable[[bytes, int], tuple[Read, int]]

_OAD = struct.Struct("4s").unpack_from
_U16 = struct.Struct(">H").unpack_from
_U32 = struct.Struct(">I").unpack_from
_DATE = struct.Struct(">H3B").unpack_from
_TIME = struct.Struct(">3B").unpack_from
_DATE_TIME = struct.Struct(">H6BH").unpack_from
_DATE_TIME_S = struct.Struct(">H5B").unpack_from
_TI = struct.Struct(">BH").unpack_from
_SCALER_UNIT = struct.Struct(">bB").unpack_from
_COMDCB = struct.Struct(">5B").unpack_from


def whole(octets: bytes, read: Reader[Read]) -> Read:
    """What ``read`` makes of ``octets``, of which none may be left.

    Raises:
        FrameError: They end early, go on too long, or are no such thing.
    """
    try:
        value, end = read(octets, 0)
    except (IndexError, struct.error):
        raise FrameError(
            f"the octets end after {len(octets)}, within a value; expected more", len(octets)
        ) from None
    if end != len(octets):
        raise FrameError(f"{len(octets) - end} octets are left; expected none", end)
    return value


def read_length(octets: bytes, at: int) -> tuple[int, int]:
    """A length or count: one octet below 128, else 81 or 82 and as many octets.

    A longer form than needed is read too: firmware that fills the length in afterwards sends it.
    """
    first = octets[at]
    if first < 0x80:
        return first, at + 1
    if first == 0x81:
        return octets[at + 1], at + 2
    if first == 0x82:
        return _U16(octets, at + 1)[0], at + 3
    raise FrameError(f"length begins with {first:02X}; expected at most 82", at)


def read_count(octets: bytes, at: int, smallest: int = 1) -> tuple[int, int]:
    """A count of things of at least ``smallest`` octets each, which must fit what is left."""
    count, after = read_length(octets, at)
    if count * smallest > len(octets) - after:
        raise FrameError(
            f"{count} values are announced, but {len(octets) - after} octets are left", at
        )
    return count, after


def read_many(
    octets: bytes, at: int, read: Reader[Read], smallest: int = 1
) -> tuple[tuple[Read, ...], int]:
    """A count and as many things (SEQUENCE OF)."""
    count, at = read_count(octets, at, smallest)
    values = []
    for _ in range(count):
        value, at = read(octets, at)
        values.append(value)
    return tuple(values), at


def take(octets: bytes, at: int, size: int) -> tuple[bytes, int]:
    """The next ``size`` octets."""
    if len(octets) < at + size:
        raise FrameError(f"{size} octets are announced, but {len(octets) - at} are left", at)
    return octets[at : at + size], at + size


def read_octets(octets: bytes, at: int) -> tuple[bytes, int]:
    """A length and as many octets."""
    length, at = read_length(octets, at)
    return take(octets, at, length)


def read_u8(octets: bytes, at: int) -> tuple[int, int]:
    """One octet."""
    return octets[at], at + 1


def read_u16(octets: bytes, at: int) -> tuple[int, int]:
    """Two octets, high one first."""
    return _U16(octets, at)[0], at + 2


def read_u32(octets: bytes, at: int) -> tuple[int, int]:
    """Four octets, high one first."""
    return _U32(octets, at)[0], at + 4


def read_flag(octets: bytes, at: int) -> tuple[bool, int]:
    """A boolean, or whether an optional part follows."""
    if octets[at] > 1:
        raise FrameError(f"{octets[at]:02X} stands for true or false; expected 00 or 01", at)
    return octets[at] == 1, at + 1


def read_oad(octets: bytes, at: int) -> tuple[str, int]:
    """An OAD or OMD as eight hexadecimal digits."""
    return _OAD(octets, at)[0].hex().upper(), at + 4


def read_road(octets: bytes, at: int) -> tuple[Road, int]:
    """A record object and its columns."""
    oad, at = read_oad(octets, at)
    columns, at = read_many(octets, at, read_oad, 4)
    return Road(oad, columns), at


def read_column(octets: bytes, at: int) -> tuple[Column, int]:
    """A CSD: 0 and an OAD, or 1 and a ROAD."""
    is_road, after = read_flag(octets, at)
    return read_road(octets, after) if is_road else read_oad(octets, after)


def read_columns(octets: bytes, at: int) -> tuple[tuple[Column, ...], int]:
    """An RCSD; empty: all columns."""
    return read_many(octets, at, read_column, 5)


def read_date_time(octets: bytes, at: int) -> tuple[DateTime, int]:
    """Ten octets of date, time and milliseconds."""
    return DateTime(*_DATE_TIME(octets, at)), at + 10


def read_date_time_s(octets: bytes, at: int) -> tuple[DateTimeS, int]:
    """Seven octets of date and time."""
    return DateTimeS(*_DATE_TIME_S(octets, at)), at + 7


def read_ti(octets: bytes, at: int) -> tuple[Ti, int]:
    """Unit and count of a length of time."""
    return Ti(*_TI(octets, at)), at + 3


def read_comdcb(octets: bytes, at: int) -> tuple[Comdcb, int]:
    """Settings of a serial port."""
    return Comdcb(*_COMDCB(octets, at)), at + 5


def read_sid(octets: bytes, at: int) -> tuple[Sid, int]:
    """Security identifier."""
    identifier, at = read_u32(octets, at)
    attached, at = read_octets(octets, at)
    return Sid(identifier, attached), at


def read_sid_mac(octets: bytes, at: int) -> tuple[SidMac, int]:
    """Security identifier and code."""
    sid, at = read_sid(octets, at)
    mac, at = read_octets(octets, at)
    return SidMac(sid, mac), at


def read_tsa(octets: bytes, at: int) -> tuple[bytes, int]:
    """The address of a meter behind a terminal: its octets, without the length before them."""
    return read_octets(octets, at)


def _read_bits(octets: bytes, at: int) -> tuple[Bits, int]:
    count, at = read_length(octets, at)
    held, at = take(octets, at, (count + 7) // 8)
    return Bits(count, held), at


def _read_visible(octets: bytes, at: int) -> tuple[str, int]:
    # Latin-1: meters put GB 2312 here, and every octet must come back as it was.
    text, at = read_octets(octets, at)
    return text.decode("latin-1"), at


def _read_utf8(octets: bytes, at: int) -> tuple[str, int]:
    text, end = read_octets(octets, at)
    try:
        return text.decode("utf-8"), end
    except UnicodeDecodeError:
        raise FrameError(f"{text.hex().upper()} is announced as UTF-8 and is not", at) from None


def _read_oi(octets: bytes, at: int) -> tuple[str, int]:
    return f"{_U16(octets, at)[0]:04X}", at + 2


FLAT: dict[int, Reader] = {
    Tag.BOOLEAN: read_flag,
    Tag.BIT_STRING: _read_bits,
    Tag.OCTETS: read_octets,
    Tag.VISIBLE: _read_visible,
    Tag.UTF8: _read_utf8,
    Tag.DATE_TIME: read_date_time,
    Tag.DATE: lambda octets, at: (Date(*_DATE(octets, at)), at + 5),
    Tag.TIME: lambda octets, at: (Time(*_TIME(octets, at)), at + 3),
    Tag.DATE_TIME_S: read_date_time_s,
    Tag.OI: _read_oi,
    Tag.OAD: read_oad,
    Tag.ROAD: read_road,
    Tag.OMD: read_oad,
    Tag.TI: read_ti,
    Tag.TSA: read_tsa,
    Tag.MAC: read_octets,
    Tag.RN: read_octets,
    Tag.SCALER_UNIT: lambda octets, at: (ScalerUnit(*_SCALER_UNIT(octets, at)), at + 2),
    Tag.CSD: read_column,
    Tag.SID: read_sid,
    Tag.SID_MAC: read_sid_mac,
    Tag.COMDCB: read_comdcb,
    Tag.RCSD: read_columns,
}
"""Readers of the types that hold no further tagged value; numbers and null apart."""
