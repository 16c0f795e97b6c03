"""The operational database: its tables, one way to open it, and what is read from it.

Everything that people and programs enter lives here; ``ingest.records`` writes it. SQLite in
WAL mode by default, PostgreSQL by URL. Instants are text in ISO 8601 with the zone of UTC, so
that both databases sort and hash them alike.
"""

import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import polars as pl
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    UniqueConstraint,
    case,
    create_engine,
    event,
    exists,
    func,
    null,
    select,
)
from sqlalchemy.engine import Row

from queries.scope import Scope
from queries.settings import Settings

METADATA = MetaData()

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("user_name", Text, primary_key=True),
    Column("password_hash", Text),  # argon2id; null: cannot sign in with a password
    Column("role", Text, nullable=False),
    Column("sees_every_region", Boolean, nullable=False),
    Column("sees_identity", Boolean, nullable=False),
    Column("language", Text),  # null: not chosen yet
    Column("is_active", Boolean, nullable=False),
    Column("is_demo", Boolean, nullable=False),
    Column("session_epoch", Integer, nullable=False),  # a cookie of an earlier epoch is void
    Column("created_at", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
)
ACCOUNT_REGIONS = Table(
    "account_regions",
    METADATA,
    Column("user_name", ForeignKey("accounts.user_name"), primary_key=True),
    Column("region_id", Text, primary_key=True),
)
ACCOUNT_CUSTOMERS = Table(
    "account_customers",
    METADATA,
    Column("user_name", ForeignKey("accounts.user_name"), primary_key=True),
    Column("customer_id", Text, primary_key=True),
)
API_TOKENS = Table(
    "api_tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),  # sha256 of 256 random bits
    Column("user_name", ForeignKey("accounts.user_name"), nullable=False),
    Column("label", Text, nullable=False),
    Column("may_write", Boolean, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("revoked_at", Text),
)
ENDED_SESSIONS = Table(
    "ended_sessions",
    METADATA,
    Column("session_id", Text, primary_key=True),
    Column("ended_at", Text, nullable=False, index=True),
)
SIGN_IN_ATTEMPTS = Table(
    "sign_in_attempts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("user_name", Text, nullable=False, index=True),
    Column("address", Text, nullable=False, index=True),
    Column("at", Text, nullable=False, index=True),
    Column("succeeded", Boolean, nullable=False),
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 … without a gap
    Column("at", Text, nullable=False, index=True),
    Column("user_name", Text, nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("detail", Text, nullable=False),  # JSON, keys sorted
    Column("lake_version", Text),
    Column("address", Text),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
SCENARIOS = Table(
    "scenarios",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # what it is tried in: "tariff"
    Column("name", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("version", Integer, nullable=False),  # 1, 2, 3 …: who overwrites names the one it read
    Column("content", Text, nullable=False),  # JSON
    Column("lake_version", Text),  # the state of the lake it was saved on
    UniqueConstraint("kind", "name", name="scenarios_kind_name"),
)
COLLECTION_TASKS = Table(
    "collection_tasks",
    METADATA,
    Column("collector", Text, primary_key=True),
    Column("address", Text, primary_key=True),  # communication address of the meter
    Column("kind", Text, primary_key=True),  # curve, freeze or clock
    Column("service_date", Text, primary_key=True),  # ISO
    Column("usage_point_id", Text, nullable=False),
    Column("meter_id", Text, nullable=False),
    Column("terminal", Text),  # null: read directly
    Column("protocol", Text, nullable=False),
    Column("wanted_at", Text, nullable=False),  # since when it was missing
    Column("attempts", Integer, nullable=False),
    Column("attempted_at", Text),  # null: not yet
    Column("next_attempt_at", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, done, given_up
    Column("reason", Text),  # of the last attempt that failed, or of giving up
    Column("message", Text),
    Column("done_at", Text),
)
COLLECTION_TERMINALS = Table(
    "collection_terminals",
    METADATA,
    Column("collector", Text, primary_key=True),
    Column("terminal", Text, primary_key=True),  # its address
    Column("protocol", Text, nullable=False),
    Column("is_online", Boolean, nullable=False),
    Column("changed_at", Text, nullable=False),  # since when it is online, or offline
    Column("heard_at", Text),  # null: never
)
COLLECTION_SCALERS = Table(
    "collection_scalers",
    METADATA,
    Column("address", Text, primary_key=True),  # communication address of a DL/T 698.45 meter
    Column("meter_id", Text, nullable=False),  # which meter it was that said so
    Column("asked_at", Text, nullable=False),  # last, whether it answered or not
    Column("failures", Integer, nullable=False),  # in a row since it last answered
    Column("stated", Text, nullable=False),  # JSON: OAD to [scaler, unit]; null: the usual one
)
OFFERS = Table(
    "offers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # queries.customers.offer.KINDS
    Column("name", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),  # open, closed
    Column("author", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("version", Integer, nullable=False),  # 1, 2, 3 …: who changes it names the one it read
    Column("content", Text, nullable=False),  # JSON: words, rules, value (queries.customers.offer)
)
OFFER_VERSIONS = Table(
    "offer_versions",
    METADATA,
    Column("offer_id", ForeignKey("offers.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("content", Text, nullable=False),  # JSON, as it stood then
)
OFFER_CAMPAIGNS = Table(
    "offer_campaigns",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("offer_id", ForeignKey("offers.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("sent_on", Text, nullable=False),  # ISO date
    Column("seed", Integer),  # of the lot; null: drawn elsewhere
    Column("control_share", Text, nullable=False),  # of those looked at, left out by lot
    Column("author", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("lake_version", Text),
    Column("content", Text, nullable=False),  # JSON: the offer as it was sent
    Column("offer_version", Integer),  # which that was; null: not kept then
)
OFFER_MEMBERS = Table(
    "offer_members",
    METADATA,
    Column("campaign_id", ForeignKey("offer_campaigns.id"), primary_key=True),
    Column("usage_point_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("arm", Text, nullable=False),  # offered, control
    Column("stratum", Text, nullable=False),
    Column("accepted_on", Text),  # ISO date; null: did not take it
)
OFFER_ANSWERS = Table(
    "offer_answers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("offer_id", ForeignKey("offers.id"), nullable=False, index=True),
    Column("campaign_id", ForeignKey("offer_campaigns.id")),  # null: it was in none
    Column("usage_point_id", Text, nullable=False),
    Column("customer_id", Text, nullable=False, index=True),
    Column("answer", Text, nullable=False),  # accepted, declined, complaint
    Column("said_on", Text, nullable=False),  # ISO date
    Column("said_by", Text, nullable=False),  # customer: in its own account; staff: written down
    Column("channel", Text, nullable=False),  # phone, counter, letter, visit, account
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("note", Text, nullable=False),
)
CUSTOMER_CONTACTS = Table(
    "customer_contacts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False, index=True),
    Column("contacted_on", Text, nullable=False, index=True),  # ISO date
    Column("reason", Text, nullable=False),  # offer, advice
    Column("subject_id", Text, nullable=False),  # of the campaign, or the usage point advised
)
CONSENTS = Table(
    "consents",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False, index=True),
    Column("purpose", Text, nullable=False),  # offers
    Column("decision", Text, nullable=False),  # given, refused
    Column("said_by", Text, nullable=False),  # customer: in its own account; staff: written down
    Column("said_on", Text, nullable=False),  # ISO date
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", Text, nullable=False),
    Column("note", Text, nullable=False),  # where the paper is, who called
    Column("channel", Text),  # phone, counter, letter, visit, account; null: not kept then
)
TICKETS = Table(
    "tickets",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # fault, complaint or question
    Column("customer_id", Text, nullable=False, index=True),
    Column("usage_point_id", Text),  # null: the account as a whole
    Column("subject", Text, nullable=False),  # what was said first
    Column("state", Text, nullable=False),  # open, in_progress, waiting, resolved, closed
    Column("opened_by", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("assigned_to", Text),
    Column("version", Integer, nullable=False),  # 1, 2 …: a step each
)
TICKET_STEPS = Table(
    "ticket_steps",
    METADATA,
    Column("ticket_id", ForeignKey("tickets.id"), primary_key=True),
    Column("number", Integer, primary_key=True),  # 1, 2, 3 … without a gap
    Column("at", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("said_by", Text, nullable=False),  # customer or staff
    Column("state", Text, nullable=False),  # of the ticket after it
    Column("text", Text, nullable=False),
)
WORK_ORDERS = Table(
    "work_orders",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False, index=True),
    Column("task", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, done or cancelled
    Column("opened_by", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("ended_by", Text),
    Column("ended_at", Text),
    Column("result", Text),
)
COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),  # "records" or "audit"
    Column("value", Integer, nullable=False),
)

ACCOUNT_LIST = pl.Schema(
    {
        "user_name": pl.String(),
        "role": pl.String(),
        "regions": pl.Int64(),  # how many are granted; null: every region
        "sees_identity": pl.Boolean(),
        "is_active": pl.Boolean(),
        "is_demo": pl.Boolean(),
        "changed_at": pl.String(),
    }
)
AUDIT_LINES = pl.Schema(
    {
        "id": pl.Int64(),
        "at": pl.String(),
        "user_name": pl.String(),
        "role": pl.String(),
        "action": pl.String(),
        "subject_kind": pl.String(),
        "subject_id": pl.String(),
        "detail": pl.String(),
        "lake_version": pl.String(),
        "address": pl.String(),
    }
)

BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another one: longer than any transaction here should last."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of Fenggu, without the password.

    Attributes:
        role: One of ``queries.scope.ROLES``.
        regions: Regions granted; None is every region.
        customer_ids: Customer accounts (户号) of a user with the role ``customer``.
        language: ``zh`` or ``en``; None until the user chooses.
        session_epoch: Raised whenever all sessions of the account must end.
    """

    user_name: str
    role: str
    regions: frozenset[str] | None
    customer_ids: frozenset[str]
    sees_identity: bool
    language: str | None
    is_active: bool
    is_demo: bool
    session_epoch: int


def open_records(settings: Settings) -> Engine:
    """The engine of the operational database: one a process and URL."""
    return _engine(settings.database_url)


@cache
def _engine(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: object, _record: object) -> None:
    # The driver must not open transactions on its own: it opens them too late to lock.
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_MS}")
    _turn_to_wal(cursor)
    for pragma in (
        "synchronous = full",  # with "normal", a power cut may lose what was acknowledged
        "foreign_keys = on",
    ):
        cursor.execute(f"pragma {pragma}")
    cursor.close()


def _turn_to_wal(cursor: sqlite3.Cursor) -> None:
    """Set the journal mode; two that change it at once are told "locked" without waiting."""
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail instead of waiting its turn.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("begin immediate" if writes else "begin")


def now_text() -> str:
    """This instant as the database keeps it, to the microsecond."""
    return as_text(datetime.now(UTC))


def as_text(instant: datetime) -> str:
    """An aware instant as the database keeps it; such texts sort like the instants."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def version(engine: Engine) -> int:
    """How many changes were made to the records: part of every cache key that reads them.

    An audit line alone (an answered question, a sign-in) does not count.
    """
    with engine.connect() as connection:
        return connection.scalar(select(COUNTERS.c.value).where(COUNTERS.c.name == "records")) or 0


def frame(engine: Engine, question: Select, schema: pl.Schema | None = None) -> pl.DataFrame:
    """The rows of ``question`` as a frame; ``schema`` gives the types, also of an empty answer."""
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(question)]
    names = list(question.selected_columns.keys())
    return pl.DataFrame(rows, schema=schema or names, orient="row", infer_schema_length=None)


def account(engine: Engine, user_name: str) -> Account | None:
    """The account of that exact name, active or not; None when there is none."""
    with engine.connect() as connection:
        row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.user_name == user_name)).first()
        return None if row is None else _account(connection, row)


def session_account(
    engine: Engine, *, user_name: str, epoch: int, session_id: str
) -> Account | None:
    """The account behind a session, if it is active, in that epoch, and the session not ended."""
    alive = (
        (ACCOUNTS.c.user_name == user_name)
        & (ACCOUNTS.c.session_epoch == epoch)
        & ACCOUNTS.c.is_active
        & ~exists().where(ENDED_SESSIONS.c.session_id == session_id)
    )
    with engine.connect() as connection:
        row = connection.execute(select(ACCOUNTS).where(alive)).first()
        return None if row is None else _account(connection, row)


def token_account(engine: Engine, token_hash: str) -> tuple[Account, bool] | None:
    """The account a valid API token speaks for, and whether the token may write."""
    held = (
        (API_TOKENS.c.token_hash == token_hash)
        & API_TOKENS.c.revoked_at.is_(None)
        & (API_TOKENS.c.expires_at > now_text())
        & ACCOUNTS.c.is_active
    )
    with engine.connect() as connection:
        row = connection.execute(
            select(ACCOUNTS, API_TOKENS.c.may_write)
            .join(API_TOKENS, API_TOKENS.c.user_name == ACCOUNTS.c.user_name)
            .where(held)
        ).first()
        return None if row is None else (_account(connection, row), row.may_write)


def accounts(engine: Engine) -> pl.DataFrame:
    """Every account without its password, by name; regions are counted, null is all of them."""
    granted = (
        select(func.count())
        .where(ACCOUNT_REGIONS.c.user_name == ACCOUNTS.c.user_name)
        .scalar_subquery()
    )
    regions = case((ACCOUNTS.c.sees_every_region, null()), else_=granted).label("regions")
    question = select(
        ACCOUNTS.c.user_name,
        ACCOUNTS.c.role,
        regions,
        ACCOUNTS.c.sees_identity,
        ACCOUNTS.c.is_active,
        ACCOUNTS.c.is_demo,
        ACCOUNTS.c.changed_at,
    ).order_by(ACCOUNTS.c.user_name)
    return frame(engine, question, ACCOUNT_LIST)


def audit_lines(engine: Engine, *, last: int = 100) -> pl.DataFrame:
    """The last lines of the audit, newest first."""
    question = select(*(AUDIT.c[name] for name in AUDIT_LINES))
    return frame(engine, question.order_by(AUDIT.c.id.desc()).limit(last), AUDIT_LINES)


def scope_of(account: Account) -> Scope:
    """What the account may see. A customer sees only its own, a granted region only itself."""
    is_customer = account.role == "customer"
    return Scope(
        user=account.user_name,
        role=account.role,
        regions=None if is_customer else account.regions,
        customer_ids=account.customer_ids if is_customer else None,
        sees_identity=account.sees_identity,
    )


def _account(connection: Connection, row: Row) -> Account:
    regions = connection.scalars(
        select(ACCOUNT_REGIONS.c.region_id).where(ACCOUNT_REGIONS.c.user_name == row.user_name)
    )
    customers = connection.scalars(
        select(ACCOUNT_CUSTOMERS.c.customer_id).where(
            ACCOUNT_CUSTOMERS.c.user_name == row.user_name
        )
    )
    return Account(
        user_name=row.user_name,
        role=row.role,
        regions=None if row.sees_every_region else frozenset(regions),
        customer_ids=frozenset(customers),
        sees_identity=row.sees_identity,
        language=row.language,
        is_active=row.is_active,
        is_demo=row.is_demo,
        session_epoch=row.session_epoch,
    )
