"""SECURITY without a crypto machine: asked with a random number, the code unchecked."""

import asyncio
import json
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import select

from ingest.batch import CollectorError
from ingest.collection.config import Collector
from ingest.collection.exchange import Exchange
from ingest.collection.field_ways import ListenerWay
from ingest.collection.sessions.secured698 import protected
from ingest.collection.spool import Spool
from ingest.collectors import arrivals
from ingest.protocols.dlt698 import answers, requests
from ingest.protocols.dlt698.decode import decode
from ingest.protocols.dlt698.link import FRAGMENTED, LinkFrame, find_frames, parse_frame
from ingest.protocols.dlt698.messages import NextRequest, RecordRequests
from ingest.protocols.dlt698.moments import DateTime
from ingest.protocols.dlt698.secured import open_message
from ingest.protocols.dlt698.session_messages import (
    LinkRequest,
    Rn,
    SecurityRequest,
    SecurityResponse,
)
from ingest.simulated.field.dlt698_security import Security
from ingest.simulated.field.dlt698_terminal import Terminal698
from ingest.simulated.field.faults import Fault, Faults
from queries.lake import open_lake
from queries.records import COLLECTION_TASKS, open_records
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.ingest.collection.collected import (
    BEGIN,
    NOW,
    field_of,
    held_in,
    in_order,
    register,
    run,
    truth_of,
)
from tests.ingest.collection.sessions_peers import CHINA, Peer, Station, meter, parsed


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path)


def _raw(settings: Settings) -> Iterable[dict]:
    """Every exchange that is in the lake's ``raw``."""
    with closing(open_lake(settings, EVERYTHING)) as lake:
        rows = lake.sql("select content from raw order by received_at, batch_id, part").fetchall()
    lines = [json.loads(line) for (content,) in rows for line in content.splitlines()]
    return [line for line in lines if "answer" in line]


def _frames(exchanges: Iterable[dict], key: str) -> list[LinkFrame]:
    octets = [bytes.fromhex(one[key]) for one in exchanges if one[key]]
    return [parse_frame(one) for one in octets]


def _same(settings: Settings, shown) -> None:
    held = held_in(settings)
    for name, expected in truth_of(shown).items():
        found = held[name].select(expected.columns).cast(dict(expected.schema))
        assert expected.height, name
        assert_frame_equal(in_order(found), in_order(expected))


def _questions(settings: Settings) -> list[SecurityRequest]:
    """What was asked, each once though its answer came in several frames."""
    asked = {one["request"]: None for one in _raw(settings) if one["request"] and one["protocol"]}
    bodies = [open_message(parse_frame(bytes.fromhex(one)).data).wrapper for one in asked]
    assert all(isinstance(one, SecurityRequest) for one in bodies)
    return [one for one in bodies if isinstance(one, SecurityRequest)]


def test_a_day_of_terminals_that_insist_on_security_is_the_truth_whatever_goes_wrong(settings):
    kinds = {Fault.FRAGMENTED, Fault.MISMATCH, Fault.DUPLICATE}
    faults = Faults(rate=1.0, kinds=kinds, seed=3)
    shown = field_of(1, 4, security=Security.INSISTS, missed_share=0.05)
    register(settings, shown)
    run(settings, shown, faults, rounds=10, security="rn")
    _same(settings, shown)
    assert set(faults.played) == kinds
    asked = _questions(settings)
    randoms = [one.verification.random for one in asked if isinstance(one.verification, Rn)]
    # One for each question, and each drawn anew: curves, what follows in blocks, proxied reads.
    assert len(randoms) == len(asked) == len(set(randoms))
    assert {len(one) for one in randoms} == {16}
    assert not any(one.is_cipher for one in asked)
    messages = [open_message(b"\x10\x00" + _octets(one.content) + b"\x01\x00") for one in asked]
    bodies = {type(one.message.body) for one in messages if one.message}
    assert {NextRequest, RecordRequests} < bodies


def _octets(content: bytes) -> bytes:
    size = len(content)
    return (bytes((size,)) if size < 0x80 else b"\x81" + bytes((size,))) + content


