"""Demand response in the records: programmes, enrolments, events, answers, and who sees them."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.records.accounts import create_account
from ingest.records.answer_list import Problem
from ingest.records.audit import verify_chain
from ingest.records.engine import SYSTEM, Actor, change, upgrade
from ingest.records.response_enrolments import Enrolment, end_enrolment, enrol
from ingest.records.response_events import (
    call_event,
    cancel_event,
    mark_settled,
    plan_event,
    record_answer,
)
from ingest.records.response_files import (
    read_enrolments,
    read_hours,
    read_past_events,
)
from ingest.records.response_past_events import take_over_events
from ingest.records.response_programmes import ResponseError, change_programme, create_programme
from ingest.simulated.arrival import BESIDE
from pages.event_sample import event_sample
from queries.demand.event_settled import event_settled
from queries.demand.response_availability import Availability, hours_text
from queries.demand.response_programme import ProgrammeError, Terms, read_terms
from queries.demand.response_records import calls, enrolments, events, programmes
from queries.lake import open_lake
from queries.records import audit_lines
from queries.scope import EVERYTHING, Scope

PLANNER = Actor("li", "planner")
ANNA, BERT = Actor("anna", "customer"), Actor("bert", "customer")
BEGIN = datetime(2025, 7, 10, 7, tzinfo=UTC)  # 15:00 in Shanghai
END = BEGIN + timedelta(hours=2)
DAY_BEFORE = BEGIN - timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def place(new_lake, register):
    made = new_lake()
    register(
        made,
        regions=[{"region_id": "north"}, {"region_id": "south"}],
        customers=[{"customer_id": "A"}, {"customer_id": "B"}],
        usage_points=[
            {"usage_point_id": "PA", "customer_id": "A", "region_id": "north"},
            {"usage_point_id": "PB", "customer_id": "B", "region_id": "south"},
        ],
    )
    engine = upgrade(made)
    create_account(engine, SYSTEM, "anna", role="customer", customer_ids=["A"])
    create_account(engine, SYSTEM, "bert", role="customer", customer_ids=["B"])
    return made, engine


def member(point: str, **changed: object) -> Enrolment:
    usual: dict[str, object] = {
        "usage_point_id": point,
        "customer_id": point[1:],
        "first_day": date(2025, 1, 1),
        "accepted_on": date(2024, 12, 1),
        "agreed_reduction_kw": 10.0,
    }
    return Enrolment(**(usual | changed))  # pyright: ignore[reportArgumentType]


def programme(engine, **terms) -> str:
    return create_programme(engine, PLANNER, name="夏季需求响应", terms=Terms(**terms))


def to_call(lake) -> pl.DataFrame:
    found = enrolments(lake)
    return found.select("usage_point_id", "customer_id", "enrolment_id", planned_kw=pl.lit(8.0))


def planned(place, **changed) -> tuple[str, str]:
    """A programme with both enrolled, and a planned event of theirs: the ids."""
    made, engine = place
    programme_id = programme(engine)
    enrol(engine, PLANNER, programme_id, [member("PA"), member("PB")])
    event: dict = {
        "programme_id": programme_id,
        "starts_at": BEGIN,
        "ends_at": END,
        "reason": "heat",
        "target_kw": 15.0,
        "plan": {"mip_gap": 0.0},
        "calls": to_call(open_lake(made, EVERYTHING)),
    }
    return programme_id, plan_event(engine, PLANNER, **(event | changed))


def reason_of(call, *arguments, **named) -> str:
    with pytest.raises(ResponseError) as caught:
        call(*arguments, **named)
    return caught.value.reason


def test_a_programme_keeps_its_terms_and_every_change_leaves_them_in_the_audit(place):
    made, engine = place
    identifier = programme(engine, price_cny_per_kwh=Decimal("2.50"), notice_minutes=60)
    assert change_programme(engine, PLANNER, identifier, version=1, terms={"notice_minutes": 90})
    assert change_programme(engine, PLANNER, identifier, version=2, is_closed=True) == 3
    row = programmes(open_lake(made, EVERYTHING)).row(0, named=True)
    assert (row["state"], row["version"]) == ("closed", 3)
    assert read_terms(row["terms"]).notice_minutes == 90
    told = [json.loads(detail)["terms"] for detail in audit_lines(engine, last=3)["detail"]]
    assert [terms["notice_minutes"] for terms in told] == [90, 90, 60]
    assert told[-1]["price_cny_per_kwh"] == "2.50"
    assert verify_chain(engine) is None


def test_a_programme_cannot_be_changed_unseen_or_hold_what_is_no_term(place):
    _, engine = place
    identifier = programme(engine)
    assert reason_of(change_programme, engine, PLANNER, identifier, version=7) == "changed"
    assert reason_of(change_programme, engine, PLANNER, "x", version=1) == "gone"
    assert reason_of(create_programme, engine, PLANNER, name=" ", terms={}) == "name"
    assert reason_of(programme, engine) == "taken"
    for other in (ANNA, Actor("desk", "service_desk")):
        assert reason_of(create_programme, engine, other, name="x", terms={}) == "not_yours"
    for wrong in ({"least_share": 2}, {"baseline_rule": "none"}, {"prize": 1}):
        with pytest.raises(ProgrammeError):
            create_programme(engine, PLANNER, name="x", terms=wrong)


def test_nobody_takes_part_twice_on_one_day(place):
    made, engine = place
    identifier = programme(engine)
    first = member("PA", last_day=date(2025, 5, 31))
    [enrolled] = enrol(engine, PLANNER, identifier, [first])
    again = member("PA", first_day=date(2025, 5, 31))
    assert reason_of(enrol, engine, PLANNER, identifier, [again]) == "overlap"
    end_enrolment(engine, PLANNER, enrolled, last_day=date(2025, 5, 30))
    enrol(engine, PLANNER, identifier, [again])
    days = enrolments(open_lake(made, EVERYTHING)).select("first_day", "last_day").rows()
    assert days == [(date(2025, 1, 1), date(2025, 5, 30)), (date(2025, 5, 31), None)]
    assert reason_of(enrol, engine, PLANNER, identifier, [member("PB", channel="fax")]) == "channel"
    assert reason_of(enrol, engine, PLANNER, identifier, []) == "nobody"
    change_programme(engine, PLANNER, identifier, version=1, is_closed=True)
    assert reason_of(enrol, engine, PLANNER, identifier, [member("PB")]) == "closed"


def test_an_event_is_planned_called_answered_and_settled(place):
    made, engine = place
    _, event = planned(place)
    assert call_event(engine, PLANNER, event, version=1, called_at=DAY_BEFORE) == 2
    said = {"answered_at": DAY_BEFORE, "answered_by": "VEN-A"}
    assert record_answer(engine, SYSTEM, event, "PA", answer="opt_in", reply_kw=9.0, **said)
    lake = open_lake(made, EVERYTHING)
    row = events(lake).row(0, named=True)
    assert (row["state"], row["starts_at"], row["called_at"]) == ("called", BEGIN, DAY_BEFORE)
    answers = calls(lake, event).select("usage_point_id", "planned_kw", "answer", "reply_kw")
    assert answers.rows() == [("PA", 8.0, "opt_in", 9.0), ("PB", 8.0, None, None)]
    with change(engine, PLANNER, "settle", subject=("event", event)) as connection:
        mark_settled(connection, event)
    assert events(lake)["state"].to_list() == ["settled"]
    assert reason_of(cancel_event, engine, PLANNER, event, version=3) == "state"
    assert verify_chain(engine) is None


def test_the_latest_answer_counts_in_whatever_order_answers_arrive(place):
    made, engine = place
    _, event = planned(place)
    call_event(engine, PLANNER, event, version=1, called_at=DAY_BEFORE)
    later = {"answered_at": DAY_BEFORE + timedelta(hours=2), "answered_by": "phone"}
    earlier = {"answered_at": DAY_BEFORE + timedelta(hours=1), "answered_by": "phone"}
    assert record_answer(engine, PLANNER, event, "PA", answer="opt_out", **later)
    assert not record_answer(engine, PLANNER, event, "PA", answer="opt_in", **earlier)
    assert calls(open_lake(made, EVERYTHING), event)["answer"].to_list() == ["opt_out", None]
    over = {"answered_at": END, "answered_by": "phone"}
    assert reason_of(record_answer, engine, PLANNER, event, "PA", answer="opt_in", **over) == "over"
    said = {"answer": "maybe", **later}
    assert reason_of(record_answer, engine, PLANNER, event, "PA", **said) == "answer"


def test_a_customer_answers_for_itself_only(place):
    _, engine = place
    _, event = planned(place)
    call_event(engine, PLANNER, event, version=1, called_at=DAY_BEFORE)
    said = {"answer": "opt_in", "answered_at": DAY_BEFORE, "answered_by": "anna"}
    assert record_answer(engine, ANNA, event, "PA", **said)
    assert reason_of(record_answer, engine, BERT, event, "PA", **said) == "member"
    assert reason_of(record_answer, engine, PLANNER, event, "PX", **said) == "member"


def test_an_event_that_comes_too_late_or_calls_somebody_twice_at_once_is_not_called(place):
    made, engine = place
    programme_id, event = planned(place)
    late = BEGIN - timedelta(minutes=119)
    assert reason_of(call_event, engine, PLANNER, event, version=1, called_at=late) == "notice"
    in_time = BEGIN - timedelta(minutes=120)
    call_event(engine, PLANNER, event, version=1, called_at=in_time)
    same_hours = {
        "programme_id": programme_id,
        "starts_at": BEGIN + timedelta(hours=1),
        "ends_at": END + timedelta(hours=1),
        "reason": "heat",
        "target_kw": None,
        "plan": {},
        "calls": to_call(open_lake(made, EVERYTHING)).head(1),
    }
    second = plan_event(engine, PLANNER, **same_hours)
    assert reason_of(call_event, engine, PLANNER, second, version=1, called_at=in_time) == "busy"
    cancel_event(engine, PLANNER, event, version=2)
    assert call_event(engine, PLANNER, second, version=1, called_at=in_time) == 2


def test_what_is_no_event_is_not_kept(place):
    made, engine = place
    programme_id, event = planned(place)
    assert reason_of(call_event, engine, PLANNER, event, version=2, called_at=DAY_BEFORE)
    right = {
        "programme_id": programme_id,
        "starts_at": BEGIN,
        "ends_at": END,
        "reason": "heat",
        "target_kw": 1.0,
        "plan": {},
        "calls": to_call(open_lake(made, EVERYTHING)),
    }
    wrong = {
        "hours": {"ends_at": BEGIN},
        "length": {"ends_at": BEGIN + timedelta(hours=5)},
        "reason": {"reason": "whim"},
        "target": {"target_kw": 0.0},
        "nobody": {"calls": right["calls"].clear()},
        "member": {"calls": right["calls"].with_columns(customer_id=pl.lit("B"))},
    }
    for reason, changed in wrong.items():
        assert reason_of(plan_event, engine, PLANNER, **(right | changed)) == reason
    off = {"starts_at": BEGIN + timedelta(minutes=7)}
    assert reason_of(plan_event, engine, PLANNER, **(right | off)) == "hours"


def test_a_region_sees_its_own_calls_and_a_customer_its_own_events_without_the_plan(place):
    made, _ = place
    _, event = planned(place)
    north = open_lake(made, Scope("n", "planner", regions=frozenset({"north"})))
    assert enrolments(north)["usage_point_id"].to_list() == ["PA"]
    assert calls(north)["usage_point_id"].to_list() == ["PA"]
    assert events(north)["target_kw"].to_list() == [15.0]
    anna = open_lake(made, Scope("anna", "customer", customer_ids=frozenset({"A"})))
    assert calls(anna)["usage_point_id"].to_list() == ["PA"]
    assert programmes(anna).height == 1
    assert events(anna).select("event_id", "plan", "target_kw").rows() == [(event, "{}", None)]
    nobody = open_lake(made, Scope("c", "customer", customer_ids=frozenset({"C"})))
    for read in (programmes, enrolments, events, calls):
        assert read(nobody).is_empty()


POINTS = pl.DataFrame({"usage_point_id": ["PA", "PB", "PC"], "customer_id": ["A", "B", None]})
LIST = """usage_point_id,first_day,last_day,agreed_reduction_kw,accepted_on,channel,workday_hours
PA,2025-01-01,,12.5,2024-12-01,openadr,08:00-12:00 14:00-18:00
PC,2025-01-01,,,,,
PB,gestern,,,,,
PB,2025-01-01,2024-01-01,,,,
PB,2025-01-01,,-1,,,
PB,2025-01-01,,,,fax,
PB,2025-01-01,,,,,25:00-26:00

