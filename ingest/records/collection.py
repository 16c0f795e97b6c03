"""The queue of the collection: what is missing since when, how often it was asked for, and why not.

Nothing leaves the queue in silence: a task is done when the reading is in the lake, or it is given
up with a reason and can be taken up again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from ingest.collection.wants import Want
from ingest.records.engine import Actor, change
from queries.local_time import standard_offset
from queries.records import COLLECTION_TASKS, COLLECTION_TERMINALS, as_text, now_text
from queries.settings import Settings

OPEN, DONE, GIVEN_UP = "open", "done", "given_up"
OFFLINE = "offline"
"""Not heard of: it does not count as an attempt, as nothing was asked."""
NOTHING = "nothing"
"""It answered, but what was asked for did not come."""
_LONGEST_PAUSE = timedelta(hours=6)

Key = tuple[str, str, str]
"""(communication address, kind, ISO day)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a want was not met.

    Attributes:
        reason: A word for the statistics.
        message: What was asked of whom, and what came.
        may_retry: Whether asking again makes sense.
    """

    reason: str
    message: str
    may_retry: bool = True


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of a collector came to.

    Attributes:
        collector: Its name.
        asked: What was asked for, and why it failed; None: it was answered.
        missing: All that is missing now, after what came is in the lake.
        first_day: From which day on missing things were looked for.
    """

    collector: str
    asked: Mapping[Key, tuple[Want, Failure | None]]
    missing: Mapping[Key, Want]
    first_day: date


def key_of(want: Want, settings: Settings) -> Key:
    """What a want is called in the queue: its day is the one that it belongs to."""
    offset = standard_offset(settings.zone, want.first.year)
    moment = want.first + offset
    if want.kind == "freeze":
        moment -= timedelta(microseconds=1)  # a freeze of midnight closes the day before
    return want.meter.address, str(want.kind), moment.date().isoformat()


def may_ask(engine: Engine, collector: str, keys: Iterable[Key], now: datetime) -> set[Key]:
    """The keys that are to be asked for now: neither given up, nor to wait a while longer."""
    with engine.connect() as connection:
        held = _held(connection, collector)
    moment = as_text(now)
    return {
        key
        for key in keys
        if (row := held.get(key)) is None
        or row["state"] == DONE
        or (row["state"] == OPEN and row["next_attempt_at"] <= moment)
    }


def _held(connection: Connection, collector: str) -> dict[Key, dict]:
    query = select(COLLECTION_TASKS).where(COLLECTION_TASKS.c.collector == collector)
    rows = connection.execute(query).mappings()
    return {(row["address"], row["kind"], row["service_date"]): dict(row) for row in rows}


def close_round(  # noqa: PLR0913 - what happened, when, and how patient we are
    engine: Engine,
    actor: Actor,
    done: Round,
    *,
    now: datetime,
    most_attempts: int,
    first_pause: timedelta,
    random: Random,
) -> dict[str, int]:
    """Write down what a round came to.

    What failed waits for ``first_pause``, then twice as long after each further failure, up to six
    hours; the jitter keeps meters that failed together from being asked together.

    Returns:
        How many tasks are ``open``, became ``done``, and were ``given_up`` by it.
    """
    counts = {OPEN: 0, DONE: 0, GIVEN_UP: 0}
    subject = ("collector", done.collector)
    with change(engine, actor, "collection.round", subject=subject, detail=counts) as connection:
        held = _held(connection, done.collector)
        before = {key: row["state"] for key, row in held.items()}
        after = {
            key: _open_task(
                key, want, held.get(key), done, now, (most_attempts, first_pause), random
            )
            for key, want in done.missing.items()
        }
        for key, (want, _) in done.asked.items():
            if key not in after and key not in held:
                after[key] = _closed_task(key, _new_task(key, want, done, now), done, now)
        for key, row in held.items():
            if key not in after and row["state"] != DONE:
                after[key] = _closed_task(key, row, done, now)
        fresh = [task for key, task in after.items() if key not in held]
        if fresh:
            connection.execute(insert(COLLECTION_TASKS), fresh)
        changed = [task for key, task in after.items() if key in held and task != held[key]]
        if changed:
            connection.execute(_UPDATE, [_named(task) for task in changed])
        for key, task in after.items():
            counts[task["state"]] += task["state"] == OPEN or before.get(key) != task["state"]
    return counts


_KEY = ("collector", "address", "kind", "service_date")
_UPDATE = (
    update(COLLECTION_TASKS)
    .where(*(COLLECTION_TASKS.c[name] == bindparam(f"b_{name}") for name in _KEY))
    .values(
        {
            column.name: bindparam(f"b_{column.name}")
            for column in COLLECTION_TASKS.c
            if column.name not in _KEY
        }
    )
)


