import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt645 import requests as ask_645
from ingest.protocols.dlt645.frame import find_frames, parse_frame
from ingest.protocols.dlt645.load_record import parse_load_records
from ingest.protocols.dlt698 import requests as ask
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.link import parse_frame as parse_698
from ingest.protocols.dlt698.matching import is_answer
from ingest.protocols.dlt698.messages import ProxyGetRecord, RecordRequest
from ingest.protocols.dlt698.values import NULL, meter_address
from ingest.protocols.gdw1376 import requests as ask_1376
from ingest.protocols.gdw1376.application import parse_application
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.frame import parse_frame as parse_1376
from ingest.simulated.field.dialling import dialling
from ingest.simulated.field.dlt645_bus import Bus645
from ingest.simulated.field.dlt698_terminal import Terminal698
from ingest.simulated.field.faults import LASTING, ON_EVERY_LINE, Fault, Faults
from ingest.simulated.field.gdw1376_terminal import Terminal1376
from ingest.simulated.field.lasting import offline_days, with_lasting_faults
from ingest.simulated.field.lines import hang_up, serving_gateway
from ingest.simulated.field.meters import Kept
from ingest.simulated.field.terminals import site
from ingest.simulated.field.truth import truth_points
from tests.ingest.field.asking import (
    A_DAY,
    LATER,
    MIDNIGHT,
    QUARTER,
    Master698,
    heard,
    some_meters,
)

[METER] = some_meters(1, protocol="dlt645")
READ = ask_645.read_data(METER.address, "00010000", preamble=0)
_SAID: Any = Bus645([METER], lambda: LATER).answer(parse_frame(READ))
[RIGHT] = _SAID.frames
START = METER.local(MIDNIGHT)
CURVE = ask_645.read_load_records(METER.address, records=2, start=START, preamble=0)
TERMINAL = "000000000001"


def after(fault, request=READ, questions=1):
    """What a gateway that plays nothing but one fault says to the same question again and again."""
    faults = Faults(1.0, {fault}, latency_seconds=0.08)
    found = []

    async def run():
        async with serving_gateway([METER], lambda: LATER, faults=faults) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(questions):
                if writer.is_closing() or reader.at_eof():
                    writer.close()
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                found.append(await heard(reader))
            await hang_up(writer)

    asyncio.run(run())
    assert faults.played[fault] == (questions + 1) // 2
    return found


def test_no_fault_comes_twice_in_a_row_so_asking_again_helps():
    for fault in ON_EVERY_LINE - {Fault.LATENCY, Fault.LATE}:
        assert after(fault, questions=2)[1] == RIGHT


def test_a_slow_answer_comes_after_the_time_out():
    assert after(Fault.LATENCY, questions=2) == [b"", RIGHT + RIGHT]


