"""A report in several frames is read whole, wherever the spool's segments end."""

import asyncio
from contextlib import suppress
from datetime import date
from pathlib import Path

import polars as pl

from ingest.collection.spool import Spool
from ingest.collectors import arrivals
from ingest.protocols.dlt698 import answers
from ingest.protocols.dlt698.link import LinkFrame, find_frames
from ingest.protocols.dlt698.messages import Record
from ingest.protocols.dlt698.moments import DateTime, DateTimeS
from ingest.protocols.dlt698.session_messages import LinkRequest
from ingest.protocols.dlt698.values import Data, Road, Tag, meter_address
from tests.ingest.collection.sessions_peers import CHINA, Peer, Station, meter, naive, parsed

TERMINAL = "000000000003"
METER = meter("000000000012", terminal=TERMINAL)
COLUMNS = ("202A0200", Road("50020200", ("20210200", "00100201")))
FRAGMENT_OCTETS = 25


def find(buffer: bytes) -> tuple[tuple[LinkFrame, ...], int]:
    found = find_frames(buffer)
    return found.frames, found.consumed


def login() -> bytes:
    asked = LinkRequest(0, 60, DateTime(2026, 3, 2, 1, 11, 59, 58, 0))
    return answers.answer_frame(answers.link_request(7, asked), TERMINAL, control=answers.LINK)


def pieces(number: int) -> tuple[bytes, ...]:
    """A report of two registers, in fragments."""
    rows = tuple(
        (
            Data(Tag.TSA, meter_address(METER.address)),
            Data(
                Tag.STRUCTURE,
                (
                    Data(Tag.DATE_TIME_S, DateTimeS.of(naive(1, 8, minute))),
                    Data(Tag.UINT32, 1000 + number + minute),
                ),
            ),
        )
        for minute in (0, 15)
    )
    apdu = answers.report_record_list([Record("60120300", COLUMNS, rows)], number)
    return answers.answer_fragments(apdu, TERMINAL, FRAGMENT_OCTETS, control=answers.REPORT)


def points_of(segments: list[Path]) -> pl.DataFrame:
    return pl.concat(
        batch.points for segment in segments for batch in arrivals.read(segment, CHINA)
    )


def test_a_report_in_fragments_is_read_whole_though_segments_end_all_the_time(tmp_path):
    sent = pieces(1)
    assert len(sent) > 2

    async def run() -> list[Path]:
        spool = Spool(tmp_path, {METER.address: METER})

        async def end_segments() -> None:
            while True:
                await spool.close_segment()
                await asyncio.sleep(0)

        async with Station([TERMINAL]) as station:
            station.keep_in(spool)
            ending = asyncio.create_task(end_segments())
            peer = Peer(find, lambda _: ())
            await peer.dial(station.port, login())
            for count, piece in enumerate(sent, start=1):
                peer.writer.write(piece)
                await peer.has_heard(1 + count)
            await peer.has_heard(1 + len(sent) + 1)
            assert parsed(peer.heard[-1].data).service == "REPORT-Response-RecordList"
            await peer.hang_up()
            ending.cancel()
            with suppress(asyncio.CancelledError):
                await ending
        spool.close()
        return spool.finished

    segments = asyncio.run(run())
    assert len(segments) > 1
    [row] = points_of(segments).iter_rows(named=True)
    assert (row["service_date"], row["t0800"], row["t0815"]) == (
        date(2026, 3, 1),
        100_100,
        101_600,
    )
    # All fragments lie in one segment, between two that hold none of them.
    holding = [path for path in segments if sent[0].hex() in path.read_text()]
    assert [all(one.hex() in path.read_text() for one in sent) for path in holding] == [True]


def test_a_report_broken_off_with_its_connection_is_not_acknowledged_and_comes_again(tmp_path):
    async def run() -> list[Path]:
        spool = Spool(tmp_path, {METER.address: METER})
        async with Station([TERMINAL]) as station:
            station.keep_in(spool)
            first, second = Peer(find, lambda _: ()), Peer(find, lambda _: ())
            await first.dial(station.port, login(), *pieces(1)[:-1])
            await first.has_heard(1 + len(pieces(1)) - 1)
            services = [one.data[:1] for one in first.heard if not one.control & 0x20]
            assert services == [b"\x81"]  # its fragments were confirmed, the report was not
            await first.hang_up()
            assert pieces(1)[0].hex() not in (tmp_path / "open.part").read_text()
            await second.dial(station.port, login(), *pieces(1))
            await second.has_heard(1 + len(pieces(1)) + 1)
            assert parsed(second.heard[-1].data).piid == 1
            await second.hang_up()
        spool.close()
        return spool.finished

    points = points_of(asyncio.run(run()))
    assert points.select("t0800", "t0815").rows() == [(100_100, 101_600)]
