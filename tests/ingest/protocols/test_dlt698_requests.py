"""DL/T 698.45: what the workbench says only reads; what meters say comes back as it was meant."""

import ast
import inspect
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.protocols.dlt698 import answers, requests
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.fragments import ACKNOWLEDGEMENT, read_fragment
from ingest.protocols.dlt698.link import BROADCAST, LinkFrame, find_frames, parse_frame
from ingest.protocols.dlt698.messages import (
    Apdu,
    Block,
    Digest,
    NextRequest,
    Oads,
    ProxyAnswer,
    ProxyCommand,
    ProxyGetList,
    ProxyGetRecord,
    ProxyRecord,
    ProxyResult,
    ProxyResults,
    ProxyTarget,
    RecordRequest,
    RecordRequests,
    Records,
    Results,
    TimeTag,
    TransReport,
)
from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.read_only import READS, is_dlt645_read, require_read
from ingest.protocols.dlt698.requests import request_frame
from ingest.protocols.dlt698.session_messages import (
    Association,
    ConnectRequest,
    ConnectResponse,
    ErrorMessage,
    LinkRequest,
    LinkResponse,
    ReleaseNotification,
    ReleaseResponse,
    Rn,
    SecurityRequest,
    SecurityResponse,
)
from ingest.protocols.dlt698.values import Comdcb, Data, SelectLast, Tag, Ti
from tests.ingest.protocols.dlt645_frames import framed
from tests.ingest.protocols.dlt698_drawn import (
    DATE_TIMES,
    DATE_TIMES_S,
    OADS,
    OCTETS,
    RECORD_REQUESTS,
    RESULTS,
    TIS,
    U8,
    U16,
    U32,
    records,
)
from tests.ingest.protocols.dlt698_vectors import apdus, frames

READ_DATA = framed(0x11, bytes.fromhex("00000100"))
ASSOCIATION = Association(0x16, bytes(8), bytes(16), 2048, 2048, 1, 8000, 7200)

PIIDS = st.integers(0, 63).flatmap(lambda number: st.sampled_from((number, number | 0x80)))
TAGS = st.none() | st.builds(TimeTag, DATE_TIMES_S, TIS)
RESULT_LISTS = st.lists(RESULTS, max_size=3).map(tuple)
RECORD_LISTS = st.lists(records(), max_size=2).map(tuple)
ASSOCIATIONS = st.builds(
    Association, U16, st.binary(min_size=8, max_size=8), st.binary(min_size=16, max_size=16),
    U16, U16, U8, U16, U32,
)  # fmt: skip
DLT645_READS = st.builds(
    lambda fe, read: b"\xfe" * fe + framed(*read),
    st.integers(0, 4),
    st.one_of(
        st.tuples(st.just(0x11), st.binary(min_size=4, max_size=5)),
        st.tuples(st.just(0x11), st.binary(min_size=10, max_size=10)),
        st.tuples(st.just(0x12), st.binary(min_size=5, max_size=5)),
        st.just((0x13, b"")),
    ),
)
LINES = st.builds(Comdcb, U8, U8, U8, U8, U8)
NOTIFICATIONS = st.one_of(
    st.builds(Apdu, st.just("REPORT-Notification-List"), U8, st.builds(Results, RESULT_LISTS)),
    st.builds(
        Apdu, st.just("REPORT-Notification-RecordList"), U8, st.builds(Records, RECORD_LISTS)
    ),
    st.builds(
        Apdu, st.just("REPORT-Notification-TransData"), U8, st.just(TransReport("F2010200", ()))
    ),
)
TAILED = {"piid": PIIDS, "tag": TAGS}
READABLE = st.one_of(
    st.builds(requests.get, OADS, **TAILED),
    st.builds(requests.get_list, st.lists(OADS, max_size=3), **TAILED),
    st.builds(requests.get_record, RECORD_REQUESTS, **TAILED),
    st.builds(
        requests.proxy_get_list,
        st.builds(
            ProxyGetList,
            U16,
            st.lists(
                st.builds(ProxyTarget, OCTETS, U16, st.lists(OADS, max_size=2).map(tuple)),
                max_size=2,
            ).map(tuple),
        ),
        **TAILED,
    ),
)
SECRETS = {0: 0, 1: 1, 2: 2, 3: 2}
CONNECTS = st.sampled_from(list(SECRETS.items())).flatmap(
    lambda chosen: st.builds(
        ConnectRequest, ASSOCIATIONS, st.just(chosen[0]), st.tuples(*[OCTETS] * chosen[1])
    )
)
EVERYTHING = {
    "link_answer": st.builds(
        requests.link_answer, U8, st.builds(LinkResponse, U8, DATE_TIMES, DATE_TIMES, DATE_TIMES)
    ),
    "get": st.builds(requests.get, OADS, **TAILED),
    "get_list": st.builds(requests.get_list, st.lists(OADS, max_size=3), **TAILED),
    "get_record": st.builds(requests.get_record, RECORD_REQUESTS, **TAILED),
    "get_record_list": st.builds(
        requests.get_record_list, st.lists(RECORD_REQUESTS, max_size=2), **TAILED
    ),
    "get_next": st.builds(requests.get_next, U16, **TAILED),
    "get_md5": st.builds(requests.get_md5, OADS, **TAILED),
    "acknowledge_report": st.builds(requests.acknowledge_report, NOTIFICATIONS),
    "proxy_get_list": READABLE,
    "proxy_get_record": st.builds(
        requests.proxy_get_record, st.builds(ProxyGetRecord, U16, OCTETS, RECORD_REQUESTS), **TAILED
    ),
    "proxy_command": st.builds(
        requests.proxy_command,
        st.builds(ProxyCommand, OADS, LINES, U16, U16, DLT645_READS),
        **TAILED,
    ),
    "with_random": st.builds(requests.with_random, READABLE, st.binary(min_size=16, max_size=16)),
    "in_kind": st.builds(requests.in_kind, st.builds(requests.acknowledge_report, NOTIFICATIONS)),
    "connect": st.builds(requests.connect, CONNECTS, **TAILED),
    "release": st.builds(requests.release, **TAILED),
}
"""Every public function that gives an APDU, with all that it may be given."""

