"""Meters behind a serial gateway: what is asked of them, and what happens when it goes wrong."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.collection.exchange import Exchange, ExchangeError
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.meter645 import Heard, Reading
from ingest.collection.wants import Kind, Want
from ingest.protocols.dlt645.answers import answer_data, load_record_data, refusal
from ingest.protocols.dlt645.decode import decode, decode_frame
from ingest.protocols.dlt645.follow_ups import join_follow_ups, split_answer
from ingest.protocols.dlt645.frame import Frame, ReadFunction, find_frames, parse_frame
from ingest.protocols.dlt645.load_record import LoadRecord
from ingest.protocols.dlt645.values import MOMENT
from tests.ingest.collection.sessions_peers import (
    CHINA,
    HANG_UP,
    LIMITS,
    NOW,
    Action,
    gateway,
    local,
    naive,
    port_of,
    want,
)

METER, OTHER = "000000000012", "000000000034"
QUARTER = timedelta(minutes=15)


def find(buffer: bytes) -> tuple[list[Frame], int]:
    found, consumed = find_frames(buffer)
    return [frame for frame in found if isinstance(frame, Frame) and not frame.is_answer], consumed


def record(at: datetime) -> LoadRecord:
    """The forward register is the number of the quarter in its day, in hundredths of a kWh."""
    number = (at.hour * 60 + at.minute) // 15
    values = {"00010000": Decimal(number).scaleb(-2)}
    others = dict.fromkeys(("00020000", "00030000", "00040000"), Decimal("0.00"))
    return LoadRecord(at, values | others)


NOON = naive(2, 12)


class Meter645:
    """A meter with records and freezes, which says E0E0 where there is no record at the start."""

    def __init__(
        self,
        records: set[datetime] = frozenset(),
        freezes: list[datetime] = (),
        clock: datetime = NOON,
        longest: int = 200,
    ) -> None:
        self.records, self.freezes, self.clock, self.longest = records, freezes, clock, longest
        self.asked: list[str] = []
        self._more: dict[str, list[bytes]] = {}

    def __call__(self, request: Frame) -> bytes:
        identifier = request.data[:4][::-1].hex().upper()
        if request.control == ReadFunction.FOLLOW_UP.value:
            self.asked.append(f"{identifier}+{request.data[4]}")
            return self._more[identifier][request.data[4] - 1]
        self.asked.append(identifier)
        data = self._data(identifier, request)
        if data is None:
            return refusal(ReadFunction.DATA, request.address, "no such data")
        first, *self._more[identifier] = split_answer(
            request.address, data, longest=self.longest, preamble=0
        )
        return first

    def _data(self, identifier: str, request: Frame) -> bytes | None:
        if identifier == "06000001":
            at, count = MOMENT.read(request.data[5:]), int(f"{request.data[4]:x}")
            assert isinstance(at, datetime)
            held = sorted(one for one in self.records if one >= at) if at in self.records else []
            return load_record_data(identifier, [record(one) for one in held[:count]])
        if identifier.startswith("0506"):
            back = int(identifier[6:], 16)
            at = self.freezes[back - 1] if back <= len(self.freezes) else None
            is_time = identifier[4:6] == "00"
            return answer_data(identifier, [at] if is_time else [at and Decimal(back)] * 5)
        if identifier == "04000101":
            return answer_data(identifier, [Decimal(1), self.clock.date()])
        if identifier == "04000102":
            return answer_data(identifier, [self.clock.time()])
        return None


def records_of(exchanges: list[Exchange]) -> dict[datetime, Decimal]:
    """Forward registers by instant, as the lake's reader joins the frames of the answers."""
    told: dict[datetime, Decimal] = {}
    pieces: list[Frame] = []
    for exchange in exchanges:
        pieces.append(parse_frame(exchange.answer))
        if not pieces[-1].control & 0x20:
            fields = decode_frame(join_follow_ups(pieces)).fields
            pieces = []
            times = {f.identifier: f.value for f in fields if f.identifier.count(".") == 1}
            for field in fields:
                record_of, _, quantity = field.identifier.rpartition(".")
                if quantity == "00010000":
                    told[times[record_of]] = field.value
    return told


def collect(script: Callable, *wants: Want, limits: Limits = LIMITS):
    async def run():
        async with gateway(script, find, limits) as session:
            return await session.read_many(wants)

    return asyncio.run(run())


