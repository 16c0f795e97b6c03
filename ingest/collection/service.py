"""The collection as a process: once, for cron or a timer, or as a daemon with its own schedule."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

from ingest.collection.config import Collector, Config
from ingest.collection.exchange import Exchange
from ingest.collection.field_ways import GatewayWay, ListenerWay
from ingest.collection.http.pull import pull
from ingest.collection.http.sources import http_config
from ingest.collection.mqtt.broker import MqttConfig, mqtt_config
from ingest.collection.mqtt.subscription import subscribe
from ingest.collection.rounds import ACTOR, Rounds, Tell
from ingest.collection.scalers import ScalerBook
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.listener import Finding
from ingest.collection.spool import Spool
from ingest.collection.ways import Way
from ingest.records.scalers import held_scalers, keep_scalers
from queries.settings import Settings

SPOOL = "spool"
"""Folder of the spool, in the data folder."""
_COUNTED: tuple[str, ...] = ("asked", "failed", "open", "done", "given_up")
_LOOK_EVERY = 0.2  # seconds


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a single run goes on, and how often a daemon begins.

    Attributes:
        longest: A single run ends after this, whatever is still missing.
        wait: For terminals to dial in, at the start of a single run.
        every: Between two rounds of a daemon.
        take_in_every: What comes unasked is let into the lake after at most this.
    """

    longest: timedelta = timedelta(minutes=30)
    wait: timedelta = timedelta(minutes=2)
    every: timedelta = timedelta(minutes=15)
    take_in_every: timedelta = timedelta(minutes=2)


