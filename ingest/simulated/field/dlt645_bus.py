"""Meters that speak DL/T 645-2007 on one line: they answer what reads, and to nothing else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645.answers import answer_address, answer_data, load_record_data, refusal
from ingest.protocols.dlt645.follow_ups import split_answer
from ingest.protocols.dlt645.frame import (
    Frame,
    ReadFunction,
    encode_request,
    find_frames,
    is_meant,
)
from ingest.protocols.dlt645.load_record import CLASSES, LoadRecord
from ingest.protocols.dlt645.requests import FROM_TIME, LATEST
from ingest.protocols.dlt645.values import MOMENT, number
from ingest.register_energy import COUNTS_PER_KWH
from ingest.simulated.field.faults import Answer, Fault
from ingest.simulated.field.meters import DAY, QUARTER, FieldMeter, Kept

MOST_FREEZES = 62
"""Daily freezes that a meter keeps; older ones are gone."""
_LINES = {"01": "import", "02": "export"}
_READ = {function.value for function in ReadFunction}
_SHORT_FRAME, _LONGEST = 20, 200
_DIGITS = 8
_WITH_START, _WITHOUT_START = 6, 1


@dataclass(frozen=True, slots=True)
class Spoilable:
    """The data field of an answer, and how it would be wrong.

    Attributes:
        right: As it should be.
        without_values: FF where values are.
        without_time: FF where the time of a record is; None: it has none.
        shows: Lasting faults that it makes visible.
    """

    right: bytes
    without_values: bytes
    without_time: bytes | None = None
    shows: frozenset[Fault] = frozenset()


class Bus645:
    """What is heard on a line to which some meters are connected.

    Attributes:
        meters: By address; those that speak another protocol keep silent.
    """

    def __init__(
        self, meters: Iterable[FieldMeter], clock: Callable[[], datetime], *, preamble: int = 4
    ) -> None:
        """Connect the meters; ``clock`` gives the true time."""
        self.meters = {one.address: one for one in meters if one.protocol == "dlt645"}
        self._clock, self._preamble = clock, preamble
        self._more: dict[tuple[str, str], list[bytes]] = {}

    def find(self, buffer: bytes) -> tuple[list[Frame], int]:
        """Frames in a stream, and how many bytes are done with."""
        found, used = find_frames(buffer)
        return [one for one in found if isinstance(one, Frame)], used

    def answer(self, frame: Frame) -> Answer | None:
        """What the meter asked says; None: all keep silent.

        They do to answers, to whatever does not read, to addresses that none or several have, and
        while they are without power.
        """
        request, now = frame, self._clock()
        heard = self.meters.get(request.address)
        if heard is None:
            meant = [one for one in self.meters.values() if is_meant(request.address, one.address)]
            heard = meant[0] if len(meant) == 1 else None
        if heard is None or request.is_answer or request.control not in _READ or heard.is_cut(now):
            return None
        function = ReadFunction(request.control)
        if function is ReadFunction.ADDRESS:
            return Answer((answer_address(heard.address, preamble=self._preamble),))
        identifier, rest = request.data[:4][::-1].hex().upper(), request.data[4:]
        if function is ReadFunction.FOLLOW_UP and len(rest) == 1:
            frames = self._more.get((heard.address, identifier), [])
            if 1 <= rest[0] <= len(frames):
                return self._echoed(request, (frames[rest[0] - 1],))
        elif function is ReadFunction.DATA and len(identifier) == _DIGITS:
            data = answer_of(heard, identifier, rest, now)
            if data is not None:
                return self._split(request, heard, identifier, data)
        refused = refusal(function, heard.address, "no such data", preamble=self._preamble)
        return Answer((refused,))

    def _split(self, request: Frame, meter: FieldMeter, identifier: str, data: Spoilable) -> Answer:
        """The first frame of an answer; the others wait until they are asked for."""

        def frames(field: bytes, longest: int = _LONGEST, address: str = "") -> tuple[bytes, ...]:
            first, *more = split_answer(
                address or meter.address, field, longest=longest, preamble=self._preamble
            )
            self._more[meter.address, identifier] = more
            return (first,)

        spoilt: dict[Fault, Callable[[], tuple[bytes, ...]]] = {
            Fault.MISMATCH: lambda: frames(data.right, address=_next_address(meter.address)),
            Fault.NO_VALUES: lambda: frames(data.without_values),
        }
        if data.without_time is not None:
            without_time = data.without_time
            spoilt[Fault.NULL_TIME] = lambda: frames(without_time)
        if len(data.right) > _SHORT_FRAME:
            spoilt[Fault.FRAGMENTED] = lambda: frames(
                data.right, min(len(data.right) // 2, _LONGEST)
            )
        right = frames(data.right)
        return self._echoed(request, right, spoilt, data.shows)

    def _echoed(
        self,
        request: Frame,
        frames: tuple[bytes, ...],
        spoilt: dict[Fault, Callable[[], tuple[bytes, ...]]] | None = None,
        shows: frozenset[Fault] = frozenset(),
    ) -> Answer:
        function = ReadFunction(request.control)
        asked = encode_request(function, request.address, request.data, preamble=self._preamble)
        return Answer(frames, {**(spoilt or {}), Fault.ECHO: lambda: (asked, *frames)}, shows)


def answer_of(meter: FieldMeter, identifier: str, rest: bytes, now: datetime) -> Spoilable | None:
    """What stands behind a data identifier; None: no such data.

    Args:
        meter: Which is asked.
        identifier: Eight digits, DI3 first.
        rest: What follows it in the question: how many load records, and from when.
        now: The true time.
    """
    if identifier[:2] == "06":
        return _load_records(meter, identifier, rest, now)
    values = _values(meter, identifier, now)
    if values is None or rest:
        return None
    nothing = answer_data(identifier, [None] * len(values))
    is_time = identifier[:6] == "050600"
    is_clock = identifier[:6] == "040001" and bool(meter.drift)
    return Spoilable(
        answer_data(identifier, values),
        nothing,
        nothing if is_time else None,
        frozenset({Fault.DRIFT}) if is_clock else frozenset(),
    )


def _values(meter: FieldMeter, identifier: str, now: datetime) -> list | None:  # noqa: PLR0911
    di3, di2, di1, di0 = (identifier[at : at + 2] for at in (0, 2, 4, 6))
    local = meter.clock(now)
    if di3 == "00" and di2 in _LINES and di0 == "00":
        registers = [_kwh(counts) for counts in meter.tariff_registers(_LINES[di2], now)]
        if di1 == "FF":
            return registers
        return [registers[int(di1, 16)]] if int(di1, 16) < len(registers) else None
    if di3 == "02" and di0 == "00":
        return _measured(meter, di2, di1, now)
    if identifier == "04000101":
        weekday = Decimal(local.isoweekday() % 7)
        return [weekday, date(local.year, local.month, local.day)]
    if identifier == "04000102":
        return [local.time().replace(microsecond=0)]
    if (di3, di2) == ("05", "06"):
        return _frozen(meter, di1, int(di0, 16), now)
    return None


def _frozen(meter: FieldMeter, what: str, back: int, now: datetime) -> list | None:
    """The ``back``-th last daily freeze; where the meter has not so many, its time is FF."""
    if not 1 <= back <= MOST_FREEZES or what not in ("00", *_LINES):
        return None
    # Days without power are no freezes: the count goes over them.
    freezes = meter.recorded(now - DAY * 2 * MOST_FREEZES, now + QUARTER, now, daily=True)
    at = freezes[-back] if back <= len(freezes) else None
    if what == "00":
        return [at and meter.local(at)]
    if at is None or meter.kept(at) is not Kept.WHOLE:
        return [None] * 5
    return [_kwh(counts) for counts in meter.tariff_registers(_LINES[what], at)]


def _measured(meter: FieldMeter, what: str, which: str, now: datetime) -> list | None:
    """Voltages, currents, powers; FF for phases that the meter does not have."""
    measured, absent = meter.measured(now), [None] * (3 - meter.phases)
    found: dict[str, list[Decimal | None]] = {
        "01": [*(Decimal(v).scaleb(-1) for v in measured.decivolts), *absent],
        "02": [*(Decimal(a).scaleb(-3) for a in measured.milliamperes), *absent],
        "03": [*(Decimal(w).scaleb(-4) for w in measured.deciwatts), *absent],
    }
    values, first = found.get(what), 0 if what == "03" else 1
    if values is None or which == "FF":
        return values
    place = int(which, 16) - first
    return [values[place]] if 0 <= place < len(values) else None


def _load_records(
    meter: FieldMeter, identifier: str, rest: bytes, now: datetime
) -> Spoilable | None:
    """Load records: from a time on, the latest, or the earliest, as many as asked for."""
    length = _WITH_START if identifier == FROM_TIME else _WITHOUT_START
    if identifier[2:6] != "0000" or identifier > LATEST or len(rest) != length:
        return None
    try:
        count = int(number(1, 0).read(rest[:1]) or 0)
        start = MOMENT.read(rest[1:]) if identifier == FROM_TIME else None
    except FrameError:
        return None
    if not count or (identifier == FROM_TIME and start is None):
        return None
    first = meter.instant(start) if start else meter.begin
    if start:
        # Without power there may be no record for long: look as far as there can be any.
        lost = sum((cut.last - cut.first for cut in meter.cuts), QUARTER - QUARTER)
        reach = QUARTER * (meter.interval_minutes // 15) * (count + 1) + lost
        instants = meter.recorded(first, first + reach, now)[:count]
    else:
        instants = meter.recorded(first, now + QUARTER, now)
        instants = instants[-count:] if identifier == LATEST else instants[:count]
    records = [_record(meter, at) for at in instants]
    empty = [LoadRecord(one.recorded_at, dict.fromkeys(one.values)) for one in records]
    timeless = [LoadRecord(None, one.values) for one in records]
    end = instants[-1] if instants else first + QUARTER
    is_lost = meter.met_cuts(first, end)
    return Spoilable(
        load_record_data(identifier, records),
        load_record_data(identifier, empty),
        load_record_data(identifier, timeless) if records else None,
        frozenset({Fault.POWER_CUT}) if is_lost else frozenset(),
    )


def _record(meter: FieldMeter, at: datetime) -> LoadRecord:
    """Energies, and what is measured where the meter's mode word says so."""
    values: dict[str, Decimal | None] = dict.fromkeys(CLASSES[3])
    if meter.is_measuring:
        values |= dict.fromkeys((*CLASSES[0], *CLASSES[1]))
    if meter.kept(at) is Kept.WHOLE:
        for identifier, channel in (("00010000", "import"), ("00020000", "export")):
            values[identifier] = _kwh(meter.register(channel, at))
        if meter.is_measuring:
            for what, first in (("01", 1), ("02", 1), ("03", 0)):
                for place, value in enumerate(_measured(meter, what, "FF", at) or ()):
                    values[f"02{what}{first + place:02X}00"] = value
    return LoadRecord(meter.local(at), values)


def _kwh(counts: int) -> Decimal:
    """Counts of 0.0001 kWh as a meter shows them, with two decimals."""
    return Decimal(counts * 100 // COUNTS_PER_KWH).scaleb(-2)


def _next_address(address: str) -> str:
    return f"{(int(address) + 1) % 10**12:012d}"
