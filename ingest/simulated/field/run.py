"""The simulated field in real time, or faster: for the demonstration."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from ingest.simulated.field.curves import plausible_meters
from ingest.simulated.field.dialling import dialling
from ingest.simulated.field.faults import Faults
from ingest.simulated.field.fleet import Fleet, fleet
from ingest.simulated.field.lines import serving_gateway
from ingest.simulated.field.meters import CHINA, DAY
from queries.local_time import standard_offset

_DAYS_BEFORE = 2
_MOST_DAYS = 60
_FIRST_AT_GATEWAY = 500_001


def sped_up(start: datetime, speed: float) -> Callable[[], datetime]:
    """A clock that shows ``start`` now and runs ``speed`` times as fast as the true one."""
    begun = time.monotonic()
    return lambda: start + timedelta(seconds=(time.monotonic() - begun) * speed)


def midnight_before(now: datetime) -> datetime:
    """The last midnight of China's standard time [UTC]."""
    local = now + standard_offset(CHINA, now.year)
    return now - (local - local.replace(hour=0, minute=0, second=0, microsecond=0))


def demonstration_fleet(
    clock: Callable[[], datetime],
    *,
    terminals: int,
    meters_each: int,
    seed: int = 0,
    faults: Faults | None = None,
) -> Fleet:
    """A fleet whose curves began two days ago and go on for two months of the clock's time.

    Its 698 terminals report what they read from now on.
    """
    now = clock()
    begin = midnight_before(now) - DAY * _DAYS_BEFORE
    return fleet(
        terminals,
        meters_each,
        clock,
        begin=begin,
        days=_DAYS_BEFORE + _MOST_DAYS,
        seed=seed,
        faults=faults,
        missed_share=0.02,
        reports_since=now,
    )


@asynccontextmanager
async def running_field(
    shown: Fleet, host: str, port: int, *, faults: Faults | None = None
) -> AsyncIterator[None]:
    """The fleet's terminals stay connected to a master station as long as the block runs."""
    async with dialling(shown.terminals, host=host, port=port, faults=faults, redial_seconds=1.0):
        yield


async def run_field(  # noqa: PLR0913 - the options of the command
    host: str,
    port: int,
    *,
    terminals: int = 3,
    meters_each: int = 20,
    speed: float = 1.0,
    seed: int = 0,
    faults: Faults | None = None,
    gateway_port: int | None = None,
) -> None:
    """Dial in to a master station with readings that grow, until cancelled.

    Args:
        host: Of the master station.
        port: Of the master station, for DL/T 698.45 and Q/GDW 376.1 alike.
        terminals: How many dial in.
        meters_each: How many meters each of them reads.
        speed: How fast its time goes; 1: as the true one, from now on.
        seed: The same gives the same curves.
        faults: What goes wrong, if anything does.
        gateway_port: Where a gateway to as many DL/T 645 meters listens on loopback; None: there
            is none.
    """
    clock = sped_up(datetime.now(UTC), speed)
    shown = demonstration_fleet(
        clock, terminals=terminals, meters_each=meters_each, seed=seed, faults=faults
    )
    async with running_field(shown, host, port, faults=faults):
        if gateway_port is None:
            await asyncio.Event().wait()
        direct = plausible_meters(
            meters_each,
            begin=midnight_before(clock()) - DAY * _DAYS_BEFORE,
            days=_DAYS_BEFORE + _MOST_DAYS,
            seed=seed,
            first_number=_FIRST_AT_GATEWAY,
            protocol="dlt645",
        )
        async with serving_gateway(direct, clock, port=gateway_port or 0, faults=faults):
            await asyncio.Event().wait()
