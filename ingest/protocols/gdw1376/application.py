"""The data of a frame of Q/GDW 1376.1: its data units, and what follows them (AUX).

A question may end with a password PW (16 bytes; AFN 01, 04, 05, 06, 0F and 10), an answer with the
event counter EC where ACD says so, both with a time tag Tp where TpV says so: PW, EC, Tp in that
order. Seen in real frames: Tp in four, EC and Tp in one; PW in two implementations.
"""

from typing import NamedTuple

from ingest.protocols.decoded import FrameError, Value
from ingest.protocols.gdw1376 import formats
from ingest.protocols.gdw1376.frame import DATA_OFFSET, Frame
from ingest.protocols.gdw1376.identifiers import read_functions, read_points
from ingest.protocols.gdw1376.payloads import PAYLOADS
from ingest.protocols.gdw1376.units import DataUnit, Reader, read_answer, read_question

ACKNOWLEDGE, LINK, CLASS_1, CLASS_2, FORWARD = 0x00, 0x02, 0x0C, 0x0D, 0x10
PASSWORD_BYTES, EVENT_BYTES, TAG_BYTES = 16, 2, 6
_WITH_PASSWORD = (0x01, 0x04, 0x05, 0x06, 0x0F, FORWARD)
_WITHOUT_DATA = {(ACKNOWLEDGE, 1), (ACKNOWLEDGE, 2), (LINK, 1), (LINK, 2)}


class TimeTag(NamedTuple):
    """Tp: when the exchange began and how long it may take.

    Attributes:
        counter: PFC, of the frame that began it.
        sent: ``DD hh:mm:ss`` of the sender's clock; null if it gave none.
        minutes: Longest transmission that is worth an answer; 0: any.
    """

    counter: int
    sent: Value
    minutes: int


class Application(NamedTuple):
    """What a frame carries.

    Attributes:
        units: At least one; if the layout of one is not known it is the last.
        password: PW, null where there is none.
        events: EC1 and EC2, counters of important and ordinary events.
        tag: Tp.
    """

    units: tuple[DataUnit, ...]
    password: bytes | None
    events: tuple[int, int] | None
    tag: TimeTag | None


def parse_application(frame: Frame) -> Application:
    """Data units of a frame, of both directions.

    Raises:
        FrameError: With the offset in the frame at which the data are not as they must be.
    """
    sizes = (
        PASSWORD_BYTES * _has_password(frame),
        EVENT_BYTES * frame.has_events,
        TAG_BYTES * frame.has_time_tag,
    )
    end = len(frame.data) - sum(sizes)
    if end < 0:
        reason = f"{len(frame.data)} bytes of data; PW, EC and Tp alone are {sum(sizes)}"
        raise FrameError(reason, DATA_OFFSET)
    units = _units(frame, Reader(frame.data[:end], DATA_OFFSET))
    after = Reader(frame.data[end:], DATA_OFFSET + end)
    password, events, tag = (after.take(size, "AUX") for size in sizes)
    return Application(
        units,
        password or None,
        (events[0], events[1]) if events else None,
        _time_tag(tag, DATA_OFFSET + len(frame.data) - TAG_BYTES) if tag else None,
    )


def _has_password(frame: Frame) -> bool:
    if frame.is_uplink or frame.afn not in _WITH_PASSWORD:
        return False
    # Some master stations forward without one [M]; the forwarded frame tells its own length.
    forwarded = int.from_bytes(frame.data[8:10], "little") + 10
    after = len(frame.data) - TAG_BYTES * frame.has_time_tag
    return frame.afn != FORWARD or forwarded != after


def _time_tag(tag: bytes, offset: int) -> TimeTag:
    return TimeTag(tag[0], formats.read("A.16", tag[1:5], offset + 1), tag[5])


def _units(frame: Frame, reader: Reader) -> tuple[DataUnit, ...]:
    units: list[DataUnit] = []
    while reader.left or not units:
        points = read_points(reader.take(2, "DA"), reader.offset - 2)
        functions = read_functions(reader.take(2, "DT"), reader.offset - 2)
        for point in points:
            for function in functions:
                units.append(_unit(frame, reader, point, function))
                if units[-1].rest:
                    return tuple(units)
    return tuple(units)


def _unit(frame: Frame, reader: Reader, point: int, function: int) -> DataUnit:
    what, offset = (frame.afn, function), reader.offset
    # Editions before 2013 send no clock with a heartbeat [M].
    if what in _WITHOUT_DATA or (frame.afn == LINK and not reader.left):
        return DataUnit(point, function, offset=offset)
    if frame.afn == CLASS_1 and not frame.is_uplink:
        return DataUnit(point, function, PAYLOADS.get(what), offset=offset)
    if what in PAYLOADS:
        read = read_answer if frame.is_uplink else read_question
        return read(reader, frame.afn, point, function)
    return DataUnit(point, function, rest=reader.take(reader.left, "data"), offset=offset)
