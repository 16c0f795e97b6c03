"""A terminal that speaks Q/GDW 1376.1, and the meters behind it."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import cycle, groupby

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.sessions.collected import Collected
from ingest.collection.sessions.forwarded645 import meters_answer
from ingest.collection.sessions.local_clock import A_DAY, instants, to_utc
from ingest.collection.sessions.meter645 import Heard, Reading
from ingest.collection.sessions.own_count import count_at_ports
from ingest.collection.sessions.reach import Reach
from ingest.collection.sessions.terminal_link import TerminalLink
from ingest.collection.sessions.unasked1376 import Unasked1376
from ingest.collection.sessions.waiting import Not
from ingest.collection.sessions.wire1376 import Question, Told, Wire1376, unsupported
from ingest.collection.wants import Kind, Want
from ingest.collectors.wire.gdw1376 import CURVES, FREEZES, MEASURED
from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645.frame import Frame
from ingest.protocols.gdw1376.application import CLASS_1, CLASS_2, FORWARD
from ingest.protocols.gdw1376.forwarding import (
    EVEN_2400,
    LONGEST_WAIT,
    Forwarded,
    parse_forwarded,
)
from ingest.protocols.gdw1376.payloads import DENSITIES
from ingest.protocols.gdw1376.requests import (
    forward_reading,
    read_curve,
    read_frozen,
    read_now,
)
from ingest.protocols.gdw1376.units import DataUnit

_CURVES = {channel: function for function, channel in CURVES.items()}
_MEASURED = tuple(sorted(MEASURED))
_FREEZES = {channel: function for function, channel in FREEZES.items()}
_CLOCK = 2
_MOST_POINTS = 96
"""Points of a curve asked for at once: a day of quarters."""

_BYTE_PAUSE_MS = 100


class Terminal1376:
    """One connected terminal; asked by one at a time."""

    def __init__(self, link: TerminalLink) -> None:
        """Begin with an identified connection; later ones follow by ``serve``."""
        self._reach = Reach(link)
        # Numbers go on over all connections: an old answer fits no new question.
        self._wire = Wire1376(self._reach, cycle(range(16)))
        self._setting, self._limits, self._zone = link.setting, link.limits, link.setting.zone

    @property
    def link(self) -> TerminalLink:
        """The latest connection; it may be gone."""
        return self._reach.link

    @property
    def address(self) -> str:
        """Of the terminal: region, and its number in five digits."""
        return self.link.address

    async def serve(self, link: TerminalLink, greeted: Callable[[], Awaitable[None]]) -> None:
        """Listen until a connection is gone; ``greeted`` is called when it may be asked over it."""
        await self._reach.serve(link, Unasked1376(link).take, greeted)

    def leave(self) -> None:
        """Wait for no further connection."""
        self._reach.leave()

    async def read(self, want: Want) -> list[Exchange]:
        """Read one want.

        Raises:
            ExchangeError: A question got no usable answer.
        """
        return (await self.read_many([want])).of_one()

    async def read_many(self, wants: Iterable[Want]) -> Collected:
        """Read wants, with those that want the same of the same span in one question."""
        collected, stored = Collected(), []
        for want in wants:
            if want.kind is Kind.CLOCK:
                await self._from_meter(want, want, collected)
            elif (why := _why_not(want)) is not None:
                error = unsupported(f"terminal {self.address}, meter {want.meter.address}: {why}")
                collected.fail([want], error)
            else:
                stored.append(want)
        for group in self._groups(stored):
            await self._from_store(group, collected)
        return collected

    async def read_clock(self) -> list[Exchange]:
        """The terminal's own clock.

        Raises:
            ExchangeError: It does not tell.
        """
        question = Question(
            partial(read_now, units=[(0, _CLOCK)]),
            [(CLASS_1, DataUnit(0, _CLOCK))],
            f"terminal {self.address}, clock",
            self._limits.answer_seconds,
        )
        return (await self._wire.ask(question, lambda told: told)).exchanges

    async def read_own_count(self) -> list[Exchange]:
        """How many of its meters the terminal says it read; see ``own_count``."""
        return await count_at_ports(self._wire, self.address, self._limits)

    def _groups(self, wants: Iterable[Want]) -> Iterator[list[Want]]:
        def alike(want: Want) -> tuple:
            meter = want.meter
            return want.kind, want.first, want.last, meter.interval_minutes, _functions(want)

        for _, same in groupby(sorted(wants, key=alike), key=alike):
            group = list(same)
            rows = min(_MOST_POINTS, len(instants(group[0], self._zone)))
            most = max(1, self._limits.rows_per_question // max(1, rows * len(alike(group[0])[4])))
            most = min(self._limits.meters_per_question, most)
            yield from (group[at : at + most] for at in range(0, len(group), most))

    async def _from_store(self, group: Sequence[Want], collected: Collected) -> None:
        """What the terminal holds; of what it has not got, a DL/T 645 meter is asked through it."""
        wanted = instants(group[0], self._zone)
        size = 1 if group[0].kind is Kind.FREEZE else _MOST_POINTS
        held: set[tuple[int, int, datetime]] = set()
        for at in range(0, len(wanted), size):
            try:
                told = await self._ask_store(group, wanted[at : at + size])
            except ExchangeError as error:
                collected.fail(group, error)
                return
            collected.exchanges += told.exchanges
            held |= {key for unit in told.units for key in _instants_told(unit)}
        for want in group:
            point = want.meter.measuring_point or 0
            functions = _registers(want)
            missing = [
                instant
                for instant in wanted
                if any((point, function, instant) not in held for function in functions)
            ]
            if missing and want.meter.protocol == "dlt645":
                first, last = (to_utc(one, self._zone) for one in (missing[0], missing[-1]))
                await self._from_meter(want, replace(want, first=first, last=last), collected)

    async def _ask_store(self, group: Sequence[Want], wanted: Sequence[datetime]) -> Told:
        first = group[0]
        pairs = [
            (want.meter.measuring_point or 0, function)
            for want in group
            for function in _functions(want)
        ]
        label: date = wanted[0]
        if first.kind is Kind.FREEZE:
            # The registers of midnight are those of the day that ended then.
            label = (wanted[0] - A_DAY).date()
            build = partial(read_frozen, units=pairs, day=label)
        else:
            build = partial(
                read_curve,
                units=pairs,
                first=wanted[0],
                interval_minutes=first.meter.interval_minutes,
                point_count=len(wanted),
            )
        question = Question(
            build,
            [(CLASS_2, DataUnit(point, function, label=label)) for point, function in pairs],
            f"terminal {self.address}, {first.kind} of {len(group)} meters from {label}",
            self._limits.answer_seconds,
            first.meter.address if len(group) == 1 else None,
        )
        return await self._wire.ask(question, lambda told: told)

    async def _from_meter(self, origin: Want, want: Want, collected: Collected) -> None:
        if want.meter.protocol != "dlt645":
            text = f"meter {want.meter.address} speaks {want.meter.protocol}; only frames of "
            collected.fail([origin], unsupported(f"{text}DL/T 645 are forwarded"))
            return
        reading = Reading(self, want, self._limits, self._zone, self._setting.now)
        try:
            await reading.run()
        except ExchangeError as error:
            collected.fail([origin], error)
        collected.exchanges += reading.exchanges

    async def ask(
        self, address: str, request: bytes, judge: Callable[[Frame], Not | None]
    ) -> Heard:
        """Have a DL/T 645 meter behind the terminal asked (AFN 10 F1).

        Raises:
            ExchangeError: Nothing usable came.
        """
        what = f"terminal {self.address}, meter {address}"
        patience = min(self._limits.told_seconds, LONGEST_WAIT)
        forwarded = Forwarded(
            self._limits.forwarding_port, request, EVEN_2400, patience * 1000, _BYTE_PAUSE_MS
        )

        def use(told: Told) -> Heard:
            octets = b""
            for unit in told.units:
                try:
                    octets = parse_forwarded(unit.rest, unit.offset, is_uplink=True).frame
                except FrameError as error:
                    text = f"{what}: {error}"
                    raise ExchangeError(text, reason="mismatch", may_retry=True) from error
            return Heard(meters_answer(octets, judge, what), told.exchanges[-1])

        return await self._wire.ask(
            Question(
                partial(forward_reading, question=forwarded),
                [(FORWARD, DataUnit(0, 1))],
                what,
                self._limits.proxied_seconds + self._limits.answer_seconds,
                address,
            ),
            use,
        )


def _functions(want: Want) -> tuple[int, ...]:
    """Functions of class 2 that give what is wanted."""
    measured = _MEASURED if want.meter.measurements and want.kind is Kind.CURVE else ()
    return (*_registers(want), *measured)


def _registers(want: Want) -> tuple[int, ...]:
    by_channel = _FREEZES if want.kind is Kind.FREEZE else _CURVES
    return tuple(by_channel[channel] for channel in want.meter.channels if channel in by_channel)


def _why_not(want: Want) -> str | None:
    if not want.meter.measuring_point:
        return "its measuring point in the terminal is not known"
    minutes = want.meter.interval_minutes
    if want.kind is Kind.CURVE and minutes not in DENSITIES.values():
        return f"terminals keep no curves of {minutes} min"
    return None


def _instants_told(unit: DataUnit) -> Iterator[tuple[int, int, datetime]]:
    """Point, function and instant of every register that is there."""
    if unit.is_read_too_early or not unit.values:
        return
    if unit.closes_at is not None:
        if isinstance(unit.values[0], Decimal):
            yield unit.point, unit.function, unit.closes_at
        return
    if not isinstance(unit.label, datetime) or unit.interval_minutes is None:
        return
    for number, value in enumerate(unit.values):
        if isinstance(value, Decimal):
            at = unit.label + timedelta(minutes=unit.interval_minutes * number)
            yield unit.point, unit.function, at