PA,2025-01-01,,,,,
"""


def test_a_list_of_enrolments_is_read_line_by_line():
    found, problems = read_enrolments(LIST, POINTS)
    [own] = found
    assert (own.customer_id, own.agreed_reduction_kw, own.channel) == ("A", 12.5, "openadr")
    assert own.availability.workday == ((480, 720), (840, 1080))
    told = [(problem.line, problem.code) for problem in problems]
    codes = ["unknown", "day", "days", "kw", "channel", "hours"]
    assert told == [*enumerate(codes, 3), (10, "twice")]
    assert read_enrolments("a,b\n1,2\n", POINTS) == (
        [],
        [Problem(1, "columns", "usage_point_id, first_day")],
    )


def test_a_list_of_past_events_is_read_line_by_line():
    found, problems = read_past_events(
        "event_id,called_at,starts_at,ends_at,reason\n"
        "E1,2025-07-09T10:00:00+08:00,2025-07-10T15:00:00+08:00,2025-07-10T17:00:00+08:00,heat\n"
        "E2,2025-07-09T10:00:00,2025-07-10T15:00:00+08:00,2025-07-10T17:00:00+08:00,heat\n"
        "E3,2025-07-09T10:00:00Z,2025-07-10T07:05:00Z,2025-07-10T09:00:00Z,heat\n"
        "E4,2025-07-09T10:00:00Z,2025-07-10T07:00:00Z,2025-07-10T09:00:00Z,fun\n"
    )
    assert [(one.event_id, one.starts_at, one.ends_at) for one in found] == [("E1", BEGIN, END)]
    assert [(one.line, one.code) for one in problems] == [
        (3, "instant"),
        (4, "span"),
        (5, "reason"),
    ]


def test_a_past_event_called_those_who_had_agreed_by_then(place):
    made, engine = place
    identifier = programme(engine)
    late = member("PB", accepted_on=date(2025, 7, 11))
    enrol(engine, PLANNER, identifier, [member("PA"), late])
    rows = (
        "event_id,called_at,starts_at,ends_at,reason\n"
        "E1,2025-07-09T02:00:00Z,2025-07-10T07:00:00Z,2025-07-10T09:00:00Z,heat\n"
        "E2,2025-07-10T02:00:00Z,2025-07-11T07:00:00Z,2025-07-11T09:00:00Z,heat\n"
    )
    past, _ = read_past_events(rows)
    assert take_over_events(engine, PLANNER, identifier, past, SHANGHAI) == ["E1", "E2"]
    lake = open_lake(made, EVERYTHING)
    assert calls(lake).select("event_id", "usage_point_id").rows() == [
        ("E1", "PA"),
        ("E2", "PA"),
        ("E2", "PB"),
    ]
    assert events(lake)["state"].to_list() == ["called", "called"]
    again = take_over_events, engine, PLANNER, identifier, past, SHANGHAI
    assert reason_of(*again) == "taken"


HOURS = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(sorted)


@settings(deadline=None)
@given(HOURS)
def test_hours_are_read_as_they_were_written(minutes):
    hours = tuple(zip(minutes[::2], minutes[1::2], strict=False))
    assert read_hours(hours_text(hours)) == hours


@settings(deadline=None)
@given(HOURS, st.integers(0, 1439), st.integers(1, 300))
def test_who_is_available_for_hours_is_available_for_each_minute_of_them(minutes, first, length):
    spans = tuple(zip(minutes[::2], minutes[1::2], strict=False))
    own = Availability(workday=spans, rest_day=())
    until = min(first + length, 1440)
    each = all(any(a <= minute < b for a, b in spans) for minute in range(first, until))
    assert own.covers("workday", first, until) == each
    assert not own.covers("rest_day", first, until)


def test_the_sample_has_its_programme_once_and_its_last_event_waits_to_be_settled(place):
    made, engine = place
    beside = made.data / BESIDE
    beside.mkdir()
    (beside / "enrolments.csv").write_text(
        "programme_id,programme_kind,usage_point_id,first_day,last_day,accepted_on\n"
        "X,response_event,PA,2025-01-01,2025-12-31,2024-12-31\n"
        "X,response_event,PB,2025-01-01,2025-06-30,2024-12-31\n"
        "Y,offer,PA,2025-01-01,2025-12-31,2024-12-31\n"
    )
    (beside / "programme_events.csv").write_text(
        "event_id,programme_id,called_at,starts_at,ends_at,reason\n"
        "E1,X,2025-07-09T02:00:00.000000+0000,2025-07-10T07:00:00.000000+0000,"
        "2025-07-10T09:00:00.000000+0000,heat\n"
        "E2,X,2025-08-10T02:00:00.000000+0000,2025-08-11T07:00:00.000000+0000,"
        "2025-08-11T09:00:00.000000+0000,heat\n"
    )
    told: list[str] = []
    for _ in range(2):
        event_sample(made, tell=told.append)
    assert len(told) == 1
    lake = open_lake(made, EVERYTHING)
    assert enrolments(lake)["last_day"].to_list() == [None, date(2025, 6, 30)]
    called = calls(lake).select("event_id", "usage_point_id").sort("event_id").rows()
    assert called == [("E1", "PA"), ("E2", "PA")]
    assert [event_settled(lake, event_id=one).height for one in ("E1", "E2")] == [1, 0]
    assert verify_chain(engine) is None
