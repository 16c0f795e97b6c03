"""The port that terminals dial in to: who they are is told by their first frame."""

import asyncio
import ssl
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from random import Random
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeAlias
from zoneinfo import ZoneInfo

from ingest.collection.exchange import ExchangeError
from ingest.collection.scalers import ScalerBook
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.stream import (
    DLT698,
    GDW1376,
    FramedStream,
    Framing,
    utc_now,
)
from ingest.collection.sessions.terminal698 import Terminal698
from ingest.collection.sessions.terminal1376 import Terminal1376
from ingest.collection.sessions.terminal_link import Keep, Setting, TerminalLink
from ingest.collection.sessions.tls import require_modern
from ingest.protocols.dlt698.link import FROM_SERVER, SINGLE

Session: TypeAlias = Terminal698 | Terminal1376
_CHUNK = 1 << 12
_SHOWN = 256
_ENDED = False  # more may come


class _Door(NamedTuple):
    """One of the protocols that come in."""

    framing: Framing[Any]
    address_of: Callable[[Any], str | None]
    session: type[Terminal698] | type[Terminal1376]


def _address_698(frame: Any) -> str | None:  # noqa: ANN401 - a LinkFrame, as the framing says
    is_own = frame.control & FROM_SERVER and frame.address_kind == SINGLE
    return frame.address.removesuffix("F") if is_own else None


def _address_1376(frame: Any) -> str | None:  # noqa: ANN401 - a Frame, as the framing says
    return frame.address if frame.is_uplink and not frame.is_group else None


