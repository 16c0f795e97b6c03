"""Long APDUs in several link frames (分帧), each acknowledged before the next is sent.

The numbers of the kinds are [M]; five fragmented frames with good checks agree with them.
"""

import struct
from typing import NamedTuple

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.link import FRAGMENTED, FROM_SERVER, LinkFrame

FIRST, LAST, ACKNOWLEDGEMENT, MIDDLE = range(4)
KINDS = ("first", "last", "acknowledgement", "middle")
MOST_OCTETS = 1 << 20
"""A longer APDU is refused: no meter has that much to say."""


class Fragment(NamedTuple):
    """The data of a fragmented frame: kind, sequence number (0-4095) and its part of the APDU."""

    kind: int
    sequence: int
    part: bytes


def read_fragment(frame: LinkFrame) -> Fragment:
    """The fragment that ``frame`` carries.

    Raises:
        FrameError: The frame is not fragmented, or is too short for the header.
    """
    if not frame.control & FRAGMENTED:
        raise FrameError(f"control {frame.control:02X}; expected bit 5, fragmented", 3)
    if len(frame.data) < 2:
        raise FrameError(f"{len(frame.data)} octets of data; a fragment's header has 2", 3)
    (header,) = struct.unpack_from("<H", frame.data)
    return Fragment(header >> 14, header & 0x0FFF, frame.data[2:])


def is_part(frame: LinkFrame) -> bool:
    """Whether ``frame`` carries a part of a message, which wants to be acknowledged."""
    try:
        return bool(frame.control & FRAGMENTED) and read_fragment(frame).kind != ACKNOWLEDGEMENT
    except FrameError:
        return False


def write_fragment(fragment: Fragment) -> bytes:
    """The data of the link frame that carries ``fragment``."""
    return struct.pack("<H", fragment.kind << 14 | fragment.sequence) + fragment.part


def fragment(apdu: bytes, size: int, first_sequence: int = 0) -> tuple[bytes, ...]:
    """``apdu`` cut into the data of two or more link frames, ``size`` octets of it in each.

    Raises:
        ValueError: It fits one frame, which needs no fragments.
    """
    if not 0 < size < len(apdu):
        raise ValueError(f"{len(apdu)} octets in parts of {size}; expected a part to be shorter")
    parts = [apdu[at : at + size] for at in range(0, len(apdu), size)]
    kinds = [FIRST, *[MIDDLE] * (len(parts) - 2), LAST]
    return tuple(
        write_fragment(Fragment(kind, (first_sequence + number) & 0x0FFF, part))
        for number, (kind, part) in enumerate(zip(kinds, parts, strict=True))
    )


def acknowledgement(frame: LinkFrame) -> LinkFrame:
    """The frame that tells the sender of a fragment to send the next.

    Only the direction bit turns [M]: PRM still says who started the exchange.
    """
    received = read_fragment(frame)
    data = write_fragment(Fragment(ACKNOWLEDGEMENT, received.sequence, b""))
    return frame._replace(control=frame.control ^ FROM_SERVER, data=data)


class Reassembler:
    """Puts the fragments of one exchange together again."""

    def __init__(self) -> None:
        """Wait for a first fragment."""
        self._parts: list[bytes] = []
        self._octets = 0
        self._previous: Fragment | None = None

    def add(self, frame: LinkFrame) -> bytes | None:
        """The whole APDU once its last fragment is in; None while more must come.

        A fragment that comes again (its acknowledgement was lost) changes nothing; a first
        fragment begins anew, whatever went before.

        Raises:
            FrameError: Not the fragment that was due; all that was gathered is dropped.
        """
        received = read_fragment(frame)
        if received == self._previous:
            return None
        if received.kind == FIRST:
            self._parts, self._octets = [], 0
        else:
            self._refuse_unless_due(received)
        self._parts.append(received.part)
        self._octets += len(received.part)
        self._previous = received
        if self._octets > MOST_OCTETS:
            self._drop()
            raise FrameError(f"an APDU of more than {MOST_OCTETS} octets", 0)
        if received.kind != LAST:
            return None
        whole = b"".join(self._parts)
        self._parts, self._octets = [], 0
        return whole

    def _refuse_unless_due(self, received: Fragment) -> None:
        previous = self._previous
        is_under_way = previous is not None and previous.kind != LAST
        due = previous.sequence + 1 & 0x0FFF if previous and is_under_way else None
        if received.kind in {MIDDLE, LAST} and received.sequence == due:
            return
        self._drop()
        wanted = "a first fragment" if due is None else f"number {due}"
        raise FrameError(
            f"{KINDS[received.kind]} fragment number {received.sequence}; expected {wanted}", 0
        )

    def _drop(self) -> None:
        self._parts, self._octets, self._previous = [], 0, None
