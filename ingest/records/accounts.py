"""Accounts: who may use Fenggu, and what each may see."""

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, delete, insert, select, update

from ingest.records.engine import Actor, change
from ingest.records.passwords import hash_password
from queries.records import (
    ACCOUNT_CUSTOMERS,
    ACCOUNT_REGIONS,
    ACCOUNTS,
    Account,
    now_text,
)
from queries.records import account as read_account
from queries.scope import ROLES

LANGUAGES = ("zh", "en")

_NAME = re.compile(r"[\w.@-]{1,64}")
_SEES_EVERYTHING = frozenset({"administrator", "analyst"})
_DEMO_SEES_IDENTITY = frozenset({"administrator", "billing_clerk", "service_desk", "customer"})


class AccountError(ValueError):
    """An account cannot be made or changed as asked; the message says why and what to do."""


def plain_name(user_name: str) -> str:
    """The one spelling of a user name: full-width and upper-case letters make no second account.

    >>> plain_name("Li.Na")
    'li.na'
    """
    name = unicodedata.normalize("NFKC", user_name).strip().lower()
    if not _NAME.fullmatch(name):
        raise AccountError(
            f"user name '{user_name[:80]}' is not usable. "
            "Use 1 to 64 letters, digits or any of . _ @ - without spaces."
        )
    return name


def create_account(  # noqa: PLR0913 (an account's rights, each named)
    engine: Engine,
    actor: Actor,
    user_name: str,
    *,
    role: str,
    password: str | None = None,
    regions: Iterable[str] = (),
    sees_every_region: bool | None = None,
    customer_ids: Iterable[str] = (),
    sees_identity: bool | None = None,
    is_demo: bool = False,
) -> Account:
    """Create an account.

    Args:
        engine: The operational database.
        actor: Who creates it.
        user_name: See ``plain_name``.
        role: One of ``queries.scope.ROLES``.
        password: None makes an account that cannot sign in until a password is set.
        regions: Regions whose usage points are visible, with the regions inside them.
        sees_every_region: None decides by the role: administrators and analysts do unless
            ``regions`` are given; everyone else sees the regions given and nothing more.
        customer_ids: The own accounts (户号) of a user with the role ``customer``.
        sees_identity: Whether names, addresses and telephone numbers are shown; None means
            only customers, who see nobody but themselves.
        is_demo: Whether the account works in demo mode only.

    Raises:
        AccountError: The name is unusable or taken, the role unknown, the password too weak, or
            the rights contradict each other.
    """
    name, granted = plain_name(user_name), frozenset(regions)
    own = frozenset(customer_ids)
    _check_rights(name, role, granted, sees_every_region, own)
    if sees_every_region is None:
        sees_every_region = role in _SEES_EVERYTHING and not granted
    instant = now_text()
    values = {
        "user_name": name,
        "password_hash": None if password is None else hash_password(password, user_name=name),
        "role": role,
        "sees_every_region": sees_every_region,
        "sees_identity": role == "customer" if sees_identity is None else sees_identity,
        "is_active": True,
        "is_demo": is_demo,
        "session_epoch": 0,
        "created_at": instant,
        "changed_at": instant,
    }
    detail = {"role": role, "regions": sorted(granted), "customer_ids": sorted(own)}
    with change(
        engine, actor, "account.create", subject=("account", name), detail=detail
    ) as connection:
        if connection.scalar(select(ACCOUNTS.c.role).where(ACCOUNTS.c.user_name == name)):
            raise AccountError(f"account '{name}' exists already. Choose another name.")
        connection.execute(insert(ACCOUNTS).values(**values))
        _grant(connection, name, granted, own)
    return _existing(engine, name)


def _check_rights(
    name: str,
    role: str,
    regions: frozenset[str],
    sees_every_region: bool | None,  # noqa: FBT001
    customer_ids: frozenset[str],
) -> None:
    if role not in ROLES:
        raise AccountError(
            f"account '{name}': role '{role}' is unknown. Choose one of {', '.join(ROLES)}."
        )
    if role == "customer" and (regions or sees_every_region):
        raise AccountError(
            f"account '{name}': a customer sees its own accounts, not regions. "
            "Give customer_ids and no regions."
        )
    if role != "customer" and customer_ids:
        raise AccountError(
            f"account '{name}': only the role customer has customer_ids, this one is {role}. "
            "Grant regions instead."
        )
    if regions and sees_every_region:
        raise AccountError(
            f"account '{name}': it is to see every region and only {len(regions)} of them. "
            "Give one of the two."
        )


