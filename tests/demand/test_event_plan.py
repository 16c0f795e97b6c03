"""A plan of an event on a small town: what is expected, who is called, what is in the way."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from queries.demand.event_hours import event_hours
from queries.demand.event_plan import event_plan
from queries.demand.event_plan_outcome import event_plan_outcome
from queries.demand.event_plan_reach import event_plan_reach
from queries.demand.response_enrolments import response_enrolments
from queries.demand.response_events import response_events
from queries.demand.response_programmes import response_programmes
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING, Scope
from tests.demand.response_town import EVENT_DAY, PLAN_DAY, town

NEARLY = partial(pytest.approx, abs=1e-4)  # readings are held in single precision
HOURS = {"day": PLAN_DAY, "from_minute": 14 * 60, "until_minute": 16 * 60, "region_id": "town"}


@pytest.fixture(scope="module")
def made(new_lake, register, take, day_row):
    return town(new_lake, register, take, day_row)


@pytest.fixture
def place(made):
    made.set_terms()
    return made


@pytest.fixture
def lake(place):
    with open_lake(place.settings, EVERYTHING) as opened:
        yield opened


def asked(place, **changed) -> dict:
    return {"programme_id": place.programme_id, **HOURS, "target_kw": 14.9, **changed}


def called(lake, place, **changed) -> list[str]:
    plan = event_plan(lake, **asked(place, **changed))
    return sorted(plan.filter("is_called")["usage_point_id"])


def test_one_event_says_more_of_the_programme_than_of_a_single_customer(lake, place):
    """45 of 60 kW came: everybody is expected to fulfil 75 %, and nobody's one event says more."""
    plan = event_plan(lake, **asked(place)).sort("usage_point_id")
    assert plan["expected_kw"].to_list() == NEARLY([30.0, 7.5, 7.5, 1.5])
    assert plan["usual_load_kw"].to_list() == NEARLY([100.0, 20.0, 20.0, 5.0])
    assert set(plan["reduction_basis"]) == {"programme"}
    assert plan["status"].to_list() == ["available"] * 3 + ["not_accepted"]
    # 30 kW × 2 h × 3 CNY/kWh
    assert plan["pay_cny"].to_list()[:2] == [Decimal("180.00"), Decimal("45.00")]


def test_the_cheapest_that_reach_the_target_are_called(lake, place):
    assert called(lake, place, target_kw=14.9) == ["PB", "PC"]
    assert called(lake, place, target_kw=16.0) == ["PA"]
    outcome = event_plan_outcome(lake, **asked(place)).row(0, named=True)
    assert (outcome["is_reached"], outcome["called"]) == (True, 2)
    assert outcome["expected_kw"] == NEARLY(15.0)
    assert outcome["pay_cny"] == Decimal("90.00")
    # each: 2 CNY for the call, 1 CNY since it was called in July already
    assert outcome["cost_cny"] == Decimal("96.00")
    assert outcome["is_certified"]
    # two of 10 kW agreed, each give or take all of it: 0.1 kW above the target is 0.007 of √2 × 10
    assert outcome["chance_share"] == pytest.approx(0.5028, abs=1e-4)


def test_calling_one_large_customer_is_cheaper_where_calls_are_dear(lake, place):
    assert called(lake, place, target_kw=14.9, call_cny=100.0) == ["PA"]


def test_what_is_needed_under_a_feeder_is_called_there(lake, place):
    at_f2 = {"need_kind": "feeder", "need_id": "F2", "need_kw": 5.0}
    assert called(lake, place, target_kw=16.0, **at_f2) == ["PA", "PC"]
    too_much = at_f2 | {"need_kw": 9.0}
    assert called(lake, place, target_kw=16.0, **too_much) == []
    reach = event_plan_reach(lake, **asked(place, target_kw=16.0, **too_much))
    rows = {row["plan_limit"]: row for row in reach.iter_rows(named=True)}
    assert rows["area"]["reachable_kw"] == NEARLY(7.5)
    assert not rows["area"]["is_enough"]


def test_without_a_target_as_much_as_there_is_is_called(lake, place):
    assert called(lake, place, target_kw=None) == ["PA", "PB", "PC"]
    outcome = event_plan_outcome(lake, **asked(place, target_kw=None)).row(0, named=True)
    assert outcome["expected_kw"] == NEARLY(45.0)
    assert outcome["chance_share"] is None


