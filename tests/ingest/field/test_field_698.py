import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ingest.protocols.dlt645 import requests as ask_645
from ingest.protocols.dlt645.follow_ups import join_follow_ups
from ingest.protocols.dlt645.frame import parse_frame as parse_645
from ingest.protocols.dlt645.load_record import parse_load_records
from ingest.protocols.dlt698 import requests as ask
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.blocks import Blocks
from ingest.protocols.dlt698.fragments import Reassembler, acknowledgement
from ingest.protocols.dlt698.link import parse_frame
from ingest.protocols.dlt698.matching import is_answer
from ingest.protocols.dlt698.messages import (
    ProxyCommand,
    ProxyGetList,
    ProxyGetRecord,
    ProxyTarget,
    RecordRequest,
    Records,
    TimeTag,
)
from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.rows import record_rows
from ingest.protocols.dlt698.values import (
    ADDRESSES,
    NULL,
    Comdcb,
    MeterSet,
    Road,
    ScalerUnit,
    SelectEqual,
    SelectLast,
    SelectSpan,
    Tag,
    Ti,
    meter_address,
    meter_digits,
)
from ingest.simulated.field.dialling import dialling
from ingest.simulated.field.dlt698_collected import COLLECTED, STORED
from ingest.simulated.field.dlt698_terminal import Terminal698
from ingest.simulated.field.dlt698_values import DAY_FREEZE, FREEZE_TIME, METER, MINUTE_FREEZE
from ingest.simulated.field.meters import Cut, with_cut
from ingest.simulated.field.store import Store
from ingest.simulated.field.terminals import site
from ingest.simulated.field.truth import truth_freezes, truth_points
from tests.ingest.field.asking import A_DAY, LATER, MIDNIGHT, QUARTER, Master698, some_meters, until

FIRST = datetime(2025, 6, 1, tzinfo=UTC).replace(tzinfo=None)  # local
TERMINAL = "000000000001"
COLUMNS = (METER, "60400200", "60410200", STORED, Road(MINUTE_FREEZE, (FREEZE_TIME, "00100201")))


def a_terminal(meters, now=LATER, store=None, **others) -> Any:
    return Terminal698(site(TERMINAL, meters, lambda: now, store=store or Store()), **others)


def asked(terminal, apdu) -> Any:
    """What the terminal answers, its fragments acknowledged one by one."""
    answer = terminal.answer(parse_frame(ask.request_frame(apdu, TERMINAL)))
    whole = Reassembler()
    while True:
        [frame] = answer.frames
        link = parse_frame(frame)
        if not link.control & 0x20:
            return parse_apdu(link.data)
        if (done := whole.add(link)) is not None:
            return parse_apdu(done)
        answer = terminal.answer(acknowledgement(link))


def curve(meters, first=FIRST, end=FIRST + A_DAY, columns=COLUMNS):
    members = tuple(meter_address(one.address) for one in meters)
    span = SelectSpan(
        7, DateTimeS.of(first), DateTimeS.of(end), Ti(1, 0), MeterSet(ADDRESSES, members)
    )
    return RecordRequest(COLLECTED, span, columns)


def readings(record) -> Any:
    """Address, freeze time and forward total [0.01 kWh] of each row."""
    found = []
    for row in record_rows(record):
        cells: dict[str, Any] = {cell.oad: cell.data.value for cell in row}
        at = cells[FREEZE_TIME]
        energy = cells["00100201"]
        found.append((meter_digits(cells[METER]), at and at.moment(), energy))
    return found


