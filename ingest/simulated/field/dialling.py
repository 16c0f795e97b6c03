"""Terminals that dial in to a master station, and stay."""

import asyncio
from asyncio import StreamReader
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple, Protocol

from ingest.simulated.field.faults import Answer, Fault, Faults
from ingest.simulated.field.lines import READ_AT_ONCE, Line, Speaker, answer_all, hang_up, stop
from ingest.simulated.field.terminals import Site


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
                await hang_up(writer)
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
                arrived = await reader.read(READ_AT_ONCE)
            if not arrived:
                return
        except TimeoutError:
            pass
        buffer = await answer_all(buffer + arrived, line, terminal)
        if now() >= next_beat:
            await line.send((terminal.heartbeat(),))
            next_beat = now() + pace.heartbeat
        if report := terminal.due_report(again=now() >= next_repeat):
            await line.reply(report)
            next_repeat = now() + pace.repeat


@asynccontextmanager
async def dialling(
    terminals: Iterable[DialIn],
    *,
    host: str,
    port: int,
    faults: Faults | None = None,
    **pace: float,
) -> AsyncIterator[None]:
    """Terminals that dial in as long as the block runs; the arguments as of :func:`dial`."""
    tasks = [
        asyncio.create_task(dial(one, host=host, port=port, faults=faults, **pace))
        for one in terminals
    ]
    try:
        yield
    finally:
        await stop(tasks)