def quarters(first: datetime, last: datetime) -> set[datetime]:
    return {first + QUARTER * n for n in range((last - first) // QUARTER + 1)}


DAY = quarters(naive(1), naive(2))
CURVE = want(Kind.CURVE, local(1), local(2), protocol="dlt645")


def test_a_day_of_load_records_is_asked_for_ten_at_a_time():
    peer = Meter645(DAY)
    collected = collect(lambda frame: [peer(frame)], CURVE)
    assert set(records_of(collected.exchanges)) == DAY
    # 97 instants from 00:00 to 00:00.
    assert [one for one in peer.asked if "+" not in one] == ["06000001"] * 10
    assert collected.failures == {}
    assert {(one.protocol, one.meter, one.at) for one in collected.exchanges} == {
        ("dlt645", METER, NOW)
    }


def test_every_frame_of_an_answer_in_follow_ups_is_kept_with_its_own_question():
    peer = Meter645(DAY, longest=60)
    end = local(1, 0, 30)
    collected = collect(lambda frame: [peer(frame)], want(Kind.CURVE, local(1), end))
    assert peer.asked == ["06000001", "06000001+1"]
    frames = [parse_frame(one.answer) for one in collected.exchanges]
    assert [frame.control for frame in frames] == [0xB1, 0x92]
    assert [parse_frame(one.request).control for one in collected.exchanges] == [0x11, 0x12]
    assert set(records_of(collected.exchanges)) == quarters(naive(1), naive(1, 0, 30))


def test_records_behind_a_power_cut_are_found_though_the_meter_has_none_of_it():
    held = DAY - quarters(naive(1, 3), naive(1, 7, 45))
    peer = Meter645(held)
    collected = collect(lambda frame: [peer(frame)], CURVE)
    assert set(records_of(collected.exchanges)) == held
    assert len([one for one in peer.asked if "+" not in one]) < 24


def test_a_meter_without_any_record_is_given_up_after_few_questions_and_is_no_failure():
    peer = Meter645()
    collected = collect(lambda frame: [peer(frame)], CURVE)
    assert len(peer.asked) <= 9
    assert (records_of(collected.exchanges), collected.failures) == ({}, {})


class BesideIt:
    """A line without a wire."""

    def __init__(self, peer: Meter645) -> None:
        self._peer = peer

    async def ask(self, address: str, request: bytes, judge) -> Heard:
        octets = self._peer(parse_frame(request))
        frame = parse_frame(octets)
        assert judge(frame) is None
        return Heard(frame, Exchange(NOW, "line", "dlt645", address, request, octets))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 95), st.integers(1, 60), st.integers(1, 20))