def test_what_comes_back_makes_no_new_peak(lake, place):
    """From 18:00 the two hours afterwards hold the peak of 245 kW at 20:00: nothing may come."""
    place.set_terms(rebound_share=0.5)
    late = {"from_minute": 17 * 60, "until_minute": 19 * 60}
    assert called(lake, place, **late) == []
    reach = event_plan_reach(lake, **asked(place, **late))
    cause = reach.filter("is_cause")
    assert cause["plan_limit"].to_list() == ["peak_after"]
    assert cause["reachable_kw"].to_list() == NEARLY([37.5])  # T2 has no room for what PC brings
    early = event_plan_outcome(lake, **asked(place, target_kw=7.0)).row(0, named=True)
    # half of PB's 7.5 kW comes back in each of two hours, as many as it was reduced
    after = early["rebound_kw"], early["peak_kw"], early["after_peak_kw"]
    assert after == NEARLY((3.75, 245, 148.75))
    assert early["load_basis"] == "usual"


def test_what_comes_back_overloads_no_transformer(lake, place):
    """T2 carries 30 kVA × 0.95 = 28.5 kW, its customers use 25: PC's 7.5 kW do not fit in."""
    place.set_terms(rebound_share=1.0)
    assert called(lake, place, target_kw=14.9) == ["PA"]
    reach = event_plan_reach(lake, **asked(place, target_kw=40.0))
    rows = dict(reach.select("plan_limit", "reachable_kw").iter_rows())
    assert (rows["as_asked"], rows["areas"]) == NEARLY((37.5, 45.0))
    assert reach.filter("is_cause")["plan_limit"].to_list() == ["areas"]


def test_who_was_called_as_often_as_the_terms_allow_is_left_in_peace(lake, place):
    place.set_terms(most_events_per_year=1)
    plan = event_plan(lake, **asked(place)).sort("usage_point_id")
    assert plan["status"].to_list() == ["most_calls"] * 3 + ["not_accepted"]
    reach = event_plan_reach(lake, **asked(place))
    assert reach.filter("is_cause")["plan_limit"].to_list() == ["fatigue"]
    new_year = asked(place, day=date(2026, 1, 7))
    assert "most_calls" not in event_plan(lake, **new_year)["status"]


def test_between_two_calls_there_are_the_days_of_rest(lake, place):
    place.set_terms(least_rest_days=6)
    on = {day: event_plan(lake, **asked(place, day=date(2025, 7, day)))["status"] for day in (8, 9)}
    assert "rest_days" in on[8]
    assert "rest_days" not in on[9]
    same_day = event_plan(lake, **asked(place, day=EVENT_DAY, from_minute=1200, until_minute=1260))
    assert "called_that_day" in same_day["status"]


def test_an_event_knows_nothing_of_what_was_called_after_it_began(lake, place):
    before = event_plan(lake, **asked(place, day=date(2025, 6, 25)))
    assert before["calls_this_year"].to_list() == [0] * 4
    assert set(before["reduction_basis"]) == {"agreed"}
    assert before.filter(usage_point_id="PA")["expected_kw"].to_list() == NEARLY([40.0])


def test_what_is_no_event_is_not_planned(lake, place):
    for wrong in (
        {"programme_id": "x"},
        {"until_minute": 20 * 60},
        {"until_minute": 14 * 60},
        {"from_minute": 14 * 60 + 5},
    ):
        with pytest.raises(QuestionError):
            event_plan(lake, **asked(place, **wrong))


def test_the_hours_of_the_highest_load_are_suggested(lake):
    hours = event_hours(lake, day=PLAN_DAY, minutes=60, region_id="town")
    assert hours.filter("is_suggested")["local_minute"].to_list() == [1200, 1215, 1230, 1245]
    assert hours["load_kw"].max() == NEARLY(245)
    assert set(hours["load_basis"]) == {"usual"}
    nothing = event_hours(lake, day=date(2030, 1, 2), region_id="town")
    assert not nothing["is_suggested"].any()
    assert nothing["load_kw"].null_count() == 96


def test_programmes_enrolments_and_events_are_listed_for_whom_they_concern(lake, place):
    [programme] = response_programmes(lake).iter_rows(named=True)
    assert (programme["enrolled"], programme["agreed_kw"]) == (4, 62.0)
    rows = response_enrolments(lake, programme_id=place.programme_id)
    assert rows["usage_point_id"].to_list() == ["PA", "PB", "PC", "PD"]
    [event] = response_events(lake).iter_rows(named=True)
    shown = ("service_date", "event_hours", "called", "opted_in", "settled_kw")
    assert [event[name] for name in shown] == [EVENT_DAY, "14:00–16:00", 3, 0, None]
    own = Scope("a", "customer", customer_ids=frozenset({"A"}))
    with open_lake(place.settings, own) as mine:
        assert response_events(mine)["called"].to_list() == [1]
        assert response_enrolments(mine, programme_id=place.programme_id).height == 1
