"""A small master station for these tests: it asks one question at a time and keeps the bytes."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from ingest.protocols.dlt645.frame import find_frames as find_645
from ingest.protocols.dlt698 import requests as ask_698
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.fragments import Reassembler, acknowledgement
from ingest.protocols.dlt698.link import (
    BY_CLIENT,
    FRAGMENTED,
    FROM_SERVER,
    LINK_MANAGEMENT,
    USER_DATA,
    encode_frame,
)
from ingest.protocols.dlt698.link import find_frames as find_698
from ingest.protocols.dlt698.session_messages import LinkResponse
from ingest.protocols.gdw1376.frame import find_frames as find_1376
from ingest.simulated.field.curves import plausible_meters
from ingest.simulated.field.lines import hang_up, stop

MIDNIGHT = datetime(2025, 5, 31, 16, tzinfo=UTC)  # 1 June 00:00 in China
A_DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
LATER = MIDNIGHT + 2 * A_DAY + timedelta(hours=1)


def some_meters(count, **others):
    return plausible_meters(count, begin=MIDNIGHT, days=3, **others)


def at_noon_of_the_third_day():
    return MIDNIGHT + 2 * A_DAY + timedelta(hours=12)


async def heard(reader, seconds=0.05):
    """Everything that comes until the line is silent."""
    octets = b""
    try:
        while True:
            async with asyncio.timeout(seconds):
                arrived = await reader.read(65536)
            if not arrived:
                return octets
            octets += arrived
    except TimeoutError:
        return octets


async def until(is_so, seconds=15.0):
    """Wait until a claim holds."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


class Master698:
    """Accepts one terminal of DL/T 698.45 and asks it."""

    def __init__(self, clock):
        self.clock, self.logins, self.reports = clock, [], []
        self.is_acknowledging = True
        self.dialled = asyncio.Event()
        self._answers = asyncio.Queue()

    async def __aenter__(self):
        def accept(reader, writer):
            self._conversations.append(asyncio.create_task(self._converse(reader, writer)))

        self._conversations = []
        self._server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await stop(self._conversations)

    async def _converse(self, reader, writer):
        self._writer = writer
        try:
            with suppress(ConnectionError):
                await self._hear(reader, writer)
        finally:
            await hang_up(writer)

    async def _hear(self, reader, writer):
        buffer, whole = b"", Reassembler()
        while arrived := await reader.read(65536):
            found = find_698(buffer + arrived)
            buffer = (buffer + arrived)[found.consumed :]
            for frame in found.frames:
                apdu = frame.data
                if frame.control & FRAGMENTED:
                    apdu = whole.add(frame)
                    writer.write(encode_frame(acknowledgement(frame)))
                    if apdu is None:
                        continue
                await self._take(frame, parse_apdu(apdu))

    async def _take(self, frame, message):
        if message.service == "LINK-Request":
            self.logins.append((frame.address, message.body))
            at = ask_698.now(self.clock())
            answer = LinkResponse(0x80, message.body.sent, at, at)
            self.send(ask_698.link_answer(message.piid, answer), frame.address, LINK_MANAGEMENT)
            self.dialled.set()
        elif message.service.startswith("REPORT"):
            self.reports.append(message)
            if self.is_acknowledging:
                self.send(ask_698.acknowledge_report(message), frame.address, USER_DATA)
        else:
            await self._answers.put(message)

    def send(self, apdu, address, control=BY_CLIENT | USER_DATA):
        assert not control & FROM_SERVER
        self._writer.write(ask_698.request_frame(apdu, address, control=control))

    async def ask(self, apdu, address="000000000001", seconds=2.0):
        self.send(apdu, address)
        async with asyncio.timeout(seconds):
            return await self._answers.get()


async def frames_645(reader, count=1, seconds=2.0):
    """The next frames that meters sent, echoes and errors among them."""
    buffer, found = b"", []
    async with asyncio.timeout(seconds):
        while len(found) < count:
            buffer += await reader.read(65536)
            more, used = find_645(buffer)
            found, buffer = found + more, buffer[used:]
    return found


async def frames_1376(reader, seconds=2.0):
    buffer = b""
    async with asyncio.timeout(seconds):
        while True:
            buffer += await reader.read(65536)
            found, _ = find_1376(buffer)
            if found:
                return found
