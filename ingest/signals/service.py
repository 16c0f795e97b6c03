"""All channels of one process: what is called goes out, what is answered comes in."""

import asyncio
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from ingest.collection.rounds import Tell
from ingest.signals.answers_port import AnswersPort
from ingest.signals.broker import CHANNEL as MQTT
from ingest.signals.broker import BrokerCalls, signals_broker
from ingest.signals.openadr import Vtn
from ingest.signals.outbox import prepare
from ingest.signals.signature import key_of
from ingest.signals.webhook import deliver
from queries.demand.response_tables import RESPONSE_EVENTS, RESPONSE_MESSAGES
from queries.records import as_text
from queries.settings import Settings


class Signals:
    """The channels that the settings open."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        *,
        tell: Tell,
        now: Callable[[], datetime] | None = None,
        every: timedelta = timedelta(seconds=5),
    ) -> None:
        """Check every setting; nothing is opened yet.

        Args:
            settings: Addresses, certificates, secret, broker.
            engine: The operational database.
            tell: The log.
            now: Our clock [UTC]; None: the machine's.
            every: How often the records are looked at for what is to be sent.

        Raises:
            SignalError: a setting is not as it should be.
            CollectorError: likewise, the file that says where the broker is.
        """
        self._settings, self._engine, self._tell = settings, engine, tell
        self._now, self._every = now or _utc_now, every.total_seconds()
        self.vtn = Vtn(settings, engine, tell=tell, now=now) if settings.openadr_port else None
        self.answers = None
        if settings.signals_secret:
            key_of(settings.signals_secret, "")
            if settings.answers_port:
                self.answers = AnswersPort(settings, engine, now=self._now)
        broker = signals_broker(settings)
        self._broker = None
        if broker is not None:
            self._broker = BrokerCalls(
                broker, engine, tell=tell, now=self._now, every_seconds=self._every
            )
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Come to an end; what is not confirmed waits in the records for the next start."""
        self._stopped.set()

    async def run(self) -> None:
        """Until ``stop``: listen, and look every few seconds for what is to be sent."""
        doors = [door for door in (self.vtn, self.answers) if door is not None]
        started = []
        tasks = []
        try:
            for door in doors:
                await door.start()
                started.append(door)
            if self._broker is not None:
                tasks.append(asyncio.create_task(self._broker.run(self._topics, self._stopped)))
            self._tell("signals", openadr=self.vtn is not None, answers=self.answers is not None)
            while not self._stopped.is_set():
                await self._round()
                try:
                    await asyncio.wait_for(self._stopped.wait(), self._every)
                except TimeoutError:
                    continue
        finally:
            self._stopped.set()
            await asyncio.gather(*tasks, return_exceptions=True)
            for door in started:
                await door.stop()

    async def _round(self) -> None:
        """Write what is to be sent, and send what has to be pushed."""
        try:
            written = await asyncio.to_thread(prepare, self._engine, self._now())
            if written:
                self._tell("called", messages=written)
            if self._settings.signals_secret:
                delivered = await deliver(self._engine, self._settings.signals_secret, self._now)
                if delivered:
                    self._tell("webhooks", delivered=delivered)
        except (SQLAlchemyError, OSError) as error:
            # A locked or absent database: the next round finds everything as it was.
            self._tell("error", message=f"{type(error).__name__}: {error}")

    def _topics(self) -> list[str]:
        """The topics of events that are not over yet."""
        messages, events = RESPONSE_MESSAGES.c, RESPONSE_EVENTS.c
        asked = (
            select(messages.address)
            .join(RESPONSE_EVENTS, events.id == messages.event_id)
            .where(
                (messages.channel == MQTT)
                & (messages.direction == "out")
                & (messages.state != "failed")
                & (events.ends_at > as_text(self._now()))
            )
        )
        with self._engine.connect() as connection:
            return list(connection.scalars(asked.distinct()))


def stop_on_signals(signals: Signals) -> None:
    """End cleanly on SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, signals.stop)


def _utc_now() -> datetime:
    return datetime.now(UTC)
