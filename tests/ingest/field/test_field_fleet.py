import asyncio
import socket
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ingest.protocols.dlt645 import requests as ask_645
from ingest.protocols.dlt698 import requests as ask_698
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.link import LINK_MANAGEMENT
from ingest.protocols.dlt698.link import find_frames as find_698
from ingest.protocols.dlt698.messages import ProxyGetRecord, RecordRequest
from ingest.protocols.dlt698.session_messages import LinkResponse
from ingest.protocols.dlt698.values import meter_address
from ingest.protocols.gdw1376 import requests as ask_1376
from ingest.protocols.gdw1376.application import parse_application
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.frame import find_frames as find_1376
from ingest.simulated.field.__main__ import main
from ingest.simulated.field.dlt698_terminal import Terminal698
from ingest.simulated.field.fleet import Fleet, fleet, register_rows
from ingest.simulated.field.gdw1376_terminal import Terminal1376
from ingest.simulated.field.lines import hang_up, stop
from ingest.simulated.field.run import (
    demonstration_fleet,
    midnight_before,
    run_field,
    running_field,
    sped_up,
)
from ingest.simulated.field.truth import truth_points
from tests.ingest.field.asking import A_DAY, LATER, MIDNIGHT, QUARTER, Master698, frames_645, until

FIRST = datetime(2025, 6, 1, tzinfo=UTC).replace(tzinfo=None)


class Station:
    """Accepts terminals of both kinds on one port and reads a day of each of their meters."""

    def __init__(self, shown: Fleet, every: int = 1):
        self.every, self.sites = every, {one.site.address: one.site for one in shown.terminals}
        self.found, self.exchanges, self.left = {}, 0, len(shown.terminals)
        self.done, self.logged_in, self.go = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._arrived = 0

    async def converse(self, reader, writer):
        try:
            hello = await reader.read(65536)
            read = self._read_1376 if hello[5:6] == b"\x68" else self._read_698
            await read(hello, reader, writer)
        finally:
            await hang_up(writer)

    async def _wait(self):
        self._arrived += 1
        if self._arrived == len(self.sites):
            self.logged_in.set()
        await self.go.wait()

    def _end(self):
        self.left -= 1
        if not self.left:
            self.done.set()

    async def _read_698(self, hello, reader, writer):
        [login] = find_698(hello).frames
        message: Any = parse_apdu(login.data)
        at = ask_698.now(LATER)
        answer = ask_698.link_answer(message.piid, LinkResponse(0x80, message.body.sent, at, at))
        writer.write(ask_698.request_frame(answer, login.address, control=LINK_MANAGEMENT))
        await self._wait()
        rows = ask_698.rows_between(FIRST, FIRST + A_DAY, 15)
        for number, meter in enumerate(self.sites[login.address].meters.values()):
            if meter.protocol != "dlt698" or number % self.every:
                continue
            table = RecordRequest("50020200", rows, ("20210200", "00100201"))
            question = ProxyGetRecord(30, meter_address(meter.address), table)
            apdu = ask_698.proxy_get_record(question, number % 64)
            writer.write(ask_698.request_frame(apdu, login.address))
            buffer = b""
            while not (frames := find_698(buffer).frames):
                buffer += await reader.read(65536)
            body: Any = parse_apdu(frames[0].data).body
            self.exchanges += 1
            self.found[meter.usage_point_id] = [row[1].value * 100 for row in body.record.rows]
        self._end()

    async def _read_1376(self, hello, reader, writer):
        [login], _ = find_1376(hello)
        own = Terminal(login.region, login.terminal)
        writer.write(ask_1376.acknowledge(own, login.number, afn=2))
        await self._wait()
        meters = self.sites[login.address].meters.values()
        for point, meter in enumerate(meters, start=1):
            if point % self.every:
                continue
            writer.write(
                ask_1376.read_curve(
                    own, point % 16, [(point, 101)], first=FIRST, interval_minutes=15,
                    point_count=96,
                )
            )  # fmt: skip
            buffer = b""
            while not (frames := find_1376(buffer)[0]):
                buffer += await reader.read(65536)
            units: Any = parse_application(frames[0]).units
            self.exchanges += 1
            self.found[meter.usage_point_id] = [int(value * 10_000) for value in units[0].values]
        self._end()


