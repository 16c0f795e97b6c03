import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ingest.protocols.dlt645 import requests as ask
from ingest.protocols.dlt645.decode import decode
from ingest.protocols.dlt645.follow_ups import join_follow_ups
from ingest.protocols.dlt645.frame import encode_answer, parse_frame
from ingest.protocols.dlt645.load_record import parse_load_records
from ingest.simulated.field.dlt645_bus import Bus645
from ingest.simulated.field.faults import Fault
from ingest.simulated.field.lines import hang_up, serving_gateway
from ingest.simulated.field.meters import Cut, with_cut
from ingest.simulated.field.truth import truth_freezes, truth_points
from tests.ingest.field.asking import (
    A_DAY,
    LATER,
    MIDNIGHT,
    QUARTER,
    at_noon_of_the_third_day,
    frames_645,
    some_meters,
)

FIRST = datetime(2025, 6, 1, tzinfo=UTC).replace(tzinfo=None)  # local


def a_bus(*meters, now=LATER) -> Any:
    return Bus645([replace(one, protocol="dlt645") for one in meters], lambda: now)


def said(bus, request):
    [frame] = bus.answer(parse_frame(request)).frames
    return parse_frame(frame)


def records_of(bus, address, start, count=10) -> Any:
    """The records of one question, its follow-ups asked for."""
    frames = [said(bus, ask.read_load_records(address, records=count, start=start))]
    while frames[-1].control & 0x20:
        follow_up = ask.read_follow_up(address, ask.FROM_TIME, len(frames))
        frames.append(said(bus, follow_up))
    return parse_load_records(join_follow_ups(frames).data[4:]), len(frames)


def test_a_days_load_records_asked_ten_at_a_time_are_the_truth():
    for meter in some_meters(7, is_measuring=True):
        bus, found, start = a_bus(meter), [], FIRST
        while start <= FIRST + A_DAY:
            records, frames = records_of(bus, meter.address, start)
            assert len(records) == 10
            assert frames > 1  # ten records do not fit one frame
            found += records
            start = records[-1].recorded_at + QUARTER
        truth = truth_points([meter], last=MIDNIGHT + A_DAY)
        for channel, identifier in (("import", "00010000"), ("export", "00020000")):
            shown = {one.recorded_at: one.values[identifier] for one in found}
            expected = truth.filter(channel=channel)
            for at, counts in zip(expected["at"], expected["counts"], strict=True):
                assert shown[meter.local(at)] == Decimal(counts) / 10_000


def test_a_question_about_the_future_gets_no_record():
    [meter] = some_meters(1)
    assert records_of(a_bus(meter), meter.address, FIRST + 3 * A_DAY) == ((), 1)


def test_records_of_a_time_without_power_are_missing_or_empty():
    [meter] = some_meters(1)
    lost = Cut(MIDNIGHT + 2 * QUARTER, MIDNIGHT + 40 * QUARTER)
    records, _ = records_of(a_bus(with_cut(meter, lost)), meter.address, FIRST, 3)
    assert [one.recorded_at for one in records] == [FIRST + n * QUARTER for n in (0, 1, 41)]
    empty = with_cut(meter, lost._replace(leaves_empty=True))
    records, _ = records_of(a_bus(empty), meter.address, FIRST, 3)
    assert [one.recorded_at for one in records] == [FIRST + n * QUARTER for n in (0, 1, 2)]
    assert set(records[2].values.values()) == {None}


def test_the_freezes_of_the_last_days_are_the_truth_and_older_ones_are_not_there():
    [meter] = some_meters(1)
    bus = a_bus(meter)
    freezes = truth_freezes([meter])["counts"].to_list()
    for back, day in ((1, 2), (2, 1)):
        stamp = values_of(bus, f"050600{back:02X}", meter)[0]
        total, *tariffs = values_of(bus, f"050601{back:02X}", meter)
        assert stamp == FIRST + day * A_DAY  # 00:00 of the day after
        assert total == Decimal(freezes[day - 1]) / 10_000
        assert Decimal(0) <= total - sum(tariffs) < Decimal("0.04")
    assert values_of(bus, "05060003", meter)[0] is None
    assert said(bus, ask.read_data(meter.address, "0506003F")).control == 0xD1


def values_of(bus, identifier, meter) -> Any:
    [frame] = bus.answer(parse_frame(ask.read_data(meter.address, identifier))).frames
    return [field.value for field in decode(frame).fields]


def test_what_a_meter_measures_and_what_phases_it_has_not():
    meter = some_meters(5)[4]  # a shop, three phases
    single = some_meters(1)[0]
    three, one = (a_bus(m, now=at_noon_of_the_third_day()) for m in (meter, single))
    volts = values_of(three, "0201FF00", meter)
    assert all(Decimal(215) <= v <= Decimal(226) for v in volts)
    total, *phases = values_of(three, "0203FF00", meter)
    assert total == sum(phases) > 0
    assert values_of(one, "0202FF00", single)[1:] == [None, None]


def test_a_wrong_clock_says_so_in_date_and_time():
    [meter] = some_meters(1)
    wrong = replace(meter, drift=timedelta(minutes=-61))
    bus = a_bus(wrong)  # 01:00 of 3 June
    assert values_of(bus, "04000101", wrong) == [Decimal(1), date(2025, 6, 2)]  # a Monday
    assert f"{values_of(bus, '04000102', wrong)[0]}" == "23:59:00"
    answer = bus.answer(parse_frame(ask.read_data(wrong.address, "04000102")))
    assert answer.shows == {Fault.DRIFT}


def test_an_unknown_identifier_is_refused_as_no_such_data():
    [meter] = some_meters(1)
    refused = said(a_bus(meter), ask.read_data(meter.address, "04999999"))
    assert (refused.control, refused.data) == (0xD1, b"\x02")


def test_a_lone_meter_answers_to_the_wildcard_and_several_do_not():
    one, two = some_meters(2)
    assert said(a_bus(one), ask.read_address()).address == one.address
    assert a_bus(one, two).answer(parse_frame(ask.read_address())) is None


@pytest.mark.parametrize("control", [0x08, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1C])
def test_to_whatever_does_not_read_a_meter_keeps_silent(control):
    [meter] = some_meters(1)
    read = parse_frame(ask.read_data(meter.address, "00010000"))
    assert a_bus(meter).answer(read) is not None
    assert a_bus(meter).answer(read._replace(control=control)) is None


def test_a_meter_without_power_and_an_answer_are_met_with_silence():
    [meter] = some_meters(1)
    dark = with_cut(meter, Cut(LATER - QUARTER, LATER + QUARTER))
    read = parse_frame(ask.read_data(meter.address, "00010000"))
    assert a_bus(dark).answer(read) is None
    function = ask.ReadFunction.DATA
    assert a_bus(meter).answer(parse_frame(encode_answer(function, meter.address, b"1234"))) is None


def test_a_gateway_serves_its_meters_over_a_socket_one_after_another():
    meters = some_meters(3, protocol="dlt645")

    async def run():
        async with serving_gateway(meters, lambda: LATER) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            found = []
            for meter in meters:
                writer.write(ask.read_data(meter.address, "00010000"))
                found += await frames_645(reader)
            await hang_up(writer)
            return found

    for frame, meter in zip(asyncio.run(run()), meters, strict=True):
        shown = Decimal(meter.register("import", LATER)) / 10_000
        assert (frame.address, frame.control) == (meter.address, 0x91)
        assert frame.data[4:][::-1].hex() == f"{int(shown * 100):08d}"
