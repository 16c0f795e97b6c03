"""Link frames of DL/T 645-2007: found in a stream, checked, and built only for reading.

``[FE …] 68 A0–A5 68 C L DATA CS 16``: the address is BCD with its low byte first, every byte of
DATA travels with 33 hex added, CS is the sum of everything from the first 68 on, modulo 256.
"""

from enum import Enum
from typing import NamedTuple

from ingest.protocols.decoded import FrameError

START, END = 0x68, 0x16
ANSWER, ABNORMAL, MORE, FUNCTION = 0x80, 0x40, 0x20, 0x1F
"""The bits of the control byte: direction, abnormal, more follows, function."""

WILDCARD = "AAAAAAAAAAAA"
"""Answered by whichever meter hears it, with its own address."""

_PREAMBLE = b"\xfe\xff"  # FE by the standard; some power-line modems pad with FF
_SHORTEST = 12
_LONGEST_DATA = 255
_PLUS_33 = bytes((byte + 0x33) & 0xFF for byte in range(256))
_MINUS_33 = bytes((byte - 0x33) & 0xFF for byte in range(256))


class Frame(NamedTuple):
    """A frame whose structure and checksum hold.

    Attributes:
        address: 12 digits, most significant first; ``AA`` stands for two digits left open.
        control: The control byte as it is.
        data: The data field, 33 hex taken off again.
    """

    address: str
    control: int
    data: bytes

    @property
    def is_answer(self) -> bool:
        """Whether a meter sent it; if not, it is a request, maybe the echo of our own."""
        return self.control >= ANSWER


class ReadFunction(Enum):
    """All that this codec can ask of a meter; there is no member that changes anything in it."""

    DATA = 0x11
    FOLLOW_UP = 0x12
    ADDRESS = 0x13


_REQUEST_LENGTHS = {
    ReadFunction.DATA: (4, 5, 10),  # identifier; number of load records; their first time
    ReadFunction.FOLLOW_UP: (5,),
    ReadFunction.ADDRESS: (0,),
}


def parse_frame(data: bytes) -> Frame:
    """The one frame that ``data`` is; nothing but preamble may stand beside it.

    Raises:
        FrameError: A byte is missing, too many, or not what the structure or the sum wants.
    """
    body = data if data[:1] == b"\x68" else data.lstrip(_PREAMBLE)
    size = len(body)
    if (
        size < _SHORTEST
        or body[0] != START
        or body[7] != START
        or body[9] != size - _SHORTEST
        or body[-1] != END
        or sum(body[:-2]) & 0xFF != body[-2]
    ):
        start = len(data) - size
        raise _complaint(data, start) or _surplus(data, start + _SHORTEST + body[9])
    return Frame(body[6:0:-1].hex().upper(), body[8], body[10:-2].translate(_MINUS_33))


def find_frames(buffer: bytes, *, ended: bool = False) -> tuple[list[Frame | FrameError], int]:
    """Frames in a piece of a stream, in order, with what could not be one.

    A frame that has begun waits for its rest, whatever it already seems to hold inside: so the
    frames found do not depend on where the stream was cut.

    Args:
        buffer: What has arrived and is not yet consumed.
        ended: The line has fallen silent: nothing more will come to complete a frame.

    Returns:
        Frames, requests and echoes among them (``is_answer`` is false); one error for each
        stretch that is neither frame nor preamble, its offset counted in ``buffer``. And how
        many bytes of ``buffer`` are done with: the caller keeps the others.
    """
    found: list[Frame | FrameError] = []
    stretch = position = 0
    reason: FrameError | None = None
    while (start := buffer.find(START, position)) >= 0:
        problem = _complaint(buffer, start)
        if problem is None:
            stop = start + _SHORTEST + buffer[start + 9]
            found += _noise(buffer, stretch, start, reason)
            found.append(parse_frame(bytes(buffer[start:stop])))
            stretch, position, reason = stop, stop, None
        elif problem.offset >= len(buffer) and not ended:
            return [*found, *_noise(buffer, stretch, start, reason)], start
        else:
            # A lone 68 is noise; one that has its second 68 was meant as a frame.
            meant = buffer[start + 7 : start + 8] == b"\x68"
            reason = reason or (problem if meant or problem.offset >= len(buffer) else None)
            position = start + 1
    return [*found, *_noise(buffer, stretch, len(buffer), reason)], len(buffer)


