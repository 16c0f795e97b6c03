"""Lines of the simulated field: sockets on which answers are sent, well or not."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from ingest.simulated.field.dlt645_bus import Bus645
from ingest.simulated.field.faults import ON_EVERY_LINE, Answer, Fault, Faults
from ingest.simulated.field.meters import FieldMeter
from ingest.simulated.field.terminals import Site

_READ_AT_ONCE = 65_536
_LONGEST_NOISE = 12
_START = 0x68


class Speaker(Protocol):
    """Whoever answers on a line."""

    def find(self, buffer: bytes) -> tuple[list[Any], int]:
        """Frames in a stream, and how many bytes are done with."""
        ...

    def answer(self, frame: Any) -> Answer | None:  # noqa: ANN401 - the speaker's own frames
        """What is said to a frame; None: nothing."""
        ...


class DialIn(Speaker, Protocol):
    """A terminal that connects by itself."""

    site: Site
    is_logged_in: bool

    def login(self) -> bytes:
        """The frame with which it makes itself known."""
        ...

    def heartbeat(self) -> bytes:
        """The frame that shows that it lives."""
        ...

    def due_report(self, *, again: bool) -> Answer | None:
        """What it sends unasked, and ``again`` what has not arrived yet."""
        ...


class Line:
    """One connection, on which answers may go wrong."""

    def __init__(self, writer: StreamWriter, faults: Faults, name: str) -> None:
        """Send through ``writer``; faults go on where the line of this name left off."""
        self._writer, self._all, self._faults = writer, faults, faults.on(name)
        self._held: tuple[bytes, ...] = ()

    async def send(self, frames: Iterable[bytes]) -> None:
        """Send as it is."""
        self._writer.write(b"".join(frames))
        await self._writer.drain()

    async def reply(self, answer: Answer) -> None:
        """Send an answer, or what is drawn in its place.

        Raises:
            ConnectionResetError: The connection was broken off in the middle of a frame.
        """
        self._all.played.update(answer.shows)
        held, self._held = self._held, ()
        fault = self._faults.draw({*ON_EVERY_LINE, *answer.spoilt})
        if held:
            await self.send(held)
        if fault is None:
            await self.send(answer.frames)
            return
        self._all.played[fault] += 1
        await self._play(fault, answer)

    async def _play(self, fault: Fault, answer: Answer) -> None:
        frames, whole = answer.frames, b"".join(answer.frames)
        match fault:
            case Fault.LATENCY:
                await asyncio.sleep(self._all.latency_seconds)
                await self.send(frames)
            case Fault.DROP:
                await self.send((whole[: len(whole) // 2],))
                raise ConnectionResetError("broken off in the middle of a frame, as planned")
            case Fault.CHECKSUM:
                await self.send((self._with_a_bit_turned(whole),))
            case Fault.DUPLICATE:
                await self.send((*frames, *frames))
            case Fault.LATE:
                self._held = frames
            case Fault.SPLIT:
                for place in range(0, len(whole), max(len(whole) // 3, 1)):
                    await self.send((whole[place : place + max(len(whole) // 3, 1)],))
                    await asyncio.sleep(0.001)
            case Fault.NOISE:
                await self.send((self._noise(), *frames))
            case _:
                await self.send(answer.spoilt[fault]())

    def _with_a_bit_turned(self, frame: bytes) -> bytes:
        """One bit of the second half of a frame: its length stays."""
        place = self._faults.random.randrange(len(frame) // 2, len(frame) - 1)
        turned = bytearray(frame)
        turned[place] ^= 1 << self._faults.random.randrange(8)
        return bytes(turned)

    def _noise(self) -> bytes:
        """Some bytes, every other time with one among them that could begin a frame."""
        random = self._faults.random
        noise = bytearray(random.randbytes(random.randint(2, _LONGEST_NOISE)))
        noise = bytearray(byte for byte in noise if byte != _START) or bytearray(b"\0")
        if random.random() < 0.5:
            noise[random.randrange(len(noise))] = _START
        return bytes(noise)


async def serve(reader: StreamReader, line: Line, speaker: Speaker) -> None:
    """Answer one frame after another until the other end hangs up.

    Raises:
        ConnectionResetError: As of :meth:`Line.reply`.
    """
    buffer = b""
    while arrived := await reader.read(_READ_AT_ONCE):
        buffer = await _answer_all(buffer + arrived, line, speaker)


async def _answer_all(buffer: bytes, line: Line, speaker: Speaker) -> bytes:
    """Answer the frames of a buffer; what is left of it."""
    frames, used = speaker.find(buffer)
    for frame in frames:
        answer = speaker.answer(frame)
        if answer is not None:
            await line.reply(answer)
    return buffer[used:]


async def serve_gateway(
    meters: Iterable[FieldMeter],
    clock: Callable[[], datetime],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Faults | None = None,
    name: str = "gateway",
) -> asyncio.Server:
    """A serial gateway to DL/T 645 meters on one line.

    Args:
        meters: Connected to it.
        clock: Gives the true time [UTC].
        host: To listen on.
        port: To listen on; 0: any that is free, ``server.sockets[0].getsockname()[1]``.
        faults: That are played on its connections.
        name: By which its faults are drawn.

    Returns:
        The server, listening; to be closed by the caller.
    """
    played = faults or Faults()
    connected = list(meters)

    async def connection(reader: StreamReader, writer: StreamWriter) -> None:
        line = Line(writer, played, name)
        with suppress(ConnectionError):
            await serve(reader, line, Bus645(connected, clock))
        writer.close()

    return await asyncio.start_server(connection, host, port)


async def dial(  # noqa: PLR0913 - where to, how often, and what goes wrong
    terminal: DialIn,
    *,
    host: str,
    port: int,
    faults: Faults | None = None,
    heartbeat_seconds: float = 30.0,
    redial_seconds: float = 0.05,
    repeat_seconds: float = 1.0,
    tick_seconds: float = 0.1,
) -> None:
    """Keep a terminal connected to a master station until cancelled.

    Args:
        terminal: Which dials in.
        host: Of the master station.
        port: Of the master station.
        faults: That are played on its connection.
        heartbeat_seconds: Between two heartbeats, in real time.
        redial_seconds: Until it tries again when the connection broke, in real time.
        repeat_seconds: Until it sends a report again that was not acknowledged, in real time.
        tick_seconds: How often it looks at its clock and for what it has to report.
    """
    played = faults or Faults()
    pace = _Pace(heartbeat_seconds, repeat_seconds, tick_seconds)
    was_offline = False
    while True:
        if terminal.site.is_offline():
            if not was_offline:
                played.played[Fault.OFFLINE] += 1
            was_offline = True
            await asyncio.sleep(tick_seconds)
            continue
        was_offline = False
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(host, port)
            line = Line(writer, played, terminal.site.address)
            try:
                await _stay(terminal, reader, line, pace)
            finally:
                terminal.is_logged_in = False
                writer.close()
        await asyncio.sleep(redial_seconds)


class _Pace(NamedTuple):
    """Seconds between heartbeats, until a report is repeated, and between looks at the clock."""

    heartbeat: float
    repeat: float
    tick: float


async def _stay(terminal: DialIn, reader: StreamReader, line: Line, pace: _Pace) -> None:
    """Log in, answer, show that it lives and report, until either end hangs up."""
    now = asyncio.get_running_loop().time
    await line.send((terminal.login(),))
    next_beat, next_repeat = now() + pace.heartbeat, now()
    buffer = b""
    while not terminal.site.is_offline():
        arrived = b""
        try:
            async with asyncio.timeout(pace.tick):
                arrived = await reader.read(_READ_AT_ONCE)
            if not arrived:
                return
        except TimeoutError:
            pass
        buffer = await _answer_all(buffer + arrived, line, terminal)
        if now() >= next_beat:
            await line.send((terminal.heartbeat(),))
            next_beat = now() + pace.heartbeat
        if report := terminal.due_report(again=now() >= next_repeat):
            await line.reply(report)
            next_repeat = now() + pace.repeat
