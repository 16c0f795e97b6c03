"""Plans of orderly use in records: steps, versions, rosters that stay, days that were called."""

from datetime import date

import pytest

from ingest.records.audit import verify_chain
from ingest.records.engine import Actor
from ingest.records.orderly import (
    OrderlyPlanError,
    record_day,
    redraft_plan,
    save_plan,
    step_plan,
    withdraw_day,
)
from queries.demand.orderly_tables import called_days, day_rows, quota_rows, stored_plan
from queries.records import audit_lines, version

PLANNER, DESK = Actor("li.na", "planner"), Actor("desk", "service_desk")
DAY = {"service_date": date(2025, 7, 2), "level": "IV", "from_minute": 1020, "until_minute": 1200}


def quota(point, kw, level="IV"):
    return {
        "usage_point_id": point,
        "customer_id": f"C-{point}",
        "level": level,
        "reference_kw": 100.0,
        "base_kw": 10.0,
        "shift_kw": kw,
        "avoid_kw": 0.0,
        "limit_kw": 0.0,
    }


ROSTER = (quota("A", 5.0), quota("B", 7.0, "III"))


def saved(records, name="迎峰度夏", quotas=ROSTER):
    return save_plan(records, PLANNER, name=name, content={"terms": "{}"}, quotas=quotas)


def in_force(records):
    made = saved(records)
    for number, state in enumerate(("approved", "in_force"), 1):
        step_plan(records, PLANNER, made, version=number, state=state)
    return made


def reason_of(call, *arguments, **named):
    with pytest.raises(OrderlyPlanError) as caught:
        call(*arguments, **named)
    return caught.value.reason


def test_a_plan_is_drafted_approved_put_in_force_and_ended_and_leaves_its_trace(records):
    before = version(records)
    made = in_force(records)
    step_plan(records, PLANNER, made, version=3, state="ended")
    stored = stored_plan(records, made)
    assert stored is not None
    assert (stored.state, stored.version, stored.roster_version) == ("ended", 4, 1)
    assert version(records) == before + 4
    actions = audit_lines(records, last=4)["action"].to_list()
    assert actions == ["orderly_plan.step"] * 3 + ["orderly_plan.create"]
    assert verify_chain(records) is None


def test_a_new_roster_leaves_the_earlier_one_where_it_was(records):
    made = saved(records)
    assert redraft_plan(
        records, PLANNER, made, version=1, content={"terms": "{}"}, quotas=[quota("C", 9.0)]
    ) == 2  # fmt: skip
    assert quota_rows(records, made, 1)["usage_point_id"].to_list() == ["B", "A"]
    assert quota_rows(records, made, 2)["usage_point_id"].to_list() == ["C"]
    stored = stored_plan(records, made)
    assert stored is not None
    assert stored.roster_version == 2


def test_an_approved_roster_cannot_be_changed_unless_it_is_returned(records):
    made = saved(records)
    step_plan(records, PLANNER, made, version=1, state="approved")
    again = {"content": {}, "quotas": [quota("C", 9.0)]}
    assert reason_of(redraft_plan, records, PLANNER, made, version=2, **again) == "state"
    step_plan(records, PLANNER, made, version=2, state="draft")
    assert redraft_plan(records, PLANNER, made, version=3, **again) == 4


def test_only_a_plan_in_force_is_called_on_a_day_and_once(records):
    made = saved(records)
    assert reason_of(record_day, records, PLANNER, made, **DAY) == "state"
    other = Actor("wang", "administrator")
    step_plan(records, other, made, version=1, state="approved")
    step_plan(records, other, made, version=2, state="in_force")
    day = record_day(records, PLANNER, made, **DAY)
    assert reason_of(record_day, records, PLANNER, made, **DAY) == "day"
    assert reason_of(record_day, records, PLANNER, made, **DAY | {"level": "I"}) == "day"
    wrong = DAY | {"from_minute": 1300}
    assert reason_of(record_day, records, PLANNER, made, **wrong) == "day"
    assert dict(called_days(records, 2025).iter_rows()) == {"A": 1}
    assert called_days(records, 2024).is_empty()
    withdraw_day(records, PLANNER, day)
    assert called_days(records, 2025).is_empty()
    assert day_rows(records, made).is_empty()
    assert reason_of(withdraw_day, records, PLANNER, day) == "gone"


def test_what_makes_no_plan_is_refused(records):
    made = saved(records)
    assert reason_of(saved, records) == "taken"
    assert reason_of(saved, records, name="  ") == "name"
    assert reason_of(saved, records, name="空", quotas=()) == "empty"
    assert reason_of(step_plan, records, PLANNER, made, version=9, state="ended") == "changed"
    assert reason_of(step_plan, records, PLANNER, made, version=1, state="in_force") == "state"
    assert reason_of(step_plan, records, PLANNER, "none", version=1, state="ended") == "gone"
    assert reason_of(step_plan, records, DESK, made, version=1, state="approved") == "not_yours"
