"""Reports of a DL/T 698.45 terminal: kept, and acknowledged only then.

A reading is worth nothing before it is known what its number is multiplied by. So a report of
meters that have not been asked yet waits until they have; meanwhile it is neither kept nor
acknowledged, and the terminal, should we die, sends it again.
"""

import asyncio
from collections.abc import Awaitable, Callable

from ingest.collection.sessions.questions698 import rows_told
from ingest.collection.sessions.scalers698 import Scalers698
from ingest.collection.sessions.secured698 import acknowledgement
from ingest.collection.sessions.stream import Arrived
from ingest.collection.sessions.terminal_link import TerminalLink
from ingest.protocols.dlt698.link import FRAGMENTED, USER_DATA, LinkFrame
from ingest.protocols.dlt698.requests import acknowledge_fragment
from ingest.protocols.dlt698.secured import Opened

_MOST_WAITING = 64
"""What comes beyond is not kept, and comes again."""

Say = Callable[[bytes, LinkFrame, int], Awaitable[None]]


class Reports698:
    """The reports of one connection."""

    def __init__(self, link: TerminalLink, scalers: Scalers698, say: Say) -> None:
        """Acknowledge by ``say``: an APDU, the frame it answers, and the function of its frame."""
        self._link, self._scalers, self._say = link, scalers, say
        self._waiting: dict[bytes, asyncio.Task[None]] = {}
        self._failure: OSError | None = None

    async def take(self, report: Opened, frames: list[Arrived[LinkFrame]]) -> None:
        """Keep what one message said unasked, at once or when its meters are known."""
        told = rows_told(report.message.body) if report.message is not None else {}
        unknown = self._scalers.unknown(one for one in told if one is not None)
        octets = b"".join(one.octets for one in frames)
        if not unknown:
            await self._keep(report, frames)
        elif octets not in self._waiting and len(self._waiting) < _MOST_WAITING:
            task = asyncio.create_task(self._keep_later(unknown, report, frames))
            self._waiting[octets] = task
            task.add_done_callback(lambda _: self._waiting.pop(octets, None))

    async def stop(self) -> None:
        """Let go of what waits.

        Raises:
            OSError: Something could not be kept.
        """
        waiting = list(self._waiting.values())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        if self._failure is not None:
            raise self._failure

    async def _keep_later(
        self, meters: list[str], report: Opened, frames: list[Arrived[LinkFrame]]
    ) -> None:
        try:
            if not await self._scalers.learn(meters):  # else not yet: it comes again
                await self._keep(report, frames)
        except OSError as error:
            self._failure = error
            self._link.drop("what it said could not be kept")

    async def _keep(self, report: Opened, frames: list[Arrived[LinkFrame]]) -> None:
        await self._link.keep_once(*frames)
        last = frames[-1].frame
        if last.control & FRAGMENTED:
            await self._link.answer(acknowledge_fragment(last))
        if (apdu := acknowledgement(report)) is not None:
            await self._say(apdu, last, USER_DATA)
