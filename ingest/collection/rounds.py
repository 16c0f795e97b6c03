"""Rounds of the collection: look what is missing, ask for it, take it in, and look again."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Engine

from ingest.collection.config import Collector, Config
from ingest.collection.exchange import ExchangeError
from ingest.collection.gaps import missing
from ingest.collection.spool import Spool
from ingest.collection.wants import Want
from ingest.collection.ways import Counting, Line, Way
from ingest.files import ingest_file
from ingest.records.collection import (
    OFFLINE,
    Failure,
    Key,
    Round,
    close_round,
    key_of,
    may_ask,
    note_terminals,
)
from ingest.records.engine import Actor
from queries.local_time import standard_offset
from queries.settings import Settings

ACTOR = Actor("collector", "system", None)
FAILED = "failed"
"""Folder of the spool for segments that the lake could not take; their bytes are in ``raw``."""
_AT_ONCE = 60
"""Wants handed to a line at a time: so often is looked whether to stop."""

Tell = Callable[..., None]
"""Called with the name of an event and its fields."""


class Rounds:
    """The collection of one process: it owns the spool and asks over the ways it was given."""

    def __init__(  # noqa: PLR0913 - what it works on, and what it must not choose itself
        self,
        config: Config,
        settings: Settings,
        engine: Engine,
        spool: Spool,
        *,
        ways: dict[str, Way],
        tell: Tell,
        random: Random,
        now: Callable[[], datetime],
    ) -> None:
        """Prepare; nothing is asked yet.

        Args:
            config: The collectors.
            settings: Where the lake is.
            engine: The operational database, which holds the queue.
            spool: Where everything that comes is kept first.
            ways: By collector.
            tell: The log.
            random: For jitter.
            now: Our clock [UTC].
        """
        self._config, self._settings, self._engine, self._spool = config, settings, engine, spool
        self._ways, self._tell, self._random, self._now = ways, tell, random, now
        self._taking_in = asyncio.Lock()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask for nothing more; what has come is still taken in."""
        self._stopping.set()

    @property
    def is_stopping(self) -> bool:
        """Whether ``stop`` was called."""
        return self._stopping.is_set()

    async def run(self, collector: Collector) -> dict[str, int]:
        """One round: ask for everything of this collector that is missing and due to be asked for.

        Returns:
            ``asked``, ``failed``; and of the queue ``open``, ``done`` and ``given_up``.
        """
        way = self._ways[collector.name]
        wants = await self._missing(collector)
        now = self._now()
        allowed = may_ask(self._engine, collector.name, wants, now)
        by_line: dict[str, list[Want]] = {}
        for key in allowed:
            by_line.setdefault(way.name_of(wants[key]), []).append(wants[key])
        asked: dict[Key, tuple[Want, Failure | None]] = {}
        # One short question each: it need not wait until everything else was read.
        await asyncio.gather(*(self._count(*one) for one in way.counting().items()))
        reading = [self._read(way, name, some, asked) for name, some in by_line.items()]
        await asyncio.gather(*reading)
        await self.take_in()
        left = await self._missing(collector)
        done = Round(collector.name, asked, left, self._first_day())
        counts = close_round(
            self._engine,
            ACTOR,
            done,
            now=self._now(),
            most_attempts=self._config.most_attempts,
            first_pause=timedelta(minutes=self._config.retry_minutes),
            random=self._random,
        )
        if heard := way.heard():
            note_terminals(self._engine, ACTOR, collector.name, heard)
        failed = sum(failure is not None for _, failure in asked.values())
        summary = {"asked": len(asked), "failed": failed, **counts}
        self._tell("round", collector=collector.name, **summary)
        return summary

    async def _missing(self, collector: Collector) -> dict[Key, Want]:
        wants = await asyncio.to_thread(
            missing,
            self._settings,
            collector.meters,
            now=self._now(),
            look_back_days=self._config.look_back_days,
            settle_minutes=self._config.settle_minutes,
        )
        return {key_of(want, self._settings): want for want in wants}

    def _first_day(self):  # noqa: ANN202 - a date
        now = self._now().astimezone(UTC)
        settled = now - timedelta(minutes=self._config.settle_minutes)
        local = settled + standard_offset(self._settings.zone, now.year)
        return local.date() - timedelta(days=self._config.look_back_days)

    async def _read(
        self,
        way: Way,
        name: str,
        wants: Sequence[Want],
        asked: dict[Key, tuple[Want, Failure | None]],
    ) -> None:
        """Read over one line, oldest first, until all is asked for or the line is gone."""
        ordered = sorted(wants, key=lambda want: (want.first, want.meter.address))
        for begin in range(0, len(ordered), _AT_ONCE):
            if self.is_stopping:
                return
            some = ordered[begin : begin + _AT_ONCE]
            line = way.line(name)
            if line is None:
                failure = Failure(OFFLINE, f"{name} is not connected")
                asked |= {key_of(w, self._settings): (w, failure) for w in ordered[begin:]}
                return
            await self._read_some(line, some, asked)

    async def _read_some(
        self, line: Line, wants: Sequence[Want], asked: dict[Key, tuple[Want, Failure | None]]
    ) -> None:
        collected = await line.read_many(wants)
        await self._spool.keep_all(collected.exchanges)
        for want in wants:
            error = collected.failures.get(want)
            failure = error and Failure(error.reason, str(error), error.may_retry)
            asked[key_of(want, self._settings)] = want, failure
            if error is not None:
                self._tell(
                    "failed",
                    meter=want.meter.address,
                    kind=str(want.kind),
                    first=want.first,
                    reason=error.reason,
                    message=str(error),
                )

    async def _count(self, terminal: str, counting: Counting) -> None:
        """What a terminal itself counts; one that gives no count costs nothing else."""
        if self.is_stopping:
            return
        try:
            await self._spool.keep_all(await counting.read_own_count())
        except ExchangeError as error:
            self._tell("not_counted", terminal=terminal, reason=error.reason, message=str(error))

    async def take_in(self) -> None:
        """Let everything that was kept so far into the lake."""
        async with self._taking_in:
            await self._spool.close_segment()
            for segment in self._spool.finished:
                await asyncio.to_thread(self._take_segment, segment)

    def _take_segment(self, segment: Path) -> None:
        outcome = ingest_file(self._settings, segment)
        self._tell(
            "taken_in",
            segment=segment.name,
            batch_id=outcome.batch_id,
            new=outcome.new,
            corrected=outcome.corrected,
            unchanged=outcome.unchanged,
            quarantined=outcome.rejects.height,
        )
        if outcome.format == "failed":
            folder = segment.parent / FAILED
            folder.mkdir(exist_ok=True)
            segment.rename(folder / segment.name)
            self._tell("not_taken_in", segment=segment.name, reason=outcome.rejects["reason"][0])
        else:
            segment.unlink()
