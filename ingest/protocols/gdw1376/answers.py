"""What terminals send, for the simulated field: link frames and answers to questions."""

from collections.abc import Iterable
from datetime import datetime

from ingest.protocols.gdw1376 import encoding, formats, forwarding
from ingest.protocols.gdw1376.application import ACKNOWLEDGE, FORWARD, LINK
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.identifiers import write_functions, write_points
from ingest.protocols.gdw1376.units import DataUnit, write_answer

_LOGIN, _LOGOUT, _HEARTBEAT = 1, 2, 3
_ALL, _NONE = 1, 2
_WANTS_ANSWER, _ACD = 0x10, 0x20


def login(terminal: Terminal, number: int) -> bytes:
    """A terminal makes itself known; it wants an acknowledgement."""
    return _link(terminal, number, _LOGIN, b"")


def logout(terminal: Terminal, number: int) -> bytes:
    """A terminal takes its leave; it wants an acknowledgement."""
    return _link(terminal, number, _LOGOUT, b"")


def heartbeat(terminal: Terminal, number: int, clock: datetime | None = None) -> bytes:
    """A terminal shows that it lives, and since the edition of 2013 what its clock says [M]."""
    data = formats.write("A.01", clock) if clock else b""
    return _link(terminal, number, _HEARTBEAT, data)


def _link(terminal: Terminal, number: int, function: int, data: bytes) -> bytes:
    data = write_points(0) + write_functions(function) + data
    sequence = _WANTS_ANSWER | number & 0x0F
    return encoding.message(terminal, encoding.LINK_TEST, LINK, sequence, data)


def acknowledgement(terminal: Terminal, number: int, *, is_denied: bool = False) -> bytes:
    """A terminal agrees to everything, or denies everything: it has no such data (全部否认)."""
    data = write_points(0) + write_functions(_NONE if is_denied else _ALL)
    return encoding.message(terminal, encoding.ANSWER, ACKNOWLEDGE, number & 0x0F, data)


def readings(
    terminal: Terminal,
    number: int,
    afn: int,
    units: Iterable[DataUnit],
    *,
    events: tuple[int, int] | None = None,
) -> bytes:
    """Values of class 1 (AFN 0C) or class 2 (AFN 0D).

    Args:
        terminal: Which answers.
        number: Of the question.
        afn: 0C or 0D.
        units: With labels and values; ``payload`` is found by their function.
        events: Counters EC1 and EC2, where important events wait.

    Raises:
        ValueError: Values that do not fill the layout, or do not fit.
    """
    data = b"".join(write_answer(afn, unit) for unit in units) + bytes(events or ())
    control = encoding.ANSWER | (_ACD if events else 0)
    return encoding.message(terminal, control, afn, number & 0x0F, data)


def forwarded(terminal: Terminal, number: int, *, port: int, frame: bytes) -> bytes:
    """What a meter answered to a forwarded question; no bytes if it did not."""
    data = write_points(0) + write_functions(1) + forwarding.write_answer(port, frame)
    return encoding.message(terminal, encoding.ANSWER, FORWARD, number & 0x0F, data)
