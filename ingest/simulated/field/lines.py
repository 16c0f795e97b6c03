"""Lines of the simulated field: sockets on which answers are sent, well or not."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Protocol

from ingest.simulated.field.dlt645_bus import Bus645
from ingest.simulated.field.faults import ON_EVERY_LINE, Answer, Fault, Faults
from ingest.simulated.field.meters import FieldMeter

READ_AT_ONCE = 65_536
"""Octets."""
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
    while arrived := await reader.read(READ_AT_ONCE):
        buffer = await answer_all(buffer + arrived, line, speaker)


async def answer_all(buffer: bytes, line: Line, speaker: Speaker) -> bytes:
    """Answer the frames of a buffer; what is left of it."""
    frames, used = speaker.find(buffer)
    for frame in frames:
        answer = speaker.answer(frame)
        if answer is not None:
            await line.reply(answer)
    return buffer[used:]


async def hang_up(writer: StreamWriter) -> None:
    """Close a connection, and wait until it is."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def serving_gateway(  # noqa: PLR0913 - where it listens, and what goes wrong
    meters: Iterable[FieldMeter],
    clock: Callable[[], datetime],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Faults | None = None,
    name: str = "gateway",
) -> AsyncIterator[int]:
    """A serial gateway to DL/T 645 meters on one line, as long as the block runs.

    Args:
        meters: Connected to it.
        clock: Gives the true time [UTC].
        host: To listen on.
        port: To listen on; 0: any that is free.
        faults: That are played on its connections.
        name: By which its faults are drawn.

    Yields:
        The port.
    """
    # One for all connections: what a meter has still to say outlives that which asked.
    played, bus = faults or Faults(), Bus645(meters, clock)
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                await serve(reader, Line(writer, played, name), bus)
        finally:
            await hang_up(writer)

    def accept(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(converse(reader, writer))
        conversations.add(task)
        task.add_done_callback(conversations.discard)

    server = await asyncio.start_server(accept, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await stop(conversations)


async def stop(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they have tidied up."""
    running = list(tasks)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
