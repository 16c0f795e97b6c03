"""The audit: a line for everything that was changed or looked up, chained by hashes.

A line holds the hash of the line before it, so a line that is altered, removed, inserted or cut
off at the end shows. Whoever can rewrite the whole database can also rewrite the chain: keep
``chain_head`` elsewhere (a log, a print-out) to notice even that.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, insert, select, update

from queries.records import AUDIT, COUNTERS, now_text

FIRST_HASH = "0" * 64
"""What the first line names as the hash before it."""

_HASHED = [column.name for column in AUDIT.columns if column.name != "hash"]


@dataclass(frozen=True, slots=True)
class Line:
    """What an audit line says; the instant and the chain are added when it is written."""

    user_name: str
    role: str
    action: str
    subject: tuple[str, str]
    detail: Mapping[str, object] = field(default_factory=dict)
    lake_version: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold."""

    id: int
    reason: str


def write_line(connection: Connection, line: Line) -> None:
    """Append a line to the chain, inside the caller's transaction."""
    step = update(COUNTERS).where(COUNTERS.c.name == "audit").values(value=COUNTERS.c.value + 1)
    # The counter's row lock also keeps two writers from continuing the same line.
    number = connection.scalar(step.returning(COUNTERS.c.value))
    if number is None:
        raise RuntimeError(
            "the operational database has no audit counter. Run `fenggu init` to create it."
        )
    previous = connection.scalar(select(AUDIT.c.hash).where(AUDIT.c.id == number - 1))
    kind, identifier = line.subject
    values = {
        "id": number,
        "at": now_text(),
        "user_name": line.user_name,
        "role": line.role,
        "action": line.action,
        "subject_kind": kind,
        "subject_id": identifier,
        "detail": json.dumps(line.detail, sort_keys=True, ensure_ascii=False, default=str),
        "lake_version": line.lake_version,
        "address": line.address,
        "previous_hash": previous or FIRST_HASH,
    }
    connection.execute(insert(AUDIT).values(**values, hash=_hash_of(values)))


def _hash_of(values: dict) -> str:
    # A JSON list keeps the fields apart: no two lines can share their bytes.
    content = json.dumps([values[name] for name in _HASHED], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def verify_chain(engine: Engine) -> Break | None:
    """The first break of the audit's chain, or None when every line is as it was written."""
    expected, previous = 1, FIRST_HASH
    with engine.connect() as connection:
        lines = connection.execution_options(yield_per=1000).execute(
            select(AUDIT).order_by(AUDIT.c.id)
        )
        for line in lines.mappings():
            if line["id"] != expected:
                return Break(expected, f"line {expected} is missing; the next is {line['id']}")
            if line["previous_hash"] != previous:
                return Break(expected, f"line {expected} does not continue the line before it")
            if line["hash"] != _hash_of(dict(line)):
                return Break(expected, f"line {expected} was altered after it was written")
            expected, previous = expected + 1, line["hash"]
        written = connection.scalar(select(COUNTERS.c.value).where(COUNTERS.c.name == "audit")) or 0
    if written != expected - 1:
        return Break(expected, f"{written} lines were written, {expected - 1} are left")
    return None


def chain_head(engine: Engine) -> tuple[int, str]:
    """Number and hash of the last line, to be kept where the database's owner cannot reach."""
    with engine.connect() as connection:
        row = connection.execute(
            select(AUDIT.c.id, AUDIT.c.hash).order_by(AUDIT.c.id.desc()).limit(1)
        ).first()
    return (0, FIRST_HASH) if row is None else (row.id, row.hash)
