"""The connection of a terminal that dialled in, shared by its protocol's two sides.

What the terminal says unasked is taken by the reader of the connection; answers wait in a queue for
the one question that is under way.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from random import Random
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.scalers import ScalerBook
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.stream import Arrived, FramedStream

Keep: TypeAlias = Callable[[Sequence[Exchange]], Awaitable[None]]
"""Keeps exchanges together and returns once they would survive a power cut; raises where not."""

_WAITING = 256
_REMEMBERED = 64


class Setting(NamedTuple):
    """What all sessions of a listener have in common.

    Attributes:
        source: Name of the collector.
        zone: Whose standard time meters keep.
        random: For jitter.
        keep: Makes durable what comes unasked, before it is acknowledged.
        now: Our clock [UTC].
        limits: Of patience.
        secured: Terminals of DL/T 698.45 that are asked through SECURITY, by address.
        scalers: What is known of meters' scalers; None: they are not asked for.
    """

    source: str
    zone: ZoneInfo
    random: Random
    keep: Keep
    now: Callable[[], datetime]
    limits: Limits
    secured: Collection[str] = frozenset()
    scalers: ScalerBook | None = None


class TerminalLink:
    """One connection of one terminal.

    Attributes:
        address: Of the terminal.
        heartbeat_seconds: Between two heartbeats, as the terminal said; 0: it did not.
    """

    def __init__(self, address: str, stream: FramedStream, setting: Setting) -> None:
        """Take over an identified connection."""
        self.address, self.setting, self.limits = address, setting, setting.limits
        self.heartbeat_seconds = 0
        self._stream = stream
        self._inbox: deque[Arrived] = deque(maxlen=_WAITING)
        self._news = asyncio.Event()
        self._loss: ConnectionError | None = None
        self._kept: deque[bytes] = deque(maxlen=_REMEMBERED)

    @property
    def source(self) -> str:
        """What exchanges say of where they come from."""
        return f"{self.setting.source}/terminal {self.address}"

    @property
    def is_secured(self) -> bool:
        """Whether the terminal is asked through SECURITY."""
        return self.address in self.setting.secured

    @property
    def stray_bytes(self) -> int:
        """How many bytes came so far that belong to no frame."""
        return self._stream.stray_bytes

    @property
    def is_gone(self) -> bool:
        """Whether the connection has ended."""
        return self._loss is not None

    async def serve(
        self, take: Callable[[Arrived], Awaitable[None]], greeted: Callable[[], Awaitable[None]]
    ) -> None:
        """Hand every frame to ``take`` until the terminal is gone, or says nothing for too long.

        Args:
            take: Keeps and answers what came unasked.
            greeted: Called after the first frame: terminals want their login answered before they
                answer questions.
        """
        loop = asyncio.get_running_loop()
        why = "the connection was closed here"
        try:
            await take(await self._stream.receive(loop.time() + self._patience()))
            await greeted()
            while True:
                await take(await self._stream.receive(loop.time() + self._patience()))
        except TimeoutError:
            why = f"not a frame within {self._patience():g} s"
        except ConnectionError as error:
            why = str(error)
        finally:
            self.drop(why)
            await self._stream.close()

    def drop(self, why: str) -> None:
        """End the connection: whoever waits for an answer is told why."""
        self._loss = self._loss or ConnectionAbortedError(why)
        self._news.set()
        self._stream.shut()

    def put(self, arrived: Arrived) -> None:
        """Leave an answer for the question under way; untaken ones are pushed out by newer ones."""
        self._inbox.append(arrived)
        self._news.set()

    async def receive(self, deadline: float) -> Arrived:
        """The next answer.

        Raises:
            TimeoutError: None came until ``deadline``.
            ConnectionError: The terminal is gone.
        """
        while not self._inbox:
            if self._loss is not None:
                raise self._loss
            self._news.clear()
            async with asyncio.timeout_at(deadline):
                await self._news.wait()
        return self._inbox.popleft()

    async def send(self, octets: bytes) -> None:
        """Send a frame.

        Raises:
            ConnectionError: The terminal is gone.
        """
        if self._loss is not None:
            raise self._loss
        await self._stream.send(octets)

    async def ask(self, request: bytes, what: str) -> None:
        """Send a question, after a pause, and with what came late before it forgotten.

        Raises:
            ExchangeError: The terminal is gone; it cannot be called, it must dial in again.
        """
        try:
            await asyncio.sleep(self.limits.pause_seconds)
            self._inbox.clear()
            await self.send(request)
        except ConnectionError as error:
            text = f"{what}: {error}"
            raise ExchangeError(text, reason="disconnected", may_retry=True) from error

    def exchange(self, arrived: Arrived, request: bytes | None, meter: str | None) -> Exchange:
        """A frame of this terminal as it is kept."""
        return Exchange(
            arrived.at, self.source, self._stream.protocol, meter, request, arrived.octets
        )

    async def keep(self, *unasked: Arrived) -> None:
        """Make durable what came unasked: the parts of one message together."""
        await self.setting.keep([self.exchange(arrived, None, None) for arrived in unasked])

    async def keep_once(self, *unasked: Arrived) -> None:
        """Make durable what came unasked, unless it is so already.

        A terminal repeats itself where our acknowledgement was lost.
        """
        digest = sha256(b"".join(arrived.octets for arrived in unasked)).digest()
        if digest not in self._kept:
            await self.keep(*unasked)
            self._kept.append(digest)

    async def answer(self, octets: bytes) -> None:
        """Send what the terminal waits for; if it is gone, its reader finds that out itself."""
        with suppress(ConnectionError):
            await self.send(octets)

    def _patience(self) -> float:
        beat = self.heartbeat_seconds * self.limits.heartbeats_missed
        return float(beat or self.limits.idle_seconds)
