"""The port that terminals dial in to: who gets in, what is kept, and what is acknowledged."""

import asyncio
import random
import re
import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.collection.exchange import ExchangeError
from ingest.collection.sessions.gateway645 import Gateway
from ingest.collection.sessions.limits import Limits
from ingest.collection.sessions.terminal698 import Terminal698
from ingest.collection.sessions.terminal1376 import Terminal1376
from ingest.collection.wants import Kind
from ingest.protocols.dlt698 import answers
from ingest.protocols.dlt698.link import LinkFrame, find_frames, parse_frame
from ingest.protocols.dlt698.messages import ProxyResult, ProxyResults, Record, Result
from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.session_messages import LinkRequest, LinkResponse
from ingest.protocols.dlt698.values import Data, Tag
from ingest.protocols.gdw1376 import answers as answers_1376
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.frame import find_frames as find_1376
from tests.ingest.collection.certificates import Certificates, make_certificates
from tests.ingest.collection.sessions_peers import (
    CHINA,
    HANG_UP,
    LIMITS,
    NOW,
    Action,
    Peer,
    Station,
    local,
    parsed,
    want,
)

TERMINAL = "000000000003"
OF_1376 = Terminal("4401", 3)
ADDRESS_1376 = "440100003"
SENT = DateTime(2026, 3, 2, 1, 11, 59, 58, 0)
CLOCK = want(Kind.CLOCK, local(2))


def find(buffer: bytes) -> tuple[tuple[LinkFrame, ...], int]:
    found = find_frames(buffer)
    return found.frames, found.consumed


def linked(kind: int, heartbeat_seconds: int = 60, terminal: str = TERMINAL) -> bytes:
    apdu = answers.link_request(7, LinkRequest(kind, heartbeat_seconds, SENT))
    return answers.answer_frame(apdu, terminal, control=answers.LINK)


LOGIN, HEARTBEAT, LOGOUT = (linked(kind) for kind in range(3))


def report(number: int) -> bytes:
    rows = ((Data(Tag.DATE_TIME_S, DateTimeS(2026, 3, 1, 0, 15, 0)), Data(Tag.UINT32, number)),)
    record = Record("50020200", ("20210200", "00100201"), rows)
    return answers.report_record_list([record], number)


def reported(number: int) -> bytes:
    return answers.answer_frame(report(number), TERMINAL, control=answers.REPORT)


def silent(_: object) -> Iterable[Action]:
    return ()


def peer_698() -> Peer:
    return Peer(find, silent)


def run(test) -> None:
    asyncio.run(test())


async def settled() -> None:
    await asyncio.sleep(0.06)


def test_a_login_is_kept_and_answered_with_its_time_and_both_of_ours():
    async def test():
        async with Station([TERMINAL]) as station:
            peer = peer_698()
            await peer.dial(station.port, LOGIN)
            await settled()
            [exchange] = station.kept
            assert (exchange.answer, exchange.request, exchange.at) == (LOGIN, None, NOW)
            assert exchange.source == f"east/terminal {TERMINAL}"
            [frame] = peer.heard
            assert (frame.control, frame.address) == (0x01, TERMINAL)
            message = parsed(frame.data)
            noon = DateTime(2026, 3, 2, 1, 12, 0, 0, 0)
            # Bit 7 is not set: nobody shall set a clock by ours.
            assert (message.piid, message.body) == (7, LinkResponse(0, SENT, noon, noon))
            await peer.hang_up()

    run(test)


def test_heartbeats_are_kept_each_and_a_logout_ends_the_session():
    async def test():
        async with Station([TERMINAL]) as station:
            peer = peer_698()
            await peer.dial(station.port, LOGIN, HEARTBEAT, HEARTBEAT, LOGOUT)
            async with asyncio.timeout(1):
                await peer.is_cut_off.wait()
            assert [one.answer for one in station.kept] == [LOGIN, HEARTBEAT, HEARTBEAT, LOGOUT]
            assert len(peer.heard) == 4
            with pytest.raises(ExchangeError, match="not connected") as raised:
                await station.listener.session(TERMINAL)
            assert (raised.value.reason, raised.value.may_retry) == ("offline", True)

    run(test)


def test_a_terminal_whose_heart_stops_is_gone():
    async def test():
        async with Station([TERMINAL], Limits(heartbeats_missed=1)) as station:
            peer = peer_698()
            await peer.dial(station.port, linked(0, heartbeat_seconds=1))
            session = await station.session(TERMINAL)
            async with asyncio.timeout(2):
                await peer.is_cut_off.wait()
            assert session.link.is_gone

    run(test)


