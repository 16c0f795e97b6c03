"""Load records (负荷记录): what a meter kept at one moment, in up to six classes of values.

``A0 A0 n mm hh DD MM YY`` then each class and ``AA`` behind it, then a sum of all before it and
``E5``; n counts the bytes from the time to the last AA. Of a class not recorded only its AA is
there. Classes are told apart by their widths, not by looking for AA: no value can begin with AA,
for the low byte of BCD has decimal digits and of a missing value it is FF. ``E0 E0`` in place of
``A0 A0``: the meter has no good record.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645.catalogue import Quantity
from ingest.protocols.dlt645.identifiers import layout_of, travelling
from ingest.protocols.dlt645.values import MOMENT, Codec

ALL_CLASSES = 0x3F
"""Mode word (04000901) of a meter that may record every class."""

CLASSES = (
    ("02010100", "02010200", "02010300", "02020100", "02020200", "02020300", "02800002"),
    ("02030000", "02030100", "02030200", "02030300",
     "02040000", "02040100", "02040200", "02040300"),
    ("02060000", "02060100", "02060200", "02060300"),
    ("00010000", "00020000", "00030000", "00040000"),
    ("00050000", "00060000", "00070000", "00080000"),
    ("02800004", "02800005"),
)  # fmt: skip
"""What each class holds, by the identifiers under which the same values are read now."""

_START, _NONE, _AFTER, _END = b"\xa0\xa0", b"\xe0\xe0", 0xAA, 0xE5
_HEAD = 3
_TAIL = 2


class LoadRecord(NamedTuple):
    """One record.

    Attributes:
        recorded_at: By the meter's own clock; None where it wrote FF.
        values: By identifier. None: the meter has no such value; absent: class not recorded.
    """

    recorded_at: datetime | None
    values: Mapping[str, Decimal | None]


def _quantity(identifier: str) -> Quantity:
    layout = layout_of(travelling(identifier))
    if layout is None:
        raise ValueError(f"{identifier} is not in the catalogue")
    part = layout.parts[0]
    return Quantity(part.name, part.unit, part.codec)


QUANTITIES = {identifier: _quantity(identifier) for group in CLASSES for identifier in group}
_CODECS: tuple[tuple[tuple[str, Codec[Decimal]], ...], ...] = tuple(
    tuple((identifier, QUANTITIES[identifier].codec) for identifier in group) for group in CLASSES
)


def parse_load_records(
    data: bytes, *, mode_word: int = ALL_CLASSES, only: int | None = None
) -> tuple[LoadRecord, ...]:
    """The records of an answer to 0600000x (or 060c000x), its identifier taken off.

    Args:
        data: One record behind another.
        mode_word: Bit 0 for the first class and so on: a class whose bit is 0 must be empty. One
            whose bit is 1 may be: it can have a longer interval than the others.
        only: The class (1-6) that 060c000x asks for. The other AA may then be left out (!), as
            meters do it differently.

    Raises:
        FrameError: The bytes are no such records; its offset is counted in ``data``.
    """
    records: list[LoadRecord] = []
    place = 0
    while place < len(data):
        if data[place:] == _NONE:  # nothing but the sign that there is none
            break
        stop = _checked(data, place)
        if data.startswith(_START, place):
            body = data[place + _HEAD : stop - _TAIL]
            try:
                records.append(_record(body, mode_word, only))
            except FrameError as error:
                raise FrameError(str(error), place + _HEAD + error.offset) from None
        place = stop
    return tuple(records)


def encode_load_record(record: LoadRecord) -> bytes:
    """A record as a meter sends it, for the simulated field.

    Raises:
        ValueError: A value does not fit, or part of a class is missing.
    """
    body = MOMENT.write(record.recorded_at)
    for group in _CODECS:
        given = [identifier for identifier, _ in group if identifier in record.values]
        if given and len(given) < len(group):
            raise ValueError(f"only {given} of a class that records {[i for i, _ in group]}")
        if given:
            body += b"".join(codec.write(record.values[name]) for name, codec in group)
        body += bytes([_AFTER])
    head = _START + bytes([len(body)]) + body
    return head + bytes([sum(head) & 0xFF, _END])


def _checked(data: bytes, place: int) -> int:
    """Where the record that begins at ``place`` ends, if its frame and sum hold."""
    start = data[place : place + 2]
    if start not in (_START, _NONE):
        shown = start.hex(" ").upper()
        raise FrameError(f"{shown}; expected A0 A0 or E0 E0 to begin a load record", place)
    if len(data) < place + _HEAD:
        raise FrameError("load record ends before its length", len(data))
    stop = place + _HEAD + data[place + 2] + _TAIL
    if len(data) < stop:
        raise FrameError(f"load record of {stop - place} bytes ends early", len(data))
    checksum, end = data[stop - _TAIL : stop]
    if end != _END:
        raise FrameError(f"byte {end:02X}; expected E5 to end a load record", stop - 1)
    computed = sum(data[place : stop - _TAIL]) & 0xFF
    if computed != checksum:
        text = f"load record's checksum {checksum:02X}; its bytes sum to {computed:02X}"
        raise FrameError(text, stop - _TAIL)
    return stop


def _record(body: bytes, mode_word: int, only: int | None) -> LoadRecord:
    width = MOMENT.width
    if len(body) < width:
        raise FrameError("load record ends within its time", len(body))
    recorded_at = MOMENT.read(body[:width])
    values = _one_class(body, width, only) if only else _all_classes(body, width, mode_word)
    return LoadRecord(recorded_at, values)


def _all_classes(body: bytes, place: int, mode_word: int) -> dict[str, Decimal | None]:
    values: dict[str, Decimal | None] = {}
    for number, group in enumerate(_CODECS):
        if body[place : place + 1] != bytes([_AFTER]):
            if not mode_word >> number & 1:
                text = f"class {number + 1} is not in mode word {mode_word:02X}; expected AA"
                raise FrameError(text, place)
            place = _read_class(body, place, group, values)
        if body[place : place + 1] != bytes([_AFTER]):
            found = body[place : place + 1].hex().upper() or "the end"
            text = f"{found} behind class {number + 1} of a load record; expected AA"
            raise FrameError(text, place)
        place += 1
    if place < len(body):
        raise FrameError(f"{len(body) - place} bytes behind the last class; expected none", place)
    return values


def _one_class(body: bytes, place: int, only: int) -> dict[str, Decimal | None]:
    values: dict[str, Decimal | None] = {}
    after = bytes([_AFTER])
    first = len(body) - len(body[place:].lstrip(after))
    inside = body[first:].rstrip(after)
    if inside and _read_class(body, first, _CODECS[only - 1], values) != first + len(inside):
        text = f"{len(inside)} bytes; expected class {only} and AA around it"
        raise FrameError(text, first)
    return values


def _read_class(
    body: bytes,
    place: int,
    group: tuple[tuple[str, Codec[Decimal]], ...],
    values: dict[str, Decimal | None],
) -> int:
    """Put the values of a class among ``values``; where it ends."""
    for identifier, codec in group:
        raw = body[place : place + codec.width]
        if len(raw) < codec.width:
            raise FrameError(f"load record ends within {identifier}", len(body))
        try:
            values[identifier] = codec.read(raw)
        except FrameError as error:
            raise FrameError(f"{identifier}: {error}", place + error.offset) from None
        place += codec.width
    return place