def _named(task: Mapping[str, object]) -> dict[str, object]:
    return {f"b_{name}": value for name, value in task.items()}


def _new_task(key: Key, want: Want, done: Round, now: datetime) -> dict:
    address, kind, day = key
    return {
        "collector": done.collector,
        "address": address,
        "kind": kind,
        "service_date": day,
        "usage_point_id": want.meter.usage_point_id,
        "meter_id": want.meter.meter_id,
        "terminal": want.meter.terminal,
        "protocol": want.meter.protocol,
        "wanted_at": as_text(now),
        "attempts": 0,
        "attempted_at": None,
        "next_attempt_at": as_text(now),
        "state": OPEN,
        "reason": None,
        "message": None,
        "done_at": None,
    }


def _open_task(  # noqa: PLR0913, PLR0917 - a task and what happened to it
    key: Key,
    want: Want,
    row: Mapping | None,
    done: Round,
    now: datetime,
    patience: tuple[int, timedelta],
    random: Random,
) -> dict:
    is_held = row is not None and row["state"] != DONE
    task = dict(row) if row is not None and is_held else _new_task(key, want, done, now)
    if key not in done.asked:
        return task
    failure = done.asked[key][1] or Failure(NOTHING, "answered, but without what was asked for")
    task |= {"reason": failure.reason, "message": failure.message, "attempted_at": as_text(now)}
    if failure.reason == OFFLINE:
        return task | {"next_attempt_at": as_text(now)}
    task["attempts"] += 1
    most_attempts, first_pause = patience
    if not failure.may_retry or task["attempts"] >= most_attempts:
        return task | {"state": GIVEN_UP}
    pause = min(first_pause * 2 ** min(task["attempts"] - 1, 20), _LONGEST_PAUSE)
    return task | {"next_attempt_at": as_text(now + pause * random.uniform(0.5, 1.0))}


def _closed_task(key: Key, row: Mapping, done: Round, now: datetime) -> dict:
    """A task that is missing no more, or that nobody looks for any longer."""
    _, _, day = key
    if date.fromisoformat(day) < done.first_day:
        if row["state"] == GIVEN_UP:
            return dict(row)
        message = f"older than the look-back; last failure: {row['reason'] or 'never asked'}"
        return dict(row) | {"state": GIVEN_UP, "reason": "too_old", "message": message}
    attempts = row["attempts"] + (key in done.asked)
    return dict(row) | {
        "state": DONE,
        "attempts": attempts,
        "attempted_at": as_text(now) if key in done.asked else row["attempted_at"],
        "done_at": as_text(now),
        "reason": None,
        "message": None,
    }


def take_up_again(
    engine: Engine, actor: Actor, *, collector: str | None = None, address: str | None = None
) -> int:
    """Ask again at once for what waits or was given up; return how many tasks that are."""
    detail: dict[str, object] = {"collector": collector, "address": address}
    table = COLLECTION_TASKS.c
    which = [table.state != DONE]
    if collector is not None:
        which.append(table.collector == collector)
    if address is not None:
        which.append(table.address == address)
    subject = ("meter", address) if address else ("collector", collector or "all")
    with change(engine, actor, "collection.again", subject=subject, detail=detail) as connection:
        step = update(COLLECTION_TASKS).where(*which)
        found = connection.execute(step.values(state=OPEN, next_attempt_at=now_text())).rowcount
        detail["tasks"] = found
    return found


def note_terminals(
    engine: Engine,
    actor: Actor,
    collector: str,
    heard: Mapping[str, tuple[str, bool, datetime | None]],
) -> None:
    """Write down which terminals are online: by address protocol, whether, and when last heard."""
    moment = as_text(datetime.now(UTC))
    subject = ("collector", collector)
    with change(engine, actor, "collection.terminals", subject=subject) as connection:
        query = select(COLLECTION_TERMINALS).where(COLLECTION_TERMINALS.c.collector == collector)
        held = {row["terminal"]: row for row in connection.execute(query).mappings()}
        for terminal, (protocol, is_online, heard_at) in heard.items():
            values = {"protocol": protocol, "is_online": is_online}
            if heard_at is not None:
                values["heard_at"] = as_text(heard_at)
            row = held.get(terminal)
            if row is None:
                values |= {"collector": collector, "terminal": terminal, "changed_at": moment}
                connection.execute(insert(COLLECTION_TERMINALS).values(**values))
                continue
            if row["is_online"] != is_online:
                values["changed_at"] = moment
            mine = (COLLECTION_TERMINALS.c.collector == collector) & (
                COLLECTION_TERMINALS.c.terminal == terminal
            )
            connection.execute(update(COLLECTION_TERMINALS).where(mine).values(**values))
