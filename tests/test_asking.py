"""Whoever looks at single customers leaves a line in the audit, answered from memory or not."""

from datetime import date
from threading import Event

import pytest

from ingest.records.engine import Actor, upgrade
from pages.asking import Asker, put, put_ahead
from queries.questions import answer, find_question, subject_of
from queries.records import audit_lines
from queries.run import QuestionError
from queries.scope import EVERYTHING

DAYS = {"first_day": date(2025, 1, 1), "last_day": date(2025, 1, 31)}
TRIED = {"tariffs": ("liaoning_residential",)}


@pytest.mark.parametrize(
    ("name", "inputs", "subject"),
    [
        ("billing/best_choice", {}, ("region", "all")),
        ("billing/best_choice", {"region_id": "north"}, ("region", "north")),
        ("billing/best_choice", {"usage_point_id": "P1"}, ("usage_point_id", "P1")),
        ("billing/simulation_losers", TRIED | {"region_id": "north"}, ("region", "north")),
        ("billing/tariff_simulation", TRIED, ("region", "all")),
        ("billing/bill_accounts", {}, ("region", "all")),
        ("load/variability", {"area_kind": "feeder_id", "area_id": "F1"}, ("feeder_id", "F1")),
        ("load/curve", {"area_kind": "customer_id", "area_id": "C1"}, ("customer_id", "C1")),
        ("load/curve", {"region_id": "north"}, None),
        ("billing/choice_summary", {}, None),
        ("billing/simulation_groups", TRIED, None),
    ],
)
def test_a_question_is_about_a_customer_or_lists_those_of_an_area(name, inputs, subject):
    assert subject_of(find_question(name), DAYS | inputs) == subject


@pytest.mark.parametrize(
    ("name", "inputs"), [("billing/best_choice", {}), ("billing/simulation_losers", TRIED)]
)
def test_a_list_of_customers_leaves_a_line_each_time_it_is_asked_for(empty_settings, name, inputs):
    engine = upgrade(empty_settings)
    asker = Asker(EVERYTHING, Actor("li", "planner"), engine)
    for _ in range(2):  # the second answer is remembered
        put(find_question(name), empty_settings, asker, DAYS | inputs)
    lines = audit_lines(engine).select("action", "subject_kind", "subject_id", "user_name").rows()
    assert lines[:2] == [(f"ask {name}", "region", "all", "li")] * 2


def test_sums_of_many_leave_no_line(empty_settings):
    engine = upgrade(empty_settings)
    before = audit_lines(engine).height
    asker = Asker(EVERYTHING, Actor("li", "planner"), engine)
    put(find_question("billing/choice_summary"), empty_settings, asker, DAYS)
    assert audit_lines(engine).height == before


def test_what_was_asked_ahead_is_answered_once_and_audited_when_it_is_put(
    empty_settings, monkeypatch
):
    answered, is_done = [], Event()

    def counted(question, *rest, **inputs):
        answered.append(question.name)
        try:
            return answer(question, *rest, **inputs)
        finally:
            is_done.set()

    monkeypatch.setattr("pages.asking.answer", counted)
    engine = upgrade(empty_settings)
    before = audit_lines(engine).height
    asker = Asker(EVERYTHING, Actor("li", "planner"), engine)
    question = find_question("billing/best_choice")
    put_ahead(question, empty_settings, asker, DAYS)
    assert is_done.wait(30)
    assert audit_lines(engine).height == before
    assert put(question, empty_settings, asker, DAYS).is_empty()
    assert answered == ["billing/best_choice"]
    assert audit_lines(engine).height == before + 1


def test_what_goes_wrong_ahead_goes_wrong_where_it_is_put(empty_settings):
    asker = Asker(EVERYTHING, Actor("li", "planner"), upgrade(empty_settings))
    question = find_question("demand/what_if_summary")
    put_ahead(question, empty_settings, asker, {"scenario": "no scenario"})
    with pytest.raises(QuestionError):
        put(question, empty_settings, asker, {"scenario": "no scenario"})
