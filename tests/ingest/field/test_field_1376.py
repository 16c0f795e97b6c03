import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ingest.protocols.dlt645 import requests as ask_645
from ingest.protocols.dlt645.frame import parse_frame as parse_645
from ingest.protocols.gdw1376 import requests as ask
from ingest.protocols.gdw1376.application import parse_application
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.forwarding import EVEN_2400, Forwarded, parse_forwarded
from ingest.protocols.gdw1376.frame import find_frames, parse_frame
from ingest.protocols.gdw1376.identifiers import EVERY_POINT
from ingest.simulated.field.dialling import dialling
from ingest.simulated.field.faults import Fault
from ingest.simulated.field.gdw1376_terminal import Terminal1376
from ingest.simulated.field.lines import hang_up
from ingest.simulated.field.meters import Cut, with_cut
from ingest.simulated.field.store import Store
from ingest.simulated.field.terminals import site
from ingest.simulated.field.truth import truth_freezes, truth_points
from tests.ingest.field.asking import A_DAY, LATER, MIDNIGHT, QUARTER, some_meters

FIRST = datetime(2025, 6, 1, tzinfo=UTC).replace(tzinfo=None)
QUARTER_PAST = FIRST + QUARTER
OWN = Terminal("3301", 7)


def a_terminal(meters, now=LATER, **others):
    return Terminal1376(site("330100007", meters, lambda: now, **others))


def asked(terminal, request) -> Any:
    """Frame and data units of the answer."""
    [octets] = terminal.answer(parse_frame(request)).frames
    frame = parse_frame(octets)
    return frame, parse_application(frame).units


def curve(units, first=QUARTER_PAST, points=96, number=3):
    return ask.read_curve(OWN, number, units, first=first, interval_minutes=15, point_count=points)


def test_a_days_register_curve_is_the_truth_both_ways_of_flow():
    meters = some_meters(7)
    frame, units = asked(a_terminal(meters), curve([(7, 101), (7, 103)]))
    assert frame.number == 3
    truth = truth_points(meters[6:], first=MIDNIGHT + QUARTER, last=MIDNIGHT + A_DAY)
    for unit, channel in zip(units, ("import", "export"), strict=True):
        shown = [value * 10_000 for value in unit.values]
        assert shown == truth.filter(channel=channel)["counts"].to_list()
        assert (unit.label, unit.point, unit.interval_minutes) == (QUARTER_PAST, 7, 15)


def test_every_point_asked_is_every_point_answered():
    _, units = asked(a_terminal(some_meters(3)), curve([(EVERY_POINT, 101)], points=1))
    assert [unit.point for unit in units] == [1, 2, 3]


def test_a_long_answer_comes_in_several_frames_cut_between_points():
    meters = some_meters(20)
    terminal = a_terminal(meters)
    answer: Any = terminal.answer(parse_frame(curve([(EVERY_POINT, 101)])))
    frames = [parse_frame(octets) for octets in answer.frames]
    # A point takes 4 + 7 + 96 × 4 = 395 octets: ten of them in a frame of at most 4,000.
    assert [(one.is_first, one.is_final) for one in frames] == [(True, False), (False, True)]
    units = [unit for one in frames for unit in parse_application(one).units]
    assert [unit.point for unit in units] == list(range(1, 21))
    one_by_one = [parse_frame(octets) for octets in answer.spoilt[Fault.FRAGMENTED]()]
    assert next(unit for one in one_by_one for unit in parse_application(one).units) == units[0]
    assert [one.is_first for one in one_by_one] == [True, *[False] * 19]
    assert [one.is_final for one in one_by_one] == [*[False] * 19, True]


def test_points_not_read_yet_or_lost_without_power_are_null():
    [meter] = some_meters(1)
    lost = with_cut(meter, Cut(MIDNIGHT + 2 * QUARTER, MIDNIGHT + 2 * QUARTER))
    early = a_terminal([lost], MIDNIGHT + timedelta(hours=1, minutes=5))  # 01:00 is read
    _, [unit] = asked(early, curve([(1, 101)], points=6))
    assert [value is None for value in unit.values] == [False, True, False, False, True, True]


def test_what_it_has_nothing_of_it_denies():
    terminal = a_terminal(some_meters(1))
    for request in (
        curve([(2, 101)]),  # no such point
        curve([(1, 101)], first=FIRST + 9 * A_DAY),
        ask.read_frozen(OWN, 3, [(1, 161)], date(2025, 6, 3)),  # the day has not ended
        ask.read_frozen(OWN, 3, [(1, 162)], date(2025, 6, 1)),  # not registered
    ):
        frame, [unit] = asked(terminal, request)
        assert (frame.afn, unit.function) == (0, 2)


