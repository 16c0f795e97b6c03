"""DL/T 645 meters behind a serial gateway: a TCP connection to one line with several meters."""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from datetime import datetime
from random import Random
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.sessions.collected import Collected, with_retries
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.meter645 import Heard, Reading
from ingest.collection.sessions.stream import DLT645, Arrived, FramedStream, utc_now
from ingest.collection.sessions.tls import require_checked_server
from ingest.collection.sessions.waiting import Not, wait_for_answer
from ingest.collection.wants import Want
from ingest.protocols.dlt645.frame import Frame


class Gateway:
    """The master of one line: one exchange at a time, and a pause between two.

    It connects when it is first asked, and again where the connection was lost.
    """

    def __init__(  # noqa: PLR0913 - where it is, and how to treat it
        self,
        host: str,
        port: int,
        *,
        source: str,
        zone: ZoneInfo,
        random: Random,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Name the gateway; nothing is sent yet.

        Args:
            host: Of the gateway.
            port: Of the line on it.
            source: Name of the line, for the exchanges.
            zone: Whose standard time the meters keep.
            random: For jitter.
            limits: Of patience.
            tls: Where the gateway speaks TLS; it must check who answers.
            now: Our clock [UTC].

        Raises:
            ValueError: ``tls`` would not check certificates.
        """
        if tls is not None:
            require_checked_server(tls)
        self._host, self._port, self._tls = host, port, tls
        self._source, self._zone, self._now = source, zone, now
        self._limits, self._random = limits or Limits(), random
        self._stream: FramedStream[Frame] | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection, if there is one."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()

    async def read_many(self, wants: Iterable[Want]) -> Collected:
        """Read wants one after another; one that fails does not stop the others."""
        collected = Collected()
        for want in wants:
            reading = Reading(self, want, self._limits, self._zone, self._now)
            try:
                await reading.run()
            except ExchangeError as error:
                collected.fail([want], error)
            collected.exchanges += reading.exchanges
        return collected

    async def read(self, want: Want) -> list[Exchange]:
        """Read one want.

        Raises:
            ExchangeError: A question got no usable answer.
        """
        return (await self.read_many([want])).of_one()

    async def ask(
        self, address: str, request: bytes, judge: Callable[[Frame], Not | None]
    ) -> Heard:
        """One exchange with a meter, repeated where nothing usable comes.

        Raises:
            ExchangeError: Still nothing.
        """
        async with self._turn:
            return await with_retries(
                lambda: self._once(address, request, judge), self._limits, self._random
            )

    async def _once(
        self, address: str, request: bytes, judge: Callable[[Frame], Not | None]
    ) -> Heard:
        what = f"{self._source}, meter {address}"

        def take(arrived: Arrived[Frame]) -> Heard | Not:
            source, at, octets = self._source, arrived.at, arrived.octets
            exchange = Exchange(at, source, "dlt645", arrived.frame.address, request, octets)
            return judge(arrived.frame) or Heard(arrived.frame, exchange)

        stream = await self._connected(what)
        try:
            await stream.drop_for(self._limits.pause_seconds)
            await stream.send(request)
            return await wait_for_answer(
                stream, take, seconds=self._limits.answer_seconds, what=what
            )
        except ConnectionError as error:
            await self.close()
            text = f"{what}: {error}"
            raise ExchangeError(text, reason="disconnected", may_retry=True) from error
        except ExchangeError as error:
            if error.reason == "disconnected":
                await self.close()
            raise
        except asyncio.CancelledError:
            # An answer is still on its way; the next question must not find it.
            if self._stream is not None:
                self._stream.shut()
            self._stream = None
            raise

    async def _connected(self, what: str) -> FramedStream[Frame]:
        if self._stream is None:
            try:
                async with asyncio.timeout(self._limits.connect_seconds):
                    reader, writer = await asyncio.open_connection(
                        self._host, self._port, ssl=self._tls
                    )
            except ssl.SSLCertVerificationError as error:
                text = f"{what}: the certificate is not trusted: {error.verify_message}"
                raise ExchangeError(text, reason="refused", may_retry=False) from error
            except (OSError, TimeoutError) as error:
                text = f"{what}: no connection to {self._host}:{self._port}: {error!r}"
                raise ExchangeError(text, reason="offline", may_retry=True) from error
            self._stream = FramedStream(reader, writer, DLT645, limits=self._limits, now=self._now)
        return self._stream
