"""Transparent forwarding (数据转发, AFN 10 F1): a meter's own frame inside a frame of 376.1.

Question: port, communication settings, two waits, length, frame; answer: port, length, frame.
Both seen in real frames; settings and waits alike in three implementations.
"""

from typing import NamedTuple

from ingest.protocols.decoded import FrameError
from ingest.protocols.gdw1376.units import Reader

EVEN_2400 = 0x6B
"""2400 bit/s, one stop bit, even parity, eight bits: what DL/T 645 meters use on RS-485.

Bits 7–5 rate (0 300, 1 600, 2 1200, 3 2400, 4 4800, 5 7200, 6 9600, 7 19200), 4 two stop bits,
3 parity, 2 odd, 1–0 bits less five.
"""
_IN_SECONDS = 0x80
LONGEST_WAIT = 127


class Forwarded(NamedTuple):
    """A forwarded frame.

    Attributes:
        port: Of the terminal, 1 to 31; 31 is the carrier module (路由载波).
        frame: Bytes for the meter or from it; empty where it did not answer.
        settings: Of the serial line, in a question.
        wait_ms: How long the terminal waits for the first byte [ms], in a question.
        byte_wait_ms: How long it waits between two bytes [ms], in a question.
    """

    port: int
    frame: bytes
    settings: int | None = None
    wait_ms: int | None = None
    byte_wait_ms: int | None = None


def parse_forwarded(data: bytes, offset: int, *, is_uplink: bool) -> Forwarded:
    """The data of a unit of AFN 10 F1.

    Raises:
        FrameError: They are not as long as they say.
    """
    reader = Reader(data, offset)
    [port] = reader.take(1, "the port")
    settings = wait = byte_wait = None
    if not is_uplink:
        settings, wait, byte_wait = reader.take(3, "settings and waits")
    length = int.from_bytes(reader.take(2, "the length of the forwarded frame"), "little")
    frame = reader.take(length, "the forwarded frame")
    if reader.left:
        reason = f"{reader.left} bytes stand behind the {length} of the forwarded frame"
        raise FrameError(reason, reader.offset)
    if settings is None or wait is None or byte_wait is None:
        return Forwarded(port, frame)
    wait_ms = (wait & 0x7F) * (1000 if wait & _IN_SECONDS else 10)
    return Forwarded(port, frame, settings, wait_ms, byte_wait * 10)


def write_question(forwarded: Forwarded) -> bytes:
    """The data of a question of AFN 10 F1; the wait in whole seconds, rounded up.

    Raises:
        ValueError: A part does not fit its byte.
    """
    seconds = -(-(forwarded.wait_ms or 0) // 1000)
    byte_wait = (forwarded.byte_wait_ms or 0) // 10
    if not 1 <= seconds <= LONGEST_WAIT or not 0 <= byte_wait <= 0xFF:
        raise ValueError(f"a wait of {forwarded.wait_ms} ms; expected 1 to {LONGEST_WAIT} s")
    head = bytes((forwarded.port, forwarded.settings or 0, _IN_SECONDS | seconds, byte_wait))
    return head + len(forwarded.frame).to_bytes(2, "little") + forwarded.frame


def write_answer(port: int, frame: bytes) -> bytes:
    """The data of an answer of AFN 10 F1."""
    return bytes((port,)) + len(frame).to_bytes(2, "little") + frame
