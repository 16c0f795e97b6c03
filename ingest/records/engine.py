"""Change the operational database: its shape by migrations, its content in one way only.

Every change is one transaction with its audit line and a step of the version counter, so that
no record moves without a trace and no cached answer outlives what it was computed from.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text, update

from ingest.records.audit import Line, write_line
from queries.records import COUNTERS, open_records
from queries.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"

_MIGRATION_LOCK = 7_226_511
"""Any number no other program of the same PostgreSQL database takes for its advisory lock."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, for the audit line: ``address`` is the client's, None on the machine itself."""

    user_name: str
    role: str
    address: str | None = None


SYSTEM = Actor(user_name="system", role="administrator")
"""Whoever has the machine: the command line and scheduled work."""


def upgrade(settings: Settings) -> Engine:
    """Bring the operational database to the current shape, creating it if need be.

    Safe to call at every start, and when several processes start at once: one upgrades, the
    others wait and find nothing to do.
    """
    engine = open_records(settings)
    if engine.dialect.name == "sqlite" and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    config = Config(attributes={"keep_logging": True})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"select pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the write lock from its start; it leaves no audit line."""
    with engine.execution_options(writes=True).begin() as connection:
        yield connection


@contextmanager
def change(  # noqa: PLR0913 (who did what to which record)
    engine: Engine,
    actor: Actor,
    action: str,
    *,
    subject: tuple[str, str],
    detail: Mapping[str, object] | None = None,
    lake_version: str | None = None,
) -> Iterator[Connection]:
    """One transaction that changes records; the only way to do so.

    Args:
        engine: The operational database.
        actor: Who does it.
        action: What is done, as a verb with its record, such as ``account.create``.
        subject: Kind and identifier of the record, such as ``("account", "li.na")``.
        detail: Values worth keeping in the audit; may be filled inside the block. Never secrets.
        lake_version: Version of the lake the change was decided on, if it was.

    Yields:
        The connection to write with. An exception undoes everything, the audit line included.
    """
    detail = {} if detail is None else detail
    with writing(engine) as connection:
        step = update(COUNTERS).where(COUNTERS.c.name == "records")
        # First: on PostgreSQL the row's lock makes writers take turns, as SQLite does anyway.
        connection.execute(step.values(value=COUNTERS.c.value + 1))
        yield connection
        write_line(
            connection,
            Line(
                user_name=actor.user_name,
                role=actor.role,
                action=action,
                subject=subject,
                detail=detail,
                lake_version=lake_version,
                address=actor.address,
            ),
        )


def note(  # noqa: PLR0913 (the fields of an audit line)
    engine: Engine,
    actor: Actor,
    action: str,
    *,
    subject: tuple[str, str],
    detail: Mapping[str, object] | None = None,
    lake_version: str | None = None,
) -> None:
    """Leave an audit line about something that changed no record, such as a question answered."""
    line = Line(
        user_name=actor.user_name,
        role=actor.role,
        action=action,
        subject=subject,
        detail=detail or {},
        lake_version=lake_version,
        address=actor.address,
    )
    with writing(engine) as connection:
        write_line(connection, line)
