"""The one way from a frame to bytes; it lets nothing pass that could change a meter or terminal.

A master station may acknowledge (AFN 00), ask for data (0C, 0D) and have a meter asked for data
(10 F1 around a DL/T 645 frame that reads). Setting, control, reset, authentication and files
(AFN 01, 04, 05, 06, 0F …) have no encoder, here or elsewhere.
"""

from typing import NamedTuple

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645.frame import ReadFunction
from ingest.protocols.dlt645.frame import parse_frame as parse_meter_frame
from ingest.protocols.gdw1376.application import (
    ACKNOWLEDGE,
    CLASS_1,
    CLASS_2,
    FORWARD,
    LINK,
    parse_application,
)
from ingest.protocols.gdw1376.forwarding import parse_forwarded
from ingest.protocols.gdw1376.frame import DATA_OFFSET, END, HEADER, LARGEST, START, Frame

CONFIRM, LINK_CONFIRM, ASK = 0x00, 0x0B, 0x4B
"""C of a master station: acknowledgement, answer to a link frame, request (class 2 of the link)."""
ANSWER, LINK_TEST = 0x88, 0xC9
"""C of a terminal: user data in answer, link test of its own accord."""
_PROTOCOL = 2
_OF_MASTER = {
    (CONFIRM, ACKNOWLEDGE),
    (LINK_CONFIRM, ACKNOWLEDGE),
    (ASK, CLASS_1),
    (ASK, CLASS_2),
    (ASK, FORWARD),
}
_OF_TERMINAL = (ACKNOWLEDGE, LINK, CLASS_1, CLASS_2, FORWARD)
_READING = {function.value for function in ReadFunction}


class Terminal(NamedTuple):
    """Whom a frame is about.

    Attributes:
        region: Four decimal digits.
        number: Of the terminal, 1–65535.
        master: MSA of the master station, 0–127.
    """

    region: str
    number: int
    master: int = 1


def message(terminal: Terminal, control: int, afn: int, sequence: int, data: bytes) -> bytes:
    """Bytes of a message of one frame.

    Args:
        terminal: To or from which it goes.
        control: C.
        afn: Application function code.
        sequence: SEQ of which FIR and FIN are set here.
        data: Data units, and what follows them.

    Raises:
        ValueError: As of :func:`encode_frame`.
    """
    frame = Frame(
        control,
        terminal.region,
        terminal.number,
        terminal.master,
        is_group=False,
        afn=afn,
        sequence=sequence | 0x60,
        data=data,
    )
    return encode_frame(frame)


def encode_frame(frame: Frame) -> bytes:
    """Bytes of a frame that reads or answers.

    Raises:
        ValueError: It could do more than read, or a part does not fit its place.
    """
    _refuse_commands(frame)
    region = frame.region
    if len(region) != 4 or not (region.isascii() and region.isdecimal()):
        raise ValueError(f"region '{region}' is not four decimal digits")
    if not 1 <= frame.terminal <= 0xFFFF or not 0 <= frame.master <= 0x7F:
        raise ValueError(f"terminal {frame.terminal} or MSA {frame.master} is out of range")
    length = DATA_OFFSET - HEADER + len(frame.data)
    if length > LARGEST:
        raise ValueError(f"{len(frame.data)} bytes of data; a frame holds {LARGEST - 8}")
    size = (length << 2 | _PROTOCOL).to_bytes(2, "little")
    address = bytes.fromhex(region)[::-1] + frame.terminal.to_bytes(2, "little")
    head = bytes((frame.control,)) + address
    body = head + bytes((frame.master << 1, frame.afn, frame.sequence)) + frame.data
    return bytes((START, *size, *size, START)) + body + bytes((sum(body) & 0xFF, END))


def _refuse_commands(frame: Frame) -> None:
    is_allowed = (
        frame.afn in _OF_TERMINAL
        if frame.is_uplink
        else (frame.control, frame.afn) in _OF_MASTER
        and (frame.afn != FORWARD or _forwards_reading(frame))
    )
    if not is_allowed or frame.is_group:
        raise ValueError(
            f"C {frame.control:02X} with AFN {frame.afn:02X} is not sent: only questions, answers "
            "and acknowledgements are, to one terminal, and forwarded frames only if they read."
        )


def _forwards_reading(frame: Frame) -> bool:
    try:
        [unit] = parse_application(frame).units
        inner = parse_forwarded(unit.rest, unit.offset, is_uplink=False).frame
        return unit.function == 1 and parse_meter_frame(inner).control in _READING
    except (FrameError, ValueError):
        return False
