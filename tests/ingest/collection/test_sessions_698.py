"""A DL/T 698.45 terminal: what is asked of it and of the meters behind it, and what goes wrong."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ingest.collection.exchange import Exchange
from ingest.collection.sessions.collected import Collected
from ingest.collection.sessions.limits import Limits
from ingest.collection.wants import Kind, Want
from ingest.protocols.dlt645.answers import answer_data
from ingest.protocols.dlt645.follow_ups import split_answer
from ingest.protocols.dlt645.frame import parse_frame as parse_645
from ingest.protocols.dlt698 import answers
from ingest.protocols.dlt698.fragments import ACKNOWLEDGEMENT, Reassembler, read_fragment
from ingest.protocols.dlt698.link import (
    FRAGMENTED,
    LinkFrame,
    encode_frame,
    find_frames,
    parse_frame,
)
from ingest.protocols.dlt698.messages import (
    Block,
    NextRequest,
    ProxyAnswer,
    ProxyCommand,
    ProxyGetList,
    ProxyGetRecord,
    ProxyRecord,
    ProxyResult,
    ProxyResults,
    Record,
    RecordRequests,
    Records,
    Result,
)
from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.session_messages import LinkRequest
from ingest.protocols.dlt698.values import (
    NULL,
    Data,
    Road,
    SelectRange,
    SelectSpan,
    Tag,
    Ti,
    meter_address,
    meter_digits,
)
from tests.ingest.collection.sessions_peers import (
    HANG_UP,
    LIMITS,
    Action,
    Peer,
    Station,
    local,
    meter,
    naive,
    parsed,
    want,
)

TERMINAL = "000000000003"
METER, OTHER = "000000000012", "000000000034"
QUARTER = timedelta(minutes=15)
LOGIN = LinkRequest(0, 60, DateTime(2026, 3, 2, 1, 11, 59, 58, 0))
HOUR = [naive(1, 0, minute) for minute in (0, 15, 30, 45)]
CURVE = want(Kind.CURVE, local(1), local(1, 0, 45))
CURVE_OF_OTHER = want(Kind.CURVE, local(1), local(1, 0, 45), address=OTHER)

Reply = Callable[[Any], Iterable[Action]]


def find(buffer: bytes) -> tuple[tuple[LinkFrame, ...], int]:
    found = find_frames(buffer)
    return found.frames, found.consumed


def login(terminal: str = TERMINAL, request: LinkRequest = LOGIN) -> bytes:
    return answers.answer_frame(answers.link_request(1, request), terminal, control=answers.LINK)


def framed(apdu: bytes) -> bytes:
    return answers.answer_frame(apdu, TERMINAL)


def register(at: datetime) -> Data:
    return Data(Tag.UINT32, at.hour * 100 + at.minute)


def registers(at: datetime, columns: Road) -> tuple[Data, ...]:
    return (register(at),) * (len(columns.columns) - 1)


def held(asked: RecordRequests, rows: dict[str, Iterable[datetime]]) -> Record:
    """The store's answer: rows of the meters asked for, the register telling the time."""
    [table] = asked.requests
    assert isinstance(table.selector, SelectSpan)
    start, end = table.selector.start.moment(), table.selector.end.moment()
    assert start is not None
    assert end is not None
    [*_, columns] = table.columns
    assert isinstance(columns, Road)
    named = [meter_digits(m) for m in table.selector.meters.members if isinstance(m, bytes)]
    told = [
        (
            Data(Tag.TSA, meter_address(address)),
            *(NULL, NULL, NULL),
            Data(Tag.STRUCTURE, (Data(Tag.DATE_TIME_S, DateTimeS.of(at)), *registers(at, columns))),
        )
        for address in named
        for at in rows.get(address, ())
        if start <= at < end
    ]
    return Record(table.oad, table.columns, tuple(told))


def from_meter(asked: ProxyGetRecord, rows: Iterable[datetime]) -> ProxyRecord:
    table = asked.request
    told = tuple((Data(Tag.DATE_TIME_S, DateTimeS.of(at)), register(at)) for at in rows)
    return ProxyRecord(asked.address, Record(table.oad, table.columns, told))


