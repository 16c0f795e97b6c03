"""What a master station sends to terminals: acknowledgements and questions, nothing else."""

from collections.abc import Iterable
from datetime import date, datetime

from ingest.protocols.gdw1376 import encoding, forwarding
from ingest.protocols.gdw1376.application import (
    ACKNOWLEDGE,
    CLASS_1,
    CLASS_2,
    FORWARD,
    LINK,
    PASSWORD_BYTES,
)
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.forwarding import Forwarded
from ingest.protocols.gdw1376.identifiers import write_functions, write_points
from ingest.protocols.gdw1376.payloads import PAYLOADS, Mark
from ingest.protocols.gdw1376.units import DataUnit, write_question

_ALL, _EACH = 1, 3
"""Functions of AFN 00: everything acknowledged, or unit by unit."""


def acknowledge(terminal: Terminal, number: int, *, afn: int) -> bytes:
    """Acknowledge a whole frame of a terminal (全部确认).

    Args:
        terminal: Which sent it.
        number: Of the frame acknowledged, 0–15.
        afn: Of the frame acknowledged; link frames are answered as such.
    """
    data = write_points(0) + write_functions(_ALL)
    return encoding.message(terminal, _confirmation(afn), ACKNOWLEDGE, number & 0x0F, data)


def acknowledge_units(
    terminal: Terminal, number: int, *, afn: int, errors: Iterable[tuple[int, int, int]]
) -> bytes:
    """Acknowledge a frame unit by unit: point, function and error of each, 0 if it is well."""
    data = write_points(0) + write_functions(_EACH) + bytes((afn,))
    for point, function, error in errors:
        data += write_points(point) + write_functions(function) + bytes((error,))
    return encoding.message(terminal, _confirmation(afn), ACKNOWLEDGE, number & 0x0F, data)


def _confirmation(afn: int) -> int:
    return encoding.LINK_CONFIRM if afn == LINK else encoding.CONFIRM


def read_now(terminal: Terminal, number: int, units: Iterable[tuple[int, int]]) -> bytes:
    """Ask for present values (AFN 0C).

    Args:
        terminal: That is asked.
        number: Of question and answer, 0–15.
        units: Points and functions.

    Raises:
        ValueError: A function whose answer could not be read.
    """
    asked = [DataUnit(point, function) for point, function in units]
    return _question(terminal, number, CLASS_1, asked, (Mark.NONE,))


def read_frozen(
    terminal: Terminal, number: int, units: Iterable[tuple[int, int]], day: date
) -> bytes:
    """Ask for what was frozen at the end of a day, or of the month of that day (AFN 0D)."""
    asked = [DataUnit(point, function, label=day) for point, function in units]
    return _question(terminal, number, CLASS_2, asked, (Mark.DAY, Mark.MONTH))


def read_curve(  # noqa: PLR0913 - the parts of a time label, each named
    terminal: Terminal,
    number: int,
    units: Iterable[tuple[int, int]],
    *,
    first: datetime,
    interval_minutes: int,
    point_count: int,
) -> bytes:
    """Ask for a piece of curves (AFN 0D).

    Args:
        terminal: That is asked.
        number: Of question and answer, 0–15.
        units: Points and functions.
        first: Local instant of the first point; that of a day of 96 points is 00:15.
        interval_minutes: 1, 5, 15, 30 or 60.
        point_count: 1–255.
    """
    if not 1 <= point_count <= 0xFF:
        raise ValueError(f"{point_count} points of a curve; expected 1 to 255")
    asked = [
        DataUnit(
            point,
            function,
            label=first,
            interval_minutes=interval_minutes,
            point_count=point_count,
        )
        for point, function in units
    ]
    return _question(terminal, number, CLASS_2, asked, (Mark.CURVE,))


def _question(
    terminal: Terminal, number: int, afn: int, units: list[DataUnit], marks: tuple[Mark, ...]
) -> bytes:
    for unit in units:
        payload = PAYLOADS.get((afn, unit.function))
        if payload is None or payload.mark not in marks:
            dated = " or ".join(mark.name.lower() for mark in marks)
            raise ValueError(f"AFN {afn:02X} F{unit.function} is not one to ask by {dated}")
    if not units:
        raise ValueError("nothing is asked; name at least one point and function")
    data = b"".join(write_question(afn, unit) for unit in units)
    return encoding.message(terminal, encoding.ASK, afn, number & 0x0F, data)


def forward_reading(terminal: Terminal, number: int, question: Forwarded) -> bytes:
    """Have a meter asked (AFN 10 F1); the password is zeros, as terminals want none to read [M].

    Raises:
        ValueError: The frame is not one of DL/T 645-2007 that reads (11, 12, 13).
    """
    data = write_points(0) + write_functions(1) + forwarding.write_question(question)
    data += bytes(PASSWORD_BYTES)
    return encoding.message(terminal, encoding.ASK, FORWARD, number & 0x0F, data)
