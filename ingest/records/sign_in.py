"""Sign in and out: passwords are checked, guessing is slowed down, ended sessions remembered."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, insert, select, update

from ingest.records.accounts import AccountError, plain_name
from ingest.records.engine import Actor, note, writing
from ingest.records.passwords import is_outdated, is_password, rehash
from queries.records import (
    ACCOUNTS,
    ENDED_SESSIONS,
    SIGN_IN_ATTEMPTS,
    Account,
    as_text,
    now_text,
)
from queries.records import account as read_account

FREE_TRIES = 5
"""Failures before an account has to wait: people mistype and try their other passwords."""
FREE_TRIES_OF_AN_ADDRESS = 50
"""Failures before a client address has to wait: a whole office may share one. Success does not
reset this count, or an insider's own account would let it try everybody else's."""
LONGEST_WAIT = timedelta(minutes=5)
"""The wait doubles from one second up to this: 300 guesses a day, and nobody is locked out long."""
MEMORY = timedelta(hours=1)
"""How long a failure counts."""
KEPT = timedelta(days=30)
"""How long attempts and ended sessions are kept; longer than any session lasts."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A sign-in that was not accepted; ``wait_s`` seconds must pass before the next is tried."""

    wait_s: int = 0


def sign_in(engine: Engine, user_name: str, password: str, *, address: str) -> Account | Refused:
    """Check a password. The answer does not tell an unknown name from a wrong password."""
    try:
        name = plain_name(user_name)
    except AccountError:
        name = ""  # counted for the address all the same
    attempt = _begin_attempt(engine, name, address)
    if isinstance(attempt, Refused):
        return attempt
    account = read_account(engine, name) if name else None
    usable = account is not None and account.is_active and not account.is_demo
    with engine.connect() as connection:
        hashed = connection.scalar(
            select(ACCOUNTS.c.password_hash).where(ACCOUNTS.c.user_name == name)
        )
    if not is_password(password, hashed if usable else None) or account is None or not hashed:
        note(engine, Actor(name, "", address), "sign_in.refused", subject=("account", name))
        return Refused()
    with writing(engine) as connection:
        row = update(SIGN_IN_ATTEMPTS).where(SIGN_IN_ATTEMPTS.c.id == attempt)
        connection.execute(row.values(succeeded=True))
        if is_outdated(hashed):
            # The same password, kept better: no session ends and no record changes.
            outdated = (ACCOUNTS.c.user_name == name) & (ACCOUNTS.c.password_hash == hashed)
            better = update(ACCOUNTS).where(outdated).values(password_hash=rehash(password))
            connection.execute(better)
    note(engine, Actor(name, account.role, address), "sign_in", subject=("account", name))
    return account


def _begin_attempt(engine: Engine, name: str, address: str) -> int | Refused:
    """Count the attempt as failed before it is checked, so that parallel guesses count too."""
    now = datetime.now(UTC)
    with writing(engine) as connection:
        connection.execute(
            delete(SIGN_IN_ATTEMPTS).where(SIGN_IN_ATTEMPTS.c.at < as_text(now - KEPT))
        )
        attempts = SIGN_IN_ATTEMPTS.c
        succeeded = select(func.coalesce(func.max(attempts.at), "")).where(
            attempts.user_name == name, attempts.succeeded
        )
        of_name = (attempts.user_name == name) & (attempts.at > succeeded.scalar_subquery())
        wait = max(
            _wait(connection, of_name, FREE_TRIES, now),
            _wait(connection, attempts.address == address, FREE_TRIES_OF_AN_ADDRESS, now),
        )
        if wait > timedelta(0):
            return Refused(wait_s=int(wait.total_seconds()) + 1)
        row = insert(SIGN_IN_ATTEMPTS).values(
            user_name=name, address=address, at=as_text(now), succeeded=False
        )
        return connection.execute(row.returning(SIGN_IN_ATTEMPTS.c.id)).scalar_one()


def _wait(
    connection: Connection, failures: ColumnElement[bool], free_tries: int, now: datetime
) -> timedelta:
    """How much longer one account or address has to wait."""
    attempts = SIGN_IN_ATTEMPTS.c
    recent = (failures, ~attempts.succeeded, attempts.at > as_text(now - MEMORY))
    count, last = connection.execute(
        select(func.count(), func.max(attempts.at)).where(*recent)
    ).one()
    if count < free_tries:
        return timedelta(0)
    pause = min(timedelta(seconds=2.0 ** min(count - free_tries, 30)), LONGEST_WAIT)
    return datetime.fromisoformat(last) + pause - now


def end_session(engine: Engine, actor: Actor, session_id: str) -> None:
    """Make a session's cookie worthless, wherever copies of it may lie."""
    with writing(engine) as connection:
        forgotten = as_text(datetime.now(UTC) - KEPT)
        connection.execute(delete(ENDED_SESSIONS).where(ENDED_SESSIONS.c.ended_at < forgotten))
        ended = select(ENDED_SESSIONS).where(ENDED_SESSIONS.c.session_id == session_id)
        if connection.execute(ended).first() is None:
            row = insert(ENDED_SESSIONS).values(session_id=session_id, ended_at=now_text())
            connection.execute(row)
    note(engine, actor, "sign_out", subject=("account", actor.user_name))
