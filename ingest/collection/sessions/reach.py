"""The living connection of a terminal, which may change while it is being asked."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias, TypeVar

from ingest.collection.exchange import ExchangeError
from ingest.collection.sessions.collected import with_retries
from ingest.collection.sessions.stream import Arrived
from ingest.collection.sessions.terminal_link import TerminalLink

Used = TypeVar("Used")
Take: TypeAlias = Callable[[Arrived], Awaitable[None]]


class Reach:
    """Whoever asks a terminal asks through this: one question at a time, over what link there is.

    Attributes:
        link: The latest connection; it may be gone.
    """

    def __init__(self, link: TerminalLink) -> None:
        """Begin with the first connection."""
        self.link = link
        self._turn = asyncio.Lock()
        self._is_given_up = False
        self._news = asyncio.Event()

    async def serve(
        self, link: TerminalLink, take: Take, greeted: Callable[[], Awaitable[None]]
    ) -> None:
        """Listen until a connection is gone.

        Args:
            link: From now on asked over, in place of the one before.
            take: Told of what the terminal says unasked.
            greeted: Called when it may be asked.
        """

        async def begin() -> None:
            self.link = link
            self._is_given_up = False
            self._news.set()
            await greeted()

        await link.serve(take, begin)

    def leave(self) -> None:
        """Wait for no further connection."""
        self._is_given_up = True
        self._news.set()

    async def ask(self, once: Callable[[TerminalLink], Awaitable[Used]], what: str) -> Used:
        """Put a question, again where nothing usable comes, and again where the terminal dials in.

        Raises:
            ExchangeError: Still nothing, or the terminal is gone and does not come back in time.
        """

        async def attempt() -> Used:
            return await once(await self._living(what))

        setting = self.link.setting
        async with self._turn:
            return await with_retries(
                attempt, setting.limits, setting.random, lambda: self._is_given_up
            )

    async def _living(self, what: str) -> TerminalLink:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.link.limits.redial_seconds):
                while self.link.is_gone and not self._is_given_up:
                    self._news.clear()
                    await self._news.wait()
        if self.link.is_gone:
            # The questions behind this one need not wait as long for nothing.
            self._is_given_up = True
            text = f"{what}: the terminal has gone and not dialled in again"
            raise ExchangeError(text, reason="disconnected", may_retry=True)
        return self.link
