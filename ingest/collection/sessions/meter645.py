"""What is asked of a DL/T 645-2007 meter, over whatever line it is reached."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.local_clock import A_DAY, instants, step_of, to_local
from ingest.collection.sessions.waiting import Not
from ingest.collection.wants import Kind, Want
from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645.catalogue import ERRORS
from ingest.protocols.dlt645.decode import decode_frame
from ingest.protocols.dlt645.follow_ups import join_follow_ups
from ingest.protocols.dlt645.frame import ABNORMAL, FUNCTION, MORE, Frame, ReadFunction, is_meant
from ingest.protocols.dlt645.identifiers import travelling
from ingest.protocols.dlt645.load_record import LoadRecord, parse_load_records
from ingest.protocols.dlt645.requests import (
    FROM_TIME,
    read_data,
    read_follow_up,
    read_load_records,
)

DATE, TIME = "04000101", "04000102"
FREEZE_KINDS = {
    "import": "01",
    "export": "02",
    "reactive_import": "03",
    "reactive_export": "04",
}
"""DI1 of the block of a daily freeze (05 06 kk 0n), by channel."""

OLDEST_FREEZE = 62
"""Daily freezes that a meter keeps."""

_NEAR_MIDNIGHT = timedelta(minutes=15)
"""Within which a meter may freeze while it is read; its clock is replaced if further off."""

_LAST_FOLLOW_UP = 255


class Heard(NamedTuple):
    """A frame of the meter, and the exchange in which it came."""

    frame: Frame
    exchange: Exchange


class Line(Protocol):
    """The way to a meter; it repeats questions, and raises ExchangeError where none is answered."""

    async def ask(
        self, address: str, request: bytes, judge: Callable[[Frame], Not | None]
    ) -> Heard:
        """The first frame of the meter ``address`` that ``judge`` does not refuse."""
        ...


@dataclass(slots=True)
class Reading:
    """One want of one meter, as it is read.

    Attributes:
        exchanges: What came so far.
    """

    line: Line
    want: Want
    limits: Limits
    zone: ZoneInfo
    now: Callable[[], datetime]
    exchanges: list[Exchange] = field(default_factory=list)

    async def run(self) -> None:
        """Ask for everything that is wanted.

        Raises:
            ExchangeError: A question got no usable answer; what came before it stays.
        """
        match self.want.kind:
            case Kind.CURVE:
                await self._curve()
            case Kind.FREEZE:
                await self._freezes()
            case Kind.CLOCK:
                await self._data(DATE)
                await self._data(TIME)

    async def _curve(self) -> None:
        wanted = instants(self.want, self.zone)
        step = step_of(self.want)
        if not wanted:
            return
        at, last = wanted[0], wanted[-1]
        while at <= last:
            records = await self._records(at, min(last, self._end_of_question(at, step)), step)
            times = [record.recorded_at for record in records if record.recorded_at is not None]
            if times:
                # A meter that gives earlier records than it was asked for must not hold us here.
                at = max(at, *times) + step
            else:
                found = await self._behind_hole(at, last, step)
                if found is None:
                    return
                at = found

    def _end_of_question(self, at: datetime, step: timedelta) -> datetime:
        return at + step * (self.limits.records_per_question - 1)

    async def _behind_hole(
        self, missed: datetime, last: datetime, step: timedelta
    ) -> datetime | None:
        """The first record behind a hole that begins at ``missed``; None: none until ``last``.

        Strides double, then halve: a hole of n records costs about 2 log2(n) questions. Records
        that lie like islands between two probes are not seen; they stay wanted.
        """
        stride, found = step, None
        while found is None:
            if missed >= last:
                return None
            probe = min(missed + stride, last)
            if await self._records(probe, probe, step):
                found = probe
            else:
                missed, stride = probe, stride * 2
        while found - missed > step:
            probe = missed + (found - missed) // step // 2 * step
            if await self._records(probe, probe, step):
                found = probe
            else:
                missed = probe
        return found

    async def _records(
        self, first: datetime, last: datetime, step: timedelta
    ) -> tuple[LoadRecord, ...]:
        """Load records from ``first``; none where the meter says E0E0."""
        address = self.want.meter.address
        count = (last - first) // step + 1
        request = read_load_records(address, records=count, start=first)

        def starts_before(frame: Frame) -> bool:
            return (at := _first_record(frame)) is not None and at < first

        whole = await self._data(FROM_TIME, request, starts_before)
        try:
            return parse_load_records(whole.data[4:])
        except FrameError as error:
            text = f"meter {address}, load records from {first}: {error}"
            raise ExchangeError(text, reason="mismatch", may_retry=True) from error

    async def _freezes(self) -> None:
        wanted = instants(self.want, self.zone)
        stamps: dict[int, datetime | None] = {}
        latest = await self._stamp(1, stamps)
        too_old = []
        for midnight in reversed(wanted):
            back = (latest.date() - midnight.date()).days + 1 if latest else 0
            if back > OLDEST_FREEZE:
                too_old.append(midnight)
            elif back >= 1 and (number := await self._number_of(midnight, back, stamps)):
                await self._frozen(number)
        if self._is_near_midnight() and await self._stamp(1, {}) != latest:
            self.exchanges.clear()  # numbers moved while they were used
            text = f"meter {self.want.meter.address} froze its registers while they were read"
            raise ExchangeError(text, reason="mismatch", may_retry=True)
        if too_old:
            text = (
                f"meter {self.want.meter.address}: the freeze of {max(too_old).date()} is more "
                f"than {OLDEST_FREEZE} days before its last"
            )
            raise ExchangeError(text, reason="unsupported", may_retry=False)

    async def _number_of(
        self, midnight: datetime, most: int, stamps: dict[int, datetime | None]
    ) -> int | None:
        """Which freeze is that of ``midnight``: the ``most``-th, or a later one if any were missed.

        Stamps fall with the number, by a day at least.
        """
        lowest, number = 1, most
        while lowest <= most:
            stamp = await self._stamp(number, stamps)
            if stamp is not None and stamp.date() == midnight.date():
                return number
            if stamp is None or stamp < midnight:
                most = number - 1
            else:
                lowest = number + 1
            number = (lowest + most) // 2
        return None

    async def _stamp(self, number: int, stamps: dict[int, datetime | None]) -> datetime | None:
        """When the ``number``-th freeze before now was; null where there is none."""
        if number not in stamps:
            identifier = f"050600{number:02X}"
            stamps[number] = _moment(await self._data(identifier), identifier)
        return stamps[number]

    async def _frozen(self, number: int) -> None:
        for channel in self.want.meter.channels:
            if (kind := FREEZE_KINDS.get(channel)) is not None:
                await self._data(f"0506{kind}{number:02X}")

    def _is_near_midnight(self) -> bool:
        local = to_local(self.now(), self.zone)
        since = local - datetime.combine(local.date(), time())
        return min(since, A_DAY - since) < _NEAR_MIDNIGHT

    async def _data(
        self,
        identifier: str,
        request: bytes | None = None,
        is_stale: Callable[[Frame], bool] = lambda _: False,
    ) -> Frame:
        """The answer for an identifier, with its follow-ups fetched and joined to it."""
        address = self.want.meter.address
        request = request or read_data(address, identifier)
        judge = _judge(address, identifier, ReadFunction.DATA)

        def fresh(frame: Frame) -> Not | None:
            return judge(frame) or (Not.OURS if is_stale(frame) else None)

        heard = [await self.line.ask(address, request, fresh)]
        self._refuse_refusal(heard[0], identifier)
        while heard[-1].frame.control & MORE and len(heard) <= _LAST_FOLLOW_UP:
            number = len(heard)
            request = read_follow_up(address, identifier, number)
            judge = _judge(address, identifier, ReadFunction.FOLLOW_UP, number)
            heard.append(await self.line.ask(address, request, judge))
            self._refuse_refusal(heard[-1], identifier)
        try:
            whole = join_follow_ups([one.frame for one in heard])
        except FrameError as error:
            text = f"meter {address}, {identifier}: {error}"
            raise ExchangeError(text, reason="mismatch", may_retry=True) from error
        self.exchanges += [one.exchange for one in heard]
        return whole

    def _refuse_refusal(self, heard: Heard, identifier: str) -> None:
        frame, exchange = heard
        if not frame.control & ABNORMAL:
            return
        try:
            why = ERRORS.read(frame.data[:1]) if frame.data else None
        except FrameError:
            why = None
        text = f"meter {frame.address} refuses {identifier}: {why or 'without saying why'}"
        raise ExchangeError(text, reason="refused", may_retry=False, answer=exchange.answer)


def _judge(
    address: str, identifier: str, function: ReadFunction, sequence: int | None = None
) -> Callable[[Frame], Not | None]:
    """Tells answers to this question from others: by address, function, DI and sequence number."""
    named = travelling(identifier)

    def judge(frame: Frame) -> Not | None:
        if not frame.is_answer:
            return Not.AN_ANSWER
        if frame.control & FUNCTION != function.value or not is_meant(address, frame.address):
            return Not.OURS
        if frame.control & ABNORMAL:  # a refusal does not say of what
            return None
        is_next = sequence is None or frame.data[-1:] == bytes([sequence])
        return None if frame.data[:4] == named and is_next else Not.OURS

    return judge


def _first_record(frame: Frame) -> datetime | None:
    """When the first load record of an answer was kept, even of one whose rest is to follow."""
    size = frame.data[6] + 5 if len(frame.data) > 6 else 0
    try:
        records = parse_load_records(frame.data[4 : 4 + size])
    except FrameError:
        return None
    return records[0].recorded_at if records else None


def _moment(answer: Frame, identifier: str) -> datetime | None:
    try:
        [told] = decode_frame(answer).fields
    except (FrameError, ValueError) as error:
        text = f"meter {answer.address}, {identifier}: {error}"
        raise ExchangeError(text, reason="mismatch", may_retry=True) from error
    return told.value if isinstance(told.value, datetime) else None