def test_the_code_of_an_answer_is_kept_and_nobody_says_that_it_was_checked(settings):
    shown = field_of(1, 1, security=Security.INSISTS)
    register(settings, shown)
    run(settings, shown, security="rn")
    answered = [one for one in _raw(settings) if one["request"]]
    codes = []
    for one in answered:
        octets = bytes.fromhex(one["answer"])
        wrapper = open_message(parse_frame(octets).data).wrapper
        assert isinstance(wrapper, SecurityResponse)
        assert wrapper.mac_verified is None
        codes.append(wrapper.verification)
        told = {field.identifier: field.value for field in decode(octets).fields}
        assert told["MAC.verified"] is None
    assert all(isinstance(code, bytes) and len(code) == 4 for code in codes)
    assert len(set(codes)) == len(codes)  # each by the random number of its own question


def test_bare_questions_to_a_terminal_that_insists_are_refused_for_good(settings):
    shown = field_of(1, 1, security=Security.INSISTS)
    register(settings, shown)
    summary, events = run(settings, shown)
    assert held_in(settings)["points"].is_empty()
    assert summary["given_up"] == summary["asked"]
    assert {reason for event, reason in events if event == "failed"} == {"refused"}


def test_one_terminal_may_be_asked_otherwise_than_the_rest(settings):
    shown = field_of(2, 2, security=Security.ANSWERS)
    first, second = (one.site.address for one in shown.terminals)
    register(settings, shown)
    run(settings, shown, security="rn", terminal_security={second: "none"})
    _same(settings, shown)
    wrapped: dict[str, set[bool]] = {first: set(), second: set()}
    for one in _raw(settings):
        if one["request"]:
            frame = parse_frame(bytes.fromhex(one["request"]))
            wrapped[frame.address].add(open_message(frame.data).wrapper is not None)
    assert wrapped == {first: {True}, second: {False}}


def test_an_enciphered_answer_is_kept_named_in_the_queue_and_not_asked_for_again(settings):
    shown = field_of(1, 2, security=Security.ENCIPHERS)
    register(settings, shown)
    summary, events = run(settings, shown, rounds=3, security="rn")
    assert held_in(settings)["points"].is_empty()
    assert {reason for event, reason in events if event == "failed"} == {"enciphered"}
    with open_records(settings).connect() as connection:
        tasks = list(connection.execute(select(COLLECTION_TASKS)).mappings())
    assert {(one["state"], one["reason"], one["attempts"]) for one in tasks} == {
        ("given_up", "enciphered", 1)
    }
    assert "only the crypto machine can read it" in tasks[0]["message"]
    assert summary["asked"] == len(tasks)
    answered = [one for one in _raw(settings) if one["request"]]
    hidden = [open_message(frame.data).wrapper for frame in _frames(answered, "answer")]
    assert hidden
    assert all(one is not None and one.is_cipher for one in hidden)


def _reporting(settings: Settings, kind: Security, **entries: object) -> Terminal698:
    shown = field_of(1, 2, security=kind, reports_since=NOW - timedelta(hours=1))
    register(settings, shown)
    run(settings, shown, **entries)
    [terminal] = shown.terminals
    assert isinstance(terminal, Terminal698)
    return terminal


@pytest.mark.parametrize("security", [Security.ANSWERS, Security.INSISTS])
def test_reports_are_acknowledged_as_they_were_protected(settings, security):
    entries = {"security": "rn"} if security is Security.INSISTS else {}
    terminal = _reporting(settings, security, **entries)
    assert terminal.reports is not None
    assert terminal.reports.acknowledged
    unasked = _frames([one for one in _raw(settings) if not one["request"]], "answer")
    reports = [open_message(one.data) for one in unasked if one.control == answers.REPORT]
    assert reports
    assert {one.wrapper is not None for one in reports} == {security is Security.INSISTS}
    # What was acknowledged is in the lake, though nobody asked for anything later than due.
    points = held_in(settings)["points"]
    by_meter = {one.address: one for one in terminal.site.meters.values()}
    told = {(by_meter[a].usage_point_id, at) for a, at in terminal.reports.acknowledged}
    assert told <= set(points.select("usage_point_id", "at").iter_rows())


def test_an_enciphered_report_is_kept_and_not_acknowledged(settings):
    terminal = _reporting(settings, Security.ENCIPHERS, security="rn")
    assert terminal.reports is not None
    assert terminal.reports.acknowledged == []
    unasked = _frames([one for one in _raw(settings) if not one["request"]], "answer")
    assert any(one.control == answers.REPORT for one in unasked)