def test_a_report_is_acknowledged_only_when_it_is_durable():
    async def test():
        async with Station([TERMINAL]) as station:
            order: list[str] = []
            keep = station._keep  # noqa: SLF001

            async def slow(exchanges) -> None:
                await asyncio.sleep(0.03)
                order.append("kept")
                await keep(exchanges)

            station.listener._setting = station.listener._setting._replace(keep=slow)  # noqa: SLF001
            peer = Peer(find, lambda _: order.append("answered") or ())
            await peer.dial(station.port, LOGIN, reported(1))
            await asyncio.sleep(0.15)
            assert order == ["kept", "answered", "kept", "answered"]
            assert station.kept[1].answer == reported(1)
            acknowledged = parsed(peer.heard[1].data)
            assert (peer.heard[1].control, acknowledged.service, acknowledged.piid) == (
                0x03,
                "REPORT-Response-RecordList",
                1,
            )
            assert acknowledged.body.oads == ("50020200",)
            await peer.hang_up()

    run(test)


def test_a_report_that_cannot_be_kept_is_not_acknowledged_and_is_found():
    async def test():
        async with Station([TERMINAL]) as station:
            peer = peer_698()
            await peer.dial(station.port, LOGIN)
            await settled()
            station.is_full = True
            peer.writer.write(reported(1))
            async with asyncio.timeout(1):
                await peer.is_cut_off.wait()
            assert len(peer.heard) == 1
            [finding] = station.found
            assert (finding.rule, finding.terminal) == ("not_kept", TERMINAL)
            assert "no space left" in finding.what

    run(test)


def test_a_report_that_comes_again_is_acknowledged_again_and_kept_once():
    async def test():
        async with Station([TERMINAL]) as station:
            peer = peer_698()
            await peer.dial(station.port, LOGIN, reported(1), reported(1), reported(2))
            await asyncio.sleep(0.1)
            assert [one.answer for one in station.kept] == [LOGIN, reported(1), reported(2)]
            assert [parsed(frame.data).piid for frame in peer.heard] == [7, 1, 1, 2]
            await peer.hang_up()

    run(test)


def test_the_last_piece_of_a_report_is_acknowledged_when_all_pieces_are_durable():
    pieces = answers.answer_fragments(report(5), TERMINAL, 20, control=answers.REPORT)

    async def test():
        async with Station([TERMINAL]) as station:
            peer = peer_698()
            await peer.dial(station.port, LOGIN)
            await settled()
            for count, piece in enumerate(pieces, start=1):
                peer.writer.write(piece)
                await asyncio.sleep(0.005)
                if count < len(pieces):
                    assert len(peer.heard) == 1 + count
                    assert len(station.kept) == 1
            await asyncio.sleep(0.02 * len(pieces))
            assert [one.answer for one in station.kept[1:]] == list(pieces)
            assert parsed(peer.heard[-1].data).service == "REPORT-Response-RecordList"
            # The pieces and the report itself.
            assert len(peer.heard) == 1 + len(pieces) + 1
            await peer.hang_up()

    run(test)


def test_a_terminal_that_is_in_no_list_is_refused_and_found():
    async def test():
        async with Station(["000000000099"]) as station:
            peer = peer_698()
            await peer.dial(station.port, LOGIN)
            async with asyncio.timeout(1):
                await peer.is_cut_off.wait()
            [finding] = station.found
            assert (finding.rule, finding.terminal) == ("unknown_terminal", TERMINAL)
            assert finding.octets == LOGIN
            assert (station.kept, peer.heard, dict(station.listener.sessions)) == ([], [], {})

    run(test)


@pytest.mark.parametrize(
    "first", [(b"GET / HTTP/1.1\r\n\r\n",), (b"\x68" * 300,), (LOGIN[:20], HANG_UP), ()]
)
def test_who_does_not_say_who_it_is_is_cut_off(first):
    async def test():
        async with Station([TERMINAL], Limits(first_frame_seconds=0.1)) as station:
            peer = peer_698()
            try:
                await peer.dial(station.port, *first)
            except ConnectionResetError:
                await settled()
            else:
                async with asyncio.timeout(1):
                    await peer.is_cut_off.wait()
            [finding] = station.found
            assert (finding.rule, finding.terminal) == ("no_session", None)

    run(test)