NO_APDUS = {"request_frame", "acknowledge_fragment", "rows_between", "now"}


def carried(octets: bytes) -> list[tuple[int, int]]:
    """Tag and kind of an APDU and of all APDUs within it, by their bare octets."""
    if octets[0] in {0x10, 0x90}:
        assert octets[1] == 0, "plain, so that it can be seen"
        length, at = octets[2], 3
        if length == 0x81:
            length, at = octets[3], 4
        elif length == 0x82:
            length, at = int.from_bytes(octets[3:5], "big"), 5
        within = carried(octets[at : at + length])
        assert octets[0] == 0x10 or [tag for tag, _ in within] == [0x08]
        return [(octets[0], 0), *within]
    return [(octets[0], octets[1])]


def test_everything_the_client_can_say_is_known_here():
    public = {
        name
        for name, function in inspect.getmembers(requests, inspect.isfunction)
        if function.__module__ == requests.__name__ and not name.startswith("_")
    }
    assert public == set(EVERYTHING) | NO_APDUS


@pytest.mark.parametrize("name", EVERYTHING)
def test_nothing_the_client_can_say_writes_or_switches(name):
    @settings(max_examples=40)
    @given(EVERYTHING[name])
    def only_reads(octets):
        for tag, kind in carried(octets):
            assert tag in {0x02, 0x03, 0x05, 0x08, 0x09, 0x10, 0x81, 0x90}
            assert tag not in {0x06, 0x07}
            assert tag != 0x09 or kind in {1, 2, 7}
        message = parse_apdu(octets)
        if isinstance(message.body, ProxyCommand):
            frame = message.body.octets.lstrip(b"\xfe")
            assert frame[8] in (0x11, 0x12, 0x13)
        require_read(octets)
        assert parse_frame(request_frame(octets, "000000000001")).data == octets

    only_reads()


@given(st.binary(min_size=2, max_size=40))
def test_an_acknowledgement_of_a_fragment_carries_nothing(data):
    sent = requests.acknowledge_fragment(LinkFrame(0xE3, "000000000001", 0, data))
    frame = parse_frame(sent)
    assert (frame.control, len(frame.data)) == (0x63, 2)
    assert read_fragment(frame).kind == ACKNOWLEDGEMENT


def test_every_write_known_is_held_back(shared_data):
    held = 0
    for octets, known in apdus(shared_data):
        service = known["apdu"]["service"]
        if service in READS or service.startswith("SECURITY-Request"):
            continue
        with pytest.raises(ValueError, match="not sent"):
            request_frame(octets, "000000000001")
        held += service.startswith(("SET-Request", "ACTION-Request"))
        if not service.startswith("SECURITY"):
            with pytest.raises(ValueError, match="not sent"):
                requests.with_random(octets, bytes(16))
    assert held == 7


