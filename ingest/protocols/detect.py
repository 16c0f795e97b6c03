"""Which protocol a frame is of, told by its structure, and what it says."""

from collections.abc import Callable
from typing import NamedTuple

from ingest.protocols.decoded import Decoded, FrameError
from ingest.protocols.dlt645.decode import decode as decode_645
from ingest.protocols.dlt698.decode import decode as decode_698
from ingest.protocols.gdw1376.decode import decode as decode_1376

_HDLC = 0x7E
_START = 0x68
_PREAMBLE = b"\xfe"


class _Candidate(NamedTuple):
    name: str
    decode: Callable[[bytes], Decoded]
    likeness: Callable[[bytes], int]


def decode_any(frame: bytes) -> Decoded:
    """Everything a frame of DL/T 645, DL/T 698.45 or Q/GDW 376.1 says.

    All three begin with 68, after any number of FE. The parsers are strict, so the likeliest that
    accepts the frame is right.

    Raises:
        FrameError: None accepts it; the reason is that of the protocol that it is most like.
    """
    body = frame.lstrip(_PREAMBLE)
    skipped = len(frame) - len(body)
    if not body:
        raise FrameError("there is no frame", skipped)
    if body[0] == _HDLC:
        reason = "7E begins a frame of DLMS/COSEM over HDLC, which is not decoded yet"
        raise FrameError(reason, skipped)
    if body[0] != _START:
        reason = f"begins with {body[0]:02X}; expected 68 (DL/T 645, DL/T 698.45, Q/GDW 376.1)"
        raise FrameError(reason, skipped)
    refusal: FrameError | None = None
    for candidate in sorted(_CANDIDATES, key=lambda one: one.likeness(body), reverse=True):
        try:
            return candidate.decode(body)
        except FrameError as error:
            told = FrameError(f"{candidate.name}: {error}", skipped + error.offset)
            refusal = refusal or told
    raise refusal or FrameError("no protocol is known", skipped)


def _like_1376(body: bytes) -> int:
    """Marks of 376.1 that hold: second 68, both lengths, their identifier, the end."""
    if len(body) < 6:
        return 0
    both = int.from_bytes(body[1:3], "little")
    marks = body[5] == _START, body[1:3] == body[3:5], both & 3 == 2, (both >> 2) + 8 == len(body)
    return sum(marks)


def _like_645(body: bytes) -> int:
    """Marks of 645 that hold: second 68 (it counts twice), the length, the function."""
    has_second = body[7:8] == b"\x68"
    is_as_long = len(body) > 9 and body[9] + 12 == len(body)
    is_reading = len(body) > 8 and body[8] & 0x1F in (0x11, 0x12, 0x13)
    return 2 * has_second + is_as_long + is_reading


def _like_698(body: bytes) -> int:
    """Marks of 698.45 that hold: the length (it counts twice), the function, the address."""
    if len(body) < 5:
        return 0
    is_as_long = int.from_bytes(body[1:3], "little") + 2 == len(body)
    return 2 * is_as_long + (body[3] & 7 in (1, 3)) + (body[4] & 0x0F == 5)


_CANDIDATES = (
    _Candidate("DL/T 698.45", decode_698, _like_698),
    _Candidate("DL/T 645", decode_645, _like_645),
    _Candidate("Q/GDW 376.1", decode_1376, _like_1376),
)
