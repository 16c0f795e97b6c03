"""A terminal (集中器) that speaks Q/GDW 1376.1: logs in, answers for its measuring points."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from ingest.protocols.decoded import FrameError, Value
from ingest.protocols.dlt645.frame import parse_frame as parse_645
from ingest.protocols.gdw1376 import answers
from ingest.protocols.gdw1376.application import (
    ACKNOWLEDGE,
    CLASS_1,
    CLASS_2,
    FORWARD,
    parse_application,
)
from ingest.protocols.gdw1376.encoding import Terminal, encode_frame
from ingest.protocols.gdw1376.forwarding import parse_forwarded
from ingest.protocols.gdw1376.frame import Frame, find_frames, parse_frame
from ingest.protocols.gdw1376.identifiers import EVERY_POINT
from ingest.protocols.gdw1376.payloads import OWN_COUNT
from ingest.protocols.gdw1376.units import DataUnit
from ingest.simulated.field.dlt645_bus import Bus645
from ingest.simulated.field.faults import Answer, Fault
from ingest.simulated.field.meters import DAY, FieldMeter, Kept
from ingest.simulated.field.own_count import port_values
from ingest.simulated.field.terminals import Site

_CLOCK = 2
_FREEZES = {161: "import", 163: "export"}
_REGISTERS_NOW = {129: "import", 131: "export"}
_COUNTS = -4
_FIRST, _LAST = 0x40, 0x20
_MOST_OCTETS = 4000
"""Of data in a frame; what is longer comes in several (FIR, FIN)."""


def _measured(kind: int, place: int, decimals: int) -> Callable[[FieldMeter, datetime], Value]:
    def found(meter: FieldMeter, at: datetime) -> Value:
        numbers = meter.measured(at)[kind]
        is_there = meter.is_measuring and place < len(numbers)
        return Decimal(numbers[place]).scaleb(-decimals) if is_there else None

    return found


def _register(channel: str) -> Callable[[FieldMeter, datetime], Value]:
    return lambda meter, at: Decimal(meter.register(channel, at) // 100).scaleb(-2)


_CURVES: dict[int, Callable[[FieldMeter, datetime], Value]] = {
    **{81 + place: _measured(2, place, 4) for place in range(4)},
    **{89 + place: _measured(0, place, 1) for place in range(3)},
    **{92 + place: _measured(1, place, 3) for place in range(3)},
    101: _register("import"),
    103: _register("export"),
}
"""Class 2, what stands at each point: powers, voltages, currents, registers (示值曲线)."""


class Terminal1376:
    """One terminal on its connection.

    Attributes:
        site: Its meters, its store and its clock.
        is_logged_in: Whether a link frame of its was acknowledged.
    """

    def __init__(self, site: Site) -> None:
        """Switch it on.

        Raises:
            ValueError: Its address is not a region of four digits and a number of five.
        """
        if len(site.address) != 9:
            raise ValueError(f"terminal '{site.address}'; expected nine digits, region and number")
        self.site, self.is_logged_in = site, False
        self._own = Terminal(site.address[:4], int(site.address[4:]))
        self._points = dict(enumerate(site.meters.values(), start=1))
        self._bus = Bus645(site.meters.values(), site.clock)
        self._link_number = 0

    def login(self) -> bytes:
        """The frame with which it makes itself known."""
        self._link_number = (self._link_number + 1) % 16
        return answers.login(self._own, self._link_number)

    def heartbeat(self) -> bytes:
        """The frame that shows that it lives, and what its clock says."""
        self._link_number = (self._link_number + 1) % 16
        return answers.heartbeat(self._own, self._link_number, self.site.local_clock())

    def due_report(self, *, again: bool) -> Answer | None:  # noqa: ARG002 - others report
        """Nothing: this terminal waits to be asked."""
        return None

    def find(self, buffer: bytes) -> tuple[list[Frame], int]:
        """Frames in a stream, and how many bytes are done with."""
        return find_frames(buffer)

    def answer(self, frame: Frame) -> Answer | None:
        """What it says to a frame; None: nothing."""
        if frame.is_uplink or frame.address != self.site.address:
            return None
        try:
            units = parse_application(frame).units
        except FrameError:
            return self._denial(frame)
        if frame.afn == ACKNOWLEDGE:
            self.is_logged_in |= frame.number == self._link_number
            return None
        if frame.afn == FORWARD:
            return self._forwarded(frame, units[0])
        if frame.afn not in (CLASS_1, CLASS_2):
            return self._denial(frame)
        answer_to = self._now if frame.afn == CLASS_1 else self._history
        found = [
            said
            for unit in units
            for number in self._numbers(unit)
            if (said := answer_to(number, unit)) is not None
        ]
        return self._readings(frame, found) if found else self._denial(frame)

    def _numbers(self, unit: DataUnit) -> Iterable[int]:
        return self._points if unit.point == EVERY_POINT else (unit.point,)

    def _denial(self, frame: Frame) -> Answer:
        """It has no such data (全部否认)."""
        denied = answers.acknowledgement(self._master(frame), frame.number, is_denied=True)
        return Answer((denied,))

    def _master(self, frame: Frame) -> Terminal:
        return self._own._replace(master=frame.master)

    def _readings(self, frame: Frame, units: list[DataUnit]) -> Answer:
        def said(
            units: list[DataUnit], number: int = frame.number, most: int = _MOST_OCTETS
        ) -> tuple[bytes, ...]:
            own = self._master(frame)
            whole = [answers.readings(own, number, frame.afn, [one]) for one in units]
            return _in_frames([parse_frame(octets) for octets in whole], most)

        empty = [one._replace(values=(None,) * len(one.values)) for one in units]
        spoilt = {
            Fault.MISMATCH: lambda: said(units, frame.number ^ 1),
            Fault.NO_VALUES: lambda: said(empty),
        }
        if len(units) > 1:
            spoilt[Fault.FRAGMENTED] = lambda: said(units, most=1)
        return Answer(said(units), spoilt, self._shown(units))

    def _shown(self, units: Iterable[DataUnit]) -> frozenset[Fault]:
        for unit in units:
            if unit.function == OWN_COUNT and self.site.overcount:
                return frozenset({Fault.OVERCOUNT})
            meter = self._points.get(unit.point)
            if meter is None or not isinstance(unit.label, datetime):
                continue
            first = meter.instant(unit.label)
            length = timedelta(minutes=unit.interval_minutes or 0) * (unit.point_count or 0)
            if meter.met_cuts(first, first + length):
                return frozenset({Fault.POWER_CUT})
        return frozenset()

    def _now(self, number: int, asked: DataUnit) -> DataUnit | None:
        """Class 1: the terminal's clock, registers as the meters show them now."""
        if number == 0:
            return self._of_itself(asked.function)
        meter, channel = self._points.get(number), _REGISTERS_NOW.get(asked.function)
        now = self.site.clock()
        if meter is None or channel is None or meter.is_cut(now):
            return None
        return DataUnit(
            number,
            asked.function,
            read_at=meter.local(now).replace(second=0, microsecond=0),
            values=_tariffs(meter, channel, now),
        )

    def _of_itself(self, function: int) -> DataUnit | None:
        if function == _CLOCK:
            clock = self.site.local_clock().replace(microsecond=0)
            return DataUnit(0, _CLOCK, values=(clock,))
        if function == OWN_COUNT and (values := port_values(self.site)):
            return DataUnit(0, OWN_COUNT, values=values)
        return None

    def _history(self, number: int, asked: DataUnit) -> DataUnit | None:
        """Class 2: what it has read of the meter; None: nothing of what is asked for."""
        meter = self._points.get(number)
        if meter is None:
            return None
        return self._curve(meter, number, asked) or self._freeze(meter, number, asked)

    def _curve(self, meter: FieldMeter, number: int, asked: DataUnit) -> DataUnit | None:
        value, label = _CURVES.get(asked.function), asked.label
        minutes, count = asked.interval_minutes, asked.point_count
        if value is None or not isinstance(label, datetime) or not minutes or not count:
            return None
        first, step = meter.instant(label), timedelta(minutes=minutes)
        end = first + step * count
        held = {
            at
            for at in self.site.store.held(meter, first, end, self.site.clock())
            if meter.kept(at) is Kept.WHOLE
        }
        values = tuple(
            value(meter, at) if (at := first + step * place) in held else None
            for place in range(count)
        )
        return asked._replace(point=number, values=values) if held else None

    def _freeze(self, meter: FieldMeter, number: int, asked: DataUnit) -> DataUnit | None:
        """Registers at the end of the day that the label names."""
        channel, label = _FREEZES.get(asked.function), asked.label
        if channel is None or label is None or isinstance(label, datetime):
            return None
        at = meter.instant(datetime(label.year, label.month, label.day) + DAY)  # noqa: DTZ001 - local
        if (
            not self.site.store.held(meter, at, at + DAY, self.site.clock(), daily=True)
            or meter.kept(at) is not Kept.WHOLE
        ):
            return None
        read_at = meter.local(self.site.store.read_at(at))
        values = _tariffs(meter, channel, at)
        return asked._replace(point=number, read_at=read_at, values=values)

    def _forwarded(self, frame: Frame, unit: DataUnit) -> Answer | None:
        """A frame sent out of a port; no bytes come back where no meter answers."""
        try:
            asked = parse_forwarded(unit.rest, unit.offset, is_uplink=False)
            heard = self._bus.answer(parse_645(asked.frame)) if self.site.is_proxying else None
        except FrameError:
            return self._denial(frame)

        def said(frames: Iterable[bytes], number: int = frame.number) -> tuple[bytes, ...]:
            inner = b"".join(frames)
            own = self._master(frame)
            return (answers.forwarded(own, number, port=asked.port, frame=inner),)

        if heard is None:
            return Answer(said(()))
        spoilt = {
            fault: lambda wrong=wrong: said(wrong())
            for fault, wrong in heard.spoilt.items()
            if fault is not Fault.FRAGMENTED
        }
        return Answer(said(heard.frames), spoilt, heard.shows)


def _in_frames(units: list[Frame], most: int) -> tuple[bytes, ...]:
    """One message of the data units that these frames hold one each, cut between units.

    Args:
        units: At least one.
        most: Octets of data that a frame takes before the next begins. All have the number of the
            question [M]: whether it counts on is done differently.
    """
    filled = [units[0]]
    for one in units[1:]:
        if len(filled[-1].data) + len(one.data) > most:
            filled.append(one)
        else:
            filled[-1] = filled[-1]._replace(data=filled[-1].data + one.data)
    last = len(filled) - 1
    return tuple(
        encode_frame(one._replace(sequence=one.number | _FIRST * (not at) | _LAST * (at == last)))
        for at, one in enumerate(filled)
    )


def _tariffs(meter: FieldMeter, channel: str, at: datetime) -> tuple[Decimal, ...]:
    """The total and its tariffs: what the meter shows, with zeros behind its two decimals."""
    return tuple(Decimal(counts).scaleb(_COUNTS) for counts in meter.tariff_registers(channel, at))