def grant_regions(
    engine: Engine, actor: Actor, user_name: str, regions: Iterable[str] | None
) -> Account:
    """Replace the regions an account sees; None is every region, an empty list is none."""
    granted = None if regions is None else frozenset(regions)
    account = _existing(engine, user_name)
    _check_rights(
        account.user_name, account.role, granted or frozenset(), granted is None, frozenset()
    )
    name = account.user_name
    detail = {"regions": None if granted is None else sorted(granted)}
    with change(
        engine, actor, "account.grant_regions", subject=("account", name), detail=detail
    ) as connection:
        connection.execute(delete(ACCOUNT_REGIONS).where(ACCOUNT_REGIONS.c.user_name == name))
        _grant(connection, name, granted or frozenset(), frozenset())
        _set(connection, name, sees_every_region=granted is None)
    return _existing(engine, name)


def _grant(
    connection: Connection, name: str, regions: frozenset[str], customer_ids: frozenset[str]
) -> None:
    for table, column, granted in (
        (ACCOUNT_REGIONS, "region_id", regions),
        (ACCOUNT_CUSTOMERS, "customer_id", customer_ids),
    ):
        rows = [{"user_name": name, column: value} for value in sorted(granted)]
        if rows:
            connection.execute(insert(table), rows)


def set_password(engine: Engine, actor: Actor, user_name: str, password: str) -> None:
    """Set a new password; every session of the account ends."""
    name = _existing(engine, user_name).user_name
    hashed = hash_password(password, user_name=name)
    with change(engine, actor, "account.set_password", subject=("account", name)) as connection:
        _set(connection, name, password_hash=hashed, session_epoch=ACCOUNTS.c.session_epoch + 1)


def deactivate(engine: Engine, actor: Actor, user_name: str) -> None:
    """Lock an account out, its sessions and tokens at once; its audit lines stay."""
    name = _existing(engine, user_name).user_name
    with change(engine, actor, "account.deactivate", subject=("account", name)) as connection:
        _set(connection, name, is_active=False, session_epoch=ACCOUNTS.c.session_epoch + 1)


def activate(engine: Engine, actor: Actor, user_name: str) -> None:
    """Let a deactivated account in again; sessions from before stay ended."""
    name = _existing(engine, user_name).user_name
    with change(engine, actor, "account.activate", subject=("account", name)) as connection:
        _set(connection, name, is_active=True)


def set_language(engine: Engine, actor: Actor, user_name: str, language: str) -> None:
    """Remember the language a user chose; the demo's accounts share theirs."""
    if language not in LANGUAGES:
        raise AccountError(f"language '{language}' is unknown. Choose one of zh, en.")
    account = _existing(engine, user_name)
    same = ACCOUNTS.c.is_demo if account.is_demo else ACCOUNTS.c.user_name == account.user_name
    subject = ("account", account.user_name)
    with change(
        engine, actor, "account.set_language", subject=subject, detail={"language": language}
    ) as connection:
        connection.execute(update(ACCOUNTS).where(same).values(language=language))


def demo_name(role: str) -> str:
    """Name of the demo's account for a role."""
    return f"demo-{role.replace('_', '-')}"


def ensure_demo_accounts(
    engine: Engine, actor: Actor, *, customer_ids: Iterable[str] = ()
) -> list[Account]:
    """The demo's accounts, one a role, made where missing; none of them has a password.

    ``customer_ids`` is what the demo's customer sees; without it, nothing.
    """
    made = []
    for role in ROLES:
        name = demo_name(role)
        account = read_account(engine, name) or create_account(
            engine,
            actor,
            name,
            role=role,
            sees_every_region=None if role == "customer" else True,
            customer_ids=customer_ids if role == "customer" else (),
            sees_identity=role in _DEMO_SEES_IDENTITY,
            is_demo=True,
        )
        made.append(account)
    return made


def _set(connection: Connection, name: str, **values: object) -> None:
    row = update(ACCOUNTS).where(ACCOUNTS.c.user_name == name)
    connection.execute(row.values(**values, changed_at=now_text()))


def _existing(engine: Engine, user_name: str) -> Account:
    name = plain_name(user_name)
    account = read_account(engine, name)
    if account is None:
        raise AccountError(
            f"account '{name}' does not exist. Check the name; `fenggu account add` makes one."
        )
    return account
