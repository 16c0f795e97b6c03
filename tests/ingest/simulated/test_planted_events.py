"""Events of meters: traces, outages and false alarms."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from ingest.simulated.planted.events import EVENTS, events
from ingest.simulated.planted.metering import plan_metering, registered
from ingest.simulated.planted.theft import draw_theft
from queries.schema import METER_EVENTS
from tests.ingest.simulated.by_hand import YEAR, evenly, planted, premise, premises, setting

SETTING = setting()
DAY = 96


def raised(things, number=0, outages=(), wh=100):
    """The events of a restaurant's meter through which the same energy flows all year."""
    one = premise(number)
    shown = registered(evenly(wh), one, things, SETTING)
    return events(one, things, outages, shown, SETTING)


def with_code(code, things, **given):
    """Those events of 30 meters with the same thing planted."""
    found = pl.concat(raised(things, number, **given) for number in range(30))
    return found.filter(pl.col("event_code") == code)


def test_events_have_the_columns_of_meter_events():
    assert set(EVENTS) == set(METER_EVENTS.names) - {"meter_id", "batch_id", "received_at"}
    assert raised(()).schema == EVENTS


def test_an_outage_is_a_power_off_from_its_start_to_its_end():
    found = with_code("3011", (), outages=[(1000, 1012)])
    assert found.height > 25
    assert set(found["occurred_at"]) == {YEAR.instant(1000)}
    assert set(found["ended_at"]) == {YEAR.instant(1012)}


def test_a_meter_is_not_replaced_by_an_own_one_without_opening_its_cover():
    thing = planted("replaced_meter", 5000, 20_000, 0.5)
    found = with_code("301B", (thing,)).filter(pl.col("occurred_at") == YEAR.instant(5000))
    assert found.height == 30


def test_magnets_are_noticed_on_some_of_their_days():
    thing = draw_theft("magnet_days", premise(3), SETTING)[0]
    found = with_code("302A", (thing,))
    days = {(at - YEAR.instant(0)).days for at in found["occurred_at"]}
    noticed = days & set(thing.detail["days"])
    assert len(noticed) > 10
    # The rest are false alarms: one meter in a hundred a year.
    assert len(days - noticed) < 5


@pytest.mark.parametrize(
    ("kind", "code"),
    [("lost_voltage", "3000"), ("lost_phase", "3003"), ("reversed_ct", "3007")],
)
def test_a_fault_of_a_phase_is_reported_with_its_phase(kind, code):
    thing = planted(kind, 5000, 9000, 0.4, phase="B")
    found = with_code(code, (thing,)).filter(pl.col("occurred_at") == YEAR.instant(5000))
    assert 20 < found.height <= 30
    assert set(found["ended_at"]) == {YEAR.instant(9000)}
    assert set(found["detail"]) == {'{"phase": "B"}'}


def test_what_lasts_has_no_end_yet():
    thing = planted("lost_phase", 5000, YEAR.slots, 0.4, phase="B")
    found = with_code("3003", (thing,)).filter(pl.col("occurred_at") == YEAR.instant(5000))
    assert found["ended_at"].is_null().all()


def test_a_drifting_clock_is_reported_when_it_is_five_minutes_off():
    thing = planted("drift", 0, YEAR.slots, -2.5, offset_minutes=0.0)
    found = with_code("3105", (thing,)).filter(pl.col("ended_at").is_null())
    two_months = YEAR.instant(0) + timedelta(days=2 * 365.25 / 12)
    assert found.height > 15
    assert set(found["occurred_at"]) == {two_months}


def test_where_nothing_flows_a_fault_is_not_noticed():
    thing = planted("stopped", 0, YEAR.slots, 0.0)
    assert with_code("310E", (thing,)).height > 10
    assert with_code("310E", (thing,), wh=0).is_empty()


def test_not_every_theft_leaves_a_trace_and_not_every_trace_is_of_a_theft():
    silent, alarms = 0, 0
    all_premises = premises(600)
    plan = plan_metering(all_premises, SETTING)
    for one in all_premises:
        things = plan.get(one.number, ())
        found = events(one, things, (), registered(evenly(100), one, things, SETTING), SETTING)
        keys = found.select("usage_point_id", "event_code", "occurred_at")
        assert keys.is_unique().all()
        assert found["occurred_at"].is_sorted()
        if any(thing.group == "theft" for thing in things):
            silent += found.is_empty()
        elif not things:
            alarms += found.height
    assert 3 < silent < 18
    assert 20 < alarms < 90


def test_events_of_a_meter_do_not_depend_on_the_others():
    alone = raised((planted("reversed_ct", 5000, 9000, 0.4, phase="A"),), 7)
    with_code("3007", (planted("reversed_ct", 5000, 9000, 0.4, phase="A"),))
    again = raised((planted("reversed_ct", 5000, 9000, 0.4, phase="A"),), 7)
    assert alone.equals(again)


def test_events_lie_within_the_span():
    for number in range(40):
        thing = draw_theft("magnet_days", premise(number), SETTING)[0]
        found = raised((thing,), number)
        slots = (found["occurred_at"] - YEAR.instant(0)).dt.total_seconds().to_numpy() / 900
        assert np.all((slots >= 0) & (slots < YEAR.slots))