def collect(
    reply: Reply, *wants: Want, limits: Limits = LIMITS
) -> tuple[Collected, list[Any], Station]:
    """What a session collects from a terminal that replies so, and what it was asked."""
    asked: list[Any] = []

    def script(frame: LinkFrame) -> Iterable[Action]:
        if frame.control & FRAGMENTED or frame.control & 7 == 1:
            return ()
        asked.append(parsed(frame.data))
        return reply(asked[-1])

    async def run() -> tuple[Collected, Station]:
        async with Station([TERMINAL], limits) as station:
            peer = Peer(find, script)
            await peer.dial(station.port, login())
            session = await station.session(TERMINAL)
            collected = await session.read_many(wants)
            await peer.hang_up()
        return collected, station

    collected, station = asyncio.run(run())
    return collected, asked, station


def only_store(rows: dict[str, Iterable[datetime]]) -> Reply:
    def reply(message: Any) -> Iterable[Action]:
        assert isinstance(message.body, RecordRequests)
        yield framed(answers.got_record(held(message.body, rows), message.piid or 0))

    return reply


def apdus(exchanges: Iterable[Exchange]) -> list[Any]:
    return [parsed(parse_frame(one.answer).data) for one in exchanges]


def test_two_meters_that_want_the_same_hour_are_asked_for_in_one_question():
    reply = only_store({METER: HOUR, OTHER: HOUR})
    collected, asked, _ = collect(reply, CURVE, CURVE_OF_OTHER)
    [message] = asked
    assert isinstance(message.body, RecordRequests)
    [table] = message.body.requests
    selector = table.selector
    assert isinstance(selector, SelectSpan)
    assert (table.oad, selector.number, selector.step) == ("60120300", 7, Ti(1, 15))
    # Half-open: the row of 00:45 is within.
    span = selector.start.moment(), selector.end.moment()
    assert span == (naive(1), naive(1, 1))
    assert table.columns[0] == "202A0200"
    assert table.columns[-1] == Road("50020200", ("20210200", "00100201"))
    [exchange] = collected.exchanges
    assert (exchange.source, exchange.protocol, exchange.meter) == (
        f"east/terminal {TERMINAL}",
        "dlt698",
        None,
    )
    assert parsed(parse_frame(exchange.request or b"").data) == message
    assert collected.failures == {}


def test_meters_and_rows_of_a_question_are_bounded():
    day = [naive(1) + QUARTER * n for n in range(96)]
    wants = [want(Kind.CURVE, local(1), local(1, 23, 45), address=f"{n:012d}") for n in range(1, 8)]
    reply = only_store({w.meter.address: day for w in wants})
    collected, asked, _ = collect(reply, *wants)
    # 384 rows: four meters' days.
    assert [len(a.body.requests[0].selector.meters.members) for a in asked] == [4, 3]
    assert (len(collected.exchanges), collected.failures) == (2, {})


def test_ten_days_of_one_meter_are_asked_for_in_questions_of_four():
    days = want(Kind.CURVE, local(1), local(11) - QUARTER)
    reply = only_store({METER: [naive(1) + QUARTER * n for n in range(960)]})
    collected, asked, _ = collect(reply, days)
    spans = [a.body.requests[0].selector for a in asked]
    assert [(s.start.moment(), s.end.moment()) for s in spans] == [
        (naive(1), naive(5)),
        (naive(5), naive(9)),
        (naive(9), naive(11)),
    ]
    assert collected.failures == {}


