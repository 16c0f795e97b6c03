"""Peers on loopback that answer as a test scripts it: meters behind a gateway, terminals."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from ingest.collection.exchange import Exchange
from ingest.collection.scalers import ScalerBook
from ingest.collection.sessions.gateway645 import Gateway
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.listener import Finding, Listener, Session
from ingest.collection.spool import Spool
from ingest.collection.wants import Kind, Meter, Want
from ingest.protocols.dlt698.apdu import parse_apdu

CHINA = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Noon in China: no meter freezes."""

LIMITS = Limits(
    connect_seconds=1.0,
    answer_seconds=0.15,
    proxied_seconds=0.05,
    silence_seconds=0.05,
    backoff_seconds=0.01,
    pause_seconds=0.005,
    first_frame_seconds=0.5,
    redial_seconds=0.2,
)

HANG_UP = None
Action = bytes | float | None
"""Send; wait [s]; hang up."""
Script = Callable[[Any], Iterable[Action]]
"""What is done when a frame has come."""


def local(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant of March 2026 by the clocks of China, as UTC."""
    return datetime(2026, 3, day, hour, minute, tzinfo=CHINA).astimezone(UTC)


def naive(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """The same as meters write it."""
    return datetime(2026, 3, day, hour, minute)  # noqa: DTZ001 - by the meter's clock


def meter(address: str = "000000000012", **parts: object) -> Meter:
    return Meter(address, f"U{address[-2:]}", f"M{address[-2:]}", **parts)


def want(kind: Kind, first: datetime = NOW, last: datetime | None = None, **parts: object) -> Want:
    return Want(meter(**parts), kind, first, last or first)


def parsed(octets: bytes) -> Any:
    """A message of DL/T 698.45 whose parts a test knows."""
    return parse_apdu(octets)


def port_of(server: asyncio.Server) -> int:
    return server.sockets[0].getsockname()[1]


async def act(writer: asyncio.StreamWriter, actions: Iterable[Action]) -> None:
    for action in actions:
        if isinstance(action, bytes):
            writer.write(action)
            await writer.drain()
        elif action is HANG_UP:
            writer.close()
            raise ConnectionResetError
        else:
            await asyncio.sleep(action)


async def answer_all(reader, writer, find, script: Script, head: bytes = b"") -> None:
    """Answer every frame until the other end hangs up."""
    buffer = head
    with suppress(ConnectionError):
        while chunk := await reader.read(1 << 16):
            buffer += chunk
            frames, consumed = find(buffer)
            buffer = buffer[consumed:]
            for frame in frames:
                await act(writer, script(frame))


@asynccontextmanager
async def gateway(
    script: Script, find, limits: Limits = LIMITS, port: int | None = None
) -> AsyncIterator[Gateway]:
    """A session with a gateway whose meters answer by ``script``, or with who is at ``port``."""
    tasks = set()

    async def connection(reader, writer) -> None:
        tasks.add(asyncio.current_task())
        try:
            await answer_all(reader, writer, find, script)
        finally:
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    async with Gateway(
        "127.0.0.1",
        port or port_of(server),
        source="line",
        zone=CHINA,
        random=Random(1),  # noqa: S311
        limits=limits,
        now=lambda: NOW,
    ) as session:
        yield session
    server.close()
    await asyncio.gather(*tasks)


class Station:
    """A listener, and what it kept and found."""

    def __init__(self, terminals: Iterable[str], limits: Limits = LIMITS) -> None:
        self.kept: list[Exchange] = []
        self.found: list[Finding] = []
        self.is_full = False
        self.listener = Listener(
            set(terminals),
            source="east",
            zone=CHINA,
            random=Random(2),  # noqa: S311
            keep=self._keep,
            find=self.found.append,
            limits=limits,
            now=lambda: NOW,
        )
        self.port = 0
        self._spool: Spool | None = None

    def keep_in(self, spool: Spool) -> None:
        """Keep what comes in a true spool."""
        self._spool = spool

    def know(self, scalers: ScalerBook) -> None:
        """Ask meters for the scalers that the book does not know."""
        listener = self.listener
        listener._setting = listener._setting._replace(scalers=scalers)  # noqa: SLF001

    async def _keep(self, exchanges: Sequence[Exchange]) -> None:
        if self._spool is not None:
            await self._spool.keep_all(exchanges)
        else:
            await asyncio.sleep(0.01)
        if self.is_full:
            raise OSError("no space left on device")
        self.kept += exchanges

    async def __aenter__(self):
        self.port = await self.listener.start("127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.listener.close()

    async def session(self, terminal: str) -> Session:
        return await self.listener.session(terminal, 1.0)


class Peer:
    """A terminal's end of a connection, which answers by a script."""

    def __init__(self, find, script: Script) -> None:
        self._find, self._script = find, script
        self.heard: list = []
        self._task: asyncio.Task[None] | None = None
        self.is_cut_off = asyncio.Event()
        self._news = asyncio.Event()

    async def has_heard(self, count: int) -> None:
        """Wait until it has heard so many frames in all."""
        async with asyncio.timeout(2):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()

    async def dial(self, port: int, *first: Action) -> None:
        reader, self.writer = await asyncio.open_connection("127.0.0.1", port)

        def noted(frame: object) -> Iterable[Action]:
            self.heard.append(frame)
            self._news.set()
            return self._script(frame)

        async def talk() -> None:
            try:
                await answer_all(reader, self.writer, self._find, noted)
            finally:
                self.is_cut_off.set()
                self.writer.close()

        self._task = asyncio.create_task(talk())
        await act(self.writer, first)

    async def hang_up(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task  # a script that failed fails its test