async def a_day_of(shown, every=1):
    station, conversations = Station(shown, every), []

    def accept(reader, writer):
        conversations.append(asyncio.create_task(station.converse(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    begun = time.perf_counter()
    async with running_field(shown, "127.0.0.1", port):
        await asyncio.wait_for(station.logged_in.wait(), 10)
        started = time.perf_counter() - begun
        begun = time.perf_counter()
        station.go.set()
        await asyncio.wait_for(station.done.wait(), 60)
        took = time.perf_counter() - begun
    server.close()
    await stop(conversations)
    return station, started, took


def test_two_thousand_meters_behind_twenty_terminals_start_in_two_seconds_and_tell_the_truth():
    begun = time.process_time()  # the machine may be busy with other things
    shown = fleet(20, 100, lambda: LATER, begin=MIDNIGHT, days=3)
    made = time.process_time() - begun
    station, started, took = asyncio.run(a_day_of(shown, every=10))
    asked = [one for one in shown.meters if one.usage_point_id in station.found]
    truth = truth_points(asked, first=MIDNIGHT, last=MIDNIGHT + A_DAY - QUARTER)
    expected = truth.filter(channel="import").group_by("usage_point_id", maintain_order=True)
    told = {key[0]: rows["counts"].to_list() for key, rows in expected}
    # Every tenth meter, so that the test is quick; of 645 are the 5th, 10th …, none of these.
    assert station.exchanges == len(station.found) == 20 * 10
    assert {point: told[point] for point in station.found} == station.found
    assert made + started < 2
    print(f"{station.exchanges / took:.0f} exchanges/s, {made + started:.2f} s to start")  # noqa: T201


def test_a_fleet_is_of_both_kinds_and_says_how_each_meter_is_reached():
    shown = fleet(4, 5, lambda: LATER, begin=MIDNIGHT, days=1)
    kinds = [type(one) for one in shown.terminals]
    assert kinds == [Terminal698] * 3 + [Terminal1376]
    assert [one.address for one in shown.wanted] == [one.address for one in shown.meters]
    assert shown.wanted[-1].terminal == "330100004"
    assert (shown.wanted[-1].measuring_point, shown.wanted[-1].protocol) == (5, "dlt645")
    assert shown.wanted[6].channels == ("import", "export")
    rows = register_rows(shown.meters, date(2025, 6, 1), MIDNIGHT)
    assert rows["current_ratio"].to_list() == [1.0, 1.0, 1.0, 1.0, 20.0] * 4


def test_time_goes_faster_and_readings_grow_with_it():
    clock = sped_up(MIDNIGHT, 60 * 60 * 24)
    time.sleep(0.05)
    assert clock() > MIDNIGHT + timedelta(hours=1)
    assert midnight_before(LATER) == MIDNIGHT + 2 * A_DAY
    now = [MIDNIGHT + timedelta(hours=5)]
    shown = demonstration_fleet(lambda: now[0], terminals=1, meters_each=1)
    [meter] = shown.meters
    for hours, quarters in ((5, 20), (6, 24)):
        now[0] = MIDNIGHT + timedelta(hours=hours)
        recorded = meter.recorded(MIDNIGHT, MIDNIGHT + A_DAY, now[0])
        assert len(recorded) == quarters + 1


def test_the_demonstration_dials_in_and_opens_a_gateway_beside():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        free = taken.getsockname()[1]

    async def run():
        async with Master698(lambda: datetime.now(UTC)) as master:
            options: Any = {"terminals": 1, "meters_each": 2, "gateway_port": free, "speed": 3600}
            task = asyncio.create_task(run_field("127.0.0.1", master.port, **options))
            await asyncio.wait_for(master.dialled.wait(), 5)
            reader, writer = await asyncio.open_connection("127.0.0.1", free)
            writer.write(ask_645.read_data("000000500001", "00010000"))
            [frame] = await frames_645(reader)
            await hang_up(writer)
            await until(lambda: len(master.reports) > 1)  # a quarter of an hour lasts 0.25 s
            await stop([task])
            return frame.control, master.logins[0][0], master.reports

    control, terminal, reports = asyncio.run(run())
    assert (control, terminal) == (0x91, "900000000001")
    stamps = [report.body.records[0].rows[0][3].value.moment() for report in reports[:2]]
    assert stamps[1] - stamps[0] == QUARTER


def test_the_command_says_what_it_takes(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert {"--port", "--terminals", "--meters", "--speed", "--gateway-port"} <= set(said.split())
