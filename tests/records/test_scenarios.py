"""Scenarios: kept, shared among staff, and every change to one leaves its trace."""

import pytest
from sqlalchemy import Engine

from ingest.records.accounts import create_account
from ingest.records.audit import verify_chain
from ingest.records.engine import SYSTEM, Actor
from ingest.records.scenarios import (
    ScenarioError,
    delete_scenario,
    overwrite_scenario,
    save_scenario,
)
from queries.records import Account, account, audit_lines, version
from queries.scenarios import scenario, scenarios

LI_NA = Actor("li.na", "planner", "10.0.0.7")
WANG = Actor("wang", "analyst")
CONTENT = {"selection": {"district": "新城区"}, "tariffs": [{"name": "方案 1", "text": "…"}]}


@pytest.fixture
def staff(records: Engine) -> Engine:
    """With the accounts li.na (planner), wang (analyst), boss (administrator), zhao (customer)."""
    for name, role in (("li.na", "planner"), ("wang", "analyst"), ("boss", "administrator")):
        create_account(records, SYSTEM, name, role=role)
    create_account(records, SYSTEM, "zhao", role="customer", customer_ids=["C1"])
    return records


def _account(engine: Engine, name: str) -> Account:
    found = account(engine, name)
    assert found
    return found


def _save(engine: Engine, name: str = "晚峰延长", actor: Actor = LI_NA) -> str:
    return save_scenario(
        engine, actor, kind="tariff", name=name, content=CONTENT, lake_version="17"
    )


def test_a_scenario_is_read_as_it_was_saved_by_anybody_of_the_staff(staff: Engine):
    found = scenario(staff, _account(staff, "wang"), _save(staff))
    assert found
    assert (found.name, found.author, found.version) == ("晚峰延长", "li.na", 1)
    assert (found.content, found.lake_version) == (CONTENT, "17")
    assert scenarios(staff, _account(staff, "wang"), "tariff")["name"].to_list() == ["晚峰延长"]
    assert scenarios(staff, _account(staff, "wang"), "response").is_empty()


def test_a_customer_sees_no_scenario_and_keeps_none(staff: Engine):
    identifier, customer = _save(staff), _account(staff, "zhao")
    assert scenario(staff, customer, identifier) is None
    assert scenarios(staff, customer, "tariff").is_empty()
    with pytest.raises(ScenarioError, match="customers keep no"):
        _save(staff, "mine", Actor("zhao", "customer"))


def test_every_change_is_one_audit_line_and_one_step_of_the_counter(staff: Engine):
    before = version(staff)
    identifier = _save(staff)
    overwrite_scenario(staff, LI_NA, identifier, version=1, name="早峰", content=CONTENT)
    delete_scenario(staff, LI_NA, identifier)
    assert version(staff) == before + 3
    lines = audit_lines(staff, last=3).reverse()
    assert lines["action"].to_list() == [
        "scenario.create",
        "scenario.overwrite",
        "scenario.delete",
    ]
    assert set(lines["subject_id"]) == {identifier}
    assert lines["lake_version"].to_list() == ["17", None, None]
    assert "早峰" in lines["detail"][2]
    assert verify_chain(staff) is None
    assert scenario(staff, _account(staff, "li.na"), identifier) is None


def test_only_the_author_and_administrators_overwrite_and_delete(staff: Engine):
    identifier, before = _save(staff), version(staff)
    with pytest.raises(ScenarioError, match=r"li\.na's"):
        overwrite_scenario(staff, WANG, identifier, version=1, name="x", content=CONTENT)
    with pytest.raises(ScenarioError, match=r"li\.na's"):
        delete_scenario(staff, WANG, identifier)
    assert version(staff) == before
    delete_scenario(staff, Actor("boss", "administrator"), identifier)


def test_who_opened_an_older_version_does_not_overwrite_a_newer_one(staff: Engine):
    identifier = _save(staff)
    assert overwrite_scenario(staff, LI_NA, identifier, version=1, name="b", content={"n": 2}) == 2
    with pytest.raises(ScenarioError, match=r"changed by li\.na"):
        overwrite_scenario(staff, LI_NA, identifier, version=1, name="c", content={"n": 3})
    found = scenario(staff, _account(staff, "li.na"), identifier)
    assert found
    assert (found.name, found.content) == ("b", {"n": 2})


@pytest.mark.parametrize(
    ("name", "reason"), [("  ", "name"), ("x" * 81, "name"), (" 晚峰  延长 ", "taken")]
)
def test_names_are_given_once_and_are_not_empty(staff: Engine, name: str, reason: str):
    _save(staff, "晚峰 延长")
    with pytest.raises(ScenarioError) as error:
        _save(staff, name)
    assert error.value.reason == reason


def test_a_scenario_too_large_is_refused(staff: Engine):
    with pytest.raises(ScenarioError) as error:
        save_scenario(staff, LI_NA, kind="tariff", name="x", content={"text": "峰" * 400_000})
    assert error.value.reason == "size"