def test_noise_without_end_is_cut_off_before_the_time_is_up():
    limits = Limits(first_frame_seconds=60, buffer_bytes=20_000)

    async def test():
        async with Station([TERMINAL], limits) as station:
            peer = peer_698()
            await peer.dial(station.port, *[b"\x55" * 5000] * 5)
            async with asyncio.timeout(1):
                await peer.is_cut_off.wait()
            assert [one.rule for one in station.found] == ["no_session"]

    run(test)


def clock_told(frame: LinkFrame) -> Iterable[Action]:
    message = parsed(frame.data)
    if not message.service.startswith("PROXY"):
        return
    clock = Data(Tag.DATE_TIME_S, DateTimeS(2026, 3, 2, 12, 0, 0))
    told = [ProxyResult(one.address, (Result("40000200", clock),)) for one in message.body.targets]
    apdu = answers.proxied_list(ProxyResults(tuple(told)), message.piid)
    yield answers.answer_frame(apdu, TERMINAL)


def test_a_newer_login_takes_the_place_of_the_older_and_its_question_is_put_again():
    async def test():
        async with Station([TERMINAL], replace(LIMITS, answer_seconds=60)) as station:
            old, new = peer_698(), Peer(find, clock_told)
            await old.dial(station.port, LOGIN)
            session = await station.session(TERMINAL)
            question = asyncio.create_task(session.read(CLOCK))
            await settled()
            await new.dial(station.port, LOGIN)
            async with asyncio.timeout(1):
                await old.is_cut_off.wait()
                [exchange] = await question
            lost, put_again = parsed(old.heard[-1].data), parsed(new.heard[-1].data)
            assert lost.service == put_again.service == "PROXY-Request-GetList"
            assert (lost.piid, put_again.piid) == (0, 1)
            assert parsed(parse_frame(exchange.request or b"").data) == put_again
            assert not new.is_cut_off.is_set()
            await new.hang_up()

    run(test)


def test_a_terminal_that_does_not_come_back_is_waited_for_once_and_not_for_each_want():
    async def test():
        async with Station([TERMINAL], replace(LIMITS, redial_seconds=0.3)) as station:
            peer = peer_698()
            await peer.dial(station.port, LOGIN)
            session = await station.session(TERMINAL)
            await peer.hang_up()
            begin = asyncio.get_running_loop().time()
            wants = [want(Kind.CURVE, local(1 + n)) for n in range(20)]
            collected = await session.read_many(wants)
            took = asyncio.get_running_loop().time() - begin
            assert {error.reason for error in collected.failures.values()} == {"disconnected"}
            assert len(collected.failures) == 20
            assert 0.2 < took < 1.0

    run(test)


def test_numbers_go_on_after_a_new_login_so_that_old_answers_fit_no_new_question():
    async def test():
        numbers = []
        async with Station([TERMINAL], replace(LIMITS, attempts=1)) as station:
            for _ in range(2):
                peer = Peer(find, lambda _: ())
                await peer.dial(station.port, LOGIN)
                await settled()
                with pytest.raises(ExchangeError):
                    await (await station.session(TERMINAL)).read(want(Kind.CURVE, local(1)))
                messages = [parsed(frame.data) for frame in peer.heard]
                numbers += [m.piid for m in messages if m.service.startswith("GET")]
                await peer.hang_up()
                await settled()
        assert numbers == [0, 1]

    run(test)


def test_one_port_takes_both_protocols_and_the_first_frame_tells():
    async def test():
        async with Station([TERMINAL, ADDRESS_1376]) as station:
            old, new = Peer(find_1376, silent), peer_698()
            await old.dial(station.port, b"\x68\x00", answers_1376.login(OF_1376, 4))
            await new.dial(station.port, b"\xfe\xfe", LOGIN)
            assert isinstance(await station.session(ADDRESS_1376), Terminal1376)
            assert isinstance(await station.session(TERMINAL), Terminal698)
            await settled()
            [acknowledged] = old.heard
            assert (acknowledged.afn, acknowledged.number, acknowledged.control) == (0, 4, 0x0B)
            await asyncio.gather(old.hang_up(), new.hang_up())

    run(test)


def test_a_frame_from_the_masters_side_begins_no_session():
    async def test():
        async with Station([TERMINAL], Limits(first_frame_seconds=0.1)) as station:
            peer = peer_698()
            apdu = answers.link_request(7, LinkRequest(0, 60, SENT))
            await peer.dial(station.port, answers.answer_frame(apdu, TERMINAL, control=0x01))
            async with asyncio.timeout(1):
                await peer.is_cut_off.wait()
            assert [one.rule for one in station.found] == ["no_session"]

    run(test)


