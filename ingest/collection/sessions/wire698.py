"""Messages of DL/T 698.45 with one terminal: what it says unasked, and one question at a time."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.sessions.collected import with_retries
from ingest.collection.sessions.local_clock import to_local
from ingest.collection.sessions.questions698 import dar_of
from ingest.collection.sessions.stream import Arrived
from ingest.collection.sessions.terminal_link import TerminalLink
from ingest.collection.sessions.waiting import Not, wait_for_answer
from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.blocks import Blocks
from ingest.protocols.dlt698.dar import dar_name, may_retry
from ingest.protocols.dlt698.fragments import (
    ACKNOWLEDGEMENT,
    FIRST,
    Reassembler,
    read_fragment,
)
from ingest.protocols.dlt698.link import (
    BY_CLIENT,
    FRAGMENTED,
    FROM_SERVER,
    LINK_MANAGEMENT,
    USER_DATA,
    LinkFrame,
)
from ingest.protocols.dlt698.matching import is_answer
from ingest.protocols.dlt698.messages import Apdu, Block, Body
from ingest.protocols.dlt698.requests import (
    acknowledge_fragment,
    acknowledge_report,
    get_next,
    link_answer,
    now,
    request_frame,
)
from ingest.protocols.dlt698.session_messages import ErrorMessage, LinkRequest, LinkResponse

ACCEPTED = 0
"""Result of LINK. Bit 7 (our clock can be trusted) stays 0: no terminal shall set its clock by us,
for we only read.
"""

_LOGOUT = 2
Used = TypeVar("Used")


class Told(NamedTuple):
    """What a question brought: the answer in one piece, and the frames it came in."""

    body: Body
    exchanges: list[Exchange]


class Wire698:
    """The two directions of one connection."""

    def __init__(self, link: TerminalLink, numbers: Iterator[int]) -> None:
        """Begin with the next of the terminal's numbers, 0 to 63 over and over (PIID)."""
        self.link = link
        self._numbers = numbers
        self._unasked = Reassembler()
        self._fragments: list[Arrived[LinkFrame]] = []

    async def take(self, arrived: Arrived[LinkFrame]) -> None:
        """Sort a frame: answers to the question under way, the rest is kept and answered."""
        frame = arrived.frame
        if not frame.control & FROM_SERVER or frame.address.removesuffix("F") != self.link.address:
            return  # our own echo, or another terminal's frame
        if frame.control & BY_CLIENT:
            if _is_part(frame):
                await self.link.answer(acknowledge_fragment(frame))
            self.link.put(arrived)
        elif frame.control & FRAGMENTED:
            await self._take_fragment(arrived)
        else:
            await self._take_unasked(frame.data, arrived)

    async def _take_fragment(self, arrived: Arrived[LinkFrame]) -> None:
        """Gather a report in parts; the last is acknowledged only once all are durable."""
        if not _is_part(arrived.frame):
            return
        kind = read_fragment(arrived.frame).kind
        if kind == FIRST:
            self._fragments.clear()
        is_repeated = any(arrived.octets == held.octets for held in self._fragments)
        try:
            octets = self._unasked.add(arrived.frame)
        except FrameError:
            self._fragments.clear()
            return
        if not is_repeated:
            self._fragments.append(arrived)
        if octets is not None:
            await self._take_unasked(octets, *self._fragments)
        else:
            await self.link.answer(acknowledge_fragment(arrived.frame))

    async def _take_unasked(self, octets: bytes, *arrived: Arrived[LinkFrame]) -> None:
        try:
            message = parse_apdu(octets)
        except FrameError:
            await self.link.keep(*arrived)
            return
        last = arrived[-1]
        if isinstance(message.body, LinkRequest):
            await self.link.keep(*arrived)
            await self._answer_link(message, message.body, last)
            return
        await self.link.keep_once(*arrived)
        if last.frame.control & FRAGMENTED:
            await self.link.answer(acknowledge_fragment(last.frame))
        if message.service.startswith("REPORT-Notification"):
            await self._say(acknowledge_report(message), last.frame, USER_DATA)

    async def _answer_link(self, message: Apdu, body: LinkRequest, arrived: Arrived) -> None:
        self.link.heartbeat_seconds = body.heartbeat_seconds or self.link.heartbeat_seconds
        zone = self.link.setting.zone
        received, sent = (now(to_local(at, zone)) for at in (arrived.at, self.link.setting.now()))
        answer = LinkResponse(ACCEPTED, body.sent, received, sent)
        await self._say(link_answer(message.piid or 0, answer), arrived.frame, LINK_MANAGEMENT)
        if body.kind == _LOGOUT:
            self.link.drop("the terminal logged out")

    async def _say(self, apdu: bytes, to: LinkFrame, control: int) -> None:
        frame = request_frame(
            apdu, to.address, control=control, client=to.client, logical=to.logical
        )
        await self.link.answer(frame)

    async def ask(
        self,
        build: Callable[[int], bytes],
        use: Callable[[Told], Used],
        *,
        seconds: float,
        what: str,
        meter: str | None = None,
    ) -> Used:
        """Ask one question, with a new number for each attempt.

        Args:
            build: Makes the message with a number (PIID).
            use: Makes something of the answer; its ExchangeError counts as no answer.
            seconds: To wait for each message of the answer.
            what: Is asked of whom, for errors.
            meter: That it is about, if it is about one.

        Raises:
            ExchangeError: There is no usable answer.
        """
        link = self.link

        async def once() -> Used:
            return use(await self._once(build, seconds, what, meter))

        async with link.turn:
            return await with_retries(once, link.limits, link.setting.random, lambda: link.is_gone)

    async def _once(
        self, build: Callable[[int], bytes], seconds: float, what: str, meter: str | None
    ) -> Told:
        number = next(self._numbers)
        apdu = build(number)
        wanted = parse_apdu(apdu)
        blocks, due = Blocks(), 0
        exchanges: list[Exchange] = []
        while True:
            request = request_frame(apdu, self.link.address)
            await self.link.ask(request, what)
            body, frames = await wait_for_answer(
                self.link, _Taker(wanted, due).take, seconds=seconds, what=what
            )
            exchanges += [self.link.exchange(frame, request, meter) for frame in frames]
            if isinstance(body, ErrorMessage):
                text = f"{what}: the terminal does not understand the question ({body.reason})"
                raise refused(text, exchanges)
            if not isinstance(body, Block):
                return Told(body, exchanges)
            whole = _added(blocks, body, what, exchanges)
            if whole is not None:
                return Told(whole, exchanges)
            due += 1
            apdu = get_next(body.number, number)