def encode_request(
    function: ReadFunction, address: str, data: bytes = b"", *, preamble: int = 4
) -> bytes:
    """A request that reads.

    Args:
        function: One of the three that read.
        address: 12 digits, pairs of ``A`` in front for digits left open.
        data: The data field without 33 hex added.
        preamble: Number of FE in front, to wake the receiver.

    Raises:
        TypeError: ``function`` is not one of the three, whatever number it may hold.
        ValueError: No such address, or data of a length that this function does not have.
    """
    _reading(function)
    if len(data) not in _REQUEST_LENGTHS[function]:
        raise ValueError(
            f"{len(data)} data bytes for function {function.value:02X}; "
            f"expected one of {_REQUEST_LENGTHS[function]}"
        )
    return _encoded(address, function.value, data, preamble)


def encode_answer(  # noqa: PLR0913 - each is a field of the frame
    function: ReadFunction,
    address: str,
    data: bytes,
    *,
    more: bool = False,
    abnormal: bool = False,
    preamble: int = 4,
) -> bytes:
    """What a meter says to a request that reads, for the simulated field.

    The direction bit is always set: no meter takes such a frame for a command.

    Raises:
        TypeError: ``function`` is not one of the three that read.
        ValueError: No such address, or more than 255 data bytes.
    """
    control = ANSWER | MORE * more | ABNORMAL * abnormal | _reading(function)
    return _encoded(address, control, data, preamble)


def is_meant(asked: str, answering: str) -> bool:
    """Whether the meter ``answering`` is one that a request to ``asked`` addresses."""
    digits = asked.lstrip("A")
    return len(asked) == len(answering) and answering.endswith(digits)


def encode_address(address: str) -> bytes:
    """An address as it travels, low byte first.

    Raises:
        ValueError: It is not 12 decimal digits, of which leading pairs may be ``AA``.
    """
    digits = address.lstrip("A")
    if len(address) != 12 or len(digits) % 2 or (digits and not _is_decimal(digits)):
        raise ValueError(
            f"no meter address: {address!r}; expected 12 digits, of which pairs in front may be AA"
        )
    return bytes.fromhex(address)[::-1]


def _is_decimal(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _reading(function: ReadFunction) -> int:
    if not isinstance(function, ReadFunction):
        raise TypeError(f"{function!r} is not a reading function; expected a ReadFunction")
    return function.value


def _encoded(address: str, control: int, data: bytes, preamble: int) -> bytes:
    if len(data) > _LONGEST_DATA:
        raise ValueError(f"{len(data)} data bytes; a frame holds at most {_LONGEST_DATA}")
    head = bytes([START, *encode_address(address), START, control, len(data)])
    body = head + data.translate(_PLUS_33)
    return b"\xfe" * preamble + body + bytes([sum(body) & 0xFF, END])


def _noise(buffer: bytes, first: int, stop: int, reason: FrameError | None) -> list[FrameError]:
    """At most one error about the bytes of a stretch that has no frame in it."""
    from_stray = buffer[first:stop].lstrip(_PREAMBLE)
    stray = from_stray.rstrip(_PREAMBLE)
    if not stray:
        return []
    shown = stray[:16].hex(" ").upper() + (" …" if len(stray) > 16 else "")
    text = f"{len(stray)} bytes that begin no frame: {shown}"
    return [reason or FrameError(text, stop - len(from_stray))]


def _complaint(data: bytes, start: int) -> FrameError | None:
    """What keeps a frame from beginning at ``start``; its offset is the end if bytes are missing.

    More bytes than the frame has are no complaint here.
    """
    there = len(data) - start
    if there < 1:
        return FrameError("no frame: expected 68, found the end", len(data))
    for place in (0, 7):
        if there > place and data[start + place] != START:
            text = f"byte {data[start + place]:02X}; expected 68 to begin "
            return FrameError(text + ("the control field", "a frame")[not place], start + place)
    size = _SHORTEST + data[start + 9] if there > 9 else _SHORTEST
    if there < size:
        return FrameError(f"frame ends after {there} bytes; expected {size}", len(data))
    checksum, end = data[start + size - 2 : start + size]
    if end != END:
        return FrameError(
            f"byte {end:02X} where the length puts the end; expected 16", start + size - 1
        )
    computed = sum(data[start : start + size - 2]) & 0xFF
    if computed != checksum:
        return FrameError(
            f"checksum {checksum:02X}; the bytes sum to {computed:02X}", start + size - 2
        )
    return None


def _surplus(data: bytes, stop: int) -> FrameError:
    return FrameError(f"{len(data) - stop} bytes after the end of the frame; expected none", stop)