@pytest.mark.parametrize("kind", [3, 4, 5, 6])
def test_writes_through_a_terminal_are_held_back(kind):
    with pytest.raises(ValueError, match="only reads"):
        request_frame(bytes((0x09, kind, 0, 0, 1)), "01")


@pytest.mark.parametrize(
    "text",
    [
        "10 01 01 AA 01 01 BB",
        "10 01 08 0501064300040000 01 01 BB",
        "10 00 08 0501064300040000 07",
        "90 01 08 0802010160120300 00",
        "90 00 08 0501064300040000 00",
        "90 00 0C 100007050101400002000001 00 00",
        "90 02 16 00",
        "",
        "060100",
    ],
)
def test_what_cannot_be_seen_through_is_held_back(text):
    with pytest.raises(ValueError, match="not sent"):
        require_read(bytes.fromhex(text))


def test_protection_does_not_hide_a_write_nor_protection():
    write = bytes.fromhex("06010031000900030100")
    wrapped = b"\x10\x00" + bytes((len(write),)) + write + b"\x01\x01\xaa"
    with pytest.raises(ValueError, match="SET-Request-Normal is not sent"):
        require_read(wrapped)
    with pytest.raises(ValueError, match="within a protected"):
        requests.with_random(requests.with_random(requests.get("00100200"), bytes(16)), bytes(16))


def command(octets: bytes) -> ProxyCommand:
    return ProxyCommand("F2010200", Comdcb(6, 2, 8, 1, 0), 3, 10, octets)


def test_only_frames_of_dlt645_that_read_go_through_a_port():
    sendable = {
        (control, size) for control in range(256) for size in range(33)
        if is_dlt645_read(framed(control, bytes(size)))
    }  # fmt: skip
    assert sendable == {(0x11, 4), (0x11, 5), (0x11, 10), (0x12, 5), (0x13, 0)}
    with pytest.raises(ValueError, match="expected a DL/T 645 frame that reads"):
        requests.proxy_command(command(framed(0x1C, bytes(16))))


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xaa\xbb",
        READ_DATA[:-1],
        READ_DATA + b"\x00",
        READ_DATA + framed(0x14, bytes(12)),
        framed(0x14, bytes(12)) + READ_DATA,
        READ_DATA[:-2] + b"\x00\x16",
        framed(0x11, framed(0x13, b"")),
        framed(0x91, bytes(4)),
    ],
)
def test_nothing_else_goes_through_a_port(octets):
    with pytest.raises(ValueError, match="not sent"):
        requests.proxy_command(command(octets))


def test_only_the_doors_that_check_encode_link_frames():
    package = Path(requests.__file__).parent
    allowed = {package / "link.py", package / "requests.py", package / "answers.py"}
    for path in package.parents[1].rglob("*.py"):
        if path in allowed or "simulated" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("dlt698.link"):
                assert "encode_frame" not in {alias.name for alias in node.names}, path


def test_our_requests_are_sent_again_octet_by_octet(shared_data):
    again = 0
    for octets, known in apdus(shared_data):
        message = parse_apdu(octets)
        rebuilt = rebuild(message)
        if rebuilt is not None:
            assert rebuilt == octets, known
            again += 1
    assert again == 18


def rebuild(message: Apdu) -> bytes | None:  # noqa: PLR0911 - one case a request
    piid, tail = message.piid or 0, {"piid": message.piid, "tag": message.time_tag}
    match message.service, message.body:
        case "GET-Request-Normal", Oads((oad,)):
            return requests.get(oad, **tail)
        case "GET-Request-NormalList", Oads(oads):
            return requests.get_list(oads, **tail)
        case "GET-Request-MD5", Oads((oad,)):
            return requests.get_md5(oad, **tail)
        case "GET-Request-Record", RecordRequests((request,)):
            return requests.get_record(request, **tail)
        case _, LinkResponse() as answer:
            return requests.link_answer(piid, answer)
        case _, ProxyGetList() as request:
            return requests.proxy_get_list(request, **tail)
        case _, ConnectRequest() as request:
            return requests.connect(request, **tail)
        case _, SecurityRequest(False, content, Rn(number)):
            return requests.with_random(content, number)
        case "REPORT-Response-List", Oads(oads):
            results = Results(tuple(answers.Result(oad, None, 0) for oad in oads))
            return requests.acknowledge_report(Apdu("REPORT-Notification-List", piid, results))
    return None


