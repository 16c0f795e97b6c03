"""A terminal's own count of the meters it read, in the words of both protocols."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698 import answers as answers698
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.decode import decode_apdu
from ingest.protocols.dlt698.messages import Result
from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.tasks import (
    TASK_PLANS,
    TASK_RUNS,
    TaskRun,
    minutes_of,
    read_task_plans,
    read_task_runs,
    write_task_plans,
    write_task_runs,
)
from ingest.protocols.dlt698.values import NULL, Data, Tag, Ti
from ingest.protocols.gdw1376 import answers, requests
from ingest.protocols.gdw1376.decode import decode
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.payloads import OWN_COUNT, PAYLOADS
from ingest.protocols.gdw1376.units import DataUnit, Reader, read_answer, write_answer

TERMINAL = Terminal("4401", 3)
at = datetime.fromisoformat
DAILY = DateTimeS(2026, 3, 5, 0, 5, 0)
COUNTS = st.integers(0, 0xFFFF)
MOMENTS = st.one_of(st.none(), st.datetimes(at("2000-01-01"), at("2099-12-31")).map(DateTimeS.of))
RUNS = st.lists(
    st.builds(
        TaskRun, st.integers(0, 255), st.sampled_from([0, 1, 2]), MOMENTS, MOMENTS,
        COUNTS, COUNTS, COUNTS, COUNTS,
    ),
    max_size=5,
).map(tuple)  # fmt: skip


def told(*results) -> Any:
    return parse_apdu(answers698.got_list(results, 5)).body


@given(RUNS)
def test_runs_of_tasks_come_back_as_they_went(runs):
    [result] = told(Result(TASK_RUNS, write_task_runs(runs))).results
    assert read_task_runs(result.data) == runs


@given(st.dictionaries(st.integers(0, 255), st.builds(Ti, st.integers(0, 5), COUNTS), max_size=5))
def test_plans_of_tasks_come_back_as_they_went(plans):
    [result] = told(Result(TASK_PLANS, write_task_plans(plans))).results
    assert read_task_plans(result.data) == plans


def test_a_run_stands_on_the_wire_as_public_implementations_write_it():
    # array of 1; structure of 8: u8 1, enum 2, 2026-03-05 00:05, none, u16 20, 19, 22, 19
    octets = "0101 0208 1101 1602 1C07EA0305000500 00 120014 120013 120016 120013"
    run = TaskRun(1, 2, DAILY, None, 20, 19, 22, 19)
    apdu = answers698.got(Result(TASK_RUNS, write_task_runs((run,))), 5)
    assert bytes.fromhex(octets) in apdu


def test_every_count_is_named_for_the_engineer():
    run = write_task_runs((TaskRun(1, 2, DAILY, DAILY, 20, 19, 22, 19),))
    results = Result(TASK_RUNS, run), Result(TASK_PLANS, write_task_plans({1: Ti(3, 1)}))
    fields = {f.identifier: f for f in decode_apdu(answers698.got_list(results, 5)).fields}
    due, read = fields["60340200.1.5"], fields["60340200.1.6"]
    assert (due.name, due.value) == ("collection tasks as they ran, meters due", 20)
    assert (read.name, read.value) == ("collection tasks as they ran, meters read", 19)
    assert fields["60340200.1.3"].value == at("2026-03-05 00:05")
    assert fields["60120200.1.2"].value == "1 d"


def test_a_message_that_ends_within_a_run_is_refused_wherever_it_ends():
    run = write_task_runs((TaskRun(1, 2, DAILY, DAILY, 20, 19, 22, 19),))
    apdu = answers698.got_list([Result(TASK_RUNS, run)], 5)
    for length in range(len(apdu)):
        with pytest.raises(FrameError):
            parse_apdu(apdu[:length])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (NULL, "array of tasks"),
        (Data(Tag.ARRAY, (Data(Tag.UINT8, 1),)), "0 parts; expected 8"),
        (Data(Tag.ARRAY, (Data(Tag.STRUCTURE, (Data(Tag.UINT8, 1),)),)), "1 parts; expected 8"),
        (Data(Tag.ARRAY, (Data(Tag.STRUCTURE, (NULL,) * 8),)), "expected whole ones"),
    ],
)
def test_what_is_no_run_of_a_task_is_said_so(data, reason):
    with pytest.raises(ValueError, match=reason):
        read_task_runs(data)


def test_how_often_is_told_in_whole_minutes_where_it_can_be():
    lengths = [Ti(3, 1), Ti(2, 2), Ti(1, 15), Ti(0, 120), Ti(0, 30), Ti(4, 1), Ti(1, 0)]
    assert [minutes_of(one) for one in lengths] == [1440, 120, 15, 2, None, None, None]


def blocks(*values):
    return DataUnit(0, OWN_COUNT, PAYLOADS[0x0C, OWN_COUNT], values=values)


BEGAN, ENDED = at("2026-03-05 00:05:00"), at("2026-03-05 00:19:30")
FIRST = (2, 300, "00000010", 298, 1, BEGAN, ENDED)
SECOND = (31, 20, "00000001", 7, 0, BEGAN, None)


def test_a_block_takes_19_bytes_as_in_six_implementations():
    raw = write_answer(0x0C, blocks(*FIRST, *SECOND))
    assert len(raw) == 4 + 1 + 2 * 19
    # p0 F11; two blocks; port 2, 300 due, complete, 298 read, 1 key meter; A.01, low byte first
    assert raw[:12].hex().upper() == "000004010202" + "2C01" + "02" + "2A01" + "01"
    assert raw[12:24].hex() == "000500058326" + "301900058326"  # 5 March 2026 is a Thursday: 4 << 5


def test_the_ports_of_a_terminal_come_back_as_they_went_and_an_end_that_is_ee_is_none():
    raw = write_answer(0x0C, blocks(*FIRST, *SECOND))
    found = read_answer(Reader(raw[4:], 18), 0x0C, 0, OWN_COUNT)
    assert found.values == (*FIRST, *SECOND)
    assert raw[-6:] == b"\xee" * 6


def test_data_that_end_within_a_block_are_refused_wherever_they_end():
    raw = write_answer(0x0C, blocks(*FIRST))[4:]
    for length in range(len(raw)):
        with pytest.raises(FrameError):
            read_answer(Reader(raw[:length], 18), 0x0C, 0, OWN_COUNT)


def test_more_blocks_than_a_terminal_has_ports_are_no_number_of_blocks():
    with pytest.raises(FrameError, match="32 blocks; expected at most 31"):
        read_answer(Reader(bytes((32,)) + bytes(32 * 19), 18), 0x0C, 0, OWN_COUNT)
    with pytest.raises(ValueError, match="no blocks of"):
        write_answer(0x0C, blocks(*FIRST[:-1]))


def test_the_ports_are_named_for_the_engineer_and_the_question_reads_only():
    frame = answers.readings(TERMINAL, 3, 0x0C, [blocks(*FIRST, *SECOND)])
    fields = {f.identifier: (f.name, f.value) for f in decode(frame).fields}
    assert fields["0C.F11.1.2"] == ("meters due", 300)
    assert fields["0C.F11.2.4"] == ("meters read", 7)
    assert fields["0C.F11.2.7"] == ("reading ended", None)
    asked = requests.read_now(TERMINAL, 3, [(0, OWN_COUNT)])
    assert decode(asked).fields[-1].name == "meters read by the terminal asked for"