def test_closing_hangs_up_on_everybody_and_leaves_no_task():
    async def test():
        async with Station([TERMINAL], LIMITS) as station:
            known, stranger = peer_698(), peer_698()
            await known.dial(station.port, LOGIN)
            await stranger.dial(station.port)
            session = await station.session(TERMINAL)
            question = asyncio.create_task(session.read(CLOCK))
            await asyncio.sleep(0.02)
            await station.listener.close()
            async with asyncio.timeout(1):
                await asyncio.gather(known.is_cut_off.wait(), stranger.is_cut_off.wait())
            with pytest.raises(ExchangeError):
                await question
        await asyncio.gather(known.hang_up(), stranger.hang_up())
        await asyncio.sleep(0.01)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(test)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def server_tls(certificates: Certificates, name: str = "server") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificates.file(f"{name}.pem"), certificates.file(f"{name}.key"))
    return context


def test_terminals_come_by_tls_and_one_without_a_certificate_does_not_get_in(certificates):
    context = server_tls(certificates)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates.file("ca.pem"))
    mine = ssl.create_default_context(cafile=certificates.file("ca.pem"))

    async def dial(port: int) -> bytes:
        # TLS 1.3 tells a client that it is not wanted only after its handshake.
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=mine)
            writer.write(LOGIN)
            try:
                async with asyncio.timeout(1):
                    return await reader.read(100)
            finally:
                writer.close()
        return b""

    async def test():
        async with Station([TERMINAL]) as station:
            port = await station.listener.start("127.0.0.1", 0, context)
            assert await dial(port) == b""
            assert station.kept == []
            mine.load_cert_chain(certificates.file("client.pem"), certificates.file("client.key"))
            assert await dial(port) != b""
            assert [one.answer for one in station.kept] == [LOGIN]

    run(test)


def test_a_tls_context_that_could_be_talked_down_is_refused(certificates):
    weak = server_tls(certificates)
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        weak.minimum_version = ssl.TLSVersion.TLSv1

    async def test():
        async with Station([TERMINAL]) as station:
            with pytest.raises(ValueError, match="TLSv1_2 at least"):
                await station.listener.start("127.0.0.1", 0, weak)

    run(test)


def a_gateway(port: int, tls: ssl.SSLContext) -> Gateway:
    return Gateway(
        "127.0.0.1",
        port,
        source="line",
        zone=CHINA,
        random=random.Random(1),  # noqa: S311
        tls=tls,
        limits=LIMITS,
    )


def test_a_gateway_whose_certificate_is_anothers_is_sent_nothing(certificates):
    heard = []

    async def test():
        async def connection(reader, writer) -> None:
            heard.append(await reader.read(100))
            writer.close()

        server = await asyncio.start_server(
            connection, "127.0.0.1", 0, ssl=server_tls(certificates, "elsewhere")
        )
        tls = ssl.create_default_context(cafile=certificates.file("ca.pem"))
        async with a_gateway(server.sockets[0].getsockname()[1], tls) as session:
            with pytest.raises(ExchangeError, match="not trusted") as raised:
                await session.read(want(Kind.CLOCK, local(2), protocol="dlt645"))
        server.close()
        assert (raised.value.reason, raised.value.may_retry) == ("refused", False)

    run(test)
    assert heard == []


def test_a_context_that_does_not_check_the_gateway_is_refused():
    context = ssl.create_default_context()
    context.check_hostname = False
    with pytest.raises(ValueError, match="neither certificate nor name"):
        a_gateway(1, context)


SESSIONS = Path(__file__).parents[3] / "ingest" / "collection" / "sessions"


def test_sessions_speak_only_through_encoders_that_read():
    texts = {path.name: path.read_text(encoding="utf-8") for path in SESSIONS.glob("*.py")}
    assert len(texts) > 10
    forbidden = (
        r"\.answers\b",  # what meters say
        r"import encode|\bencode_\w+",  # frames by hand
        r"\bencoding import (?!Terminal\b)",
        r"\bwriting import",
        r"\bwrite_(?!eof)\w+",
        r"bytes\(\(|bytearray\(|struct\.|pack\(|\.to_bytes\(",  # bytes by hand
    )
    for name, text in texts.items():
        for pattern in forbidden:
            assert re.search(pattern, text) is None, f"{name}: {pattern}"
    sent = [line for text in texts.values() for line in text.splitlines() if ".write(" in line]
    assert [line.strip() for line in sent] == ["self._writer.write(octets)"]