def test_a_dropped_connection_ends_in_the_middle_of_the_frame():
    assert after(Fault.DROP) == [RIGHT[: len(RIGHT) // 2]]


def test_one_turned_bit_is_noticed_by_the_sum():
    [octets] = after(Fault.CHECKSUM)
    assert sum((a ^ b).bit_count() for a, b in zip(octets, RIGHT, strict=True)) == 1
    with pytest.raises(FrameError):
        parse_frame(octets)


def test_a_doubled_answer_is_two_equal_frames():
    assert after(Fault.DUPLICATE) == [RIGHT * 2]


def test_a_late_answer_comes_right_before_that_to_the_next_question():
    assert after(Fault.LATE, questions=3) == [b"", RIGHT * 2, b""]


def test_noise_before_a_frame_leaves_the_frame_whole():
    for octets in after(Fault.NOISE, questions=12)[::2]:
        assert octets.endswith(RIGHT)
        assert len(octets) > len(RIGHT)


def test_pieces_make_the_frame():
    assert after(Fault.SPLIT) == [RIGHT]


def test_an_echo_is_the_question_before_the_answer():
    [octets] = after(Fault.ECHO)
    found, _ = find_frames(octets)
    assert [getattr(one, "is_answer", None) for one in found] == [False, True]
    assert octets.endswith(RIGHT)


def test_an_answer_to_another_question_is_a_right_frame_of_another_meter():
    [octets] = after(Fault.MISMATCH)
    found, right = parse_frame(octets), parse_frame(RIGHT)
    assert (found.address, found.data) == ("000000000002", right.data)


def test_a_645_record_may_lack_its_time_or_its_values_and_be_cut_into_follow_ups():
    values = {}
    for fault in (Fault.NULL_TIME, Fault.NO_VALUES):
        [octets] = after(fault, CURVE)
        values[fault] = parse_load_records(parse_frame(octets).data[4:])
    assert {one.recorded_at for one in values[Fault.NULL_TIME]} == {None}
    assert {v for one in values[Fault.NO_VALUES] for v in one.values.values()} == {None}
    assert [one.recorded_at for one in values[Fault.NO_VALUES]] == [START, START + QUARTER]
    [octets] = after(Fault.FRAGMENTED, CURVE)
    assert parse_frame(octets).control == 0xB1  # more follows


def terminal_698(meters, **others):
    return Terminal698(site(TERMINAL, meters, lambda: LATER), **others)


def spoilt_698(fault) -> Any:
    meters = some_meters(1)
    rows = ask.rows_between(START, START + A_DAY, 15)
    table = RecordRequest("50020200", rows, ("20210200", "00100201"))
    request = ask.proxy_get_record(ProxyGetRecord(30, meter_address(meters[0].address), table), 9)
    terminal = terminal_698(meters)
    answer: Any = terminal.answer(parse_698(ask.request_frame(request, TERMINAL)))
    [frame] = answer.spoilt[fault]()
    return parse_apdu(request), parse_698(frame)


def test_a_698_answer_to_another_question_is_none_to_this_one():
    request, frame = spoilt_698(Fault.MISMATCH)
    assert not is_answer(parse_apdu(frame.data), request)
    terminal = terminal_698([])
    clock = ask.get("40000200", 8)
    answer: Any = terminal.answer(parse_698(ask.request_frame(clock, TERMINAL)))
    [octets] = answer.spoilt[Fault.MISMATCH]()
    assert parse_apdu(parse_698(octets).data).piid == 9


def test_698_rows_may_lack_their_times_or_their_values():
    for fault, column in ((Fault.NULL_TIME, 0), (Fault.NO_VALUES, 1)):
        request, frame = spoilt_698(fault)
        message: Any = parse_apdu(frame.data)
        assert is_answer(message, request)
        rows = message.body.record.rows
        assert len(rows) == 96
        assert {row[column] for row in rows} == {NULL}
        assert NULL not in {row[1 - column] for row in rows}


def test_a_short_698_answer_may_come_in_fragments():
    _, frame = spoilt_698(Fault.FRAGMENTED)
    assert frame.control & 0x20


def test_a_376_answer_may_have_another_number_or_no_values():
    terminal = Terminal1376(site("330100007", some_meters(1), lambda: LATER))
    request = ask_1376.read_curve(
        Terminal("3301", 7), 4, [(1, 101)], first=START, interval_minutes=15, point_count=4
    )
    answer: Any = terminal.answer(parse_1376(request))
    [foreign] = answer.spoilt[Fault.MISMATCH]()
    assert parse_1376(foreign).number == 5
    [empty] = answer.spoilt[Fault.NO_VALUES]()
    [unit] = parse_application(parse_1376(empty)).units
    assert (unit.values, unit.label) == ((None,) * 4, START)


def test_the_share_of_exchanges_that_fail_is_the_rate_and_all_kinds_are_met():
    faults = Faults(0.05, seed=3)
    lines = [faults.on(f"line {number}") for number in range(20)]
    drawn = Counter(line.draw(frozenset(Fault)) for line in lines for _ in range(500))
    # Binomial: 10,000 draws at 5 % are 500 with a deviation of 22; no two in a row: 5 % fewer.
    assert 400 < 10_000 - drawn[None] < 560
    assert set(drawn) - {None} == set(Fault) - LASTING


def test_faults_of_a_line_do_not_depend_on_the_others_and_go_on_when_it_is_opened_again():
    alone, together = Faults(0.3, seed=1), Faults(0.3, seed=1)
    first = [alone.on("a").draw(ON_EVERY_LINE) for _ in range(40)]
    second = []
    for _ in range(40):
        together.on("b").draw(ON_EVERY_LINE)
        second.append(together.on("a").draw(ON_EVERY_LINE))
    assert first == second
    assert len(set(first)) > 4


def test_lasting_faults_hit_a_share_of_the_meters_and_the_truth_knows_of_them():
    meters = some_meters(200)
    faults = Faults(0.2, seed=5)
    hit = with_lasting_faults(meters, faults, MIDNIGHT, MIDNIGHT + 2 * A_DAY)
    drifting = [one for one in hit if one.drift]
    cut = [one for one in hit if one.cuts]
    for found in (drifting, cut):
        assert 20 <= len(found) <= 60  # binomial: 40 with a deviation of 5.7
    assert all(timedelta(minutes=2) <= abs(one.drift) <= timedelta(minutes=30) for one in drifting)
    assert {one.cuts[0].leaves_empty for one in cut} == {True, False}
    for one in cut:
        [lost] = one.cuts
        times = set(truth_points([one])["at"])
        assert lost.first not in times
        assert lost.first - QUARTER in {*times, MIDNIGHT - QUARTER}
        assert one.kept(lost.last) is not Kept.WHOLE
    assert with_lasting_faults(meters, Faults(0.2, {Fault.DROP}), MIDNIGHT, LATER) == meters


def test_a_terminal_that_is_offline_for_a_day_does_not_dial_in_until_the_day_is_over():
    faults = Faults(1.0, {Fault.OFFLINE})
    [(first, end)] = offline_days("1", faults, MIDNIGHT, 1)
    assert (first, end) == (MIDNIGHT, MIDNIGHT + A_DAY)
    now = [MIDNIGHT + timedelta(hours=23)]

    async def run():
        async with Master698(lambda: now[0]) as master:
            away = site(TERMINAL, some_meters(1), lambda: now[0], offline=((first, end),))
            pace = {"tick_seconds": 0.01, "redial_seconds": 0.01}
            where: Any = {"host": "127.0.0.1", "port": master.port, "faults": faults}
            async with dialling([Terminal698(away)], **where, **pace):
                await asyncio.sleep(0.1)
                before = len(master.logins)
                now[0] = end
                await asyncio.wait_for(master.dialled.wait(), 2)
            return before

    assert asyncio.run(run()) == 0
    assert faults.played == {Fault.OFFLINE: 1}


def test_every_fault_of_a_698_line_is_survived_by_asking_again():
    meters = some_meters(3)
    faults = Faults(0.5, seed=2, latency_seconds=0.01)
    oad, wanted = "40000200", 60

    async def run():
        got = 0
        async with Master698(lambda: LATER) as master:
            terminal = terminal_698(meters)
            pace = {"tick_seconds": 0.01, "redial_seconds": 0.01}
            where: Any = {"host": "127.0.0.1", "port": master.port, "faults": faults}
            async with dialling([terminal], **where, **pace):
                await asyncio.wait_for(master.dialled.wait(), 2)
                for number in range(400):
                    try:
                        request = ask.get(oad, number % 63)
                        message: Any = await master.ask(request, TERMINAL, 0.05)
                    except (TimeoutError, ConnectionError):
                        continue
                    is_right = is_answer(message, parse_apdu(request))
                    got += is_right and message.body.results[0].data != NULL
                    if got == wanted:
                        break
        return got

    assert asyncio.run(run()) == wanted
    assert len(faults.played) >= 9