_DOORS = (
    _Door(DLT698, _address_698, Terminal698),
    _Door(GDW1376, _address_1376, Terminal1376),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Somebody at the port who should be looked at.

    Attributes:
        at: When [UTC].
        rule: ``unknown_terminal``, ``no_session`` (nothing that begins one), ``not_kept`` (what it
            said could not be made durable, so it was not acknowledged), ``too_many``.
        terminal: Address that it gave, if any.
        peer: Host and port that it came from.
        what: In words.
        octets: What it sent first, at most 256.
    """

    at: datetime
    rule: str
    terminal: str | None
    peer: str
    what: str
    octets: bytes = b""


class Listener:
    """A port, and one session for each terminal that is connected."""

    def __init__(  # noqa: PLR0913 - who may come, and how they are treated
        self,
        terminals: Collection[str],
        *,
        source: str,
        zone: ZoneInfo,
        random: Random,
        keep: Keep,
        find: Callable[[Finding], None],
        limits: Limits | None = None,
        now: Callable[[], datetime] = utc_now,
        secured: Collection[str] = frozenset(),
        scalers: ScalerBook | None = None,
    ) -> None:
        """Say who may come; ``start`` opens the port.

        Args:
            terminals: Their addresses: all digits of a 698 address, region and five digits of
                376.1. Looked into at each login, so it may grow.
            source: Name of the collector, for exchanges.
            zone: Whose standard time terminals keep.
            random: For jitter.
            keep: Makes durable what comes unasked; acknowledged only after.
            find: Told of each finding.
            limits: Of patience.
            now: Our clock [UTC].
            secured: Those of the terminals that are asked through SECURITY of DL/T 698.45.
            scalers: What is known of meters' scalers; None: they are not asked for.
        """
        self._terminals, self._find = terminals, find
        patience = limits or Limits()
        self._setting = Setting(source, zone, random, keep, now, patience, secured, scalers)
        self._links: dict[str, TerminalLink] = {}
        self._open: dict[str, TerminalLink] = {}
        self._known: dict[str, Session] = {}
        self._arrivals = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Open a port, or one more; 0 lets the system choose.

        Args:
            host: To listen at.
            port: To listen at.
            tls: Where terminals come by TLS. If it asks for certificates, who has none that it
                trusts does not get in.

        Returns:
            The port.

        Raises:
            ValueError: ``tls`` would speak a version below 1.2.
            OSError: The port is taken.
        """
        if tls is not None:
            require_modern(tls)
        server = await asyncio.start_server(self._meet, host, port, ssl=tls)
        self._servers.append(server)
        return server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Close the ports and every connection; nothing is left running."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        for session in self._known.values():
            session.leave()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in servers:
            await server.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def sessions(self) -> Mapping[str, Session]:
        """Of the terminals that are connected and may be asked, by address."""
        return {one: self._known[one] for one, link in self._open.items() if not link.is_gone}

    async def session(self, terminal: str, seconds: float = 0.0) -> Session:
        """The session of a terminal, waited for if it is not connected.

        Raises:
            ExchangeError: It did not dial in within ``seconds``.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._arrivals:
                await self._arrivals.wait_for(lambda: terminal in self.sessions)
        session = self.sessions.get(terminal)
        if session is None:
            text = f"terminal {terminal} is not connected"
            raise ExchangeError(text, reason="offline", may_retry=True)
        return session

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        peer = _peer(writer)
        try:
            if len(self._tasks) > self._setting.limits.connections:
                self._report("too_many", None, peer, "more connections than are allowed")
                return
            await self._introduce(reader, writer, peer)
        except asyncio.CancelledError:
            # The streams' own callback would log the end that close() asked for.
            pass
        finally:
            if task is not None:
                self._tasks.discard(task)
            writer.close()

    async def _introduce(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str
    ) -> None:
        stranger = _Stranger()
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(self._setting.limits.first_frame_seconds):
                while stranger.met is None and stranger.size < self._setting.limits.buffer_bytes:
                    if not (chunk := await reader.read(_CHUNK)):
                        break
                    stranger.hear(chunk)
        met, head = stranger.met, stranger.head
        if met is None:
            what = f"{stranger.size} bytes, none of which begin a session"
            self._report("no_session", None, peer, what, stranger.first)
            return
        door, address = met
        if address not in self._terminals:
            what = "it is in no collector's list; add it there, or find out who it is"
            self._report("unknown_terminal", address, peer, what, stranger.first)
            return
        limits, now = self._setting.limits, self._setting.now
        stream = FramedStream(reader, writer, door.framing, limits=limits, now=now, head=head)
        await self._serve(door, TerminalLink(address, stream, self._setting), peer)

    async def _serve(self, door: _Door, link: TerminalLink, peer: str) -> None:
        address = link.address
        session = self._known.get(address)
        if session is None or not isinstance(session, door.session):
            session = self._known[address] = door.session(link)
        if (older := self._links.get(address)) is not None:
            older.drop("the terminal dialled in anew")
        self._links[address] = link

        async def greeted() -> None:
            async with self._arrivals:
                self._open[address] = link
                self._arrivals.notify_all()

        try:
            await session.serve(link, greeted)
        except OSError as error:
            what = f"what it said could not be kept, and was not acknowledged: {error}"
            self._report("not_kept", address, peer, what)
        finally:
            for links in (self._links, self._open):
                if links.get(address) is link:
                    del links[address]

    def _report(
        self, rule: str, terminal: str | None, peer: str, what: str, octets: bytes = b""
    ) -> None:
        self._find(Finding(self._setting.now(), rule, terminal, peer, what, octets))


class _Stranger:
    """What came of somebody who has not said yet who it is."""

    def __init__(self) -> None:
        self.head = self.first = b""
        self.size = 0
        self.met: tuple[_Door, str] | None = None

    def hear(self, chunk: bytes) -> None:
        """Look for the first frame; what can be none of either protocol is dropped."""
        self.size += len(chunk)
        self.first = (self.first + chunk)[:_SHOWN]
        self.head += chunk
        done = len(self.head)
        for door in _DOORS:
            frames, consumed = door.framing.find(self.head, _ENDED)
            addresses = (door.address_of(frame) for frame in frames)
            address = next((one for one in addresses if one is not None), None)
            if address is not None:
                self.met = door, address
                return
            done = min(done, consumed)
        self.head = self.head[done:]


def _peer(writer: asyncio.StreamWriter) -> str:
    name = writer.get_extra_info("peername")
    return f"{name[0]}:{name[1]}" if name else "unknown"