def test_what_the_terminal_has_not_got_is_fetched_from_the_meter():
    def reply(message: Any) -> Iterable[Action]:
        piid = message.piid or 0
        match message.body:
            case RecordRequests() as body:
                rows = {METER: HOUR[:1] + HOUR[3:], OTHER: HOUR}
                yield framed(answers.got_record(held(body, rows), piid))
            case ProxyGetRecord() as body:
                yield framed(answers.proxied_record(from_meter(body, HOUR[1:3]), piid))

    collected, asked, _ = collect(reply, CURVE, CURVE_OF_OTHER)
    store, proxied = asked
    assert isinstance(proxied.body, ProxyGetRecord)
    assert meter_digits(proxied.body.address) == METER
    table = proxied.body.request
    assert isinstance(table.selector, SelectRange)
    assert (table.oad, table.columns) == ("50020200", ("20210200", "00100201"))
    ends = table.selector.start.value, table.selector.end.value
    assert ends == (DateTimeS.of(HOUR[1]), DateTimeS.of(HOUR[3]))
    assert [one.meter for one in collected.exchanges] == [None, METER]
    assert store.piid != proxied.piid


def test_rows_whose_time_or_register_is_null_are_fetched_from_the_meter():
    fetched = []

    def reply(message: Any) -> Iterable[Action]:
        piid = message.piid or 0
        match message.body:
            case RecordRequests() as body:
                whole = held(body, {METER: HOUR})
                assert whole.rows is not None
                spoilt = [
                    (*row[:4], Data(Tag.STRUCTURE, cells))
                    for row, cells in zip(
                        whole.rows,
                        (
                            (NULL, register(HOUR[0])),
                            (Data(Tag.DATE_TIME_S, DateTimeS.of(HOUR[1])), NULL),
                            *(row[4].value for row in whole.rows[2:]),
                        ),
                        strict=True,
                    )
                ]
                yield framed(answers.got_record(whole._replace(rows=tuple(spoilt)), piid))
            case ProxyGetRecord() as body:
                fetched.append(body.request.selector)
                yield framed(answers.proxied_record(from_meter(body, HOUR[:2]), piid))

    collect(reply, CURVE)
    [selector] = fetched
    assert (selector.start.value, selector.end.value) == (
        DateTimeS.of(HOUR[0]),
        DateTimeS.of(HOUR[2]),
    )


def test_no_row_in_the_terminal_and_none_in_the_meter_is_an_answer():
    def reply(message: Any) -> Iterable[Action]:
        piid = message.piid or 0
        match message.body:
            case RecordRequests() as body:
                yield framed(answers.got_record(held(body, {}), piid))
            case ProxyGetRecord() as body:
                yield framed(answers.proxied_record(from_meter(body, []), piid))

    collected, _, _ = collect(reply, CURVE)
    assert (len(collected.exchanges), collected.failures) == (2, {})


def test_a_freeze_asks_for_the_midnight_after_its_day_with_all_its_tariffs():
    midnight = want(Kind.FREEZE, local(2), channels=("import", "export"))
    _, asked, _ = collect(only_store({METER: [naive(2)]}), midnight)
    [table] = asked[0].body.requests
    span = table.selector.start.moment(), table.selector.end.moment()
    assert span == (naive(2), naive(3))
    assert table.columns[-1] == Road("50040200", ("20210200", "00100200", "00200200"))


def test_a_denied_table_is_not_asked_for_again():
    def reply(message: Any) -> Iterable[Action]:
        [table] = message.body.requests
        yield framed(answers.got_record(Record(table.oad, table.columns, None, 3), message.piid))

    collected, asked, _ = collect(reply, CURVE)
    [error] = collected.failures.values()
    assert (error.reason, error.may_retry, len(asked)) == ("refused", False, 1)
    assert error.answer is not None
    assert "access denied" in str(error)


def test_one_meter_that_the_terminal_refuses_does_not_cost_the_others_their_readings():
    def reply(message: Any) -> Iterable[Action]:
        body = message.body
        [table] = body.requests
        if meter_address(OTHER) in table.selector.meters.members:
            record = Record(table.oad, table.columns, None, 6)
        else:
            record = held(body, {METER: HOUR})
        yield framed(answers.got_record(record, message.piid or 0))

    collected, _, _ = collect(reply, CURVE, CURVE_OF_OTHER)
    assert set(collected.failures) == {CURVE_OF_OTHER}
    assert len(collected.exchanges) == 1