class Service:
    """All collectors of one process."""

    def __init__(  # noqa: PLR0913 - what it works on, and what it must not choose itself
        self,
        config: Config,
        settings: Settings,
        engine: Engine,
        *,
        tell: Tell,
        patience: Patience | None = None,
        random: Random | None = None,
        now: Callable[[], datetime] | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Check every collector's entries; nothing is opened but the spool.

        Args:
            config: The collectors.
            settings: Where lake and spool are.
            engine: The operational database.
            tell: The log.
            patience: How long, how often.
            random: For jitter; None: the system's.
            now: Our clock [UTC]; None: the machine's.
            limits: Of the sessions, instead of those in the file.

        Raises:
            CollectorError: An entry is not as it should be.
            SpoolError: Another collector has the spool.
        """
        self._config, self._settings, self._tell = config, settings, tell
        self._patience = patience or Patience()
        self._random = random or SystemRandom()
        self._now = now or _utc_now
        folder = config.folder
        by_kind: dict[str, list[Collector]] = {}
        for one in config.collectors:
            by_kind.setdefault(one.kind, []).append(one)
        self._brokers: list[MqttConfig] = [
            mqtt_config(one.table, one.where, name=one.name, folder=folder)
            for one in by_kind.get("mqtt", [])
        ]
        self._pulls = [
            http_config(one.table, one.where, name=one.name, folder=folder)
            for one in by_kind.get("http", [])
        ]
        meters = {a: m for one in config.collectors for a, m in one.meters.items()}
        self._scalers = ScalerBook(
            meters,
            held_scalers(engine),
            save=lambda stated: keep_scalers(engine, ACTOR, stated),
            tell=tell,
            now=self._now,
        )
        self._asking = [*by_kind.get("listener", []), *by_kind.get("dlt645", [])]
        self._ways: dict[str, Way] = {}
        for one in self._asking:
            is_listener = one.kind == "listener"
            self._ways[one.name] = (self._listener if is_listener else self._gateway)(one, limits)
        profiles = {one.name: [p.entries for p in one.profiles] for one in self._brokers}
        self._spool = Spool(settings.data / SPOOL, meters, profiles, self._scalers)
        self.rounds = Rounds(
            config,
            settings,
            engine,
            self._spool,
            ways=self._ways,
            tell=tell,
            random=self._random,
            now=self._now,
        )
        self._stopped = asyncio.Event()
        self._listening: list[asyncio.Task] = []

    def _listener(self, collector: Collector, limits: Limits | None) -> ListenerWay:
        return ListenerWay(
            collector,
            self._config.folder,
            zone=self._settings.zone,
            random=self._random,
            keep=self._keep_all,
            find=self._find,
            now=self._now,
            limits=limits,
            scalers=self._scalers,
        )

    def _gateway(self, collector: Collector, limits: Limits | None) -> GatewayWay:
        return GatewayWay(
            collector,
            self._config.folder,
            zone=self._settings.zone,
            random=self._random,
            now=self._now,
            limits=limits,
        )

    async def _keep(self, exchange: Exchange) -> None:
        await self._spool.keep(exchange)

    async def _keep_all(self, exchanges: Sequence[Exchange]) -> None:
        await self._spool.keep_all(exchanges)

    def _find(self, finding: Finding) -> None:
        self._tell(
            "finding",
            rule=finding.rule,
            terminal=finding.terminal,
            peer=finding.peer,
            message=finding.what,
            octets=finding.octets.hex(),
        )

    @property
    def ways(self) -> dict[str, Way]:
        """By collector; of a listener the port is known once it has started."""
        return self._ways

    async def start(self) -> None:
        """Take in what a killed run left behind, then open ports and subscribe."""
        await self.rounds.take_in()
        for way in self._ways.values():
            await way.start()
        self._listening = [
            asyncio.create_task(subscribe(broker, self._keep, self._stopped))
            for broker in self._brokers
        ]

    async def close(self) -> None:
        """Close everything; what has come is in the lake, or in the spool for the next run."""
        self.stop()
        for way in self._ways.values():
            await way.close()
        for task in self._listening:
            with suppress(asyncio.CancelledError, Exception):
                await asyncio.wait_for(task, 10)
        await self.rounds.take_in()
        self._spool.close()

    def stop(self) -> None:
        """Ask for nothing more and come to an end."""
        self.rounds.stop()
        self._stopped.set()

    async def round(self) -> dict[str, int]:
        """One round of every collector, all at once."""
        done = await asyncio.gather(*(self.rounds.run(one) for one in self._asking))
        await self._pull()
        await self.rounds.take_in()
        return {key: sum(one[key] for one in done) for key in _COUNTED}

    async def _pull(self) -> None:
        for source in self._pulls:
            if self._stopped.is_set():
                return
            for one in await pull(source, self._settings, self._now()):
                self._tell(
                    "pulled",
                    collector=source.name,
                    url=one.url,
                    result=str(one.result),
                    reason=one.reason,
                    missing_since=one.missing_since,
                    new=one.outcome.new if one.outcome else 0,
                )

    async def once(self) -> dict[str, int]:
        """Rounds until one brings nothing more, or time is up; returns the sums, ``open`` the last.

        What failed is asked for again by a later run, once it has waited long enough.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience.longest.total_seconds()
        await self._wait_for_terminals()
        total: dict[str, int] = dict.fromkeys(_COUNTED, 0)
        while True:
            summary = await self.round()
            for key, value in summary.items():
                total[key] = value if key == "open" else total[key] + value
            if self._stopped.is_set() or loop.time() >= end or not summary["done"]:
                return total

    async def _wait_for_terminals(self) -> None:
        """Give those that were online before the run the time to dial in again."""
        waited = 0.0
        while waited < self._patience.wait.total_seconds() and not self._stopped.is_set():
            heard = [one for way in self._ways.values() for one in way.heard().values()]
            if all(is_online for _, is_online, _ in heard):
                return
            await asyncio.sleep(_LOOK_EVERY)
            waited += _LOOK_EVERY

    async def forever(self) -> None:
        """Rounds on schedule until ``stop``; a round that takes long delays the next."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        usual = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        every, take_in = self._patience.every, self._patience.take_in_every
        now = datetime.now(UTC)
        scheduler.add_job(
            self._quietly(self.round),
            IntervalTrigger(seconds=int(every.total_seconds())),
            next_run_time=now,
            **usual,
        )
        scheduler.add_job(
            self._quietly(self.rounds.take_in),
            IntervalTrigger(seconds=int(take_in.total_seconds())),
            **usual,
        )
        scheduler.start()
        try:
            await self._stopped.wait()
        finally:
            scheduler.shutdown(wait=False)

    def _quietly(self, step: Callable) -> Callable:
        """A step whose failure is told and does not end the daemon: the next one tries again."""

        async def run() -> None:
            try:
                await step()
            except Exception as error:  # noqa: BLE001 - whatever it was, it is told
                self._tell("error", step=step.__name__, message=f"{type(error).__name__}: {error}")

        return run


def stop_on_signals(service: Service) -> None:
    """End cleanly on SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, service.stop)


def _utc_now() -> datetime:
    return datetime.now(UTC)
