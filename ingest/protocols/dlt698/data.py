"""Values with their tags, and the types that hold further such values within them."""

import struct
from collections.abc import Callable

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.reading import (
    FLAT,
    Reader,
    read_count,
    read_date_time_s,
    read_many,
    read_oad,
    read_ti,
    read_tsa,
    read_u8,
    read_u16,
    whole,
)
from ingest.protocols.dlt698.values import (
    ADDRESS_REGIONS,
    ADDRESSES,
    ALL_METERS,
    NULL,
    NUMBER_REGIONS,
    NUMBERS,
    TYPE_REGIONS,
    TYPES,
    Data,
    MeterSet,
    Region,
    SelectAll,
    SelectEqual,
    SelectLast,
    SelectMoment,
    Selector,
    SelectRange,
    SelectRanges,
    SelectSpan,
    Tag,
)

DEEPEST = 16
"""Values within one another; the objects known nest five deep."""

NUMBER_LAYOUTS = {
    Tag.INT32: ">i",
    Tag.UINT32: ">I",
    Tag.INT8: ">b",
    Tag.INT16: ">h",
    Tag.UINT8: ">B",
    Tag.UINT16: ">H",
    Tag.INT64: ">q",
    Tag.UINT64: ">Q",
    Tag.ENUM: ">B",
    Tag.FLOAT32: ">f",
    Tag.FLOAT64: ">d",
}
_NUMBERS: dict[int, tuple[Callable[[bytes, int], tuple], int]] = {
    tag: (struct.Struct(layout).unpack_from, 1 + struct.calcsize(layout))
    for tag, layout in NUMBER_LAYOUTS.items()
}


def parse_data(octets: bytes) -> Data:
    """The one value, with its tag, that ``octets`` are.

    Raises:
        FrameError: They are not.
    """
    return whole(octets, read_data)


def read_data(octets: bytes, at: int, depth: int = 0) -> tuple[Data, int]:
    """A tag and its value."""
    tag = octets[at]
    number = _NUMBERS.get(tag)
    if number is not None:
        unpack, size = number
        return Data(tag, unpack(octets, at + 1)[0]), at + size
    if tag == Tag.NULL:
        return NULL, at + 1
    if (flat := FLAT.get(tag)) is not None:
        value, end = flat(octets, at + 1)
        return Data(tag, value), end
    if (nesting := _NESTING.get(tag)) is None:
        raise FrameError(f"tag {tag:02X} is none known; the length of its value is unknown", at)
    if depth >= DEEPEST:
        raise FrameError(f"values nest more than {DEEPEST} deep", at)
    value, end = nesting(octets, at + 1, depth + 1)
    return Data(tag, value), end


def _read_parts(octets: bytes, at: int, depth: int) -> tuple[tuple[Data, ...], int]:
    count, at = read_count(octets, at)
    parts = []
    for _ in range(count):
        part, at = read_data(octets, at, depth)
        parts.append(part)
    return tuple(parts), at


def _read_region(octets: bytes, at: int, depth: int = 0) -> tuple[Region, int]:
    kind = octets[at]
    if kind > 3:
        raise FrameError(f"{kind:02X} stands for the bounds of a region; expected 00 to 03", at)
    start, at = read_data(octets, at + 1, depth)
    end, at = read_data(octets, at, depth)
    return Region(kind, start, end), at


def read_meters(octets: bytes, at: int, depth: int = 0) -> tuple[MeterSet, int]:
    """An MS: which meters."""
    choice, at = read_u8(octets, at)
    if choice <= ALL_METERS:
        return MeterSet(choice), at

    def region(octets: bytes, at: int) -> tuple[Region, int]:
        return _read_region(octets, at, depth)

    readers: dict[int, tuple[Reader, int]] = {
        TYPES: (read_u8, 1),
        ADDRESSES: (read_tsa, 1),
        NUMBERS: (read_u16, 2),
        TYPE_REGIONS: (region, 3),
        ADDRESS_REGIONS: (region, 3),
        NUMBER_REGIONS: (region, 3),
    }
    if choice not in readers:
        raise FrameError(f"{choice:02X} says which meters; expected 00 to 07", at - 1)
    members, at = read_many(octets, at, *readers[choice])
    return MeterSet(choice, members), at


def read_selector(octets: bytes, at: int, depth: int = 0) -> tuple[Selector, int]:
    """An RSD: which rows."""
    number = octets[at]
    reader = _SELECTORS.get(number)
    if reader is None:
        raise FrameError(f"{number:02X} says which rows; expected 00 to 0A", at)
    return reader(octets, at, depth)


def _select_all(_octets: bytes, at: int, _depth: int) -> tuple[Selector, int]:
    return SelectAll(), at + 1


def _select_equal(octets: bytes, at: int, depth: int) -> tuple[Selector, int]:
    oad, at = read_oad(octets, at + 1)
    value, at = read_data(octets, at, depth)
    return SelectEqual(oad, value), at


def _read_range(octets: bytes, at: int, depth: int) -> tuple[SelectRange, int]:
    oad, at = read_oad(octets, at)
    start, at = read_data(octets, at, depth)
    end, at = read_data(octets, at, depth)
    step, at = read_data(octets, at, depth)
    return SelectRange(oad, start, end, step), at


def _select_range(octets: bytes, at: int, depth: int) -> tuple[Selector, int]:
    return _read_range(octets, at + 1, depth)


def _select_ranges(octets: bytes, at: int, depth: int) -> tuple[Selector, int]:
    ranges, at = read_many(octets, at + 1, lambda o, a: _read_range(o, a, depth), 7)
    return SelectRanges(ranges), at


def _select_moment(octets: bytes, at: int, depth: int) -> tuple[Selector, int]:
    number = octets[at]
    moment, at = read_date_time_s(octets, at + 1)
    meters, at = read_meters(octets, at, depth)
    return SelectMoment(number, moment, meters), at


def _select_span(octets: bytes, at: int, depth: int) -> tuple[Selector, int]:
    number = octets[at]
    start, at = read_date_time_s(octets, at + 1)
    end, at = read_date_time_s(octets, at)
    step, at = read_ti(octets, at)
    meters, at = read_meters(octets, at, depth)
    return SelectSpan(number, start, end, step, meters), at


def _select_last(octets: bytes, at: int, depth: int) -> tuple[Selector, int]:
    back = octets[at + 1]
    if octets[at] == 9:
        return SelectLast(back), at + 2
    meters, at = read_meters(octets, at + 2, depth)
    return SelectLast(back, meters), at


_SELECTORS = {
    0: _select_all,
    1: _select_equal,
    2: _select_range,
    3: _select_ranges,
    **dict.fromkeys((4, 5), _select_moment),
    **dict.fromkeys((6, 7, 8), _select_span),
    **dict.fromkeys((9, 10), _select_last),
}
_NESTING: dict[int, Callable[[bytes, int, int], tuple]] = {
    Tag.ARRAY: _read_parts,
    Tag.STRUCTURE: _read_parts,
    Tag.REGION: _read_region,
    Tag.RSD: read_selector,
    Tag.MS: read_meters,
}