def test_what_failed_for_now_is_asked_again_with_a_new_number():
    def reply(message: Any) -> Iterable[Action]:
        [table] = message.body.requests
        if not tried:
            tried.append(message.piid)
            record = Record(table.oad, table.columns, None, 2)
        else:
            record = held(message.body, {METER: HOUR})
        yield framed(answers.got_record(record, message.piid or 0))

    tried: list = []
    collected, asked, _ = collect(reply, CURVE)
    assert (len(collected.exchanges), collected.failures) == (1, {})
    assert asked[1].piid == asked[0].piid + 1


def in_blocks(rows: dict[str, list[datetime]], size: int, wrong: bool = False) -> Reply:  # noqa: FBT001, FBT002
    """The store's answer, ``size`` rows in each block."""
    kept: list[Record] = []

    def reply(message: Any) -> Iterable[Action]:
        if isinstance(message.body, RecordRequests):
            whole = held(message.body, rows)
            assert whole.rows is not None
            parts = [whole.rows[at : at + size] for at in range(0, len(whole.rows), size)]
            kept[:] = [whole._replace(rows=part) for part in parts]
            number = 0
        else:
            assert isinstance(message.body, NextRequest)
            number = message.body.block + 1
        block = Block(number == len(kept) - 1, number, Records((kept[number],)))
        sent = framed(answers.got_block(block, message.piid or 0))
        if wrong and number:
            before = Block(False, number - 1, Records((kept[number - 1],)))  # noqa: FBT003
            yield framed(answers.got_block(before, message.piid or 0))
        yield sent

    return reply


@pytest.mark.parametrize("doubled", [False, True])
def test_a_long_answer_comes_in_blocks_each_asked_for_and_kept(doubled):
    collected, asked, _ = collect(in_blocks({METER: HOUR}, 1, doubled), CURVE)
    assert collected.failures == {}
    assert [a.service for a in asked] == ["GET-Request-Record"] + ["GET-Request-Next"] * 3
    assert len({a.piid for a in asked}) == 1
    blocks = [a.body for a in apdus(collected.exchanges)]
    assert [block.number for block in blocks] == [0, 1, 2, 3]
    requests = [parse_frame(one.request or b"").data for one in collected.exchanges]
    assert [parsed(request) for request in requests] == asked


def test_blocks_that_break_off_are_asked_for_from_the_beginning():
    whole = in_blocks({METER: HOUR}, 2)
    broken = []

    def reply(message: Any) -> Iterable[Action]:
        if isinstance(message.body, NextRequest) and not broken:
            broken.append(message)
            return [framed(answers.got_block(Block(True, 1, None, 9), message.piid or 0))]  # noqa: FBT003
        return list(whole(message))

    collected, asked, _ = collect(reply, CURVE)
    assert collected.failures == {}
    assert [a.service for a in asked] == ["GET-Request-Record", "GET-Request-Next"] * 2
    assert [a.body.number for a in apdus(collected.exchanges)] == [0, 1]


def test_a_fragmented_answer_is_acknowledged_piece_by_piece_and_kept_whole():
    pending: list[bytes] = []
    acknowledged: list[int] = []

    def script(frame: LinkFrame) -> Iterable[Action]:
        if frame.control & FRAGMENTED:
            part = read_fragment(frame)
            assert part.kind == ACKNOWLEDGEMENT
            acknowledged.append(part.sequence)
            return [pending.pop(0)] if pending else []
        if frame.control & 7 == 1:
            return []
        message = parsed(frame.data)
        apdu = answers.got_record(held(message.body, {METER: HOUR}), message.piid or 0)
        first, *pending[:] = answers.answer_fragments(apdu, TERMINAL, 60)
        return [first]

    async def run():
        async with Station([TERMINAL]) as station:
            peer = Peer(find, script)
            await peer.dial(station.port, login())
            session = await station.session(TERMINAL)
            exchanges = await session.read(CURVE)
            await asyncio.sleep(0.02)
            await peer.hang_up()
            return exchanges

    exchanges = asyncio.run(run())
    assert acknowledged == list(range(len(exchanges)))
    assert len(exchanges) > 2
    assert len({one.request for one in exchanges}) == 1
    joined = Reassembler()
    *unfinished, whole = [joined.add(parse_frame(one.answer)) for one in exchanges]
    assert set(unfinished) == {None}
    assert parsed(whole or b"").body.records[0].rows is not None


