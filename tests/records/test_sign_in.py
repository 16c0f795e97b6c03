"""Passwords open accounts, guessing is slowed down, tokens open the data service."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select, update

from ingest.records.accounts import AccountError, create_account, deactivate, set_password
from ingest.records.engine import SYSTEM, writing
from ingest.records.sign_in import (
    FREE_TRIES,
    FREE_TRIES_OF_AN_ADDRESS,
    LONGEST_WAIT,
    Refused,
    end_session,
    sign_in,
)
from ingest.records.tokens import account_of_token, create_token, revoke_token
from queries.records import (
    ACCOUNTS,
    API_TOKENS,
    SIGN_IN_ATTEMPTS,
    Account,
    as_text,
    session_account,
    version,
)

PASSWORD = "long enough 峰谷"  # noqa: S105


@pytest.fixture
def li_na(records: Engine) -> Account:
    return create_account(records, SYSTEM, "li.na", role="planner", password=PASSWORD)


def _try(records: Engine, password: str = "not it", name: str = "li.na", address: str = "10.0.0.7"):  # noqa: S107
    return sign_in(records, name, password, address=address)


def _failures(records: Engine, count: int, *, name: str, address: str, age: timedelta) -> None:
    at = as_text(datetime.now(UTC) - age)
    row = {"user_name": name, "address": address, "at": at, "succeeded": False}
    with writing(records) as writer:
        writer.execute(SIGN_IN_ATTEMPTS.insert(), [row] * count)


def test_the_right_password_opens_the_account_in_any_spelling_of_the_name(
    records: Engine, li_na: Account
):
    assert _try(records, PASSWORD, "Li.NA ") == li_na


@pytest.mark.usefixtures("li_na")
@pytest.mark.parametrize("name", ["li.na", "nobody", "not a name!", ""])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(records: Engine, name: str):
    assert _try(records, name=name) == Refused()


def test_an_account_without_a_password_cannot_be_signed_in_to(records: Engine):
    create_account(records, SYSTEM, "robot", role="analyst")
    assert _try(records, "", "robot") == Refused()


@pytest.mark.usefixtures("li_na")
def test_guessing_has_to_wait_even_with_the_right_password(records: Engine):
    _failures(records, FREE_TRIES, name="li.na", address="elsewhere", age=timedelta(0))
    found = _try(records, PASSWORD)
    assert isinstance(found, Refused)
    assert 1 <= found.wait_s <= 2


@pytest.mark.usefixtures("li_na")
def test_the_wait_never_exceeds_its_limit(records: Engine):
    _failures(records, 50, name="li.na", address="elsewhere", age=timedelta(0))
    found = _try(records, PASSWORD)
    assert isinstance(found, Refused)
    assert LONGEST_WAIT.total_seconds() - 5 < found.wait_s <= LONGEST_WAIT.total_seconds() + 1


def test_an_old_series_of_failures_has_been_waited_out(records: Engine, li_na: Account):
    _failures(records, 50, name="li.na", address="elsewhere", age=LONGEST_WAIT)
    assert _try(records, PASSWORD) == li_na


def test_one_address_that_tries_many_names_has_to_wait(records: Engine, li_na: Account):
    for number in range(FREE_TRIES_OF_AN_ADDRESS):
        _failures(records, 1, name=f"u{number}", address="10.6.6.6", age=timedelta(0))
    assert isinstance(_try(records, PASSWORD, address="10.6.6.6"), Refused)
    assert _try(records, PASSWORD, address="10.0.0.7") == li_na


def test_success_forgives_the_typos_before_it(records: Engine, li_na: Account):
    _failures(records, FREE_TRIES - 1, name="li.na", address="10.0.0.7", age=timedelta(seconds=9))
    assert _try(records, PASSWORD) == li_na
    assert _try(records) == Refused()
    assert _try(records, PASSWORD) == li_na


def test_a_hash_of_weaker_parameters_is_renewed_at_sign_in(records: Engine, li_na: Account):
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with writing(records) as writer:
        writer.execute(update(ACCOUNTS).values(password_hash=weak))
    before = version(records)
    assert _try(records, PASSWORD) == li_na
    with records.connect() as reader:
        kept = reader.scalar(select(ACCOUNTS.c.password_hash))
    assert kept is not None
    assert not PasswordHasher().check_needs_rehash(kept)
    assert version(records) == before
    assert _try(records, PASSWORD) == li_na


def _session(records: Engine, account: Account):
    return session_account(
        records, user_name=account.user_name, epoch=account.session_epoch, session_id="s1"
    )


def test_a_new_password_ends_every_session(records: Engine, li_na: Account):
    assert _session(records, li_na) == li_na
    set_password(records, SYSTEM, "li.na", "another one, 谷峰")
    assert _session(records, li_na) is None
    assert _try(records, PASSWORD) == Refused()


def test_deactivation_ends_sessions_tokens_and_sign_in(records: Engine, li_na: Account):
    _, token = create_token(records, SYSTEM, "li.na", label="meter room")
    deactivate(records, SYSTEM, "li.na")
    assert _session(records, li_na) is None
    assert account_of_token(records, token) is None
    assert _try(records, PASSWORD) == Refused()


def test_signing_out_ends_that_session_for_every_copy_of_its_cookie(
    records: Engine, li_na: Account
):
    end_session(records, SYSTEM, "s1")
    end_session(records, SYSTEM, "s1")
    assert _session(records, li_na) is None


def test_a_token_speaks_for_its_account_until_revoked(records: Engine, li_na: Account):
    identifier, token = create_token(records, SYSTEM, "li.na", label="bi", may_write=True)
    assert account_of_token(records, token) == (li_na, True)
    assert account_of_token(records, token + "x") is None
    with records.connect() as reader:
        assert token not in str(reader.execute(select(API_TOKENS)).all())
    revoke_token(records, SYSTEM, identifier)
    assert account_of_token(records, token) is None
    with pytest.raises(AccountError, match="revoked already"):
        revoke_token(records, SYSTEM, identifier)


@pytest.mark.usefixtures("li_na")
def test_a_token_expires(records: Engine):
    _, token = create_token(records, SYSTEM, "li.na", label="bi")
    with writing(records) as writer:
        past = as_text(datetime.now(UTC) - timedelta(seconds=1))
        writer.execute(update(API_TOKENS).values(expires_at=past))
    assert account_of_token(records, token) is None
