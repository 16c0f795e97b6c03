"""A simulated field collected into a lake, and what the lake must hold then."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl

from ingest.collection.config import Collector, Config
from ingest.collection.field_ways import ListenerWay
from ingest.collection.service import Patience, Service
from ingest.collection.sessions.limits import Limits
from ingest.collection.wants import Meter
from ingest.lake import append, publish, writing
from ingest.records.engine import upgrade
from ingest.simulated.field.dialling import dialling
from ingest.simulated.field.faults import Faults
from ingest.simulated.field.fleet import Fleet, fleet, register_rows
from ingest.simulated.field.truth import truth_energy, truth_freezes, truth_points
from queries.lake import open_lake
from queries.schema import METERS, SLOTS
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.empty_lake import empty_lake

BEGIN = datetime(2026, 3, 3, 16, tzinfo=UTC)
"""Midnight in China at which the curves begin."""
DAY = date(2026, 3, 4)
NOW = BEGIN + timedelta(days=1, hours=2)
"""Two hours after the day has ended: its freezes and its last reading are there."""
QUICK = Limits(
    answer_seconds=0.5,
    proxied_seconds=1.0,
    silence_seconds=0.2,
    attempts=2,
    backoff_seconds=0.01,
    longest_backoff_seconds=0.05,
    pause_seconds=0.0,
    first_frame_seconds=5.0,
)


class Clock:
    """The time in the field and in the collector, moved by hand."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def field_of(
    terminals: int,
    meters_each: int,
    faults: Faults | None = None,
    *,
    clock: Clock | None = None,
    **more,
) -> Fleet:
    """A field whose lasting faults (clocks, power cuts, terminals away) follow ``faults``."""
    days = {"begin": BEGIN, "days": 3}
    return fleet(terminals, meters_each, clock or Clock(), faults=faults, **days, **more)


def register(settings: Settings, shown: Fleet) -> None:
    """Tell the lake which ratios and digits the meters have."""
    empty_lake(settings)
    rows = register_rows(shown.meters, date(2020, 1, 1), NOW)
    with writing(settings) as writer:
        append(writer, METERS, rows.select(METERS.names).cast(METERS.schema))
        publish(writer)


def service_of(
    settings: Settings,
    shown: Fleet,
    told: Callable[..., None],
    *,
    limits: Limits = QUICK,
    port: int = 0,
    clock: Clock | None = None,
    wait_seconds: float = 10.0,
    **entries: object,
) -> Service:
    meters = {meter.address: _reachable(meter) for meter in shown.wanted}
    table = {"listen": f"127.0.0.1:{port}", **entries}
    east = Collector("east", "listener", meters, table, "collectors.toml: collector 'east'")
    now = clock or Clock()
    config = Config(Path(), (east,), (now() - BEGIN).days, 20, 50, 0)
    return Service(
        config,
        settings,
        upgrade(settings),
        tell=told,
        patience=Patience(wait=timedelta(seconds=wait_seconds), longest=timedelta(minutes=20)),
        random=Random(7),  # noqa: S311
        now=now,
        limits=limits,
    )


def _reachable(meter: Meter) -> Meter:
    """A terminal of 376.1 reads 698 meters, but forwards no question about their clocks."""
    is_behind_1376 = len(meter.terminal or "") < len(meter.address)
    return (
        replace(meter, protocol="gdw1376")
        if meter.protocol == "dlt698" and is_behind_1376
        else meter
    )


async def collect(
    settings: Settings,
    shown: Fleet,
    faults: Faults | None = None,
    *,
    rounds: int = 1,
    clock: Clock | None = None,
    wait_seconds: float = 10.0,
    **entries: object,
) -> tuple[dict[str, int], Counter]:
    """Collect until nothing more comes; the counts of the last run, and of the log's events.

    Terminals have ``wait_seconds`` to dial in at the start of each run; one that is away costs all
    of them.
    """
    events: Counter = Counter()

    def told(event: str, **fields: object) -> None:
        events[event, fields.get("reason")] += 1

    service = service_of(settings, shown, told, clock=clock, wait_seconds=wait_seconds, **entries)
    await service.start()
    way = service.ways["east"]
    assert isinstance(way, ListenerWay)
    try:
        async with dialling(
            shown.terminals, host="127.0.0.1", port=way.port, faults=faults, redial_seconds=0.02
        ):
            summary = await service.once()
            for _ in range(rounds - 1):
                if not summary["open"]:
                    break
                summary = await service.once()
    finally:
        await service.close()
    return summary, events


def run(*args, **more):
    return asyncio.run(collect(*args, **more))


def energy_in(settings: Settings) -> pl.DataFrame:
    """Every interval of the day in the lake, as TRUTH_ENERGY."""
    with closing(open_lake(settings, EVERYTHING)) as lake:
        return lake.sql(
            "select usage_point_id, channel, interval_start, interval_minutes, energy_wh "
            "from readings where energy_wh is not null"
        ).pl()


def points_in(settings: Settings) -> pl.DataFrame:
    with closing(open_lake(settings, EVERYTHING)) as lake:
        rows = lake.sql(
            f"unpivot register_profiles on {', '.join(SLOTS)} into name slot value counts"
        ).pl()
    minute = pl.col("slot").str.slice(1, 2).cast(pl.Int64) * 60 + pl.col("slot").str.slice(
        3, 2
    ).cast(pl.Int64)
    at = pl.col("service_date").cast(pl.Datetime("us")) + pl.duration(minutes=minute)
    at = (at - timedelta(hours=8)).dt.replace_time_zone("UTC")
    return rows.select("usage_point_id", "meter_id", "channel", at.alias("at"), "counts")


def freezes_in(settings: Settings) -> pl.DataFrame:
    with closing(open_lake(settings, EVERYTHING)) as lake:
        return lake.sql(
            "select usage_point_id, meter_id, channel, read_at as at, "
            "(reading_kwh * 10000)::bigint as counts from register_readings "
            "where register = 'total'"
        ).pl()


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(pl.all())


def truth_of(
    shown: Fleet, until: datetime = NOW - timedelta(minutes=20)
) -> dict[str, pl.DataFrame]:
    """What the lake must hold of whole days, and of the hours after them that are due."""
    last = BEGIN + timedelta(minutes=15 * int((until - BEGIN) / timedelta(minutes=15)))
    midnight = BEGIN + timedelta(days=(until - BEGIN).days)
    return {
        "energy": truth_energy(shown.meters, last=last),
        "points": truth_points(shown.meters, last=last),
        "freezes": truth_freezes(shown.meters, last=midnight),
    }


def held_in(settings: Settings) -> dict[str, pl.DataFrame]:
    return {
        "energy": energy_in(settings),
        "points": points_in(settings),
        "freezes": freezes_in(settings),
    }