def good(message: Any) -> bytes:
    return answers.got_record(held(message.body, {METER: HOUR}), message.piid or 0)


def broken(octets: bytes) -> bytes:
    return octets[:-3] + bytes([octets[-3] ^ 1]) + octets[-2:]


@pytest.mark.parametrize(
    ("wrong", "questions"),
    [
        pytest.param(lambda _: [], 2, id="silence"),
        pytest.param(lambda m: [framed(good(m))] * 2, 1, id="doubled"),
        pytest.param(
            lambda m: [framed(good(m._replace(piid=m.piid + 1 & 63))), 0.02, framed(good(m))],
            1,
            id="wrong number before the right one",
        ),
        pytest.param(
            lambda m: [framed(good(m._replace(piid=m.piid ^ 32)))], 2, id="only a wrong number"
        ),
        pytest.param(lambda m: [0.2, framed(good(m))], 2, id="late: to a question given up"),
        pytest.param(lambda m: [broken(framed(good(m)))], 2, id="wrong FCS"),
        pytest.param(lambda m: [b"\x00\x68\x10\x00", framed(good(m))], 1, id="garbage before"),
        pytest.param(
            lambda m: [framed(good(m))[:30], 0.01, framed(good(m))[30:]], 1, id="in two pieces"
        ),
        pytest.param(
            lambda m: [framed(good(m))[:30], 0.08, framed(good(m))], 1, id="broken off, then whole"
        ),
        pytest.param(
            lambda m: [answers.answer_frame(good(m), "000000000099"), framed(good(m))],
            1,
            id="another terminal's frame",
        ),
        pytest.param(
            lambda m: [framed(answers.error(1, m.piid ^ 1)), framed(good(m))],
            1,
            id="an error of another question",
        ),
    ],
)
def test_whatever_goes_wrong_once_the_rows_are_the_same(wrong, questions):
    seen = []

    def reply(message: Any) -> Iterable[Action]:
        seen.append(message)
        return wrong(message) if len(seen) == 1 else [framed(good(message))]

    collected, asked, _ = collect(reply, CURVE)
    assert collected.failures == {}
    [exchange] = collected.exchanges
    answer, request = apdus([exchange])[0], parsed(parse_frame(exchange.request or b"").data)
    assert answer.piid == request.piid
    assert answer.body.records == (held(request.body, {METER: HOUR}),)
    assert len(asked) == questions


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda _: [], "timeout"),
        (lambda m: [broken(framed(good(m)))], "checksum"),
        (lambda m: [framed(good(m._replace(piid=m.piid ^ 32)))], "mismatch"),
        (lambda m: [framed(good(m))[:40], HANG_UP], "disconnected"),
        (lambda m: [framed(answers.error(1, m.piid))], "refused"),
    ],
)
def test_what_always_goes_wrong_is_named(wrong, reason):
    collected, asked, _ = collect(wrong, CURVE)
    [error] = collected.failures.values()
    assert error.reason == reason
    assert error.may_retry == (reason != "refused")
    # A terminal that hung up cannot be called.
    assert len(asked) == (1 if reason in {"disconnected", "refused"} else 3)
    assert collected.exchanges == []


def test_the_echo_of_our_question_is_no_answer():
    def script(frame: LinkFrame) -> Iterable[Action]:
        if frame.control & 7 == 1:
            return []
        message = parsed(frame.data)
        return [encode_frame(frame), framed(good(message))]

    async def run():
        async with Station([TERMINAL]) as station:
            peer = Peer(find, script)
            await peer.dial(station.port, login())
            exchanges = await (await station.session(TERMINAL)).read(CURVE)
            await peer.hang_up()
            return exchanges

    assert len(asyncio.run(run())) == 1


