"""Long answers: cut into frames by the meter, put together here.

The answer itself says that more follows (B1); then each follow-up (B2, the last 92) repeats the
identifier and ends in the sequence number with which it was asked for, from 1.
"""

from collections.abc import Sequence

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645.frame import ANSWER, MORE, Frame, ReadFunction, encode_answer

_IDENTIFIER = 4
_LONGEST_DATA = 200
"""Of an answer that reads [M]."""

_LAST_SEQUENCE = 255

_LONE = ANSWER | ReadFunction.DATA.value
_FIRST = _LONE | MORE
_LAST = ANSWER | ReadFunction.FOLLOW_UP.value
_MIDDLE = _LAST | MORE


def join_follow_ups(frames: Sequence[Frame]) -> Frame:
    """The answer (control 91) that these frames are the pieces of, in the order given.

    Raises:
        FrameError: A piece is missing, repeated, out of order, or another meter's or
            identifier's; its offset is counted in the data put together so far.
    """
    if not frames:
        raise FrameError("no frame; expected an answer to a request for data", 0)
    first, *others = frames
    wanted = _FIRST if others else _LONE
    if first.control != wanted:
        text = f"control {first.control:02X} with {len(others)} follow-ups; expected {wanted:02X}"
        raise FrameError(text, 0)
    if len(first.data) < _IDENTIFIER:
        raise FrameError(f"{len(first.data)} data bytes; expected an identifier", 0)
    data = first.data
    for sequence, frame in enumerate(others, start=1):
        wanted = _LAST if sequence == len(others) else _MIDDLE
        problem = _mismatch(first, frame, wanted, sequence)
        if problem:
            raise FrameError(f"follow-up {sequence}: {problem}", len(data))
        data += frame.data[_IDENTIFIER:-1]
    return Frame(first.address, _LONE, data)


def _mismatch(first: Frame, frame: Frame, control: int, sequence: int) -> str | None:
    if frame.control != control:
        return f"control {frame.control:02X}; expected {control:02X}"
    if frame.address != first.address:
        return f"address {frame.address}; expected {first.address}"
    if len(frame.data) <= _IDENTIFIER:
        return f"{len(frame.data)} data bytes; expected an identifier and a sequence number"
    if frame.data[:_IDENTIFIER] != first.data[:_IDENTIFIER]:
        found, wanted = (f.data[:_IDENTIFIER][::-1].hex().upper() for f in (frame, first))
        return f"identifier {found}; expected {wanted}"
    if frame.data[-1] != sequence:
        return f"sequence number {frame.data[-1]}; expected {sequence}"
    return None


def split_answer(
    address: str, data: bytes, *, longest: int = _LONGEST_DATA, preamble: int = 4
) -> list[bytes]:
    """Frames of an answer to a request for data, for the simulated field.

    Args:
        address: Of the meter.
        data: Identifier as it travels, and what stands behind it.
        longest: Most data bytes a frame may hold, 6 to 255.
        preamble: Number of FE in front of each.

    Returns:
        The answer, and what to say to each request for a follow-up.

    Raises:
        ValueError: No such address, or more than 255 follow-ups.
    """
    identifier, rest = data[:_IDENTIFIER], data[_IDENTIFIER:]
    room = longest - _IDENTIFIER
    pieces = [rest[:room]]
    behind = rest[room:]
    pieces += [behind[at : at + room - 1] for at in range(0, len(behind), room - 1)]
    if len(pieces) > _LAST_SEQUENCE + 1:
        text = f"{len(pieces) - 1} follow-ups; sequence numbers end at {_LAST_SEQUENCE}"
        raise ValueError(text)
    frames: list[bytes] = []
    for sequence, piece in enumerate(pieces):
        function = ReadFunction.FOLLOW_UP if sequence else ReadFunction.DATA
        number = bytes([sequence]) if sequence else b""
        more = sequence < len(pieces) - 1
        field = identifier + piece + number
        frames.append(encode_answer(function, address, field, more=more, preamble=preamble))
    return frames
