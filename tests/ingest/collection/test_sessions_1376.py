"""A Q/GDW 1376.1 terminal: what is asked of it and of the meters behind it, and what goes wrong."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ingest.collection.exchange import ExchangeError
from ingest.collection.wants import Kind, Want
from ingest.protocols.dlt645.answers import answer_data
from ingest.protocols.dlt645.follow_ups import split_answer
from ingest.protocols.dlt645.frame import parse_frame as parse_645
from ingest.protocols.gdw1376 import answers
from ingest.protocols.gdw1376.application import CLASS_1, CLASS_2, FORWARD, parse_application
from ingest.protocols.gdw1376.encoding import Terminal, encode_frame
from ingest.protocols.gdw1376.forwarding import parse_forwarded
from ingest.protocols.gdw1376.frame import Frame, find_frames, parse_frame
from ingest.protocols.gdw1376.units import DataUnit
from tests.ingest.collection.sessions_peers import (
    HANG_UP,
    Action,
    Peer,
    Station,
    local,
    naive,
    want,
)

TERMINAL, ADDRESS = Terminal("4401", 3), "440100003"
QUARTER = timedelta(minutes=15)
FIRST, SECOND = {"measuring_point": 5}, {"measuring_point": 6, "address": "000000000034"}
HOUR = (local(1), local(1, 0, 45))
CURVE, OTHER = want(Kind.CURVE, *HOUR, **FIRST), want(Kind.CURVE, *HOUR, **SECOND)

Reply = Callable[[Frame], Iterable[Action]]


def collect(reply: Reply, *wants: Want) -> tuple[Any, list[Frame], Any]:
    asked: list[Frame] = []

    def script(frame: Frame) -> Iterable[Action]:
        if frame.afn == 0:
            return ()
        asked.append(frame)
        return reply(frame)

    async def run():
        async with Station([ADDRESS]) as station:
            peer = Peer(find_frames, script)
            await peer.dial(station.port, answers.login(TERMINAL, 4))
            session = await station.session(ADDRESS)
            collected = await session.read_many(wants)
            await asyncio.sleep(0.01)  # for what is on its way to the peer
            await peer.hang_up()
            return collected, peer

    collected, peer = asyncio.run(run())
    return collected, asked, peer


def filled(unit: DataUnit, missing: Iterable[int] = ()) -> DataUnit:
    """What a terminal that has everything but the points ``missing`` says."""
    if unit.point_count is None:
        values = (Decimal("12.3400"), Decimal("1.0000"))
        return unit._replace(read_at=naive(2, 0, 5), values=values)
    values = tuple(
        None if n in missing else Decimal(unit.point * 100 + n).scaleb(-2)
        for n in range(unit.point_count)
    )
    return unit._replace(values=values)


def told(frame: Frame, number: int | None = None, missing: Iterable[int] = ()) -> bytes:
    units = [filled(unit, missing) for unit in parse_application(frame).units]
    return answers.readings(TERMINAL, frame.number if number is None else number, CLASS_2, units)


def test_curves_of_two_meters_are_asked_for_by_their_measuring_points_in_one_question():
    collected, asked, _ = collect(lambda frame: [told(frame)], CURVE, OTHER)
    [frame] = asked
    units = [(u.point, u.function, u.label, u.point_count) for u in parse_application(frame).units]
    assert units == [(5, 101, naive(1), 4), (6, 101, naive(1), 4)]
    [exchange] = collected.exchanges
    assert (exchange.protocol, exchange.source, exchange.meter) == (
        "gdw1376",
        f"east/terminal {ADDRESS}",
        None,
    )
    assert parse_frame(exchange.request) == frame
    assert collected.failures == {}


def test_a_curve_of_two_days_is_asked_for_day_by_day():
    _, asked, _ = collect(
        lambda frame: [told(frame)], want(Kind.CURVE, local(1), local(3) - QUARTER, **FIRST)
    )
    labels = [(u.label, u.point_count) for f in asked for u in parse_application(f).units]
    assert labels == [(naive(1), 96), (naive(2), 96)]


def test_a_freeze_of_midnight_is_labelled_with_the_day_that_ended():
    both = want(Kind.FREEZE, local(2), **FIRST, channels=("import", "export"))
    collected, asked, _ = collect(lambda frame: [told(frame)], both)
    [frame] = asked
    units = [(u.point, u.function, u.label) for u in parse_application(frame).units]
    assert units == [(5, 161, date(2026, 3, 1)), (5, 163, date(2026, 3, 1))]
    assert (len(collected.exchanges), collected.failures) == (1, {})


def test_numbers_of_questions_go_round_from_15_to_0():
    wants = [want(Kind.FREEZE, local(1, 0) + timedelta(days=n), **FIRST) for n in range(18)]
    _, asked, _ = collect(lambda frame: [told(frame)], *wants)
    assert [frame.number for frame in asked] == [*range(16), 0, 1]


def forwarded(frame: Frame, records: Callable[[bytes], bytes]) -> list[Action]:
    [unit] = parse_application(frame).units
    inner = parse_forwarded(unit.rest, unit.offset, is_uplink=False)
    said = records(inner.frame)
    return [answers.forwarded(TERMINAL, frame.number, port=inner.port, frame=said)]


def no_record(octets: bytes) -> bytes:
    asked = parse_645(octets)
    return split_answer(asked.address, asked.data[:4] + b"\xe0\xe0")[0]


@pytest.mark.parametrize("has_some", [False, True])
def test_what_the_terminal_has_not_got_is_asked_of_a_645_meter_through_it(has_some):
    inner = []

    def reply(frame: Frame) -> list[Action]:
        if frame.afn == CLASS_2:
            denied = answers.acknowledgement(TERMINAL, frame.number, is_denied=True)
            return [told(frame, missing=[2])] if has_some else [denied]
        return forwarded(frame, lambda octets: inner.append(octets) or no_record(octets))

    meters = want(Kind.CURVE, *HOUR, **FIRST, protocol="dlt645")
    collected, asked, _ = collect(reply, meters)
    assert collected.failures == {}
    assert {frame.afn for frame in asked} == {CLASS_2, FORWARD}
    first = parse_645(inner[0])
    # Load records from 00:30, one; or from 00:00, four: minute, hour, day, month, year.
    start, count = (b"\x30\x00", b"\x01") if has_some else (b"\x00\x00", b"\x04")
    assert first.data == b"\x01\x00\x00\x06" + count + start + b"\x01\x03\x26"


def test_a_698_meter_that_the_terminal_has_nothing_of_stays_wanted_without_a_failure():
    denied = lambda f: [answers.acknowledgement(TERMINAL, f.number, is_denied=True)]  # noqa: E731
    collected, asked, _ = collect(denied, CURVE)
    assert (len(asked), len(collected.exchanges), collected.failures) == (1, 1, {})


def test_a_clock_of_a_645_meter_is_read_through_the_terminal():
    def clock(octets: bytes) -> bytes:
        asked = parse_645(octets)
        identifier = asked.data[:4][::-1].hex().upper()
        values = [Decimal(1), date(2026, 3, 2)] if identifier == "04000101" else [time(12, 0)]
        return split_answer(asked.address, answer_data(identifier, values))[0]

    reading = want(Kind.CLOCK, local(2), **FIRST, protocol="dlt645")
    collected, asked, _ = collect(lambda frame: forwarded(frame, clock), reading)
    assert (len(asked), len(collected.exchanges), collected.failures) == (2, 2, {})


def test_a_meter_silent_behind_its_terminal_is_asked_thrice():
    reading = want(Kind.CLOCK, local(2), **FIRST, protocol="dlt645")
    collected, asked, _ = collect(lambda frame: forwarded(frame, lambda _: b""), reading)
    [error] = collected.failures.values()
    assert (error.reason, error.may_retry, len(asked)) == ("timeout", True, 3)


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        (want(Kind.CURVE, *HOUR), "measuring point"),
        (want(Kind.CURVE, *HOUR, **FIRST, interval_minutes=20), "20 min"),
        (want(Kind.CLOCK, local(2), **FIRST), "dlt698"),
    ],
)
def test_what_the_protocol_has_no_question_for_is_unsupported(reading, why):
    collected, asked, _ = collect(lambda _: [], reading)
    [error] = collected.failures.values()
    assert (error.reason, error.may_retry) == ("unsupported", False)
    assert why in str(error)
    assert asked == []


def broken(octets: bytes) -> bytes:
    return octets[:-2] + bytes([octets[-2] ^ 1]) + octets[-1:]


def yesterday(frame: Frame) -> bytes:
    units = [
        filled(unit._replace(label=naive(1) - timedelta(days=1)))
        for unit in parse_application(frame).units
    ]
    return answers.readings(TERMINAL, frame.number, CLASS_2, units)


@pytest.mark.parametrize(
    ("wrong", "questions"),
    [
        pytest.param(lambda _: [], 2, id="silence"),
        pytest.param(lambda f: [told(f)] * 2, 1, id="doubled"),
        pytest.param(lambda f: [told(f, f.number ^ 8)], 2, id="wrong number"),
        pytest.param(lambda f: [0.2, told(f)], 2, id="late: to a question given up"),
        pytest.param(lambda f: [broken(told(f))], 2, id="wrong checksum"),
        pytest.param(lambda f: [b"\x68\x32\x00\x33", told(f)], 1, id="garbage before"),
        pytest.param(lambda f: [told(f)[:9], 0.01, told(f)[9:]], 1, id="in two pieces"),
        pytest.param(lambda f: [encode_frame(f), told(f)], 1, id="echo"),
        pytest.param(lambda f: [yesterday(f)], 2, id="another day's curve"),
        pytest.param(
            lambda f: [answers.heartbeat(TERMINAL, 9, naive(2)), told(f)], 1, id="heartbeat between"
        ),
    ],
)
def test_whatever_goes_wrong_once_the_values_are_the_same(wrong, questions):
    seen = []

    def reply(frame: Frame) -> Iterable[Action]:
        seen.append(frame)
        return wrong(frame) if len(seen) == 1 else [told(frame)]

    collected, asked, _ = collect(reply, CURVE)
    assert collected.failures == {}
    [exchange] = collected.exchanges
    assert exchange.answer == told(parse_frame(exchange.request))
    assert len(asked) == questions


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda _: [], "timeout"),
        (lambda f: [broken(told(f))], "checksum"),
        (lambda f: [told(f, f.number ^ 8)], "mismatch"),
        (lambda f: [told(f)[:20], HANG_UP], "disconnected"),
    ],
)
def test_what_always_goes_wrong_is_named(wrong, reason):
    collected, asked, _ = collect(wrong, CURVE)
    [error] = collected.failures.values()
    assert (error.reason, error.may_retry) == (reason, True)
    assert len(asked) == (1 if reason == "disconnected" else 3)


def sequenced(octets: bytes, sequence: int) -> bytes:
    return encode_frame(parse_frame(octets)._replace(sequence=sequence))


@pytest.mark.parametrize("counts_on", [False, True])
def test_an_answer_of_two_frames_is_taken_when_both_are_there_and_acknowledged_if_it_asks(
    counts_on,
):
    first_bit, last_bit, confirm = 0x40, 0x20, 0x10

    def reply(frame: Frame) -> list[Action]:
        one, two = (
            answers.readings(TERMINAL, frame.number, CLASS_2, [filled(unit)])
            for unit in parse_application(frame).units
        )
        second = (frame.number + counts_on) % 16
        return [
            sequenced(one, first_bit | confirm | frame.number),
            sequenced(two, last_bit | second),
        ]

    collected, asked, peer = collect(reply, CURVE, OTHER)
    assert collected.failures == {}
    assert len({one.request for one in collected.exchanges}) == 1
    units = [
        unit.point
        for one in collected.exchanges
        for unit in parse_application(parse_frame(one.answer)).units
    ]
    assert units == [5, 6]
    assert len(asked) == 1
    acknowledged = [frame.number for frame in peer.heard if frame.afn == 0]
    assert acknowledged == [4, asked[0].number]


def test_a_heartbeat_with_a_clock_is_kept_and_acknowledged_and_a_logout_ends_the_session():
    said = [
        answers.login(TERMINAL, 1),
        answers.heartbeat(TERMINAL, 2, naive(2, 12)),
        answers.logout(TERMINAL, 3),
    ]

    async def run():
        async with Station([ADDRESS]) as station:
            peer = Peer(find_frames, lambda _: ())
            await peer.dial(station.port, *said)
            async with asyncio.timeout(1):
                await peer.is_cut_off.wait()
            assert [one.answer for one in station.kept] == said
            assert [(f.afn, f.number, f.control) for f in peer.heard] == [
                (0, n, 0x0B) for n in (1, 2, 3)
            ]
            with pytest.raises(ExchangeError):
                await station.listener.session(ADDRESS)

    asyncio.run(run())


def test_the_clock_of_a_terminal_is_asked_of_itself():
    def script(frame: Frame) -> list[Action]:
        if frame.afn == 0:
            return []
        [unit] = parse_application(frame).units
        assert (frame.afn, unit.point, unit.function) == (CLASS_1, 0, 2)
        clock = unit._replace(values=(datetime(2026, 3, 2, 12, 0, 3),))  # noqa: DTZ001
        return [answers.readings(TERMINAL, frame.number, CLASS_1, [clock])]

    async def run():
        async with Station([ADDRESS]) as station:
            peer = Peer(find_frames, script)
            await peer.dial(station.port, answers.login(TERMINAL, 1))
            exchanges = await (await station.session(ADDRESS)).read_clock()
            await peer.hang_up()
            return exchanges

    [exchange] = asyncio.run(run())
    [unit] = parse_application(parse_frame(exchange.answer)).units
    assert unit.values == (naive(2, 12) + timedelta(seconds=3),)
