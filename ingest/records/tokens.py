"""API tokens: how programs use the data service. Only a hash of each is kept."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert, update

from ingest.records.accounts import AccountError
from ingest.records.engine import Actor, change
from queries.records import API_TOKENS, Account, account, as_text, now_text, token_account

LONGEST_LIFE = timedelta(days=366)
"""A token nobody renews should not outlive the project it was made for by years."""


def create_token(  # noqa: PLR0913 (what a token may do, each named)
    engine: Engine,
    actor: Actor,
    user_name: str,
    *,
    label: str,
    life: timedelta = timedelta(days=90),
    may_write: bool = False,
) -> tuple[str, str]:
    """Make a token that speaks for an account, with that account's scope.

    Returns:
        Its identifier, to revoke it by, and the token itself, which is never shown again.

    Raises:
        AccountError: There is no such active account, or ``life`` is not 0 to 366 days.
    """
    owner = account(engine, user_name)
    if owner is None or not owner.is_active:
        raise AccountError(
            f"a token needs an active account, '{user_name}' is none. Create or activate it first."
        )
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise AccountError(
            f"a token cannot live {life.days} days. Choose 1 to {LONGEST_LIFE.days} days."
        )
    identifier, token = secrets.token_hex(4), f"fenggu_{secrets.token_urlsafe(32)}"
    values = {
        "id": identifier,
        "token_hash": token_hash(token),
        "user_name": user_name,
        "label": label,
        "may_write": may_write,
        "created_at": now_text(),
        "expires_at": as_text(datetime.now(UTC) + life),
    }
    detail = {"user_name": user_name, "label": label, "may_write": may_write}
    with change(
        engine, actor, "token.create", subject=("token", identifier), detail=detail
    ) as connection:
        connection.execute(insert(API_TOKENS).values(**values))
    return identifier, token


def revoke_token(engine: Engine, actor: Actor, identifier: str) -> None:
    """Make a token worthless from now on."""
    held = (API_TOKENS.c.id == identifier) & API_TOKENS.c.revoked_at.is_(None)
    with change(engine, actor, "token.revoke", subject=("token", identifier)) as connection:
        revoked = connection.execute(update(API_TOKENS).where(held).values(revoked_at=now_text()))
        if revoked.rowcount == 0:
            raise AccountError(f"token '{identifier}' does not exist or is revoked already.")


def token_hash(token: str) -> str:
    """What is kept of a token. It is random throughout, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def account_of_token(engine: Engine, token: str) -> tuple[Account, bool] | None:
    """The account a valid token speaks for and whether it may write; None for any other text."""
    return token_account(engine, token_hash(token))