def test_our_frames_are_sent_again_octet_by_octet(shared_data):
    again = 0
    for vector in frames(shared_data):
        octets = bytes.fromhex(vector["hex"])
        frame = parse_frame(octets)
        if frame.control not in (0x43, 0x01):
            continue
        rebuilt = rebuild(parse_apdu(frame.data))
        if rebuilt is None:
            continue
        parts = {"client": frame.client, "address_kind": frame.address_kind}
        assert request_frame(rebuilt, frame.address, control=frame.control, **parts) == octets
        again += 1
    assert again == 12


@settings(max_examples=50)
@given(RECORD_REQUESTS, PIIDS, TAGS)
def test_requests_for_records_come_back(request, piid, tag):
    assert parse_apdu(requests.get_record(request, piid, tag)) == Apdu(
        "GET-Request-Record", piid, RecordRequests((request,)), None, tag
    )
    assert parse_apdu(requests.get_record_list([request] * 2, piid, tag)).body == RecordRequests(
        (request,) * 2
    )


def test_the_next_block_is_asked_for_by_the_one_received():
    assert requests.get_next(258, 3).hex() == "0505030102" + "00"
    assert parse_apdu(requests.get_next(258, 3)).body == NextRequest(258)


def test_a_report_is_acknowledged_with_its_number_and_without_the_servers_flag():
    report = parse_apdu(bytes.fromhex("8801420120000200011200DC0000"))
    assert requests.acknowledge_report(report).hex() == "080102012000020000"
    tables = parse_apdu(bytes.fromhex("880202015004020001002000020001011200DC0000"))
    assert requests.acknowledge_report(tables).hex() == "080202015004020000"
    octets = parse_apdu(bytes.fromhex("880302F20102000201AA02BBCC0000"))
    assert requests.acknowledge_report(octets).hex() == "08030200"
    with pytest.raises(ValueError, match="expected a report"):
        requests.acknowledge_report(parse_apdu(requests.get("00100200")))


@pytest.mark.parametrize("piid", [-1, 64, 0x40 | 0x80, 256])
def test_a_number_of_an_exchange_has_six_bits_and_a_priority(piid):
    with pytest.raises(ValueError, match="expected 0 to 63"):
        requests.get("00100200", piid)


def test_a_load_curve_is_asked_for_as_the_facts_say():
    day = requests.rows_between(
        datetime(2016, 1, 20, tzinfo=UTC), datetime(2016, 1, 21, tzinfo=UTC), 15
    )
    table = RecordRequest("50020200", day, ("20210200", "00100201"))
    assert requests.get_record(table, 1) == bytes.fromhex(
        "050301 50020200 02 20210200 1C07E00114000000 1C07E00115000000 54 01000F"
        "02 00 20210200 00 00100201 00"
    )
    every = requests.rows_between(
        datetime(2016, 1, 20, tzinfo=UTC), datetime(2016, 1, 21, tzinfo=UTC)
    )
    assert every.step.tag == Tag.NULL


def test_our_clock_is_told_to_the_millisecond():
    moment = datetime(2016, 11, 9, 17, 3, 42, 960_999, tzinfo=UTC)  # a Wednesday
    assert requests.now(moment) == DateTime(2016, 11, 9, 3, 17, 3, 42, 960)
    assert requests.now(datetime(2016, 11, 13, tzinfo=UTC)).weekday == 0
    assert DateTimeS.of(moment) == DateTimeS(2016, 11, 9, 17, 3, 42)


def test_everyone_can_be_asked():
    sent = request_frame(requests.get("40010200"), "AA", address_kind=BROADCAST, client=7)
    assert parse_frame(sent)[1:] == ("AA", 7, requests.get("40010200"), BROADCAST, 0)


@given(st.builds(LinkRequest, st.integers(0, 2), U16, DATE_TIMES), U8)
def test_logins_come_back(request, piid):
    assert parse_apdu(answers.link_request(piid, request)) == Apdu("LINK-Request", piid, request)


@settings(max_examples=50)
@given(RESULTS, U8, st.none() | st.builds(Results, RESULT_LISTS) | st.builds(Records, RECORD_LISTS))
def test_answers_come_back(result, piid, report):
    assert parse_apdu(answers.got(result, piid, report)) == Apdu(
        "GET-Response-Normal", piid, Results((result,)), report
    )


@settings(max_examples=50)
@given(RESULT_LISTS, RECORD_LISTS, records(), U8)
def test_lists_and_tables_come_back(results, tables, table, piid):
    for octets, service, body in (
        (answers.got_list(results, piid), "GET-Response-NormalList", Results(results)),
        (answers.report_list(results, piid), "REPORT-Notification-List", Results(results)),
        (answers.got_record(table, piid), "GET-Response-Record", Records((table,))),
        (answers.got_record_list(tables, piid), "GET-Response-RecordList", Records(tables)),
        (
            answers.report_record_list(tables, piid),
            "REPORT-Notification-RecordList",
            Records(tables),
        ),
    ):
        assert parse_apdu(octets) == Apdu(service, piid, body)


