"""Frames in a stream of bytes, each with the bytes it came as."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

from ingest.collection.sessions.limits import Limits
from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645 import frame as dlt645
from ingest.protocols.dlt698 import link as dlt698
from ingest.protocols.gdw1376 import frame as gdw1376

Link = TypeVar("Link")
_START = 0x68
_PREAMBLE = b"\xfe\xff"
_CHUNK = 1 << 14


class Framing(NamedTuple, Generic[Link]):
    """How frames of a protocol are found.

    Attributes:
        protocol: As in ``Exchange``.
        find: Frames of a buffer and how many bytes are done with; whether no more will come.
        parse: The one frame that bytes are.
        size: Of the frame that begins with these bytes, by its length field.
    """

    protocol: str
    find: Callable[[bytes, bool], tuple[Sequence[Link], int]]
    parse: Callable[[bytes], Link]
    size: Callable[[bytes], int]


class Arrived(NamedTuple, Generic[Link]):
    """A frame whose checks hold, and when its last byte had come [UTC].

    Its octets go from the first 68 to the last 16: the FE that wake a receiver are no part of it.
    """

    frame: Link
    octets: bytes
    at: datetime


def _find_645(buffer: bytes, is_over: bool) -> tuple[list[dlt645.Frame], int]:  # noqa: FBT001
    found, consumed = dlt645.find_frames(buffer, ended=is_over)
    return [frame for frame in found if isinstance(frame, dlt645.Frame)], consumed


DLT645: Framing[dlt645.Frame] = Framing(
    "dlt645", _find_645, dlt645.parse_frame, lambda head: head[9] + 12
)
DLT698: Framing[dlt698.LinkFrame] = Framing(
    "dlt698",
    lambda buffer, is_over: dlt698.find_frames(buffer, is_over=is_over),
    dlt698.parse_frame,
    lambda head: int.from_bytes(head[1:3], "little") + 2,
)
GDW1376: Framing[gdw1376.Frame] = Framing(
    "gdw1376",
    lambda buffer, is_over: gdw1376.find_frames(buffer, ended=is_over),
    gdw1376.parse_frame,
    lambda head: (int.from_bytes(head[1:3], "little") >> 2) + gdw1376.OVERHEAD,
)


def utc_now() -> datetime:
    """Our clock."""
    return datetime.now(UTC)


class FramedStream(Generic[Link]):
    """Frames from a connection, and bytes to it.

    Attributes:
        stray_bytes: How many came that belong to no frame: noise, or frames damaged on their way.
    """

    def __init__(  # noqa: PLR0913 - two ends of a connection and how to read it
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        framing: Framing[Link],
        *,
        limits: Limits,
        now: Callable[[], datetime] = utc_now,
        head: bytes = b"",
    ) -> None:
        """Take over a connection, of which ``head`` has been read already."""
        self._reader, self._writer, self._framing = reader, writer, framing
        self._limits, self._now = limits, now
        self._buffer = head
        self._ready: list[Arrived[Link]] = []
        self.stray_bytes = 0
        self._take(is_over=False)

    @property
    def protocol(self) -> str:
        """As in ``Exchange``."""
        return self._framing.protocol

    async def receive(self, deadline: float) -> Arrived[Link]:
        """The next frame.

        A frame that its sender broke off is given up after a silence, so that it does not swallow
        those behind it.

        Raises:
            TimeoutError: None came until ``deadline`` of the loop's clock.
            ConnectionError: The other end is gone.
        """
        loop = asyncio.get_running_loop()
        while not self._ready:
            silence = loop.time() + self._limits.silence_seconds
            until = min(deadline, silence) if self._buffer else deadline
            try:
                async with asyncio.timeout_at(until):
                    chunk = await self._reader.read(_CHUNK)
            except TimeoutError:
                self._take(is_over=True)
                if not self._ready and loop.time() >= deadline:
                    raise
            except OSError as error:
                raise ConnectionResetError(str(error)) from error
            else:
                self._add(chunk)
        return self._ready.pop(0)

    def _add(self, chunk: bytes) -> None:
        self._buffer += chunk
        self._take(is_over=not chunk)
        if not chunk and not self._ready:
            raise ConnectionResetError("the other end closed the connection")
        if len(self._buffer) > self._limits.buffer_bytes:
            raise ConnectionAbortedError(f"{len(self._buffer)} bytes that become no frame")

    async def drop_for(self, seconds: float) -> None:
        """Let pass what comes within ``seconds``: late and doubled answers.

        Raises:
            ConnectionError: The other end is gone.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        with suppress(TimeoutError):
            while True:
                await self.receive(deadline)

    async def send(self, octets: bytes) -> None:
        """Send, and wait until the system has taken it.

        Raises:
            ConnectionError: The other end is gone, or takes nothing.
        """
        try:
            self._writer.write(octets)
            async with asyncio.timeout(self._limits.answer_seconds):
                await self._writer.drain()
        except TimeoutError:
            raise ConnectionAbortedError("the other end takes no more bytes") from None
        except (OSError, RuntimeError) as error:
            raise ConnectionResetError(str(error)) from error

    def shut(self) -> None:
        """Close at once, whoever is waiting."""
        self._writer.close()

    async def close(self) -> None:
        """Close, and see to it that the socket is gone."""
        self._writer.close()
        try:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._writer.wait_closed()
        finally:
            self._writer.transport.abort()

    def _take(self, *, is_over: bool) -> None:
        frames, consumed = self._framing.find(self._buffer, is_over)
        at = 0
        for frame in frames:
            start, end = self._place(at, frame)
            self._count_strays(at, start)
            self._ready.append(Arrived(frame, self._buffer[start:end], self._now()))
            at = end
        self._count_strays(at, consumed)
        self._buffer = self._buffer[consumed:]

    def _place(self, at: int, frame: Link) -> tuple[int, int]:
        """Where the bytes of ``frame`` are, which was found behind ``at``."""
        while True:
            start = self._buffer.index(_START, at)
            end = start + self._framing.size(self._buffer[start:])
            with suppress(FrameError):
                if self._framing.parse(self._buffer[start:end]) == frame:
                    return start, end
            at = start + 1

    def _count_strays(self, start: int, stop: int) -> None:
        self.stray_bytes += len(self._buffer[start:stop].strip(_PREAMBLE))
