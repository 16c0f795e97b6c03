"""One change is one transaction, one audit line and one step of the counter."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from ingest.records.audit import verify_chain
from ingest.records.engine import SYSTEM, Actor, change, note, upgrade
from queries.records import ENDED_SESSIONS, METADATA, audit_lines, open_records, version
from queries.settings import Settings

LI_NA = Actor("li.na", "planner", "10.0.0.7")


def _row(session_id: str):
    return insert(ENDED_SESSIONS).values(session_id=session_id, ended_at="2026-01-01")


def test_a_change_leaves_an_audit_line_and_moves_the_version(records: Engine):
    before = version(records)
    detail: dict[str, object] = {"reason": "试验"}
    with change(records, LI_NA, "session.end", subject=("session", "s1"), detail=detail) as writer:
        writer.execute(_row("s1"))
        detail["found"] = 1
    assert version(records) == before + 1
    line = audit_lines(records, last=1).row(0, named=True)
    assert (line["user_name"], line["role"], line["address"]) == ("li.na", "planner", "10.0.0.7")
    assert (line["action"], line["subject_kind"], line["subject_id"]) == (
        "session.end",
        "session",
        "s1",
    )
    assert line["detail"] == '{"found": 1, "reason": "试验"}'


def test_a_change_that_fails_leaves_no_trace(records: Engine):
    before = version(records)
    with (
        pytest.raises(IntegrityError),
        change(records, SYSTEM, "session.end", subject=("session", "s1")) as writer,
    ):
        writer.execute(insert(ENDED_SESSIONS), [{"session_id": "s1", "ended_at": "2026"}] * 2)
    assert version(records) == before
    assert audit_lines(records).is_empty()
    with records.connect() as reader:
        assert reader.execute(select(ENDED_SESSIONS)).first() is None


def test_an_answered_question_is_audited_without_making_cached_answers_stale(records: Engine):
    before = version(records)
    note(records, LI_NA, "ask", subject=("customer", "C1"), lake_version="17")
    assert version(records) == before
    assert audit_lines(records)["lake_version"].to_list() == ["17"]


def test_writers_at_once_take_turns_and_keep_one_chain(records: Engine):
    def work(number: int) -> None:
        with change(records, SYSTEM, "session.end", subject=("session", str(number))) as writer:
            writer.execute(_row(str(number)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert version(records) == 40
    assert audit_lines(records, last=99)["id"].to_list() == list(range(40, 0, -1))
    assert verify_chain(records) is None


def _upgrade(data: Path) -> None:
    upgrade(Settings(data=data, database=""))


def test_two_processes_may_create_the_database_at_once(tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_upgrade, args=(tmp_path,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert version(open_records(Settings(data=tmp_path, database=""))) == 0


def test_the_migrations_make_exactly_the_declared_tables(records: Engine):
    with records.connect() as reader:
        assert compare_metadata(MigrationContext.configure(reader), METADATA) == []


def test_sqlite_survives_a_power_cut_and_lets_readers_read(records: Engine):
    with records.connect() as reader:
        found = [
            reader.exec_driver_sql(f"pragma {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, 10_000]