def test_whatever_one_hole_is_like_all_records_around_it_are_read_once(start, length, at_once):
    hole = quarters(naive(1) + QUARTER * start, naive(1) + QUARTER * (start + length - 1))
    peer = Meter645(DAY - hole)
    limits = Limits(records_per_question=at_once)
    reading = Reading(BesideIt(peer), CURVE, limits, CHINA, lambda: NOW)
    asyncio.run(reading.run())
    assert set(records_of(reading.exchanges)) == DAY - hole
    asked = [one for one in peer.asked if "+" not in one]
    assert len(asked) <= -(-97 // at_once) + 2 * length.bit_length() + 3


def test_a_meter_that_gives_older_records_than_asked_does_not_hold_the_session():
    old = Meter645(DAY)

    def script(frame: Frame) -> list[Action]:
        request = frame._replace(data=frame.data[:5] + MOMENT.write(naive(1)))
        return [old(request)]

    collected = collect(script, want(Kind.CURVE, local(1, 12), local(1, 13)))
    assert {error.reason for error in collected.failures.values()} == {"mismatch"}


def freezes(*days: int) -> list[datetime]:
    """Stamps, latest first."""
    return [naive(day) for day in sorted(days, reverse=True)]


def frozen(want: Want, peer: Meter645) -> list[str]:
    collected = collect(lambda frame: [peer(frame)], want)
    assert collected.failures == {}
    told = [parse_frame(one.answer).data[:4][::-1].hex().upper() for one in collected.exchanges]
    return [one for one in told if one[4:6] != "00"]


def test_the_freeze_of_a_day_is_found_by_how_long_ago_it_is():
    peer = Meter645(freezes=freezes(*range(1, 11)))
    assert frozen(want(Kind.FREEZE, local(8)), peer) == ["05060103"]
    assert peer.asked == ["05060001", "05060003", "05060103"]


def test_days_without_a_freeze_are_skipped_when_counting_back():
    # The meter was off on the 6th and 7th at midnight: 10 9 8 5 4 3 2 1.
    peer = Meter645(freezes=freezes(1, 2, 3, 4, 5, 8, 9, 10))
    assert frozen(want(Kind.FREEZE, local(5)), peer) == ["05060104"]
    assert frozen(want(Kind.FREEZE, local(7)), peer) == []
    assert frozen(want(Kind.FREEZE, local(1), local(2)), peer) == ["05060107", "05060108"]


def test_reverse_registers_are_frozen_in_a_block_of_their_own():
    peer = Meter645(freezes=freezes(1, 2))
    both = want(Kind.FREEZE, local(2), channels=("import", "export"))
    assert frozen(both, peer) == ["05060101", "05060201"]


def test_a_midnight_that_has_not_come_has_no_freeze():
    peer = Meter645(freezes=freezes(1, 2))
    assert frozen(want(Kind.FREEZE, local(3)), peer) == []
    assert frozen(want(Kind.FREEZE, local(3)), Meter645()) == []


def test_a_freeze_older_than_a_meter_keeps_is_unsupported():
    peer = Meter645(freezes=[naive(31)])
    collected = collect(lambda frame: [peer(frame)], want(Kind.FREEZE, local(31) - 62 * DAYS))
    [error] = collected.failures.values()
    assert (error.reason, error.may_retry) == ("unsupported", False)


DAYS = timedelta(days=1)


def test_a_meter_that_freezes_while_it_is_read_is_not_believed():
    peer = Meter645(freezes=freezes(1))

    class Reader(BesideIt):
        async def ask(self, address: str, request: bytes, judge) -> Heard:
            heard = await super().ask(address, request, judge)
            peer.freezes = freezes(1, 2)
            return heard

    reading = Reading(
        Reader(peer), want(Kind.FREEZE, local(1)), LIMITS, CHINA, lambda: local(2, 0, 1)
    )
    with pytest.raises(ExchangeError) as raised:
        asyncio.run(reading.run())
    assert (raised.value.reason, raised.value.may_retry) == ("mismatch", True)
    assert reading.exchanges == []


def test_a_clock_is_its_date_and_its_time():
    peer = Meter645(clock=naive(2, 12, 3))
    collected = collect(lambda frame: [peer(frame)], want(Kind.CLOCK))
    values = [decode(one.answer).fields[-1].value for one in collected.exchanges]
    assert values == [date(2026, 3, 2), time(12, 3)]


def test_a_refusal_is_not_repeated_and_keeps_its_bytes():
    answered = []

    def script(_: Frame) -> list[Action]:
        answered.append(
            refusal(ReadFunction.DATA, METER, "password wrong or not authorised", preamble=0)
        )
        return answered[-1:]

    collected = collect(script, want(Kind.CLOCK))
    [error] = collected.failures.values()
    assert (error.reason, error.may_retry, error.answer) == ("refused", False, answered[0])
    assert len(answered) == 1
    assert "password" in str(error)


DATE_OF_OTHER = answer_data("04000101", [Decimal(0), date(2020, 1, 5)])


def first_goes_wrong(wrong: Callable[[bytes], list[Action]]) -> tuple[list[bytes], int]:
    """Answers of a clock of which the first attempt of each question goes wrong; questions."""
    peer = Meter645()
    tried: set[bytes] = set()
    asked: list[bytes] = []

    def script(frame: Frame) -> list[Action]:
        asked.append(frame.data)
        answer = peer(frame)
        if frame.data in tried:
            return [answer]
        tried.add(frame.data)
        return wrong(answer)

    collected = collect(script, want(Kind.CLOCK))
    assert collected.failures == {}
    return [one.answer for one in collected.exchanges], len(asked)


def broken(answer: bytes) -> bytes:
    return answer[:-2] + bytes([answer[-2] ^ 1]) + answer[-1:]


@pytest.mark.parametrize(
    ("wrong", "questions"),
    [
        pytest.param(lambda _: [], 4, id="silence"),
        pytest.param(lambda answer: [answer, answer], 2, id="doubled"),
        pytest.param(lambda answer: [0.2, answer], 4, id="late: the repeated question gets it"),
        pytest.param(lambda answer: [answer[:9], HANG_UP], 4, id="dropped within the frame"),
        pytest.param(lambda answer: [broken(answer)], 4, id="wrong checksum"),
        pytest.param(lambda answer: [b"\x00\x68\x12", answer], 2, id="garbage with a 68 before"),
        pytest.param(lambda answer: [answer[:5], 0.01, answer[5:]], 2, id="in two pieces"),
        pytest.param(
            lambda answer: [split_answer(OTHER, DATE_OF_OTHER, preamble=0)[0], answer],
            2,
            id="another meter's before",
        ),
        pytest.param(
            lambda answer: [split_answer(METER, answer_data("02800002", [Decimal(50)]))[0], answer],
            2,
            id="to another question before",
        ),
        pytest.param(lambda answer: [b"\xfe" * 7, answer], 2, id="preamble"),
    ],
)
def test_whatever_goes_wrong_once_the_values_are_the_same(wrong, questions):
    answers, asked = first_goes_wrong(wrong)
    assert answers == [split_answer(METER, data, preamble=0)[0] for data in CLOCK_DATA]
    assert asked == questions


CLOCK_DATA = [
    answer_data("04000101", [Decimal(1), date(2026, 3, 2)]),
    answer_data("04000102", [time(12, 0)]),
]


def test_the_echo_of_a_question_is_no_answer():
    peer, echoes = Meter645(), []

    async def run():
        async def connection(reader, writer) -> None:
            buffer = b""
            while chunk := await reader.read(100):
                buffer += chunk
                frames, consumed = find(buffer)
                if frames:
                    echoes.append(buffer[:consumed])
                    writer.write(buffer[:consumed])
                    writer.write(peer(frames[0]))
                buffer = buffer[consumed:]
            writer.close()

        server = await asyncio.start_server(connection, "127.0.0.1", 0)
        async with gateway(lambda _: [], find, port=port_of(server)) as session:
            collected = await session.read_many([want(Kind.CLOCK)])
        server.close()
        return collected

    collected = asyncio.run(run())
    assert [one.answer for one in collected.exchanges] == [
        split_answer(METER, data, preamble=0)[0] for data in CLOCK_DATA
    ]
    assert [one.request for one in collected.exchanges] == echoes


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ([], "timeout"),
        ([broken(split_answer(METER, CLOCK_DATA[0])[0])], "checksum"),
        ([split_answer(OTHER, CLOCK_DATA[0])[0]], "mismatch"),
        ([HANG_UP], "disconnected"),
    ],
)
def test_what_always_goes_wrong_is_named_after_three_attempts(answer, reason):
    asked = []

    def script(frame: Frame) -> list[Action]:
        asked.append(frame)
        return answer

    collected = collect(script, want(Kind.CLOCK))
    [error] = collected.failures.values()
    assert (error.reason, error.may_retry, len(asked)) == (reason, True, 3)
    assert collected.exchanges == []