@settings(max_examples=50)
@given(st.booleans(), U16, st.builds(Results, RESULT_LISTS) | st.builds(Records, RECORD_LISTS), U8)
def test_blocks_come_back(is_last, number, content, dar):
    for block in (Block(is_last, number, content), Block(is_last, number, None, dar)):
        assert parse_apdu(answers.got_block(block, 5)).body == block


@settings(max_examples=50)
@given(OADS, OCTETS, RESULT_LISTS, records(), U8)
def test_answers_through_a_terminal_and_digests_come_back(oad, octets, results, record, dar):
    targets = ProxyResults((ProxyResult(octets, results),) * 2)
    for sent, body in (
        (answers.proxied_list(targets), targets),
        (answers.proxied_record(ProxyRecord(octets, record)), ProxyRecord(octets, record)),
        (answers.proxied_command(ProxyAnswer(oad, octets)), ProxyAnswer(oad, octets)),
        (answers.proxied_command(ProxyAnswer(oad, None, dar)), ProxyAnswer(oad, None, dar)),
        (answers.got_md5(Digest(oad, octets)), Digest(oad, octets)),
        (answers.got_md5(Digest(oad, None, dar)), Digest(oad, None, dar)),
        (answers.report_trans(TransReport(oad, (octets,))), TransReport(oad, (octets,))),
    ):
        assert parse_apdu(sent).body == body


def test_answers_of_a_session_come_back():
    inner = answers.got(answers.Result("00100200", None, 6))
    moment = DateTimeS(2016, 5, 19, 8, 5, 0)
    for secrets in ((), (b"random", b"signature")):
        connected = ConnectResponse(bytes(32), ASSOCIATION, 0, secrets)
        assert parse_apdu(answers.connected(connected)).body == connected
    for sent, body in (
        (answers.secured(inner, b"\x01\x02"), SecurityResponse(False, inner, None, b"\x01\x02")),  # noqa: FBT003
        (answers.secured(inner, None), SecurityResponse(False, inner, None, None)),  # noqa: FBT003
        (answers.refused(2), SecurityResponse(False, None, 2, None)),  # noqa: FBT003
        (answers.released(), ReleaseResponse(0)),
        (answers.let_go(moment, moment), ReleaseNotification(moment, moment)),
        (answers.error(2, 3), ErrorMessage(2)),
    ):
        assert parse_apdu(sent).body == body
    with pytest.raises(ValueError, match="expected 32"):
        answers.connected(ConnectResponse(b"", ASSOCIATION, 0, ()))


def test_a_time_tag_is_given_back():
    tag = TimeTag(DateTimeS(2019, 7, 26, 18, 36, 47), Ti(0, 0))
    request = parse_apdu(requests.get("00100200", 1, tag))
    answer = answers.tagged(answers.got(answers.Result("00100200", None, 6), 1), request)
    assert parse_apdu(answer).time_tag == tag


def test_answers_of_the_field_are_the_frames_from_the_field(shared_data):
    again = 0
    for vector in frames(shared_data):
        octets = bytes.fromhex(vector["hex"])
        frame = parse_frame(octets)
        if frame.address_kind or frame.logical or frame.control not in (0xC3, 0x81, 0x83):
            continue
        assert (
            answers.answer_frame(frame.data, frame.address, frame.client, frame.control) == octets
        )
        again += 1
    assert again == 23


def test_a_long_answer_is_sent_in_parts():
    rows = tuple((Data(Tag.UINT32, number),) for number in range(96))
    sent = answers.got_record(answers.Record("50020200", ("00100201",), rows))
    parts = answers.answer_fragments(sent, "000000000001", 200)
    found = find_frames(b"".join(parts)).frames
    assert [frame.control for frame in found] == [0xE3] * 3
    assert b"".join(frame.data[2:] for frame in found) == sent
    with pytest.raises(ValueError, match="a row of 1 cells; 0 columns"):
        answers.got_record(answers.Record("50020200", (), rows))


def test_the_last_event_is_asked_for():
    sent = requests.get_record(RecordRequest("30110200", SelectLast(1), ("201E0200", "20200200")))
    assert sent.hex() == "05030030110200" + "0901" + "0200201e02000020200200" + "00"
