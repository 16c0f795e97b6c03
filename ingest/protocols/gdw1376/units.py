"""Data units of Q/GDW 1376.1: the values of one function at one point, from and to bytes."""

from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import NamedTuple

from ingest.protocols.decoded import FrameError, Value
from ingest.protocols.gdw1376 import formats
from ingest.protocols.gdw1376.identifiers import write_functions, write_points
from ingest.protocols.gdw1376.payloads import DENSITIES, PAYLOADS, Mark, Payload

_MARKS = {Mark.DAY: "A.20", Mark.MONTH: "A.21", Mark.CURVE: "A.15"}
_CODES = {minutes: code for code, minutes in DENSITIES.items()}
MOST_TARIFFS = 12
"""The standard's own bound of M in its 2009 functions; more than that is no number of tariffs."""

MOST_BLOCKS = 31
"""Ports of a terminal have five bits, and 0 is none."""


class DataUnit(NamedTuple):
    """One function at one point.

    Attributes:
        point: pn, 0 the terminal; ``EVERY_POINT`` in a question for all.
        function: Fn.
        payload: Its layout; null where there are no values or the layout is not known.
        label: Day or first of the month that it is about, or instant of a curve's first point.
        interval_minutes: Between the points of a curve; null where it says that none is frozen.
        point_count: Points of a curve, asked or given.
        read_at: When the terminal read the meter, by its own clock.
        values: In the frame's order: column by column, each total and tariffs, or point by point.
        rest: Bytes that the table does not explain.
        offset: Of its data in the frame.
    """

    point: int
    function: int
    payload: Payload | None = None
    label: date | datetime | None = None
    interval_minutes: int | None = None
    point_count: int | None = None
    read_at: datetime | None = None
    values: tuple[Value, ...] = ()
    rest: bytes = b""
    offset: int = 0

    @property
    def closes_at(self) -> datetime | None:
        """Local instant at which frozen registers stood so: the end of the day or month.

        What DL/T 645 and DL/T 698.45 would stamp the same registers with.
        """
        if self.payload is None or self.label is None:
            return None
        if self.payload.mark is Mark.DAY:
            return datetime.combine(self.label, time()) + timedelta(days=1)
        if self.payload.mark is Mark.MONTH:
            after = self.label.replace(day=1) + timedelta(days=32)
            return datetime.combine(after.replace(day=1), time())
        return None

    @property
    def is_read_too_early(self) -> bool:
        """Whether it was read before the day or month of its label had ended.

        Then the terminal labels with the meter's stamp (D+1), or its clock is wrong: no reading to
        take without asking.
        """
        closes_at = self.closes_at
        return closes_at is not None and self.read_at is not None and self.read_at < closes_at


class Reader:
    """Bytes of data units, read from front to back.

    Attributes:
        offset: In the frame, of the next byte.
    """

    def __init__(self, data: bytes, offset: int) -> None:
        """Begin with the first byte of ``data``, which stands at ``offset`` in the frame."""
        self._data, self._at, self.offset = data, 0, offset

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._at

    def take(self, count: int, what: str) -> bytes:
        """The next bytes.

        Raises:
            FrameError: There are fewer.
        """
        if count > self.left:
            reason = f"the data end {self.left} bytes into the {count} of {what}"
            raise FrameError(reason, self.offset + self.left)
        taken = self._data[self._at : self._at + count]
        self._at += count
        self.offset += count
        return taken

    def value(self, form: str) -> Value:
        """The next value, in a data format."""
        offset = self.offset
        return formats.read(form, self.take(formats.width(form), f"a {form}"), offset)