def truth(meters, first, last):
    local = {one.usage_point_id: one for one in meters}
    frame = truth_points(meters, first=first, last=last).filter(channel="import")
    return [
        (local[row[0]].address, local[row[0]].local(row[1]), row[2] // 100)
        for row in frame.select("usage_point_id", "at", "counts").iter_rows()
    ]


def test_a_terminals_table_of_a_day_of_several_meters_is_the_truth():
    meters = some_meters(3)
    message = asked(a_terminal(meters, block_octets=None), ask.get_record(curve(meters), 5))
    [record] = message.body.records
    assert len(record.rows) == 3 * 96  # the bounds are half open
    assert readings(record) == truth(meters, MIDNIGHT, MIDNIGHT + A_DAY - QUARTER)


def test_a_long_table_comes_in_blocks_that_make_the_same_table():
    meters = some_meters(2)
    terminal, blocks = a_terminal(meters, block_octets=2000), Blocks()
    message, count = asked(terminal, ask.get_record(curve(meters), 5)), 0
    while (whole := blocks.add(message.body)) is None:
        assert message.service == "GET-Response-Next"
        message, count = asked(terminal, ask.get_next(message.body.number, 5)), count + 1
    assert isinstance(whole, Records)
    assert count > 3
    assert readings(whole.records[0]) == truth(meters, MIDNIGHT, MIDNIGHT + A_DAY - QUARTER)
    assert asked(terminal, ask.get_next(999, 5)).body.dar == 9


def test_a_long_answer_comes_in_link_fragments_each_acknowledged():
    meters = some_meters(1)
    terminal = a_terminal(meters, block_octets=None, fragment_octets=500)
    frame = parse_frame(ask.request_frame(ask.get_record(curve(meters), 5), TERMINAL))
    first = parse_frame(terminal.answer(frame).frames[0])
    assert first.control & 0x20
    message = asked(terminal, ask.get_record(curve(meters), 6))
    assert readings(message.body.records[0]) == truth(meters, MIDNIGHT, MIDNIGHT + A_DAY - QUARTER)


def test_what_the_terminal_has_not_read_yet_is_no_row():
    meters = some_meters(2)
    hourly = Store(every=timedelta(hours=1), after=timedelta(minutes=5))
    for minutes, rows in ((4, 5), (5, 9)):  # at 02:04 it has 00:00 to 01:00, at 02:05 to 02:00
        now = MIDNIGHT + timedelta(hours=2, minutes=minutes)
        message = asked(a_terminal(meters, now, hourly), ask.get_record(curve(meters)))
        assert len(message.body.records[0].rows) == 2 * rows


def test_what_the_terminal_missed_the_meter_still_has():
    meters = some_meters(20)
    missing = Store(missed_share=0.3, seed=1)
    terminal = a_terminal(meters, store=missing, block_octets=None)
    at_midday = curve(meters, FIRST + A_DAY / 2, FIRST + A_DAY / 2 + QUARTER)
    had = readings(asked(terminal, ask.get_record(at_midday)).body.records[0])
    assert 8 <= len(had) < 20
    lost = next(one for one in meters if one.address not in {address for address, *_ in had})
    record = proxied(terminal, lost, FIRST + A_DAY / 2, FIRST + A_DAY / 2 + QUARTER)
    assert [row[1].value for row in record.rows] == [
        lost.register("import", MIDNIGHT + A_DAY / 2) // 100
    ]


def proxied(
    terminal, meter, first, end, *, table=MINUTE_FREEZE, columns=None, step: int | None = 15
) -> Any:
    rows = ask.rows_between(first, end, step)
    table = RecordRequest(table, rows, columns or (FREEZE_TIME, "00100201", "00200201"))
    request = ask.proxy_get_record(ProxyGetRecord(30, meter_address(meter.address), table), 9)
    message = asked(terminal, request)
    assert is_answer(message, parse_apdu(request))
    return message.body.record


def test_a_meters_own_day_through_the_terminal_is_the_truth_both_ways_of_flow():
    meter = some_meters(7)[6]  # with a roof
    record = proxied(a_terminal([meter]), meter, FIRST, FIRST + A_DAY)
    expected = truth_points([meter], last=MIDNIGHT + A_DAY - QUARTER)
    for column, channel in ((1, "import"), (2, "export")):
        shown = [row[column].value * 100 for row in record.rows]
        assert shown == expected.filter(channel=channel)["counts"].to_list()
    assert [row[0].value.moment() for row in record.rows] == [
        FIRST + n * QUARTER for n in range(96)
    ]


def test_voltages_currents_and_powers_stand_in_the_rows_of_a_meter_that_measures():
    columns = ("20000200", "20010200", "20040200")
    for is_measuring in (True, False):
        meter = some_meters(5, is_measuring=is_measuring)[4]  # three phases
        record = proxied(a_terminal([meter]), meter, FIRST, FIRST + A_DAY, columns=columns)
        for row in record.rows:
            if not is_measuring:
                assert set(row) == {NULL}
                continue
            volts, amperes, watts = ([one.value for one in cell.value] for cell in row)
            assert [len(volts), len(amperes), len(watts)] == [3, 3, 4]
            assert watts[0] == sum(watts[1:])
            # 0.1 V × mA / 1000 is 0.1 W; currents are rounded to the milliampere.
            assert all(
                abs(v * a / 1000 - w) <= v * 0.5 / 1000 + 1e-9
                for v, a, w in zip(volts, amperes, watts[1:], strict=True)
            )


def test_attribute_4_shows_ten_thousandths():
    [meter] = some_meters(1)
    columns = (FREEZE_TIME, "00100401")
    record = proxied(a_terminal([meter]), meter, FIRST, FIRST + QUARTER, columns=columns)
    assert [row[1].value for row in record.rows] == [int(meter.counts["import"][0])]


def test_a_freeze_is_stamped_with_the_midnight_that_ended_the_day():
    [meter] = some_meters(1)
    columns = (FREEZE_TIME, "00100200", "00200200")
    [total] = truth_freezes([meter], last=MIDNIGHT + A_DAY)["counts"]
    record = proxied(
        a_terminal([meter]), meter, FIRST, FIRST + 2 * A_DAY, table=DAY_FREEZE, columns=columns,
        step=None,
    )  # fmt: skip
    assert [row[0].value.moment() for row in record.rows] == [FIRST + A_DAY]
    assert record.rows[0][1].value[0].value == total // 100
    assert len(record.rows[0][1].value) == 5
    stored = curve([meter], FIRST + A_DAY, FIRST + A_DAY + QUARTER,
                   (METER, STORED, Road(DAY_FREEZE, columns)))  # fmt: skip
    [rows] = asked(a_terminal([meter]), ask.get_record(stored)).body.records[0].rows
    assert rows[1].value.moment() == FIRST + A_DAY
    assert rows[2].value[1] == record.rows[0][1]


def test_rows_by_exact_time_and_the_last_one():
    [meter] = some_meters(1)
    at = ask.rows_between(FIRST + QUARTER, FIRST + QUARTER).start
    for selector, index in ((SelectEqual(FREEZE_TIME, at), 1), (SelectLast(1), 2 * 96 + 4)):
        table = RecordRequest(MINUTE_FREEZE, selector, ("00100201",))
        request = ProxyGetRecord(30, meter_address(meter.address), table)
        [[cell]] = asked(a_terminal([meter]), ask.proxy_get_record(request)).body.record.rows
        assert cell.value == meter.counts["import"][index] // 100


def test_a_time_without_power_leaves_no_rows_or_rows_without_values():
    [meter] = some_meters(1)
    cut = Cut(MIDNIGHT + QUARTER, MIDNIGHT + 2 * QUARTER)
    for leaves_empty, energies in ((False, [True, True]), (True, [True, False, False, True])):
        lost = with_cut(meter, cut._replace(leaves_empty=leaves_empty))
        terminal = a_terminal([lost])
        message = asked(terminal, ask.get_record(curve([lost], end=FIRST + 4 * QUARTER)))
        found = readings(message.body.records[0])
        assert [energy is not None for _, _, energy in found] == energies
        assert all(at is not None for _, at, _ in found)


def test_clocks_of_meters_and_of_the_terminal():
    right, wrong = some_meters(2)
    wrong = replace(wrong, drift=timedelta(minutes=7))
    terminal = a_terminal([right, wrong])
    targets = tuple(
        ProxyTarget(meter_address(one.address), 10, ("40000200",)) for one in (right, wrong)
    )
    body = asked(terminal, ask.proxy_get_list(ProxyGetList(30, targets), 3)).body
    clocks = [target.results[0].data.value.moment() for target in body.targets]
    assert clocks == [FIRST + 2 * A_DAY + timedelta(minutes=minutes) for minutes in (60, 67)]
    own = asked(terminal, ask.get("40000200")).body.results[0]
    assert own.data.value.moment() == clocks[0]


def test_meters_state_their_scalers():
    [meter] = some_meters(1)
    oads = ("00100300", "00100500", "20000300", "20010300")
    target = ProxyTarget(meter_address(meter.address), 10, oads)
    body = asked(a_terminal([meter]), ask.proxy_get_list(ProxyGetList(30, (target,)))).body
    assert [one.data.value for one in body.targets[0].results] == [
        ScalerUnit(-2, 33),
        ScalerUnit(-4, 33),
        ScalerUnit(-1, 38),
        ScalerUnit(-3, 36),
    ]


def test_a_meter_that_is_not_there_or_has_no_power_times_out():
    [meter] = some_meters(1)
    dark = with_cut(meter, Cut(LATER - QUARTER, LATER + QUARTER))
    for one, behind in ((meter, []), (dark, [dark])):
        record = proxied(a_terminal(behind), one, FIRST, FIRST + A_DAY)
        assert (record.rows, record.dar) == (None, 33)


def test_a_645_meter_is_asked_through_the_terminal_in_its_own_words():
    [meter] = some_meters(1, protocol="dlt645")
    line = Comdcb(6, 2, 8, 1, 0)
    command = ProxyCommand("F2010200", line, 10, 100, ask_645.read_data(meter.address, "00010000"))
    body = asked(a_terminal([meter]), ask.proxy_command(command, 7)).body
    answer = parse_645(body.octets)
    shown = Decimal(meter.register("import", LATER)) / 10_000
    assert answer.data[4:][::-1].hex() == f"{int(shown * 100):08d}"
    nobody = command._replace(octets=ask_645.read_data("000000000099", "00010000"))
    assert asked(a_terminal([meter]), ask.proxy_command(nobody, 7)).body.dar == 33


def test_a_long_answer_of_a_645_meter_is_fetched_through_the_terminal_piece_by_piece():
    [meter] = some_meters(1, protocol="dlt645")
    terminal, line = a_terminal([meter]), Comdcb(6, 2, 8, 1, 0)
    question, frames = ask_645.read_load_records(meter.address, records=10, start=FIRST), []
    while not frames or frames[-1].control & 0x20:
        command = ProxyCommand("F2010200", line, 10, 100, question)
        frames.append(parse_645(asked(terminal, ask.proxy_command(command)).body.octets))
        question = ask_645.read_follow_up(meter.address, ask_645.FROM_TIME, len(frames))
    records = parse_load_records(join_follow_ups(frames).data[4:])
    assert len(frames) > 1
    assert [one.recorded_at for one in records] == [FIRST + n * QUARTER for n in range(10)]


def test_time_tags_and_random_numbers_come_back_with_the_answer():
    [meter] = some_meters(1)
    tag = TimeTag(DateTimeS.of(FIRST), Ti(0, 30))
    assert asked(a_terminal([meter]), ask.get("40000200", 1, tag)).time_tag == tag
    secured = asked(a_terminal([meter]), ask.with_random(ask.get("40000200", 1), bytes(16)))
    assert secured.service == "SECURITY-Response"
    inner: Any = parse_apdu(secured.body.content)
    assert inner.body.results[0].data.tag == Tag.DATE_TIME_S


@pytest.mark.parametrize("apdu", ["060101F0010200", "0701014000", "FF"])
def test_what_does_not_read_is_answered_with_an_error(apdu):
    request = parse_frame(ask.request_frame(ask.get("40000200"), TERMINAL))
    [frame] = a_terminal([]).answer(request._replace(data=bytes.fromhex(apdu))).frames
    assert parse_apdu(parse_frame(frame).data).service == "ERROR-Response"


def test_a_terminal_dials_in_logs_in_and_is_asked_over_a_socket():
    meters = some_meters(2)

    async def run():
        async with Master698(lambda: LATER) as master:
            terminal = a_terminal(meters)
            pace = {"heartbeat_seconds": 0.1, "tick_seconds": 0.02}
            async with dialling([terminal], host="127.0.0.1", port=master.port, **pace):
                await asyncio.wait_for(master.dialled.wait(), 2)
                message = await master.ask(ask.get_record(curve(meters, end=FIRST + QUARTER), 5))
                assert terminal.is_logged_in
                await until(lambda: len(master.logins) > 2)
            return master.logins, message

    logins, message = asyncio.run(run())
    assert [login.kind for _, login in logins[:3]] == [0, 1, 1]
    assert logins[0][0] == TERMINAL
    assert logins[0][1].sent.moment() == FIRST + 2 * A_DAY + timedelta(hours=1)
    assert readings(message.body.records[0]) == truth(meters, MIDNIGHT, MIDNIGHT)


@pytest.mark.parametrize("fragment_octets", [None, 200])
def test_a_report_is_repeated_until_acknowledged_and_then_forgotten(fragment_octets):
    meters = some_meters(3)
    now = [MIDNIGHT + timedelta(minutes=20)]

    async def run():
        async with Master698(lambda: now[0]) as master:
            master.is_acknowledging = False
            terminal: Any = Terminal698(
                site(TERMINAL, meters, lambda: now[0], is_proxying=False),
                reports_since=MIDNIGHT,
                fragment_octets=fragment_octets,
            )
            pace = {"repeat_seconds": 0.05, "tick_seconds": 0.01}
            async with dialling([terminal], host="127.0.0.1", port=master.port, **pace):
                await until(lambda: len(master.reports) > 1)
                assert terminal.reports.acknowledged == []
                master.is_acknowledging = True
                now[0] += 2 * QUARTER
                await until(lambda: len(terminal.reports.acknowledged) == 9)
            return master.reports, terminal

    reports, terminal = asyncio.run(run())
    assert reports[0] == reports[1]  # the same, with the same number
    told = {one for report in reports for one in readings(report.body.records[0])}
    assert told == set(truth(meters, MIDNIGHT + QUARTER, MIDNIGHT + 3 * QUARTER))
    assert {(one.address, MIDNIGHT + n * QUARTER) for one in meters for n in (1, 2, 3)} == set(
        terminal.reports.acknowledged
    )
    left = asked(terminal, ask.get_record(curve(meters, end=FIRST + 4 * QUARTER), 5))
    assert [at for _, at, _ in readings(left.body.records[0])] == [FIRST] * 3
    assert proxied(terminal, meters[0], FIRST, FIRST + A_DAY).dar == 33