def test_a_late_first_piece_of_older_records_is_not_joined_with_newer_ones():
    peer = Meter645(DAY, longest=60)
    stale = Meter645(DAY, longest=60)
    older: list[bytes] = []

    def script(frame: Frame) -> list[Action]:
        if frame.control == ReadFunction.DATA.value:
            late, older[:] = list(older), [stale(frame)]
            return [*late, peer(frame)]
        return [peer(frame)]

    collected = collect(script, CURVE)
    assert records_of(collected.exchanges) == {at: record(at).values["00010000"] for at in DAY}


def test_nobody_at_the_port_is_offline_and_one_failed_want_does_not_stop_the_next():
    async def run():
        async with gateway(lambda _: [], find, port=1) as session:
            return await session.read_many([want(Kind.CLOCK), CURVE])

    collected = asyncio.run(run())
    assert [error.reason for error in collected.failures.values()] == ["offline", "offline"]


def test_between_two_exchanges_there_is_a_pause():
    times = []
    peer = Meter645(DAY)

    def script(frame: Frame) -> list[Action]:
        times.append(asyncio.get_running_loop().time())
        return [peer(frame)]

    collect(script, want(Kind.CLOCK), limits=Limits(pause_seconds=0.05))
    assert times[1] - times[0] >= 0.05


def test_questions_asked_at_once_go_over_the_line_one_after_another():
    under_way, most = 0, 0
    peer = Meter645(DAY)

    async def run():
        nonlocal under_way, most

        def script(frame: Frame):
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            yield 0.01
            under_way -= 1
            yield peer(frame)

        async with gateway(script, find) as session:
            addresses = ["000000000012", "000000000034", "000000000056"]
            return await asyncio.gather(
                *(session.read(want(Kind.CLOCK, address=address)) for address in addresses)
            )

    assert [len(exchanges) for exchanges in asyncio.run(run())] == [2, 2, 2]
    assert most == 1


def test_cancelling_closes_the_connection_and_leaves_no_task():
    closed = []

    async def run():
        async def connection(reader, writer) -> None:
            await reader.read()
            closed.append(True)
            writer.close()

        server = await asyncio.start_server(connection, "127.0.0.1", 0)
        limits = Limits(answer_seconds=60)
        async with gateway(lambda _: [], find, limits, port_of(server)) as session:
            reading = asyncio.create_task(session.read(want(Kind.CLOCK)))
            await asyncio.sleep(0.1)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            await asyncio.sleep(0.05)
            assert closed == [True]
        server.close()
        await asyncio.sleep(0.01)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