def read_answer(reader: Reader, afn: int, point: int, function: int) -> DataUnit:
    """The values of a data unit that a terminal sends."""
    payload, offset = PAYLOADS[afn, function], reader.offset
    label, minutes, count = _read_mark(reader, payload.mark)
    read_at = reader.value("A.15") if payload.has_read_time else None
    times = _tariffs(reader) + 1 if payload.has_tariffs else 1
    values = [
        reader.value(form)
        for _ in range(_blocks(reader) if payload.has_blocks else 1)
        for column in payload.columns
        for _ in range(times if count is None else count)
        for form in ((column.form, "A.17") if column.occurs else (column.form,))
    ]
    return DataUnit(
        point,
        function,
        payload,
        label,
        minutes,
        count,
        read_at if isinstance(read_at, datetime) else None,
        tuple(values),
        offset=offset,
    )


def read_question(reader: Reader, afn: int, point: int, function: int) -> DataUnit:
    """What a master station asks for: of class 2 it names the day, month or curve."""
    payload, offset = PAYLOADS[afn, function], reader.offset
    label, minutes, count = _read_mark(reader, payload.mark)
    return DataUnit(point, function, payload, label, minutes, count, offset=offset)


def _read_mark(reader: Reader, mark: Mark) -> tuple[date | None, int | None, int | None]:
    """Label, minutes and number of points of a curve."""
    if mark is Mark.NONE:
        return None, None, None
    label = reader.value(_MARKS[mark])
    dated = label if isinstance(label, date) else None
    if mark is not Mark.CURVE:
        return dated, None, None
    density, count = reader.take(2, "density and number of points")
    if density and density not in DENSITIES:
        known = ", ".join(map(str, DENSITIES))
        raise FrameError(f"density {density} of a curve is none of 0, {known}", reader.offset - 2)
    return dated, DENSITIES.get(density), count


def _tariffs(reader: Reader) -> int:
    [count] = reader.take(1, "the number of tariffs")
    if count > MOST_TARIFFS:
        reason = f"{count} tariffs; expected at most {MOST_TARIFFS}"
        raise FrameError(reason, reader.offset - 1)
    return count


def _blocks(reader: Reader) -> int:
    [count] = reader.take(1, "the number of blocks")
    if count > MOST_BLOCKS:
        reason = f"{count} blocks; expected at most {MOST_BLOCKS}"
        raise FrameError(reason, reader.offset - 1)
    return count


def write_answer(afn: int, unit: DataUnit) -> bytes:
    """A data unit as a terminal sends it, DA and DT before it.

    Raises:
        ValueError: A value does not fit its format, or they are not as many as the layout has.
    """
    payload = PAYLOADS[afn, unit.function]
    written = write_question(afn, unit)
    if payload.has_read_time:
        written += formats.write("A.15", unit.read_at)
    forms = [
        (column.form, "A.17") if column.occurs else (column.form,) for column in payload.columns
    ]
    times = unit.point_count
    if payload.has_blocks:
        blocks, over = divmod(len(unit.values), len(forms))
        if over or blocks > MOST_BLOCKS:
            raise ValueError(f"{len(unit.values)} values are no blocks of '{payload.name}'")
        written += bytes((blocks,))
        forms, times = forms * blocks, 1
    elif times is None:
        times, over = divmod(len(unit.values), sum(map(len, forms)))
        if over or not (1 <= times <= MOST_TARIFFS + 1 if payload.has_tariffs else times == 1):
            raise ValueError(f"{len(unit.values)} values do not fill '{payload.name}'")
        written += bytes((times - 1,)) if payload.has_tariffs else b""
    one_by_one = chain.from_iterable(form * times for form in forms)
    pairs = zip(one_by_one, unit.values, strict=True)
    return written + b"".join(formats.write(form, value) for form, value in pairs)


def write_question(afn: int, unit: DataUnit) -> bytes:
    """A data unit as a master station asks for it: DA, DT and what dates it."""
    mark = PAYLOADS[afn, unit.function].mark
    written = write_points(unit.point) + write_functions(unit.function)
    if mark is Mark.NONE:
        return written
    written += formats.write(_MARKS[mark], unit.label)
    if mark is not Mark.CURVE:
        return written
    code = 0 if unit.interval_minutes is None else _CODES[unit.interval_minutes]
    return written + bytes((code, unit.point_count or 0))