@pytest.mark.parametrize("size", [None, 30], ids=["whole", "in fragments"])
def test_the_acknowledgement_is_wrapped_as_the_report_was_and_said_only_when_it_is_kept(size):
    """A SECURITY-Request is answered by a response without a code, a response by a request."""
    terminal = "000000000003"
    apdu = answers.report_list([], 5)
    asked = LinkRequest(0, 60, DateTime(2026, 3, 2, 1, 11, 59, 58, 0))
    login = answers.answer_frame(answers.link_request(7, asked), terminal, control=answers.LINK)
    wrapped = [
        answers.secured_report(apdu, bytes(16), b"\x01\x02\x03\x04"),
        answers.secured(apdu, b"\x01\x02\x03\x04"),
        answers.secured(apdu, None) if size is None else answers.secured(apdu, bytes(40)),
    ]

    def frames(one: bytes) -> tuple[bytes, ...]:
        if size is None:
            return (answers.answer_frame(one, terminal, control=answers.REPORT),)
        at_once = max(len(one) // 2, 1)
        return answers.answer_fragments(one, terminal, at_once, control=answers.REPORT)

    async def said() -> list[LinkFrame]:
        async with Station([terminal]) as station:
            peer = Peer(lambda octets: (find_frames(octets).frames, len(octets)), lambda _: ())
            await peer.dial(station.port, login)
            await peer.has_heard(1)
            for one in wrapped:
                parts = frames(one)
                before = len(peer.heard)
                kept = len(station.kept)
                peer.writer.write(b"".join(parts))
                await peer.has_heard(before + len(parts) + (size is not None))
                assert [one.answer for one in station.kept[kept:]] == list(parts)
            await peer.hang_up()
            return [one for one in peer.heard[1:] if not one.control & FRAGMENTED]

    acknowledged = [open_message(one.data) for one in asyncio.run(said())]
    assert [type(one.wrapper) for one in acknowledged] == [
        SecurityResponse,
        SecurityRequest,
        SecurityRequest,
    ]
    for one in acknowledged:
        assert one.message is not None
        assert (one.message.service, one.message.piid) == ("REPORT-Response-List", 5)
    assert acknowledged[0].wrapper == SecurityResponse(
        is_cipher=False,
        content=requests.acknowledge_report(parsed(apdu)),
        dar=None,
        verification=None,
    )


def test_random_numbers_are_drawn_anew_for_the_same_question():
    question = requests.get("40000200", 5)
    asked = [open_message(protected(question)) for _ in range(20)]
    assert {one.message for one in asked} == {open_message(question).message}
    assert len({one.wrapper for one in asked}) == 20


def _way(tmp_path: Path, **entries: object) -> ListenerWay:
    meters = {"000000000012": meter("000000000012", terminal="000000000003")}
    table = {"listen": "127.0.0.1:0", **entries}
    collector = Collector("east", "listener", meters, table, "collectors.toml: collector 'east'")

    async def keep(_: object) -> None: ...

    return ListenerWay(
        collector,
        tmp_path,
        zone=CHINA,
        random=Random(1),  # noqa: S311
        keep=keep,
        find=lambda _: None,
        now=lambda: NOW,
    )


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"security": "rn_mac"}, "'security' is 'rn_mac'; expected one of none, rn"),
        ({"terminal_security": {"000000000003": "off"}}, "expected one of none, rn"),
        ({"terminal_security": {"000000000004": "rn"}}, "did you mean '000000000003'"),
        ({"terminal_security": "rn"}, r"expected a table \[terminal_security\]"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, entries, message):
    with pytest.raises(CollectorError, match=message):
        _way(tmp_path, **entries)


def test_protection_within_protection_is_quarantined_however_deep(tmp_path):
    apdu = answers.got_list([], 1)
    for _ in range(2000):
        apdu = answers.secured(apdu, None)
    octets = answers.answer_frame(apdu, "000000000003")
    one = Exchange(BEGIN, "east", "dlt698", None, b"\x01", octets)

    async def keep() -> Path:
        spool = Spool(tmp_path, {})
        await spool.keep(one)
        spool.close()
        return spool.finished[0]

    [batch] = arrivals.read(asyncio.run(keep()), CHINA)
    assert "within a protected message" in batch.rejects["reason"][0]
