"""A frame of DL/T 645, decoded: who says what, with names, values and units."""

from collections.abc import Callable

from ingest.protocols.decoded import Decoded, Field, FrameError
from ingest.protocols.dlt645.catalogue import ERRORS
from ingest.protocols.dlt645.frame import ABNORMAL, ANSWER, FUNCTION, MORE, Frame, parse_frame
from ingest.protocols.dlt645.identifiers import Layout, Part, layout_of
from ingest.protocols.dlt645.load_record import ALL_CLASSES, QUANTITIES, parse_load_records
from ingest.protocols.dlt645.values import MOMENT, SECOND, digits, number

_2007, _1997 = "DL/T 645-2007", "DL/T 645-1997"

FUNCTIONS_2007 = {
    0x03: "security authentication",
    0x08: "broadcast time sync",
    0x11: "read data",
    0x12: "read follow-up",
    0x13: "read address",
    0x14: "write data",
    0x15: "write address",
    0x16: "freeze",
    0x17: "change baud rate",
    0x18: "change password",
    0x19: "clear maximum demand",
    0x1A: "clear meter",
    0x1B: "clear events",
    0x1C: "relay control",
}
"""What control bytes ask for. Reading about them is all that this codec does with most of them."""

FUNCTIONS_1997 = {0x01: "read data", 0x02: "read follow-up", 0x04: "write data"}
"""The older edition, whose identifiers have two bytes; told apart by the function alone [M]."""

_Reader = Callable[[bytes, int, int], tuple[Field, ...]]
"""Data field, offset of its first byte, mode word of load records: to fields."""


def decode(frame_bytes: bytes, *, load_record_mode: int = ALL_CLASSES) -> Decoded:
    """Decode one frame, a preamble before it allowed.

    Args:
        frame_bytes: Exactly one frame.
        load_record_mode: What 04000901 of the meter says; all classes if that is not known.

    Raises:
        FrameError: It is no valid frame, or holds what its identifier cannot mean; its offset is
            counted in ``frame_bytes``.
    """
    frame = parse_frame(frame_bytes)
    return _decoded(frame, len(frame_bytes) - len(frame.data) - 2, load_record_mode)


def decode_frame(frame: Frame, *, load_record_mode: int = ALL_CLASSES) -> Decoded:
    """Decode a frame already parsed, or put together from follow-ups.

    Raises:
        FrameError: As for ``decode``, its offset counted in the data field.
    """
    return _decoded(frame, 0, load_record_mode)


def _decoded(frame: Frame, base: int, mode_word: int) -> Decoded:
    address, control, data = frame
    protocol, direction, service, reader = _SERVICES[control]
    fields = reader(data, base, mode_word)
    return Decoded(protocol, direction, service, address, fields, {"CS": True})


def _read_answer(data: bytes, base: int, mode_word: int) -> tuple[Field, ...]:
    layout = layout_of(data[:4]) if len(data) >= 4 else None
    if layout is None:
        return _other_answer(data, base, mode_word)
    count = layout.parts_at.get(len(data) - 4)
    if count is None:
        raise _wrong_length(data, base, layout)
    values = data[4:]
    try:
        return tuple(
            [
                Field(identifier, name, codec.read(values[start:stop]), unit)
                for identifier, name, unit, start, stop, codec in layout.parts[:count]
            ]
        )
    except FrameError:
        return tuple([_read_part(part, values, base + 4) for part in layout.parts[:count]])


def _read_part(part: Part, values: bytes, base: int) -> Field:
    """One value of an answer that holds a bad one: if this is it, its name and place are said."""
    try:
        value = part.codec.read(values[part.start : part.stop])
    except FrameError as error:
        text = f"{part.name}: {error}"
        raise FrameError(text, base + part.start + error.offset) from None
    return Field(part.identifier, part.name, value, part.unit)


def _wrong_length(data: bytes, base: int, layout: Layout) -> FrameError:
    lengths = sorted(layout.parts_at)
    expected = " or ".join(str(length) for length in lengths[:4])
    more = ", or further whole values" if len(lengths) > 4 else ""
    text = f"{len(data) - 4} bytes of {layout.name}; expected {expected}{more}"
    return FrameError(text, base + 4)


def _other_answer(data: bytes, base: int, mode_word: int) -> tuple[Field, ...]:
    identifier = _identifier(data, base, 4)
    di3, di2, _, di0 = data[3::-1]
    if di3 != 0x06 or di2 > 6 or data[1] or di0 > 2:
        return (Field(identifier, "data not in the catalogue", data[4:]),)
    try:
        records = parse_load_records(data[4:], mode_word=mode_word, only=di2 or None)
    except FrameError as error:
        raise FrameError(str(error), base + 4 + error.offset) from None
    if not records:
        return (Field(identifier, "load record", None),)
    fields: list[Field] = []
    for place, record in enumerate(records, start=1):
        part = f"{identifier}.{place}"
        fields.append(Field(part, f"load record {place}, time", record.recorded_at))
        for kept, value in record.values.items():
            name, unit, _ = QUANTITIES[kept]
            fields.append(Field(f"{part}.{kept}", f"load record {place}, {name}", value, unit))
    return tuple(fields)


