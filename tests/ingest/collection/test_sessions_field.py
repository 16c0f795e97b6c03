"""A day of the simulated field, read through sessions while every listed thing goes wrong."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.sessions.collected import Collected
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.local_clock import to_utc
from ingest.collection.wants import Kind, Meter, Want
from ingest.collectors.wire import dlt645, dlt698, gdw1376
from ingest.collectors.wire.heard import Heard
from ingest.protocols.decoded import FrameError
from ingest.register_energy import COUNTS_PER_KWH
from ingest.simulated.field.curves import plausible_meters
from ingest.simulated.field.dialling import dialling
from ingest.simulated.field.faults import LASTING, Fault, Faults
from ingest.simulated.field.fleet import as_wanted, fleet
from ingest.simulated.field.lines import serving_gateway
from ingest.simulated.field.meters import FieldMeter
from ingest.simulated.field.truth import truth_freezes, truth_points
from tests.ingest.collection.sessions_peers import CHINA, LIMITS, Station, gateway, local

BEGIN, END = local(1), local(2)
LATER = local(2, 2)
HEAR = {"dlt645": dlt645.hear, "dlt698": dlt698.hear, "gdw1376": gdw1376.hear}
FIELD_LIMITS: Limits = replace(LIMITS, attempts=2, meters_per_question=1)
MOST_ROUNDS = 12
Point = tuple[str, str, datetime]


def heard_of(exchanges: Iterable[Exchange], meters: Iterable[Meter]) -> Heard:
    heard = Heard(CHINA)
    for one in meters:
        heard.know(one)
    for exchange in exchanges:
        try:
            HEAR[exchange.protocol](heard, exchange)
        except FrameError as error:
            heard.refuse(str(error))
    return heard


def curve_of(heard: Heard) -> dict[Point, int]:
    return {
        (one.meter.address, one.channel, to_utc(one.at, CHINA)): int(one.kwh * COUNTS_PER_KWH)
        for one in heard.shown
    }


def freezes_of(heard: Heard) -> dict[Point, int]:
    return {
        (one.meter.address, one.channel, to_utc(one.at, CHINA)): int(one.kwh * COUNTS_PER_KWH)
        for one in heard.frozen
        if one.register == "total"
    }


def truth(meters: Iterable[FieldMeter]) -> tuple[dict[Point, int], dict[Point, int]]:
    meters = list(meters)
    by_id = {one.meter_id: one.address for one in meters}
    curve = truth_points(meters, first=BEGIN, last=END)
    freezes = truth_freezes(meters, last=END)
    told = [
        {
            (by_id[row["meter_id"]], row["channel"], row["at"]): row["counts"]
            for row in frame.iter_rows(named=True)
        }
        for frame in (curve, freezes)
    ]
    return told[0], told[1]


def still_wanted(meters: Iterable[Meter], exchanges: list[Exchange]) -> list[Want]:
    """From the first to the last instant that is missing, of each meter."""
    meters = list(meters)
    heard = heard_of(exchanges, meters)
    curve, freezes = curve_of(heard), freezes_of(heard)
    wants = []
    for one in meters:
        step = timedelta(minutes=one.interval_minutes)
        instants = [BEGIN + step * n for n in range((END - BEGIN) // step + 1)]
        missing = [
            at
            for at in instants
            if any((one.address, channel, at) not in curve for channel in one.channels)
        ]
        if missing:
            wants.append(Want(one, Kind.CURVE, missing[0], missing[-1]))
        if any((one.address, channel, END) not in freezes for channel in one.channels):
            wants.append(Want(one, Kind.FREEZE, END, END))
    return wants


async def in_rounds(read, meters: Iterable[Meter]) -> tuple[list[Exchange], int]:
    """Ask for what is missing until nothing is; all exchanges, and how many rounds it took."""
    exchanges: list[Exchange] = []
    meters = list(meters)
    for count in range(1, MOST_ROUNDS + 1):
        wants = still_wanted(meters, exchanges)
        if not wants:
            return exchanges, count - 1
        collected: Collected = await read(wants)
        exchanges += collected.exchanges
    return exchanges, MOST_ROUNDS


@pytest.mark.parametrize("rate", [0.0, 0.4])
def test_a_day_behind_terminals_of_both_kinds_is_read_exactly_whatever_goes_wrong(rate):
    faults = Faults(rate, set(Fault) - LASTING, seed=3, latency_seconds=0.02)
    shown = fleet(4, 4, lambda: LATER, begin=BEGIN, days=2, seed=1, missed_share=0.1)

    async def run():
        async with Station([one.site.address for one in shown.terminals], FIELD_LIMITS) as station:

            async def read_one(address: str, wants: list[Want]) -> Collected:
                try:
                    session = await station.session(address)
                except ExchangeError:
                    return Collected()
                return await session.read_many(wants)

            async def read(wants: list[Want]) -> Collected:
                by_terminal: dict[str, list[Want]] = {}
                for one in wants:
                    by_terminal.setdefault(one.meter.terminal or "", []).append(one)
                parts = await asyncio.gather(
                    *(read_one(address, some) for address, some in by_terminal.items())
                )
                return Collected([one for part in parts for one in part.exchanges])

            async with dialling(
                shown.terminals,
                host="127.0.0.1",
                port=station.port,
                faults=faults,
                redial_seconds=0.02,
            ):
                return await in_rounds(read, shown.wanted)

    exchanges, rounds = asyncio.run(run())
    heard = heard_of(exchanges, shown.wanted)
    curve, freezes = truth(shown.meters)
    assert curve_of(heard) == curve
    assert freezes_of(heard) == freezes
    assert rounds <= (1 if rate == 0 else MOST_ROUNDS - 1)
    if rate:
        assert sum(faults.played.values()) > 10
        assert len(faults.played) >= 7


@pytest.mark.parametrize("rate", [0.0, 0.4])
def test_a_day_behind_a_gateway_is_read_exactly_whatever_goes_wrong(rate):
    faults = Faults(rate, set(Fault) - LASTING, seed=5, latency_seconds=0.02)
    meters = plausible_meters(2, begin=BEGIN, days=2, seed=2, protocol="dlt645")
    wanted = [as_wanted(one, None) for one in meters]

    async def run():
        async with (
            serving_gateway(meters, lambda: LATER, faults=faults) as port,
            gateway(lambda _: (), None, FIELD_LIMITS, port) as session,
        ):
            return await in_rounds(session.read_many, wanted)

    exchanges, rounds = asyncio.run(run())
    heard = heard_of(exchanges, wanted)
    curve, freezes = truth(meters)
    assert curve_of(heard) == curve
    assert freezes_of(heard) == freezes
    assert rounds <= (1 if rate == 0 else MOST_ROUNDS - 1)
    if rate:
        assert sum(faults.played.values()) > 5
