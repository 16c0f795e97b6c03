"""The collection as planners ask about it: what came in time, what waits, which clocks are off."""

from contextlib import closing
from datetime import timedelta
from typing import get_args

import pytest

from queries.governance import collection_success as success
from queries.governance.clock_rate import clock_rate
from queries.governance.collection_glance import collection_glance
from queries.governance.collection_queue import collection_queue
from queries.governance.collection_success import collection_success
from queries.governance.collection_terminals import collection_terminals
from queries.governance.worst_clocks import worst_clocks
from queries.lake import open_lake
from queries.questions import answer, question_of
from queries.run import QuestionError
from queries.scope import EVERYTHING, Scope
from tests.governance.street_collected import CUT_OFF, DAY, LIMITS, street

ONE_DAY = {"first_day": DAY, "last_day": DAY}
NORTH = Scope("n", "planner", regions=frozenset({"north"}))
SOUTH = Scope("s", "planner", regions=frozenset({"south"}))
ANNA = Scope("anna", "customer", customer_ids=frozenset({"anna"}))


@pytest.fixture(scope="module")
def settings(new_lake, register):
    return street(new_lake(), register)


@pytest.fixture(scope="module")
def lake(settings):
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


def _row(found, **wanted):
    [row] = [r for r in found.rows(named=True) if wanted.items() <= r.items()]
    return row


def test_suspended_closed_and_dismounted_meters_are_not_due_and_check_meters_are(lake):
    row = _row(collection_success(lake, **ONE_DAY))
    assert row["due_meters"] == 6  # A, B, C, D, G, H2
    purposes = collection_success(lake, **ONE_DAY, group_by="purpose")
    assert dict(purposes.select("group_id", "due_meters").rows()) == {"check": 1, "settlement": 5}


def test_what_arrives_at_the_cut_off_is_in_time_and_a_minute_later_is_back_fill(lake):
    row = _row(collection_success(lake, **ONE_DAY))
    assert (row["on_time_meters"], row["arrived_meters"]) == (3, 4)  # A, B, G; and C
    assert (row["late_meters"], row["missing_meters"]) == (1, 2)
    assert (row["success_share"], row["backfilled_share"]) == (3 / 6, 4 / 6)


def test_the_cut_off_can_be_moved(lake):
    later = _row(collection_success(lake, **ONE_DAY, cut_off="08:01"))
    assert later["on_time_meters"] == 4
    earlier = _row(collection_success(lake, **ONE_DAY, cut_off="07:59"))
    assert earlier["on_time_meters"] == 2
    with pytest.raises(QuestionError, match="'8 am' is no time of day"):
        collection_success(lake, **ONE_DAY, cut_off="8 am")


def test_where_no_source_says_when_it_counts_when_it_was_received(lake):
    # G says nothing and was taken in at 04:00 in Shanghai.
    checks = collection_success(lake, **ONE_DAY, group_by="purpose", cut_off="03:59")
    assert _row(checks, group_id="check")["on_time_meters"] == 0
    checks = collection_success(lake, **ONE_DAY, group_by="purpose", cut_off="04:00")
    assert _row(checks, group_id="check")["on_time_meters"] == 1


def test_an_estimate_and_a_reading_of_noon_are_no_frozen_total(lake):
    south = _row(collection_success(lake, **ONE_DAY, group_by="region"), group_id="south")
    # C came late; D is estimated; H2 only showed something at noon.
    assert (south["due_meters"], south["on_time_meters"], south["arrived_meters"]) == (3, 0, 1)


def test_first_pass_counts_meters_the_queue_knows_and_the_others_apart(lake):
    row = _row(collection_success(lake, **ONE_DAY))
    # A at the first attempt, B at the third, D never; C's freeze, G and H2 were not asked for.
    assert (row["asked_meters"], row["first_pass_meters"], row["unasked_meters"]) == (3, 1, 3)
    assert row["first_pass_share"] == pytest.approx(1 / 3)
    north = _row(collection_success(lake, **ONE_DAY, group_by="purpose"), group_id="check")
    assert north["first_pass_share"] is None


def test_the_change_is_against_the_day_before_and_missing_without_one(lake):
    before = DAY - timedelta(days=1)
    first, second = collection_success(lake, first_day=before, last_day=DAY).rows(named=True)
    assert first["success_share"] == pytest.approx(1 / 6)  # A alone; H1 was still up
    assert first["success_change_share"] is None
    assert second["success_change_share"] == pytest.approx(3 / 6 - 1 / 6)


@pytest.mark.parametrize("kind", get_args(success.Grouping))
def test_groups_add_up_to_all_meters(lake, kind):
    counts = ["due_meters", "on_time_meters", "arrived_meters", "asked_meters"]
    found = collection_success(lake, **ONE_DAY, group_by=kind)
    assert found.select(counts).sum().row(0) == (6, 3, 4, 3)


def test_terminals_and_protocols_are_what_the_queue_says(lake):
    terminals = collection_success(lake, **ONE_DAY, group_by="terminal")
    due = dict(terminals.select("group_id", "due_meters").rows())
    assert due == {"000000000001": 2, "000000000002": 2, None: 2}
    protocols = collection_success(lake, **ONE_DAY, group_by="protocol")
    due = dict(protocols.select("group_id", "due_meters").rows())
    assert due == {"DL/T 645-2007": 2, "DL/T 698.45": 2, None: 2}


