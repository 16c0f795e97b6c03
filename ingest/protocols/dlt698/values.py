"""The data types of DL/T 698.45 as Python values; every value can be sent again octet by octet."""

from enum import IntEnum
from typing import NamedTuple, TypeAlias

from ingest.protocols.dlt698.moments import Date, DateTime, DateTimeS, Time


class Tag(IntEnum):
    """The octet before a value that says its type."""

    NULL = 0
    ARRAY = 1
    STRUCTURE = 2
    BOOLEAN = 3
    BIT_STRING = 4
    INT32 = 5
    UINT32 = 6
    OCTETS = 9
    VISIBLE = 10
    UTF8 = 12
    INT8 = 15
    INT16 = 16
    UINT8 = 17
    UINT16 = 18
    INT64 = 20
    UINT64 = 21
    ENUM = 22
    FLOAT32 = 23
    FLOAT64 = 24
    DATE_TIME = 25
    DATE = 26
    TIME = 27
    DATE_TIME_S = 28
    OI = 80
    OAD = 81
    ROAD = 82
    OMD = 83
    TI = 84
    TSA = 85
    MAC = 86
    RN = 87
    REGION = 88
    SCALER_UNIT = 89
    RSD = 90
    CSD = 91
    MS = 92
    SID = 93
    SID_MAC = 94
    COMDCB = 95
    RCSD = 96


class Bits(NamedTuple):
    """A bit string: its number of bits, and the octets they fill (first bit = top bit)."""

    length: int
    octets: bytes


class Ti(NamedTuple):
    """A length of time: unit 0 s, 1 min, 2 h, 3 d, 4 month, 5 year [M], and how many."""

    unit: int
    amount: int


class Road(NamedTuple):
    """A record object and columns of it (ROAD): one column whose cells hold a value for each."""

    oad: str
    columns: tuple[str, ...]


Column: TypeAlias = str | Road
"""A column of a record (CSD): an OAD, or a ROAD."""


class ScalerUnit(NamedTuple):
    """Value = number × 10 ^ ``scaler`` in the unit with number ``unit``."""

    scaler: int
    unit: int


class Sid(NamedTuple):
    """Security identifier and what is attached to it."""

    identifier: int
    attached: bytes


class SidMac(NamedTuple):
    """Security identifier and message authentication code."""

    sid: Sid
    mac: bytes


class Comdcb(NamedTuple):
    """How a serial port is set: numbers of the baud rate, parity, data bits, stop bits, control."""

    baud: int
    parity: int
    data_bits: int
    stop_bits: int
    flow_control: int


class Region(NamedTuple):
    """From ``start`` to ``end``.

    Attributes:
        kind: 0 [start, end), 1 (start, end], 2 [start, end], 3 (start, end) [M].
    """

    kind: int
    start: "Data"
    end: "Data"


NO_METERS, ALL_METERS, TYPES, ADDRESSES, NUMBERS = range(5)
TYPE_REGIONS, ADDRESS_REGIONS, NUMBER_REGIONS = range(5, 8)


class MeterSet(NamedTuple):
    """Which meters of a terminal (MS): none, all, by user type, TSA or configuration number.

    Attributes:
        choice: ``NO_METERS`` … ``NUMBER_REGIONS``; those after ``ALL_METERS`` but ADDRESSES [M].
        members: int for types and numbers, bytes for addresses (TSA), Region for regions.
    """

    choice: int
    members: "tuple[int | bytes | Region, ...]" = ()


class SelectAll(NamedTuple):
    """RSD 0: all rows."""


class SelectEqual(NamedTuple):
    """RSD 1: rows whose column ``oad`` is ``value``."""

    oad: str
    value: "Data"


class SelectRange(NamedTuple):
    """RSD 2: rows whose column ``oad`` is in [start, end), one each ``step`` (or null)."""

    oad: str
    start: "Data"
    end: "Data"
    step: "Data"


class SelectRanges(NamedTuple):
    """RSD 3: rows in all of these ranges."""

    ranges: tuple[SelectRange, ...]


class SelectMoment(NamedTuple):
    """RSD 4 (collection began) or 5 (stored) at ``moment``, of ``meters``."""

    number: int
    moment: DateTimeS
    meters: MeterSet


class SelectSpan(NamedTuple):
    """RSD 6 (collection began), 7 (stored) or 8 (succeeded) within [start, end), of ``meters``."""

    number: int
    start: DateTimeS
    end: DateTimeS
    step: Ti
    meters: MeterSet


class SelectLast(NamedTuple):
    """RSD 9: the row ``back`` from the end (1 = the last), or RSD 10 of ``meters``."""

    back: int
    meters: MeterSet | None = None


Selector: TypeAlias = (
    SelectAll | SelectEqual | SelectRange | SelectRanges | SelectMoment | SelectSpan | SelectLast
)

Scalar: TypeAlias = bool | int | float | str | bytes | None
Stated: TypeAlias = Bits | Date | Time | DateTime | DateTimeS | Ti | Road | ScalerUnit
Protected: TypeAlias = Sid | SidMac | Comdcb | Region | MeterSet | Selector
DataValue: TypeAlias = Scalar | Stated | Protected | tuple[str | Road, ...] | tuple["Data", ...]


class Data(NamedTuple):
    """A value and the tag it is sent with.

    Attributes:
        tag: A ``Tag``.
        value: None, a number, ``str`` (visible string as Latin-1; OI, OAD and OMD as hexadecimal
            digits), ``bytes`` (octets, TSA, MAC, RN), a tuple of ``Data`` (array, structure), of
            columns (RCSD), or the named tuple of this module.
    """

    tag: int
    value: DataValue


NULL = Data(Tag.NULL, None)


def plain(data: Data) -> DataValue | list:
    """The value without its tags: a list for an array or structure."""
    if data.tag in {Tag.ARRAY, Tag.STRUCTURE}:
        return [plain(part) for part in data.value]  # type: ignore[union-attr]
    return data.value


def meter_address(digits: str) -> bytes:
    """A TSA: the octet n-1, then the digits, most significant first; odd numbers end in F [M]."""
    octets = bytes.fromhex(digits + "F" * (len(digits) % 2))
    return bytes((len(octets) - 1,)) + octets


def meter_digits(address: bytes) -> str:
    """The digits of a TSA."""
    return address[1:].hex().upper().removesuffix("F")
