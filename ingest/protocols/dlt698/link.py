"""The link frame: ``68 L C AF SA CA HCS DATA FCS 16``.

Source: facts of 73 frames (see ``tests/ingest/protocols``); [M] marks what no frame shows.
"""

from typing import NamedTuple

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.crc import RESIDUE, advance, fcs16

SINGLE, WILDCARD, GROUP, BROADCAST = range(4)
ADDRESS_KINDS = ("single", "wildcard", "group", "broadcast")

FROM_SERVER = 0x80
"""Control bit 7 (DIR): sent by the meter or terminal."""
BY_CLIENT = 0x40
"""Control bit 6 (PRM): the exchange was started by the client."""
FRAGMENTED = 0x20
SCRAMBLED = 0x08
LINK_MANAGEMENT, USER_DATA = 1, 3
FUNCTION = 0x07

LONGEST = 0x3FFF
_SCRAMBLE = bytes((byte + 0x33) & 0xFF for byte in range(256))
_UNSCRAMBLE = bytes((byte - 0x33) & 0xFF for byte in range(256))


class LinkFrame(NamedTuple):
    """One link frame whose two checks hold.

    Attributes:
        control: The control byte; ``FROM_SERVER``, ``BY_CLIENT``, ``FRAGMENTED``, ``SCRAMBLED``.
        address: Server address, most significant digit first; ``A`` is a wildcard digit, a last
            ``F`` pads an odd number of digits.
        client: Client address (CA).
        data: The APDU, or the fragment with its header; unscrambled.
        address_kind: ``SINGLE``, ``WILDCARD``, ``GROUP`` or ``BROADCAST``.
        logical: Bits 5-4 of AF. Newer editions take bit 5 as "the first address byte is an
            extended logical address": it then stands at the end of ``address``.
    """

    control: int
    address: str
    client: int
    data: bytes
    address_kind: int = SINGLE
    logical: int = 0


class Found(NamedTuple):
    """What a stream held.

    Attributes:
        frames: The whole frames, in order.
        consumed: Octets done with; keep those behind for when more has come.
    """

    frames: tuple[LinkFrame, ...]
    consumed: int


def parse_frame(octets: bytes) -> LinkFrame:
    """The one frame that ``octets`` are, with any number of FE before it.

    Raises:
        FrameError: Not exactly one frame, or a check does not hold.
    """
    start = len(octets) - len(octets.lstrip(b"\xfe"))
    frame, end = _frame_at(octets, start)
    if end != len(octets):
        raise FrameError(
            f"{len(octets) - end} octets stand behind the frame; expected exactly one frame", end
        )
    return frame


def find_frames(buffer: bytes, *, is_over: bool = False) -> Found:
    """All whole frames of a stream; noise between them is skipped.

    An unfinished frame is left for when more has come, its header permitting: a header whose HCS
    fails is passed over at once, so that a stray 68 cannot hold up what follows. A frame that its
    sender broke off does hold up the next ones: after a silence call with ``is_over``, which
    waits for nothing.
    """
    frames: list[LinkFrame] = []
    at = 0
    while (at := buffer.find(0x68, at)) >= 0:
        try:
            frame, end = _frame_at(buffer, at)
        except _UnfinishedError:
            if not is_over:
                return Found(tuple(frames), at)
            at += 1
        except FrameError:
            at += 1
        else:
            frames.append(frame)
            at = end
    return Found(tuple(frames), len(buffer))


class _UnfinishedError(FrameError):
    """The octets end before the frame does, and nothing so far speaks against it."""


def _frame_at(octets: bytes, start: int) -> tuple[LinkFrame, int]:
    if len(octets) < start + 8:
        _refuse_other_start(octets, start)
        raise _UnfinishedError(
            f"{len(octets) - start} octets; a header has at least 9", len(octets)
        )
    _refuse_other_start(octets, start)
    length = octets[start + 1] | octets[start + 2] << 8
    kind = octets[start + 4]
    header_end = start + 6 + (kind & 0x0F) + 1
    fcs_end = start + 1 + length
    if length > LONGEST:
        raise FrameError(
            f"length {length:04X}: the top bits are set; expected at most 3FFF", start + 1
        )
    if fcs_end < header_end + 4:
        raise FrameError(f"length {length}; the header alone needs more", start + 1)
    if len(octets) < header_end + 2:
        raise _UnfinishedError("the octets end within the header", len(octets))
    if advance(octets[start + 1 : header_end + 2]) != RESIDUE:
        raise FrameError(_check_fails("HCS", octets, start + 1, header_end), header_end)
    if len(octets) <= fcs_end:
        raise _UnfinishedError(
            f"the octets end after {len(octets) - start} of {length + 2}", len(octets)
        )
    # The header and its HCS leave the residue behind: the FCS goes on from there.
    if advance(octets[header_end + 2 : fcs_end], RESIDUE) != RESIDUE:
        raise FrameError(_check_fails("FCS", octets, start + 1, fcs_end - 2), fcs_end - 2)
    if octets[fcs_end] != 0x16:
        raise FrameError(f"{octets[fcs_end]:02X} ends the frame; expected 16", fcs_end)
    control = octets[start + 3]
    data = octets[header_end + 2 : fcs_end - 2]
    if control & SCRAMBLED:
        data = data.translate(_UNSCRAMBLE)
    address = octets[header_end - 2 : start + 4 : -1].hex().upper()
    return (
        LinkFrame(control, address, octets[header_end - 1], data, kind >> 6, kind >> 4 & 3),
        fcs_end + 1,
    )


def _refuse_other_start(octets: bytes, start: int) -> None:
    if octets[start : start + 1] not in {b"\x68", b""}:
        raise FrameError(f"{octets[start]:02X} begins the frame; expected 68", start)


def _check_fails(name: str, octets: bytes, begin: int, end: int) -> str:
    stands, expected = octets[end : end + 2].hex(), fcs16(octets[begin:end]).hex()
    return f"{name} is {stands.upper()}; expected {expected.upper()}"


def encode_frame(frame: LinkFrame) -> bytes:
    """The octets of ``frame``; an odd number of address digits is padded with F behind [M].

    Raises:
        ValueError: A part does not fit its field.
    """
    digits = frame.address + "F" * (len(frame.address) % 2)
    address = bytes.fromhex(digits)[::-1]
    data = frame.data.translate(_SCRAMBLE) if frame.control & SCRAMBLED else frame.data
    length = 9 + len(address) + len(data)
    if not 1 <= len(address) <= 16:
        raise ValueError(f"address '{frame.address}' has {len(digits)} digits; expected 1 to 32")
    if length > LONGEST:
        raise ValueError(f"{len(data)} octets of data; a frame holds {LONGEST - 9 - len(address)}")
    kind = frame.address_kind << 6 | frame.logical << 4 | len(address) - 1
    head = bytes((length & 0xFF, length >> 8, frame.control, kind, *address, frame.client))
    head += fcs16(head)
    return b"\x68" + head + data + fcs16(head + data) + b"\x16"