def _identifier(data: bytes, base: int, width: int) -> str:
    if len(data) < width:
        text = f"{len(data)} data bytes; expected an identifier of {width}"
        raise FrameError(text, base + len(data))
    return data[:width][::-1].hex().upper()


def _identified(data: bytes, base: int) -> Field:
    """The identifier itself as a field: what is asked for."""
    written = _identifier(data, base, 4)
    layout = layout_of(data[:4])
    return Field("DI", layout.name if layout else "data identifier", written)


def _raw(name: str, data: bytes) -> tuple[Field, ...]:
    return (Field("data", name, data),) if data else ()


def _read_request(data: bytes, base: int, _mode_word: int) -> tuple[Field, ...]:
    asked = _identified(data, base)
    rest = data[4:]
    if len(rest) not in (1, 6):
        return (asked, *_raw("parameters of the request", rest))
    try:
        records = Field("N", "number of records", number(1, 0).read(rest[:1]))
        if len(rest) == 1:
            return (asked, records)
        return (asked, records, Field("start", "time of the first record", MOMENT.read(rest[1:])))
    except FrameError as error:
        raise FrameError(str(error), base + 4 + (len(rest) > 1) + error.offset) from None


def _follow_up_request(data: bytes, base: int, _mode_word: int) -> tuple[Field, ...]:
    asked = _identified(data, base)
    if len(data) != 5:
        text = f"{len(data)} data bytes; expected an identifier and a sequence number"
        raise FrameError(text, base + len(data))
    return (asked, Field("SEQ", "sequence number", data[4]))


def _first_piece(data: bytes, base: int, _mode_word: int) -> tuple[Field, ...]:
    # A value may be cut in two here; only the whole, put together, has values.
    return (_identified(data, base), *_raw("piece of the data", data[4:]))


def _follow_up_piece(data: bytes, base: int, _mode_word: int) -> tuple[Field, ...]:
    asked = _identified(data, base)
    if len(data) < 5:
        raise FrameError("4 data bytes; expected a sequence number at the end", base + 4)
    sequence = Field("SEQ", "sequence number", data[-1])
    return (asked, *_raw("piece of the data", data[4:-1]), sequence)


def _address_answer(data: bytes, base: int, _mode_word: int) -> tuple[Field, ...]:
    if len(data) != 6:
        raise FrameError(f"{len(data)} data bytes; expected an address of 6", base)
    try:
        return (Field("address", "communication address", digits(6).read(data)),)
    except FrameError as error:
        raise FrameError(str(error), base + error.offset) from None


def _error(data: bytes, base: int, _mode_word: int) -> tuple[Field, ...]:
    if len(data) != 1:
        raise FrameError(f"{len(data)} data bytes; expected one error byte", base)
    return (Field("ERR", "error", ERRORS.read(data) or "not stated"),)


def _time_sync(data: bytes, base: int, _mode_word: int) -> tuple[Field, ...]:
    if len(data) != 6:
        raise FrameError(f"{len(data)} data bytes; expected ss mm hh DD MM YY", base)
    try:
        moment = SECOND.read(data[:3] + b"\x00" + data[3:])
    except FrameError as error:
        raise FrameError(str(error), base + error.offset) from None
    return (Field("time", "time to set", moment),)


def _other_1997(data: bytes, base: int, _mode_word: int) -> tuple[Field, ...]:
    written = _identifier(data, base, 2)
    if len(data) == 2:
        return (Field("DI", "data identifier", written),)
    return (Field(written, "data", data[2:]),)


def _any(data: bytes, _base: int, _mode_word: int) -> tuple[Field, ...]:
    return _raw("data", data)


_READERS: dict[int, _Reader] = {
    0x08: _time_sync,
    0x11: _read_request,
    0x12: _follow_up_request,
    0x91: _read_answer,
    0xB1: _first_piece,
    0x92: _follow_up_piece,
    0xB2: _follow_up_piece,
    0x93: _address_answer,
    0x01: _other_1997,
    0x81: _other_1997,
}


def _service(control: int) -> tuple[str, str, str, _Reader]:
    """Protocol, direction, service and reader of a control byte."""
    function = control & FUNCTION
    old = function in FUNCTIONS_1997
    name = (FUNCTIONS_1997 | FUNCTIONS_2007).get(function, f"function {function:02X}")
    protocol = _1997 if old else _2007
    reader = _READERS.get(control, _any)
    if control < ANSWER:
        return protocol, "downlink", name, reader
    if control & ABNORMAL:
        # Security authentication and the older edition refuse in bytes of their own.
        return protocol, "uplink", "error answer", _error if function > 0x10 else _any
    more = ", more follows" if control & MORE else ""
    return protocol, "uplink", f"{name} answer{more}", reader


_SERVICES = tuple(_service(control) for control in range(256))
