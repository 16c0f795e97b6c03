"""A terminal that speaks DL/T 698.45, and the meters behind it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import cycle, groupby

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.sessions.collected import Collected, backoff_seconds
from ingest.collection.sessions.forwarded645 import meters_answer
from ingest.collection.sessions.local_clock import instants, to_utc
from ingest.collection.sessions.meter645 import Heard, Reading
from ingest.collection.sessions.own_count import count_of_tasks
from ingest.collection.sessions.questions698 import (
    CLOCK,
    clocks,
    columns,
    forwarded,
    from_meter,
    from_store,
    rows_told,
)
from ingest.collection.sessions.reach import Reach
from ingest.collection.sessions.scalers698 import Scalers698
from ingest.collection.sessions.terminal_link import TerminalLink
from ingest.collection.sessions.unasked698 import Unasked698
from ingest.collection.sessions.waiting import Not
from ingest.collection.sessions.wire698 import Told, Wire698, refused, table_of
from ingest.collection.wants import Kind, Want
from ingest.protocols.dlt645.frame import Frame
from ingest.protocols.dlt698.dar import dar_name
from ingest.protocols.dlt698.messages import ProxyAnswer, ProxyResults, Result, Results
from ingest.protocols.dlt698.requests import (
    get,
    get_record,
    proxy_command,
    proxy_get_list,
    proxy_get_record,
)
from ingest.protocols.dlt698.values import meter_digits


class Terminal698:
    """One connected terminal; asked by one at a time."""

    def __init__(self, link: TerminalLink) -> None:
        """Begin with an identified connection; later ones follow by ``serve``."""
        self._reach = Reach(link)
        # Numbers go on over all connections: an old answer fits no new question.
        self._wire = Wire698(self._reach, cycle(range(64)))
        self._scalers = Scalers698(self._wire, link.setting)
        self._setting, self._limits, self._zone = link.setting, link.limits, link.setting.zone

    @property
    def link(self) -> TerminalLink:
        """The latest connection; it may be gone."""
        return self._reach.link

    @property
    def address(self) -> str:
        """Of the terminal."""
        return self.link.address

    async def serve(self, link: TerminalLink, greeted: Callable[[], Awaitable[None]]) -> None:
        """Listen until a connection is gone; ``greeted`` is called when it may be asked over it."""
        async with Unasked698(link, self._scalers) as unasked:
            await self._reach.serve(link, unasked.take, greeted)

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
        collected, pieces = Collected(), Collected()
        origin: dict[Want, Want] = {}
        wants = list(wants)
        unknown = await self._scalers.learn(
            want.meter.address for want in wants if want.kind is not Kind.CLOCK
        )
        for want in wants:
            if want.meter.protocol == "dlt645":
                await self._read_645(want, collected)
            elif want.kind is not Kind.CLOCK and want.meter.address in unknown:
                collected.fail([want], unknown[want.meter.address])
            elif want.meter.protocol == "dlt698":
                origin |= dict.fromkeys(self._pieces(want), want)
            else:
                text = f"meter {want.meter.address} speaks {want.meter.protocol}, not 645 or 698"
                error = ExchangeError(text, reason="unsupported", may_retry=False)
                collected.fail([want], error)
        for group in self._groups(origin):
            if group[0].kind is Kind.CLOCK:
                await self._read_clocks(group, pieces)
            else:
                await self._from_store(group, pieces)
        collected.exchanges += pieces.exchanges
        for piece, error in pieces.failures.items():
            collected.fail([origin[piece]], error)
        return collected

    async def read_clock(self) -> list[Exchange]:
        """The terminal's own clock.

        Raises:
            ExchangeError: It does not tell.
        """
        what = f"terminal {self.address}, clock"

        def use(told: Told) -> list[Exchange]:
            match told.body:
                case Results((Result(_, None, int(dar)),)):
                    raise refused(f"{what}: {dar_name(dar)} (DAR {dar})", told.exchanges, dar)
            return told.exchanges

        return await self._wire.ask(
            lambda number: get(CLOCK, number), use, seconds=self._limits.answer_seconds, what=what
        )

    async def read_own_count(self) -> list[Exchange]:
        """How many of its meters the terminal says it read; see ``own_count``."""
        return await count_of_tasks(self._wire, self.address, self._limits)

    def _pieces(self, want: Want) -> list[Want]:
        """The want in spans of no more rows than one question may bring."""
        if want.kind is Kind.CLOCK:
            return [want]
        wanted, most = instants(want, self._zone), self._limits.rows_per_question
        return [
            replace(want, first=to_utc(part[0], self._zone), last=to_utc(part[-1], self._zone))
            for part in (wanted[at : at + most] for at in range(0, len(wanted), most))
        ]

    def _groups(self, wants: Iterable[Want]) -> Iterator[list[Want]]:
        """Wants that one question can ask for."""

        def alike(want: Want) -> tuple:
            if want.kind is Kind.CLOCK:
                return (want.kind,)
            minutes = want.meter.interval_minutes
            return want.kind, want.first, want.last, minutes, columns(want)

        for _, same in groupby(sorted(wants, key=alike), key=alike):
            group = list(same)
            rows = 1 if group[0].kind is Kind.CLOCK else len(instants(group[0], self._zone))
            most = min(
                self._limits.meters_per_question, max(1, self._limits.rows_per_question // rows)
            )
            yield from (group[at : at + most] for at in range(0, len(group), most))

    async def _from_store(self, group: Sequence[Want], collected: Collected) -> None:
        """What the terminal holds; what it has not got is fetched from the meter."""
        question = from_store(group, self._zone)
        what = f"terminal {self.address}, {group[0].kind} of {len(group)} meters"
        meter = group[0].meter.address if len(group) == 1 else None
        try:
            told = await self._wire.ask(
                lambda number: get_record(question, number),
                lambda told: table_of(told, what),
                seconds=self._limits.answer_seconds,
                what=what,
                meter=meter,
            )
        except ExchangeError as error:
            if error.reason != "refused" or len(group) == 1:
                collected.fail(group, error)
                return
            for want in group:  # one of them may be why
                await self._from_store([want], collected)
            return
        collected.exchanges += told.exchanges
        rows = rows_told(told.body)
        for want in group:
            unnamed = rows.get(None, set()) if meter is not None else set()
            held = rows.get(want.meter.address, unnamed)
            missing = [at for at in instants(want, self._zone) if at not in held]
            if missing:
                await self._from_meter(want, missing, collected)

    async def _from_meter(
        self, want: Want, missing: Sequence[datetime], collected: Collected
    ) -> None:
        question = from_meter(want, missing, self._limits.told_seconds)
        what = f"terminal {self.address}, {want.kind} from meter {want.meter.address}"
        try:
            told = await self._wire.ask(
                lambda number: proxy_get_record(question, number),
                lambda told: table_of(told, what),
                seconds=self._limits.proxied_seconds + self._limits.answer_seconds,
                what=what,
                meter=want.meter.address,
            )
        except ExchangeError as error:
            collected.fail([want], error)
        else:
            collected.exchanges += told.exchanges

    async def _read_clocks(self, group: Sequence[Want], collected: Collected) -> None:
        """Clocks of several meters; those that failed for now are asked again by themselves."""
        left = list(group)
        for attempt in range(1, self._limits.attempts + 1):
            try:
                failed = await self._ask_clocks(left, collected)
            except ExchangeError as error:
                collected.fail(left, error)
                return
            again = [want for want, error in failed.items() if error.may_retry]
            is_last = attempt == self._limits.attempts
            for want, error in failed.items():
                if is_last or not error.may_retry:
                    collected.fail([want], error)
            if is_last or not again:
                return
            left = again
            random = self._setting.random
            await asyncio.sleep(backoff_seconds(attempt, self._limits, random))

    async def _ask_clocks(
        self, wants: Sequence[Want], collected: Collected
    ) -> dict[Want, ExchangeError]:
        question = clocks(wants, self._limits.told_seconds)
        what = f"terminal {self.address}, clocks of {len(wants)} meters"
        told = await self._wire.ask(
            lambda number: proxy_get_list(question, number),
            lambda told: told,
            seconds=self._limits.proxied_seconds * len(wants) + self._limits.answer_seconds,
            what=what,
            meter=wants[0].meter.address if len(wants) == 1 else None,
        )
        collected.exchanges += told.exchanges
        if not isinstance(told.body, ProxyResults):
            return {}
        dars = {
            meter_digits(target.address): result.dar
            for target in told.body.targets
            for result in target.results
            if result.dar is not None
        }
        return {
            want: refused(f"meter {address}, clock: {dar_name(dar)}", told.exchanges, dar)
            for want in wants
            if (dar := dars.get(address := want.meter.address)) is not None
        }

    async def _read_645(self, want: Want, collected: Collected) -> None:
        reading = Reading(self, want, self._limits, self._zone, self._setting.now)
        try:
            await reading.run()
        except ExchangeError as error:
            collected.fail([want], error)
        collected.exchanges += reading.exchanges

    async def ask(
        self, address: str, request: bytes, judge: Callable[[Frame], Not | None]
    ) -> Heard:
        """Have a DL/T 645 meter behind the terminal asked (TransCommand).

        Raises:
            ExchangeError: Nothing usable came.
        """
        what = f"terminal {self.address}, meter {address}"
        question = forwarded(request, self._limits.told_seconds)

        def use(told: Told) -> Heard:
            match told.body:
                case ProxyAnswer(_, bytes(octets)):
                    return Heard(meters_answer(octets, judge, what), told.exchanges[-1])
                case ProxyAnswer(_, None, int(dar)):
                    raise refused(f"{what}: {dar_name(dar)} (DAR {dar})", told.exchanges, dar)
            text = f"{what}: the terminal brought no frame"
            raise ExchangeError(text, reason="mismatch", may_retry=True)

        return await self._wire.ask(
            lambda number: proxy_command(question, number),
            use,
            seconds=self._limits.proxied_seconds + self._limits.answer_seconds,
            what=what,
            meter=address,
        )
