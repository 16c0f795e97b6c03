"""The queue of the collection: nothing leaves it in silence."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from ingest.collection.wants import Kind, Meter, Want
from ingest.records.collection import (
    Failure,
    Round,
    close_round,
    key_of,
    may_ask,
    note_terminals,
    take_up_again,
)
from ingest.records.engine import SYSTEM, upgrade
from queries.records import COLLECTION_TASKS, COLLECTION_TERMINALS, frame
from queries.settings import Settings

_NOW = datetime(2026, 3, 5, 4, tzinfo=UTC)
_METER = Meter("000000000121", "P", "A", "000000000003")
_FREEZE = Want(_METER, Kind.FREEZE, datetime(2026, 3, 4, 16, tzinfo=UTC), _NOW)
_SILENT = Failure("timeout", "no answer in 10 s")


@pytest.fixture
def engine(tmp_path):
    return upgrade(Settings(data=tmp_path))


def _key():
    return key_of(_FREEZE, Settings())


def _close(engine, *, asked=None, is_missing=True, now=_NOW, first_day=date(2026, 2, 1)):
    tried = {} if asked is None else {_key(): (_FREEZE, asked if asked != "answered" else None)}
    missing = {_key(): _FREEZE} if is_missing else {}
    done = Round("east", tried, missing, first_day)
    return close_round(
        engine,
        SYSTEM,
        done,
        now=now,
        most_attempts=3,
        first_pause=timedelta(minutes=5),
        random=Random(1),  # noqa: S311
    )


def _task(engine) -> dict:
    [row] = frame(engine, COLLECTION_TASKS.select()).iter_rows(named=True)
    return row


def test_a_freeze_belongs_to_the_day_it_closes():
    assert _key() == ("000000000121", "freeze", "2026-03-04")


def test_what_is_missing_is_queued_and_its_age_stays(engine):
    assert may_ask(engine, "east", [_key()], _NOW) == {_key()}
    assert _close(engine, asked=_SILENT) == {"open": 1, "done": 0, "given_up": 0}
    _close(engine, asked=_SILENT, now=_NOW + timedelta(hours=1))
    task = _task(engine)
    assert (task["attempts"], task["reason"], task["state"]) == (2, "timeout", "open")
    assert task["wanted_at"].startswith("2026-03-05T04:00")


def test_after_a_failure_it_waits_ever_longer(engine):
    _close(engine, asked=_SILENT)
    assert may_ask(engine, "east", [_key()], _NOW + timedelta(minutes=2)) == set()
    assert may_ask(engine, "east", [_key()], _NOW + timedelta(minutes=6)) == {_key()}
    _close(engine, asked=_SILENT, now=_NOW + timedelta(minutes=6))
    assert may_ask(engine, "east", [_key()], _NOW + timedelta(minutes=10)) == set()


def test_it_is_given_up_with_the_reason_of_the_last_failure_and_can_be_taken_up_again(engine):
    for hour in range(2):
        _close(engine, asked=_SILENT, now=_NOW + timedelta(hours=hour))
    counts = _close(engine, asked=_SILENT, now=_NOW + timedelta(hours=2))
    assert counts == {"open": 0, "done": 0, "given_up": 1}
    task = _task(engine)
    assert (task["state"], task["message"]) == ("given_up", "no answer in 10 s")
    later = _NOW + timedelta(days=1)
    assert may_ask(engine, "east", [_key()], later) == set()
    assert take_up_again(engine, SYSTEM, address=_METER.address) == 1
    assert may_ask(engine, "east", [_key()], datetime.now(UTC) + later.resolution) == {_key()}


def test_what_no_repetition_can_mend_is_given_up_at_once(engine):
    counts = _close(engine, asked=Failure("refused", "DAR 3 denied", may_retry=False))
    assert counts["given_up"] == 1


def test_a_terminal_that_is_offline_has_not_been_asked(engine):
    for hour in range(5):
        _close(engine, asked=Failure("offline", "not dialled in"), now=_NOW + timedelta(hours=hour))
    task = _task(engine)
    assert (task["attempts"], task["state"], task["reason"]) == (0, "open", "offline")


def test_an_answer_without_the_reading_is_no_success(engine):
    _close(engine, asked="answered")
    assert _task(engine)["reason"] == "nothing"


def test_a_reading_that_came_closes_its_task_and_tells_how_many_attempts_it_took(engine):
    assert _close(engine, asked="answered", is_missing=False)["done"] == 1
    assert (_task(engine)["attempts"], _task(engine)["state"]) == (1, "done")


def test_a_reading_that_came_by_another_way_closes_its_task(engine):
    _close(engine, asked=_SILENT)
    assert _close(engine, is_missing=False)["done"] == 1
    assert _task(engine)["attempts"] == 1


def test_what_the_look_back_leaves_behind_is_given_up_not_forgotten(engine):
    _close(engine, asked=_SILENT)
    counts = _close(engine, is_missing=False, first_day=date(2026, 3, 5))
    assert counts["given_up"] == 1
    assert "last failure: timeout" in _task(engine)["message"]


def test_a_terminal_is_online_or_offline_since_a_moment(engine):
    note_terminals(engine, SYSTEM, "east", {"000000000003": ("dlt698", True, _NOW)})
    [first] = frame(engine, COLLECTION_TERMINALS.select()).iter_rows(named=True)
    note_terminals(engine, SYSTEM, "east", {"000000000003": ("dlt698", True, _NOW)})
    note_terminals(engine, SYSTEM, "east", {"000000000003": ("dlt698", False, None)})
    [last] = frame(engine, COLLECTION_TERMINALS.select()).iter_rows(named=True)
    assert not last["is_online"]
    assert last["changed_at"] > first["changed_at"]
    assert last["heard_at"] == first["heard_at"]
