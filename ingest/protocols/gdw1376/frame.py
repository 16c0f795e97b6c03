"""Link frame of Q/GDW 1376.1: ``68 L L 68 C A AFN SEQ data CS 16``, FT1.2 of IEC 60870-5-1.

Layout seen in 14 frames of five implementations (facts/protocols.md § 3); byte order is low first.
"""

from typing import NamedTuple

from ingest.protocols.decoded import FrameError

DATA_OFFSET = 14
"""Of the first data unit, counted from the first 68."""
START, END = 0x68, 0x16
HEADER = 6
OVERHEAD = 8
"""Bytes of a frame that L does not count: 68 L L 68 before, CS 16 after."""
SMALLEST, LARGEST = 8, 0x3FFF
"""User data: C, A1–A3, AFN and SEQ at least; L has 14 bits."""
_PROTOCOL = 2
_OF_PROTOCOL = {0: "none", 1: "Q/GDW 130 (2005)", 3: "reserved"}


class Frame(NamedTuple):
    """One frame whose lengths, protocol identifier and checksum hold.

    Attributes:
        control: C; see the properties.
        region: A1, four BCD digits (行政区划码).
        terminal: A2, 1–65535 (终端地址).
        master: MSA, A3 bits 7–1: of the master station that asked.
        is_group: A3 bit 0: ``terminal`` is the address of a group.
        afn: Application function code.
        sequence: SEQ; see the properties.
        data: Data units and what follows them (password, event counter, time tag).
    """

    control: int
    region: str
    terminal: int
    master: int
    is_group: bool
    afn: int
    sequence: int
    data: bytes

    @property
    def is_uplink(self) -> bool:
        """Whether the terminal sent it (DIR)."""
        return bool(self.control & 0x80)

    @property
    def is_initiated(self) -> bool:
        """Whether its sender began the exchange (PRM)."""
        return bool(self.control & 0x40)

    @property
    def has_events(self) -> bool:
        """Whether the terminal says that important events wait (ACD); EC follows the data."""
        return self.is_uplink and bool(self.control & 0x20)

    @property
    def link_function(self) -> int:
        """Function of the link layer, whose meaning depends on PRM."""
        return self.control & 0x0F

    @property
    def has_time_tag(self) -> bool:
        """Whether a time tag Tp ends the data (TpV)."""
        return bool(self.sequence & 0x80)

    @property
    def is_first(self) -> bool:
        """Whether it is the first of its message (FIR)."""
        return bool(self.sequence & 0x40)

    @property
    def is_final(self) -> bool:
        """Whether it is the last of its message (FIN)."""
        return bool(self.sequence & 0x20)

    @property
    def wants_answer(self) -> bool:
        """Whether its sender waits for an acknowledgement (CON)."""
        return bool(self.sequence & 0x10)

    @property
    def number(self) -> int:
        """Number of question and answer, 0–15 (PSEQ/RSEQ)."""
        return self.sequence & 0x0F

    @property
    def address(self) -> str:
        """Logical address: region, then the terminal in five decimal digits."""
        return f"{self.region}{self.terminal:05d}"


def parse_frame(frame: bytes) -> Frame:
    """Take a whole frame apart, which begins with its first 68 and ends with its 16.

    Raises:
        FrameError: With the first byte that is not as it must be.
    """
    length = _user_data_length(frame)
    end = HEADER + length
    if len(frame) < end + 2:
        reason = f"ends after {len(frame)} bytes; L says {end + 2}"
        raise FrameError(reason, len(frame))
    if len(frame) > end + 2:
        raise FrameError(f"goes on after the {end + 2} bytes that L says", end + 2)
    if frame[end + 1] != END:
        raise FrameError(f"ends with {frame[end + 1]:02X}; expected 16", end + 1)
    checksum = sum(frame[HEADER:end]) & 0xFF
    if frame[end] != checksum:
        raise FrameError(f"CS is {frame[end]:02X}; the bytes add up to {checksum:02X}", end)
    region = frame[8:6:-1].hex()
    if not region.isdecimal():
        raise FrameError(f"A1 is {region.upper()}; expected four decimal digits", 7)
    return Frame(
        control=frame[6],
        region=region,
        terminal=int.from_bytes(frame[9:11], "little"),
        master=frame[11] >> 1,
        is_group=bool(frame[11] & 1),
        afn=frame[12],
        sequence=frame[13],
        data=frame[DATA_OFFSET:end],
    )


def _user_data_length(frame: bytes) -> int:
    """Length of C to the last data byte, from a header of which every byte is checked."""
    if len(frame) < HEADER:
        raise FrameError(f"ends after {len(frame)} bytes; the header alone has 6", len(frame))
    if frame[0] != START:
        raise FrameError(f"begins with {frame[0]:02X}; expected 68", 0)
    if frame[5] != START:
        raise FrameError(f"{frame[5]:02X} stands after the lengths; expected 68", 5)
    if frame[1:3] != frame[3:5]:
        first, second = frame[1:3].hex().upper(), frame[3:5].hex().upper()
        raise FrameError(f"L is {first} and then {second}; expected the same twice", 3)
    both = int.from_bytes(frame[1:3], "little")
    if both & 3 != _PROTOCOL:
        reason = f"protocol identifier {both & 3}, {_OF_PROTOCOL[both & 3]}; expected 2 (376.1)"
        raise FrameError(reason, 1)
    length = both >> 2
    if length < SMALLEST:
        raise FrameError(f"L counts {length} bytes; C, A, AFN and SEQ alone are {SMALLEST}", 1)
    return length


def find_frames(buffer: bytes, *, ended: bool = False) -> tuple[list[Frame], int]:
    """Whole frames in a piece of a stream; what belongs to none is passed over.

    A frame that has begun waits for its rest, so what is found does not depend on where the stream
    was cut.

    Args:
        buffer: What has arrived and is not yet consumed.
        ended: The line has fallen silent: nothing more will come to complete a frame.

    Returns:
        The frames, and how many bytes of ``buffer`` are done with: the caller keeps the others.
    """
    found: list[Frame] = []
    at = 0
    while (at := buffer.find(START, at)) >= 0:
        try:
            end = at + OVERHEAD + _user_data_length(buffer[at : at + HEADER])
            found.append(parse_frame(buffer[at:end]))
            at = end
        except FrameError as error:
            if at + error.offset >= len(buffer) and not ended:
                return found, at
            at += 1
    return found, len(buffer)
