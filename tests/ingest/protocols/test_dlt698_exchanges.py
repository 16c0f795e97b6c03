"""DL/T 698.45 across messages: rows, answers in blocks, and which answer is whose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.protocols.decoded import FrameError
from ingest.protocols.dlt698 import answers, requests
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.blocks import Blocks
from ingest.protocols.dlt698.matching import is_answer
from ingest.protocols.dlt698.messages import (
    Block,
    Digest,
    ProxyAnswer,
    ProxyCommand,
    ProxyGetList,
    ProxyGetRecord,
    ProxyRecord,
    ProxyResult,
    ProxyResults,
    ProxyTarget,
    Record,
    RecordRequest,
    Records,
    Result,
    Results,
)
from ingest.protocols.dlt698.rows import Cell, record_rows
from ingest.protocols.dlt698.values import NULL, Comdcb, Data, Road, SelectAll, Tag
from tests.ingest.protocols.dlt645_frames import framed

ROAD = Road("50040200", ("20210200", "00100201"))


def number(value: int) -> Data:
    return Data(Tag.UINT32, value)


def together(*parts: Data) -> Data:
    return Data(Tag.ARRAY, parts)


def cells(column: str | Road, data: Data) -> list[Cell]:
    [row] = record_rows(Record("60120300", (column,), ((data,),)))
    return list(row)


def test_a_row_is_its_attributes_and_where_each_comes_from():
    record = Record("60120300", ("202A0200", ROAD), ((NULL, together(number(1), number(2))),))
    assert list(record_rows(record)) == [
        (
            Cell("60120300", "202A0200", NULL),
            Cell("50040200", "20210200", number(1)),
            Cell("50040200", "00100201", number(2)),
        )
    ]


def test_a_record_that_says_why_it_has_no_rows_has_none():
    assert list(record_rows(Record("60120300", (ROAD,), None, 9))) == []


def test_columns_not_recorded_are_null_one_by_one():
    assert [cell.data for cell in cells(ROAD, NULL)] == [NULL, NULL]


def test_what_cannot_be_told_apart_is_not_taken_for_a_column():
    assert cells(ROAD, together(number(1))) == [Cell("50040200", "50040200", together(number(1)))]
    only = Road("50040200", ("00100200",))
    energies = together(number(3), number(1), number(2))
    assert cells(only, energies) == [Cell("50040200", "00100200", energies)]
    assert cells(only, together(energies)) == [Cell("50040200", "00100200", energies)]


def record(*values: int, oad: str = "50020200") -> Record:
    return Record(oad, ("00100201",), tuple((number(value),) for value in values))


@settings(max_examples=50)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.integers(1, 6))
def test_a_curve_in_blocks_is_the_curve(values, size):
    parts = [values[at : at + size] for at in range(0, len(values), size)]
    blocks, whole = Blocks(), None
    for at, part in enumerate(parts):
        block = Block(at == len(parts) - 1, at, Records((record(*part),)))
        whole = blocks.add(parse_apdu(answers.got_block(block)).body)  # type: ignore[arg-type]
        assert (whole is None) == (at < len(parts) - 1)
    assert whole == Records((record(*values),))


def test_attributes_in_blocks_are_put_together_and_tables_kept_apart():
    first, second = Result("00100200", number(1)), Result("00200200", None, 6)
    blocks = Blocks()
    assert blocks.add(Block(False, 0, Results((first,)))) is None  # noqa: FBT003
    assert blocks.add(Block(True, 1, Results((second,)))) == Results((first, second))  # noqa: FBT003
    tables = (record(1), record(2, oad="50040200"))
    assert Blocks().add(Block(True, 0, Records(tables))) == Records(tables)  # noqa: FBT003


@pytest.mark.parametrize(
    ("blocks", "reason"),
    [
        ([Block(False, 1, Records(()))], "block 1; expected block 0"),  # noqa: FBT003
        ([Block(False, 0, Records(()))] * 2, "block 0; expected block 1"),  # noqa: FBT003
        ([Block(True, 0, None, 9)], "DAR 9"),  # noqa: FBT003
        (
            [
                Block(False, 0, Records((record(1),))),  # noqa: FBT003
                Block(True, 1, Results((Result("00100200", None, 6),))),  # noqa: FBT003
            ],
            "turns from attributes to tables",
        ),
    ],
)
def test_a_block_that_is_not_due_is_refused(blocks, reason):
    gathered = Blocks()
    for block in blocks[:-1]:
        gathered.add(block)
    with pytest.raises(FrameError, match=reason):
        gathered.add(blocks[-1])


TABLE = RecordRequest("50020200", SelectAll(), ("00100201",))
READ = framed(0x11, bytes.fromhex("00000100"))
ASKED = {
    "attribute": (
        requests.get("00100200", 5),
        answers.got(Result("00100200", number(1)), 5),
        answers.got(Result("00200200", number(1)), 5),
    ),
    "attributes": (
        requests.get_list(["00100200", "00200200"], 5),
        answers.got_list([Result("00100200", None, 6), Result("00200200", None, 6)], 5),
        answers.got_list([Result("00100200", None, 6)], 5),
    ),
    "table": (
        requests.get_record(TABLE, 5),
        answers.got_record(record(1), 5),
        answers.got_record(record(1, oad="50040200"), 5),
    ),
    "tables": (
        requests.get_record_list([TABLE], 5),
        answers.got_record_list([record(1)], 5),
        answers.got_record_list([], 5),
    ),
    "digest": (
        requests.get_md5("00100200", 5),
        answers.got_md5(Digest("00100200", bytes(16)), 5),
        answers.got_md5(Digest("00200200", bytes(16)), 5),
    ),
    "meters": (
        requests.proxy_get_list(ProxyGetList(9, (ProxyTarget(b"\x00\x01", 9, ("00100200",)),)), 5),
        answers.proxied_list(
            ProxyResults((ProxyResult(b"\x00\x01", (Result("00100200", None, 6),)),)), 5
        ),
        answers.proxied_list(
            ProxyResults((ProxyResult(b"\x00\x02", (Result("00100200", None, 6),)),)), 5
        ),
    ),
    "table of a meter": (
        requests.proxy_get_record(ProxyGetRecord(9, b"\x00\x01", TABLE), 5),
        answers.proxied_record(ProxyRecord(b"\x00\x01", record(1)), 5),
        answers.proxied_record(ProxyRecord(b"\x00\x02", record(1)), 5),
    ),
    "port": (
        requests.proxy_command(ProxyCommand("F2010200", Comdcb(6, 2, 8, 1, 0), 3, 10, READ), 5),
        answers.proxied_command(ProxyAnswer("F2010200", b""), 5),
        answers.proxied_command(ProxyAnswer("F2090200", b""), 5),
    ),
}


@pytest.mark.parametrize("asked", ASKED)
def test_an_answer_is_to_the_question_and_of_its_number(asked):
    request, own, other = map(parse_apdu, ASKED[asked])
    assert is_answer(own, request)
    assert is_answer(own._replace(piid=0x45), request), "events are waiting"
    assert is_answer(own, request._replace(piid=0x85)), "asked with priority"
    assert not is_answer(own._replace(piid=6), request)
    assert not is_answer(other, request)
    assert not is_answer(request, request)
    error = parse_apdu(answers.error(1, 5))
    assert is_answer(error, request)
    assert not is_answer(error._replace(piid=6), request)


def test_a_long_answer_is_one_to_any_read_and_an_answer_without_a_number_to_none():
    block = parse_apdu(answers.got_block(Block(False, 0, Records(())), 5))  # noqa: FBT003
    assert is_answer(block, parse_apdu(requests.get_record(TABLE, 5)))
    assert is_answer(block, parse_apdu(requests.get_next(0, 5)))
    assert not is_answer(block, parse_apdu(requests.release(5)))
    wrapped = parse_apdu(answers.secured(answers.got(Result("00100200", None, 6), 5), None))
    assert not is_answer(wrapped, parse_apdu(requests.get("00100200", 5)))
