"""Whoever meddles with the audit is found out."""

import pytest
from sqlalchemy import Engine, Executable, delete, update
from sqlalchemy.exc import DatabaseError

from ingest.records.audit import FIRST_HASH, chain_head, verify_chain
from ingest.records.engine import SYSTEM, note, writing
from queries.records import AUDIT


@pytest.fixture
def five_lines(records: Engine) -> Engine:
    """Five lines in a database whose owner has removed the triggers that guard them."""
    for number in range(1, 6):
        note(records, SYSTEM, "ask", subject=("customer", f"C{number}"))
    with writing(records) as owner:
        owner.exec_driver_sql("drop trigger audit_no_update")
        owner.exec_driver_sql("drop trigger audit_no_delete")
    return records


def test_an_untouched_audit_verifies(five_lines: Engine):
    assert verify_chain(five_lines) is None
    assert chain_head(five_lines)[0] == 5


def test_an_empty_audit_verifies(records: Engine):
    assert verify_chain(records) is None
    assert chain_head(records) == (0, FIRST_HASH)


@pytest.mark.parametrize("column", ["user_name", "subject_id", "detail", "at", "previous_hash"])
def test_an_altered_line_shows(five_lines: Engine, column: str):
    with writing(five_lines) as meddler:
        meddler.execute(update(AUDIT).where(AUDIT.c.id == 3).values({column: "x"}))
    found = verify_chain(five_lines)
    assert found is not None
    assert found.id == 3


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_removed_line_shows_even_the_last_one(five_lines: Engine, number: int):
    with writing(five_lines) as meddler:
        meddler.execute(delete(AUDIT).where(AUDIT.c.id == number))
    found = verify_chain(five_lines)
    assert found is not None
    assert found.id == number


@pytest.mark.parametrize("deed", [update(AUDIT).values(detail="{}"), delete(AUDIT)])
def test_the_database_itself_refuses_to_alter_lines(records: Engine, deed: Executable):
    note(records, SYSTEM, "ask", subject=("customer", "C1"))
    with pytest.raises(DatabaseError, match="append-only"), writing(records) as writer:
        writer.execute(deed)