def test_regions_and_areas_come_with_their_names(lake):
    regions = collection_success(lake, **ONE_DAY, group_by="region")
    assert regions["name_en"].to_list() == ["North", "South"]
    areas = collection_success(lake, **ONE_DAY, group_by="transformer", region_id="south")
    assert areas.select("group_id", "name").rows() == [("T2", "二号台区")]


@pytest.mark.parametrize(("scope", "due"), [(NORTH, 3), (SOUTH, 3), (ANNA, 1)])
def test_everybody_counts_only_meters_in_sight(settings, scope, due):
    found = answer(question_of(collection_success), settings, scope, **ONE_DAY)
    assert found["due_meters"].to_list() == [due]


def test_an_unknown_grouping_is_refused_with_those_there_are(lake):
    with pytest.raises(QuestionError, match="'moon' is none of all, region"):
        collection_success(lake, **ONE_DAY, group_by="moon")


def test_the_queue_begins_with_what_is_missing_longest_and_says_how_much_there_is(lake):
    found = collection_queue(lake, now=CUT_OFF, most_rows=1)
    [row] = found.rows(named=True)
    assert (row["meter_id"], row["age_hours"], row["state"]) == ("D", 50.0, "given_up")
    assert row["next_attempt_at"] is None
    assert row["missing_tasks"] == 2
    assert row["transformer_id"] == "T2"


def test_the_queue_is_cut_by_kind_state_reason_and_region(lake):
    def meters(**cut):
        return collection_queue(lake, now=CUT_OFF, **cut)["meter_id"].to_list()

    assert meters() == ["D", "C"]
    assert meters(kind="curve") == meters(state="open") == ["C"]
    assert meters(reason="timeout", region_id="city") == ["D", "C"]
    assert meters(reason="checksum") == meters(region_id="north") == []


@pytest.mark.parametrize(("scope", "meters"), [(NORTH, []), (SOUTH, ["D", "C"]), (ANNA, [])])
def test_nobody_sees_the_queue_of_other_regions(settings, scope, meters):
    found = answer(question_of(collection_queue), settings, scope, now=CUT_OFF)
    assert found["meter_id"].to_list() == meters


def test_terminals_offline_come_first_with_the_meters_behind_them(lake):
    found = collection_terminals(lake)
    assert found.select("terminal", "is_online", "meters", "missing_meters").rows() == [
        ("000000000002", False, 2, 2),
        ("000000000001", True, 2, 0),
    ]
    assert found["protocol"].to_list() == ["Q/GDW 376.1", "DL/T 698.45"]
    assert found["heard_at"].to_list() == [None, CUT_OFF]


@pytest.mark.parametrize(("scope", "mine"), [(NORTH, "000000000001"), (SOUTH, "000000000002")])
def test_a_region_sees_the_terminals_that_read_its_meters(settings, scope, mine):
    found = answer(question_of(collection_terminals), settings, scope)
    assert found["terminal"].to_list() == [mine]
    glance = answer(question_of(collection_glance), settings, scope).row(0, named=True)
    assert glance["terminals"] == 1


def test_the_glance_counts_what_waits_and_who_is_online(lake):
    row = collection_glance(lake).row(0, named=True)
    assert (row["collectors"], row["meters"], row["missing_meters"]) == (1, 4, 2)
    assert (row["open_tasks"], row["given_up_tasks"]) == (1, 1)
    assert row["missing_since"] == CUT_OFF - timedelta(hours=50)
    assert (row["online_share"], row["last_day"]) == (0.5, DAY)
    north = collection_glance(lake, region_id="north").row(0, named=True)
    assert (north["meters"], north["missing_meters"], north["online_share"]) == (2, 0, 1.0)


def test_without_a_database_nothing_was_collected_and_none_is_made(new_lake):
    settings = new_lake()
    row = answer(question_of(collection_glance), settings, EVERYTHING).row(0, named=True)
    assert (row["collectors"], row["meters"], row["online_share"]) == (0, 0, None)
    assert answer(question_of(collection_queue), settings, EVERYTHING, now=CUT_OFF).is_empty()
    assert not (settings.data / "fenggu.sqlite").exists()


def test_a_clock_at_its_limit_is_right_and_only_the_last_reading_counts(lake):
    rates = {row["kind"]: row for row in clock_rate(lake, last_day=DAY, **LIMITS).rows(named=True)}
    # A 60 s fast is within 60 s, B 61 s slow is not, C was set right since.
    assert (rates["meter"]["read_devices"], rates["meter"]["within_devices"]) == (3, 2)
    assert rates["terminal"]["within_share"] == 0.5  # 30 s slow, and 31 s fast
    before = clock_rate(lake, last_day=DAY - timedelta(days=1), **LIMITS)
    assert before.select("kind", "within_devices").rows() == [("meter", 0)]


def test_the_worst_clock_comes_first(lake):
    worst = worst_clocks(lake, last_day=DAY, most_rows=2, **LIMITS)
    assert worst.select("device_id", "drift_seconds").rows() == [("B", -61.0), ("A", 60.0)]


@pytest.mark.parametrize(
    ("scope", "devices"),
    [(NORTH, {"A", "B"}), (SOUTH, {"C"}), (ANNA, {"A"})],
)
def test_nobody_sees_meter_clocks_of_other_regions(settings, scope, devices):
    found = answer(question_of(worst_clocks), settings, scope, last_day=DAY, **LIMITS)
    assert set(found["device_id"]) == devices


def test_a_region_asked_for_brings_the_terminals_that_read_its_meters(lake):
    found = worst_clocks(lake, last_day=DAY, region_id="south", **LIMITS)
    assert set(found["device_id"]) == {"C", "000000000002"}
