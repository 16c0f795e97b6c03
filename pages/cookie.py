"""The cookie that says who is asking: signed, short-lived, and checked against the account."""

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import Engine

from queries.records import Account, session_account
from queries.settings import Settings

SESSION_COOKIE = "fenggu_session"
LANGUAGE_COOKIE = "fenggu_language"

LONGEST_SESSION = timedelta(hours=12)
"""A working day with its overtime: whoever starts tomorrow signs in again."""

SHORTEST_SECRET = 32
"""Characters of a signing key that cannot be guessed."""


class SecretError(ValueError):
    """The signing key is unusable; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Session:
    """A valid session and the account behind it."""

    account: Account
    session_id: str


def signing_key(settings: Settings) -> str:
    """The key that signs cookies: ``FENGGU_SECRET``, else data/secret.key, made once.

    Raises:
        SecretError: The key is shorter than 32 characters.
    """
    if settings.secret:
        return _checked(settings.secret, "FENGGU_SECRET")
    return _key_in(settings.data / "secret.key")


@cache
def _key_in(file: Path) -> str:
    if file.exists():
        return _checked(file.read_text().strip(), str(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and linked into place: two processes that start at once agree on one key,
    # and none ever reads half of it. Nobody else can read it from the first moment.
    draft = file.with_name(f".secret.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _checked(file.read_text().strip(), str(file))


def _checked(key: str, source: str) -> str:
    if len(key) < SHORTEST_SECRET:
        raise SecretError(
            f"the signing key in {source} has {len(key)} characters, at least {SHORTEST_SECRET} "
            "are needed. Set a longer one, or remove it to have one made."
        )
    return key


def issue(settings: Settings, account: Account) -> str:
    """The value of a new session's cookie."""
    content = {
        "user": account.user_name,
        "epoch": account.session_epoch,
        "session": secrets.token_hex(16),
    }
    return _serializer(settings).dumps(content)


def session_of(settings: Settings, engine: Engine, value: str | None) -> Session | None:
    """The session a cookie stands for; None when it is forged, expired, ended or out of place.

    A demo account counts in demo mode only: its cookie opens no real installation.
    """
    if not value:
        return None
    try:
        content = _serializer(settings).loads(value, max_age=int(LONGEST_SESSION.total_seconds()))
        user, epoch, session_id = content["user"], content["epoch"], content["session"]
    except (BadSignature, KeyError, TypeError):
        return None
    account = session_account(engine, user_name=user, epoch=epoch, session_id=session_id)
    if account is None or (account.is_demo and not settings.demo):
        return None
    return Session(account, session_id)


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(signing_key(settings), salt="fenggu.session")
