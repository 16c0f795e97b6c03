"""What simulated terminals of both kinds say that they read, beside what they hold."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ingest.protocols.dlt698 import requests as ask_698
from ingest.protocols.dlt698.apdu import parse_apdu
from ingest.protocols.dlt698.link import parse_frame as parse_698
from ingest.protocols.dlt698.moments import DateTimeS
from ingest.protocols.dlt698.tasks import (
    DONE,
    RUNNING,
    TASK_PLANS,
    TASK_RUNS,
    TaskRun,
    read_task_plans,
    read_task_runs,
)
from ingest.protocols.dlt698.values import Ti
from ingest.protocols.gdw1376 import requests as ask_1376
from ingest.protocols.gdw1376.application import ACKNOWLEDGE, parse_application
from ingest.protocols.gdw1376.encoding import Terminal
from ingest.protocols.gdw1376.frame import parse_frame as parse_1376
from ingest.protocols.gdw1376.payloads import OWN_COUNT
from ingest.simulated.field.dlt698_terminal import Terminal698
from ingest.simulated.field.faults import Fault, Faults
from ingest.simulated.field.gdw1376_terminal import Terminal1376
from ingest.simulated.field.lasting import overcount_of
from ingest.simulated.field.meters import Cut, with_cut
from ingest.simulated.field.store import Store
from ingest.simulated.field.terminals import site
from tests.ingest.field.asking import A_DAY, LATER, MIDNIGHT, QUARTER, some_meters

OWN = Terminal("3301", 7)
TERMINAL = "000000000001"
MIDNIGHTS = MIDNIGHT + 2 * A_DAY
"""The midnight before LATER, 00:00 on 3 June."""
BEGAN, ENDED = DateTimeS(2025, 6, 3, 0, 2, 0), DateTimeS(2025, 6, 3, 0, 2, 5)


def runs(meters, now=LATER, **others) -> tuple[dict[int, TaskRun], Any]:
    """What a 698 terminal says of its tasks, and its answer."""
    terminal = Terminal698(site(TERMINAL, meters, lambda: now, **others))
    apdu = ask_698.get_list((TASK_RUNS, TASK_PLANS), 3)
    answer = terminal.answer(parse_698(ask_698.request_frame(apdu, TERMINAL)))
    assert answer is not None
    body: Any = parse_apdu(parse_698(answer.frames[0]).data).body
    told, plans = (result.data for result in body.results)
    assert read_task_plans(plans) == {1: Ti(3, 1), 2: Ti(1, 15)}
    return {run.task: run for run in read_task_runs(told)}, answer


def ports(meters, now=LATER, **others) -> tuple[Any, Any]:
    terminal = Terminal1376(site("330100007", meters, lambda: now, **others))
    request = ask_1376.read_now(OWN, 3, [(0, OWN_COUNT)])
    answer = terminal.answer(parse_1376(request))
    assert answer is not None
    frame = parse_1376(answer.frames[0])
    return parse_application(frame).units[0].values, frame


def test_both_kinds_count_the_meters_whose_freeze_of_the_midnight_they_hold():
    meters = some_meters(6)
    meters[4] = with_cut(meters[4], Cut(MIDNIGHTS - QUARTER, MIDNIGHTS + QUARTER))
    told, _ = runs(meters)
    assert told[1] == TaskRun(1, DONE, BEGAN, ENDED, 6, 5, 6, 5)
    values, _ = ports(meters)
    assert values == (31, 6, "00000010", 5, 0, BEGAN.moment(), ENDED.moment())


def test_what_a_terminal_missed_it_does_not_count_until_it_makes_it_good():
    missing = Store(missed_share=0.5, seed=4)
    told, _ = runs(some_meters(40), store=missing)
    held = sum(missing.has(one, MIDNIGHTS, LATER) for one in some_meters(40))
    assert told[1].read == held
    assert 10 < held < 30
    caught_up = replace(missing, catches_up_after=timedelta(minutes=30))
    assert ports(some_meters(40), store=caught_up)[0][3] == 40


def test_what_it_forgot_since_it_was_reported_it_has_read_all_the_same():
    store, meters = Store(), some_meters(3)
    store.forget((one.address, MIDNIGHTS) for one in meters)
    assert not store.has(meters[0], MIDNIGHTS, LATER)
    assert runs(meters, store=store)[0][1].read == 3


def test_a_run_under_way_has_no_end_yet_and_before_it_the_one_of_the_day_before_stands():
    begins = MIDNIGHTS + timedelta(minutes=2)
    told, _ = runs(some_meters(2), begins + timedelta(seconds=2))
    assert (told[1].state, told[1].began, told[1].ended) == (RUNNING, BEGAN, None)
    told, _ = runs(some_meters(2), begins - timedelta(seconds=1))
    assert told[1].began == BEGAN._replace(day=2)
    values, _ = ports(some_meters(2), begins + timedelta(seconds=2))
    assert (values[2], values[-1]) == ("00000001", None)


def test_curves_are_a_task_of_their_own_that_runs_every_quarter_of_an_hour():
    *quarterly, last = some_meters(3)
    told, _ = runs([*quarterly, replace(last, interval_minutes=60)])
    # LATER is 01:00: of 00:45 the hourly meter records nothing.
    assert (told[2].due, told[2].read) == (2, 2)
    assert told[2].began == DateTimeS(2025, 6, 3, 0, 47, 0)


def test_before_a_meter_has_seen_a_day_there_is_nothing_to_count():
    assert 1 not in runs(some_meters(2), MIDNIGHT + A_DAY - QUARTER)[0]
    _, frame = ports(some_meters(2), MIDNIGHT + A_DAY - QUARTER)
    assert frame.afn == ACKNOWLEDGE  # it denies


def test_a_terminal_that_overcounts_says_that_it_read_meters_that_are_not_there():
    told, answer = runs(some_meters(5), overcount=2)
    assert (told[1].due, told[1].read) == (7, 7)
    assert answer.shows == {Fault.OVERCOUNT}
    assert ports(some_meters(5), overcount=2)[0][1:4] == (7, "00000010", 7)


def test_who_overcounts_is_drawn_by_the_rate_and_the_seed():
    addresses = [f"{number:012d}" for number in range(1, 401)]
    some = [one for one in addresses if overcount_of(one, Faults(0.1, seed=1))]
    assert 20 < len(some) < 60
    assert not any(overcount_of(one, Faults(0.1, {Fault.DRIFT}, seed=1)) for one in addresses)
    assert {overcount_of(one, Faults(1.0, seed=1)) for one in addresses} == {1, 2, 3}
