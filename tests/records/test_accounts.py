"""Accounts and the scopes that follow from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from ingest.records.accounts import (
    AccountError,
    create_account,
    ensure_demo_accounts,
    grant_regions,
    plain_name,
    set_language,
)
from ingest.records.engine import SYSTEM
from ingest.records.passwords import PasswordError
from queries.records import account, accounts, audit_lines, scope_of
from queries.scope import ROLES

PASSWORD = "long enough 峰谷"  # noqa: S105


@pytest.mark.parametrize("role", ["administrator", "analyst"])
def test_administrators_and_analysts_see_everything_unless_regions_are_granted(
    records: Engine, role: str
):
    assert scope_of(create_account(records, SYSTEM, "a", role=role)).is_everything
    narrowed = create_account(records, SYSTEM, "b", role=role, regions=["R1"])
    assert scope_of(narrowed).regions == frozenset({"R1"})


@pytest.mark.parametrize("role", ["planner", "billing_clerk", "service_desk"])
def test_everyone_else_sees_the_regions_granted_and_without_any_nothing(records: Engine, role: str):
    assert scope_of(create_account(records, SYSTEM, "a", role=role)).regions == frozenset()
    granted = grant_regions(records, SYSTEM, "a", ["R1", "R2"])
    assert scope_of(granted).regions == frozenset({"R1", "R2"})
    assert scope_of(grant_regions(records, SYSTEM, "a", None)).is_everything


def test_a_customer_sees_its_own_accounts_and_without_any_nothing(records: Engine):
    owner = create_account(records, SYSTEM, "c", role="customer", customer_ids=["C1", "C2"])
    assert scope_of(owner).customer_ids == frozenset({"C1", "C2"})
    nobody = create_account(records, SYSTEM, "d", role="customer")
    assert scope_of(nobody).customer_ids == frozenset()
    assert not scope_of(nobody).is_everything


def test_only_customers_see_identities_without_a_grant(records: Engine):
    made = {role: create_account(records, SYSTEM, role, role=role) for role in ROLES}
    assert [role for role, found in made.items() if scope_of(found).sees_identity] == ["customer"]


@pytest.mark.parametrize(
    ("rights", "complaint"),
    [
        ({"role": "king"}, "unknown"),
        ({"role": "customer", "regions": ["R1"]}, "not regions"),
        ({"role": "planner", "customer_ids": ["C1"]}, "customer_ids"),
        ({"role": "planner", "regions": ["R1"], "sees_every_region": True}, "one of the two"),
    ],
)
def test_contradicting_rights_are_refused(records: Engine, rights: dict, complaint: str):
    with pytest.raises(AccountError, match=complaint):
        create_account(records, SYSTEM, "a", **rights)
    assert accounts(records).is_empty()


def test_one_name_in_two_spellings_is_one_account(records: Engine):
    create_account(records, SYSTEM, "li.na", role="planner")
    with pytest.raises(AccountError, match="exists already"):
        create_account(records, SYSTEM, "ＬＩ.Na", role="analyst")


@given(st.text(max_size=80))
def test_a_plain_name_stays_as_it_is(name: str):
    try:
        plain = plain_name(name)
    except AccountError:
        return
    assert plain_name(plain) == plain


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "li.na-planner", "x" * 300])
def test_weak_passwords_are_refused(records: Engine, password: str):
    with pytest.raises(PasswordError):
        create_account(records, SYSTEM, "li.na-planner", role="planner", password=password)


def test_no_password_reaches_the_audit(records: Engine):
    create_account(records, SYSTEM, "li.na", role="planner", password=PASSWORD)
    assert PASSWORD not in str(audit_lines(records).rows())


def test_the_language_is_remembered_and_shared_by_the_demo_accounts(records: Engine):
    ensure_demo_accounts(records, SYSTEM)
    create_account(records, SYSTEM, "li.na", role="planner")
    set_language(records, SYSTEM, "demo-planner", "en")
    languages = {
        name: found.language
        for name in ("demo-planner", "demo-analyst", "li.na")
        if (found := account(records, name))
    }
    assert languages == {"demo-planner": "en", "demo-analyst": "en", "li.na": None}


def test_the_demo_has_an_account_for_each_role_once(records: Engine):
    ensure_demo_accounts(records, SYSTEM)
    ensure_demo_accounts(records, SYSTEM)
    assert sorted(accounts(records)["role"]) == sorted(ROLES)