def table_of(told: Told, what: str) -> Told:
    """Pass an answer that gives its table.

    Raises:
        ExchangeError: It says why it does not.
    """
    dar = dar_of(told.body)
    if dar is not None:
        raise refused(f"{what}: {dar_name(dar)} (DAR {dar})", told.exchanges, dar)
    return told


def refused(text: str, exchanges: list[Exchange], dar: int | None = None) -> ExchangeError:
    """An answer that says no; whether for now only, its DAR tells."""
    again = dar is not None and may_retry(dar)
    answer = exchanges[-1].answer if exchanges else None
    return ExchangeError(text, reason="refused", may_retry=again, answer=answer)


def _added(blocks: Blocks, block: Block, what: str, exchanges: list[Exchange]) -> Body:
    if block.content is None:
        dar = block.dar or 0
        text = f"{what}: block {block.number} broken off, {dar_name(dar)} (DAR {dar})"
        raise refused(text, exchanges, dar)
    try:
        return blocks.add(block)
    except FrameError as error:
        text = f"{what}: {error}"
        raise ExchangeError(text, reason="mismatch", may_retry=True) from error


def _is_part(frame: LinkFrame) -> bool:
    """Whether it carries a part of a message, which wants to be acknowledged."""
    try:
        return bool(frame.control & FRAGMENTED) and read_fragment(frame).kind != ACKNOWLEDGEMENT
    except FrameError:
        return False


class _Taker:
    """Puts the answer to one question together."""

    def __init__(self, wanted: Apdu, due_block: int) -> None:
        self._wanted, self._due = wanted, due_block
        self._parts: list[Arrived[LinkFrame]] = []
        self._reassembler = Reassembler()

    def take(self, arrived: Arrived[LinkFrame]) -> tuple[Body, list[Arrived[LinkFrame]]] | Not:
        frame = arrived.frame
        if not frame.control & FRAGMENTED:
            return self._message(frame.data, [arrived])
        if not _is_part(frame):
            return Not.AN_ANSWER
        if self._parts and self._parts[-1].octets == arrived.octets:
            return Not.WHOLE
        if read_fragment(frame).kind == FIRST:
            self._parts.clear()
        try:
            octets = self._reassembler.add(frame)
        except FrameError:
            self._parts.clear()
            return Not.OURS
        self._parts.append(arrived)
        return Not.WHOLE if octets is None else self._message(octets, list(self._parts))

    def _message(
        self, octets: bytes, frames: list[Arrived[LinkFrame]]
    ) -> tuple[Body, list[Arrived[LinkFrame]]] | Not:
        try:
            answer = parse_apdu(octets)
        except FrameError:
            return Not.OURS
        body = answer.body
        is_other_block = isinstance(body, Block) and body.number != self._due
        if is_other_block or not is_answer(answer, self._wanted):
            return Not.OURS
        return body, frames