def test_a_frozen_day_is_labelled_itself_and_holds_its_end():
    [meter] = some_meters(1)
    _, [unit] = asked(a_terminal([meter]), ask.read_frozen(OWN, 1, [(1, 161)], date(2025, 6, 1)))
    assert unit.label == date(2025, 6, 1)
    assert unit.closes_at == FIRST + A_DAY
    assert not unit.is_read_too_early
    [closes, _, _] = truth_freezes([meter])["counts"]
    assert unit.values[0] * 10_000 == closes
    assert len(unit.values) == 5


def test_voltages_currents_and_powers_stand_at_each_point_and_absent_phases_are_null():
    meters = some_meters(5, is_measuring=True)  # the fifth has three phases
    functions = [(5, 81), (5, 82), (5, 83), (5, 84), (5, 89), (5, 92)]
    _, units = asked(a_terminal(meters), curve(functions, points=4))
    total, *phases = (unit.values for unit in units[:4])
    for place in range(4):
        assert total[place] == sum(phase[place] for phase in phases)
        assert Decimal(215) <= units[4].values[place] <= Decimal(226)
    frame, _ = asked(a_terminal(meters), curve([(1, 89), (1, 90)], points=1))
    assert frame.afn == 0x0D
    assert [unit.values[0] is None for unit in parse_application(frame).units] == [False, True]


def test_a_terminals_clock_may_be_wrong():
    place = replace(a_terminal([]).site, drift=timedelta(minutes=3))
    _, [unit] = asked(Terminal1376(place), ask.read_now(OWN, 1, [(0, 2)]))
    assert unit.values == (FIRST + 2 * A_DAY + timedelta(hours=1, minutes=3),)


def test_a_645_frame_is_passed_on_and_no_bytes_come_back_from_nobody():
    [meter] = some_meters(1, protocol="dlt645")
    for address, function in ((meter.address, 0x91), ("000000000099", None)):
        inner = ask_645.read_data(address, "00010000")
        question = Forwarded(31, inner, EVEN_2400, 10_000, 100)
        _, [unit] = asked(a_terminal([meter]), ask.forward_reading(OWN, 4, question))
        answer = parse_forwarded(unit.rest, unit.offset, is_uplink=True).frame
        assert (parse_645(answer).control if answer else None) == function


def test_what_the_terminal_missed_is_null_though_the_meter_has_it():
    meters = some_meters(20)
    missing = a_terminal(meters, store=Store(missed_share=0.3, seed=2))
    _, units = asked(missing, curve([(EVERY_POINT, 101)], points=20))
    values = [value for unit in units for value in unit.values]
    assert 0.15 < sum(value is None for value in values) / len(values) < 0.45


def test_what_a_terminal_missed_it_makes_good_at_its_next_chance():
    meters = some_meters(20)
    at = MIDNIGHT + 2 * A_DAY
    for minutes, has_all in ((61, False), (62, True)):  # read at 00:02, and again at 01:02
        store = Store(missed_share=0.3, seed=2, catches_up_after=timedelta(hours=1))
        terminal = a_terminal(meters, at + timedelta(minutes=minutes), store=store)
        question = curve([(EVERY_POINT, 101)], first=FIRST + 2 * A_DAY, points=1)
        _, units = asked(terminal, question)
        assert (len(units) == 20) is has_all


def test_it_logs_in_over_a_socket_and_shows_that_it_lives():
    [meter] = some_meters(1)
    kinds, answers = [], []
    done = asyncio.Event()

    async def master(reader, writer):
        buffer = b""
        while arrived := await reader.read(65536):
            found, used = find_frames(buffer + arrived)
            buffer = (buffer + arrived)[used:]
            for frame in found:
                if frame.afn == 2:
                    kinds.append(parse_application(frame).units[0].function)
                    writer.write(ask.acknowledge(OWN, frame.number, afn=2))
                    if len(kinds) == 1:
                        writer.write(curve([(1, 101)]))
                else:
                    answers.append(frame)
            if len(kinds) > 2 and answers:
                done.set()
        await hang_up(writer)

    async def run():
        server = await asyncio.start_server(master, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        terminal = a_terminal([meter])
        pace = {"heartbeat_seconds": 0.05, "tick_seconds": 0.01}
        async with dialling([terminal], host="127.0.0.1", port=port, **pace):
            await asyncio.wait_for(done.wait(), 3)
            assert terminal.is_logged_in
        server.close()
        await asyncio.sleep(0.01)  # the master's side hangs up too

    asyncio.run(run())
    assert kinds[:3] == [1, 3, 3]
    assert len(parse_application(answers[0]).units[0].values) == 96
