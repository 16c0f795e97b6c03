"""What a DL/T 698.45 terminal says unasked: it is kept, then answered."""

from typing import Self

from ingest.collection.sessions.local_clock import to_local
from ingest.collection.sessions.reports698 import Reports698
from ingest.collection.sessions.scalers698 import Scalers698
from ingest.collection.sessions.stream import Arrived
from ingest.collection.sessions.terminal_link import TerminalLink
from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698.fragments import FIRST, Reassembler, is_part, read_fragment
from ingest.protocols.dlt698.link import (
    BY_CLIENT,
    FRAGMENTED,
    FROM_SERVER,
    LINK_MANAGEMENT,
    LinkFrame,
)
from ingest.protocols.dlt698.messages import Apdu
from ingest.protocols.dlt698.requests import (
    acknowledge_fragment,
    link_answer,
    now,
    request_frame,
)
from ingest.protocols.dlt698.secured import open_message
from ingest.protocols.dlt698.session_messages import LinkRequest, LinkResponse

ACCEPTED = 0
"""Result of LINK. Bit 7 (our clock can be trusted) stays 0: no terminal shall set its clock by us,
for we only read.
"""

_LOGOUT = 2


class Unasked698:
    """The reader of one connection."""

    def __init__(self, link: TerminalLink, scalers: Scalers698) -> None:
        """Read what comes over ``link``; ``scalers`` are those of the meters behind it."""
        self.link = link
        self._reports = Reports698(link, scalers, self._say)
        self._reassembler = Reassembler()
        self._fragments: list[Arrived[LinkFrame]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._reports.stop()

    async def take(self, arrived: Arrived[LinkFrame]) -> None:
        """Sort a frame: answers to the question under way, the rest is kept and answered."""
        frame = arrived.frame
        if not frame.control & FROM_SERVER or frame.address.removesuffix("F") != self.link.address:
            return  # our own echo, or another terminal's frame
        if frame.control & BY_CLIENT:
            if is_part(frame):
                await self.link.answer(acknowledge_fragment(frame))
            self.link.put(arrived)
        elif frame.control & FRAGMENTED:
            await self._take_fragment(arrived)
        else:
            await self._take_unasked(frame.data, arrived)

    async def _take_fragment(self, arrived: Arrived[LinkFrame]) -> None:
        """Gather a report in parts; the last is acknowledged only once all are durable."""
        if not is_part(arrived.frame):
            return
        kind = read_fragment(arrived.frame).kind
        if kind == FIRST:
            self._fragments.clear()
        is_repeated = any(arrived.octets == held.octets for held in self._fragments)
        try:
            octets = self._reassembler.add(arrived.frame)
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
            opened = open_message(octets)
        except FrameError:
            await self.link.keep(*arrived)
            return
        last, message = arrived[-1], opened.message
        if message is not None and isinstance(message.body, LinkRequest):
            await self.link.keep(*arrived)
            await self._answer_link(message, message.body, last)
            return
        await self._reports.take(opened, list(arrived))

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
