"""Questions of DL/T 698.45 to one terminal, and the answers that match."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.sessions.questions698 import dar_of
from ingest.collection.sessions.reach import Reach
from ingest.collection.sessions.secured698 import protected
from ingest.collection.sessions.stream import Arrived
from ingest.collection.sessions.terminal_link import TerminalLink
from ingest.collection.sessions.waiting import Not, wait_for_answer
from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.blocks import Blocks
from ingest.protocols.dlt698.dar import dar_name, may_retry
from ingest.protocols.dlt698.fragments import (
    FIRST,
    Reassembler,
    is_part,
    read_fragment,
)
from ingest.protocols.dlt698.link import (
    FRAGMENTED,
    LinkFrame,
)
from ingest.protocols.dlt698.matching import is_answer
from ingest.protocols.dlt698.messages import Apdu, Block, Body
from ingest.protocols.dlt698.requests import (
    get_next,
    request_frame,
)
from ingest.protocols.dlt698.secured import open_message
from ingest.protocols.dlt698.session_messages import ErrorMessage, SecurityResponse

Used = TypeVar("Used")


class Told(NamedTuple):
    """What a question brought: the answer in one piece, and the frames it came in."""

    body: Body
    exchanges: list[Exchange]


class Wire698:
    """Questions to one terminal, over whatever connection it has."""

    def __init__(self, reach: Reach, numbers: Iterator[int]) -> None:
        """Begin with the next of the numbers, 0 to 63 over and over (PIID)."""
        self._reach = reach
        self._numbers = numbers

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

        async def once(link: TerminalLink) -> Used:
            return use(await self._once(link, build, seconds, what, meter))

        return await self._reach.ask(once, what)

    async def _once(
        self,
        link: TerminalLink,
        build: Callable[[int], bytes],
        seconds: float,
        what: str,
        meter: str | None,
    ) -> Told:
        number = next(self._numbers)
        apdu = build(number)
        wanted = parse_apdu(apdu)
        blocks, due = Blocks(), 0
        exchanges: list[Exchange] = []
        while True:
            said = protected(apdu) if link.is_secured else apdu
            request = request_frame(said, link.address)
            await link.ask(request, what)
            body, frames = await wait_for_answer(
                link, _Taker(wanted, due).take, seconds=seconds, what=what
            )
            exchanges += [link.exchange(frame, request, meter) for frame in frames]
            if isinstance(body, ErrorMessage):
                text = f"{what}: the terminal does not understand the question ({body.reason})"
                raise refused(text, exchanges)
            if isinstance(body, SecurityResponse):
                raise _unreadable(body, what, exchanges)
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


def _unreadable(body: SecurityResponse, what: str, exchanges: list[Exchange]) -> ExchangeError:
    """An answer that SECURITY hides, or puts a DAR in the place of."""
    if not body.is_cipher:
        dar = body.dar or 0
        error = refused(f"{what}: {dar_name(dar)} (DAR {dar})", exchanges, dar)
        error.exchanges = tuple(exchanges)
        return error
    text = f"{what}: the answer is enciphered; it is kept, but only the crypto machine can read it"
    return ExchangeError(
        text,
        reason="enciphered",
        may_retry=False,
        answer=exchanges[-1].answer,
        exchanges=exchanges,
    )


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
        if not is_part(frame):
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
            answer, wrapper = open_message(octets)
        except FrameError:
            return Not.OURS
        if answer is None:
            # It names no number; what came late was forgotten when the question was put.
            return (wrapper, frames) if isinstance(wrapper, SecurityResponse) else Not.OURS
        body = answer.body
        is_other_block = isinstance(body, Block) and body.number != self._due
        if is_other_block or not is_answer(answer, self._wanted):
            return Not.OURS
        return body, frames