def test_clocks_of_meters_are_asked_together_and_those_that_failed_for_now_again():
    third = "000000000056"
    answered: list[list[str]] = []

    def reply(message: Any) -> Iterable[Action]:
        body = message.body
        assert isinstance(body, ProxyGetList)
        answered.append([meter_digits(target.address) for target in body.targets])
        dars = {OTHER: 33 if len(answered) == 1 else None, third: 3}
        clock = Data(Tag.DATE_TIME_S, DateTimeS(2026, 3, 2, 12, 0, 1))
        told = tuple(
            ProxyResult(
                target.address,
                (
                    Result("40000200", None, dar)
                    if (dar := dars.get(meter_digits(target.address))) is not None
                    else Result("40000200", clock),
                ),
            )
            for target in body.targets
        )
        yield framed(answers.proxied_list(ProxyResults(told), message.piid or 0))

    wants = [want(Kind.CLOCK, address=address) for address in (METER, OTHER, third)]
    collected, _, _ = collect(reply, *wants)
    assert answered == [[METER, OTHER, third], [OTHER]]
    [(failed, error)] = collected.failures.items()
    assert (failed.meter.address, error.reason, error.may_retry) == (third, "refused", False)
    assert [one.meter for one in collected.exchanges] == [None, OTHER]


def forwarded(reply: Callable[[bytes], bytes | None]) -> Reply:
    def answer(message: Any) -> Iterable[Action]:
        assert isinstance(message.body, ProxyCommand)
        port = message.body.port
        octets = reply(message.body.octets)
        told = ProxyAnswer(port, octets, None if octets is not None else 33)
        yield framed(answers.proxied_command(told, message.piid or 0))

    return answer


def clock_645(request: bytes) -> bytes:
    """What a 645 meter says of its clock, whatever stands around its frame."""
    asked = parse_645(request)
    identifier = asked.data[:4][::-1].hex().upper()
    values = [Decimal(1), date(2026, 3, 2)] if identifier == "04000101" else [time(12, 0)]
    return split_answer(asked.address, answer_data(identifier, values))[0]


CLOCK_645 = want(Kind.CLOCK, protocol="dlt645")


@pytest.mark.parametrize(
    "around", [b"", b"\xfe\xfe", b"\x00\x68"], ids=["bare", "preamble", "noise"]
)
def test_a_645_meter_is_asked_through_the_terminals_port(around):
    collected, asked, _ = collect(forwarded(lambda octets: around + clock_645(octets)), CLOCK_645)
    assert collected.failures == {}
    assert [a.body.port for a in asked] == ["F2010200"] * 2
    assert {(one.protocol, one.meter) for one in collected.exchanges} == {("dlt698", METER)}


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (None, "refused"),
        (b"", "timeout"),
        (b"\x68\x12\x00", "checksum"),
    ],
)
def test_a_645_meter_that_does_not_answer_its_terminal_is_asked_thrice(octets, reason):
    collected, asked, _ = collect(forwarded(lambda _: octets), CLOCK_645)
    [error] = collected.failures.values()
    assert (error.reason, error.may_retry, len(asked)) == (reason, True, 3)


def test_numbers_of_questions_go_round_from_63_to_0():
    day = [naive(1) + QUARTER * n for n in range(96)]
    wants = [want(Kind.CURVE, local(1) + QUARTER * n, address=f"{n + 1:012d}") for n in range(66)]
    reply = only_store({w.meter.address: day for w in wants})
    _, asked, _ = collect(reply, *wants)
    assert [a.piid for a in asked] == [*range(64), 0, 1]


def test_a_meter_of_another_protocol_is_unsupported():
    other = Want(meter(protocol="modbus"), Kind.CURVE, local(1), local(1))
    collected, asked, _ = collect(only_store({}), other)
    assert [error.reason for error in collected.failures.values()] == ["unsupported"]
    assert asked == []
