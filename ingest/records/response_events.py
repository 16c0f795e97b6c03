"""Events of demand response: planned, called, answered, cancelled and settled."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.engine import Row

from ingest.records.engine import Actor, change
from ingest.records.response_calls import keep_calls, nobody_is_busy
from ingest.records.response_programmes import ResponseError, only_makers, open_programme
from queries.demand.response_programme import read_terms
from queries.demand.response_tables import RESPONSE_CALLS, RESPONSE_EVENTS
from queries.records import ACCOUNT_CUSTOMERS, as_text, now_text

REASONS = ("heat", "cold", "shortage", "test")
ANSWERS = ("opt_in", "opt_out")
STEP_MINUTES = 15


def plan_event(  # noqa: PLR0913 - what an event is
    engine: Engine,
    actor: Actor,
    *,
    programme_id: str,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    target_kw: float | None,
    plan: Mapping[str, Any],
    calls: pl.DataFrame,
) -> str:
    """Keep a planned event with those to be called; its id.

    Args:
        engine: The operational database.
        actor: Who does it.
        programme_id: Whose terms hold: as they are now.
        starts_at: Aware instant, a quarter of an hour.
        ends_at: Likewise, later.
        reason: One of REASONS.
        target_kw: Mean reduction asked for [kW]; None: as much as there is.
        plan: Its inputs, objective and gap; empty: none was made.
        calls: ``usage_point_id``, ``customer_id``, ``enrolment_id``, ``planned_kw`` (null where
            nothing is expected).

    Raises:
        ResponseError: the programme is gone or closed, the hours, reason or target are none, it
            is longer than the terms allow, or somebody called is nobody of the programme.
    """
    only_makers(actor)
    _is_whole(starts_at, ends_at, reason, target_kw)
    identifier, instant = secrets.token_hex(8), now_text()
    detail = {"programme": programme_id, "calls": calls.height, "target_kw": target_kw}
    with change(
        engine, actor, "response_event.plan", subject=("response_event", identifier), detail=detail
    ) as connection:
        programme = open_programme(connection, programme_id)
        minutes = (ends_at - starts_at) / timedelta(minutes=1)
        most = read_terms(programme.content).most_event_minutes
        if minutes > most:
            raise ResponseError("length", f"{minutes:.0f} min are longer than the terms' {most}.")
        values = {
            "id": identifier,
            "programme_id": programme_id,
            "starts_at": as_text(starts_at),
            "ends_at": as_text(ends_at),
            "called_at": None,
            "reason": reason,
            "target_kw": target_kw,
            "state": "planned",
            "plan": json.dumps(dict(plan), ensure_ascii=False, sort_keys=True, default=str),
            "programme_version": programme.version,
            "terms": programme.content,
            "version": 1,
            "author": actor.user_name,
            "created_at": instant,
            "changed_by": actor.user_name,
            "changed_at": instant,
        }
        connection.execute(insert(RESPONSE_EVENTS).values(**values))
        keep_calls(connection, identifier, programme_id, calls)
    return identifier


def call_event(
    engine: Engine, actor: Actor, event_id: str, *, version: int, called_at: datetime
) -> int:
    """Call a planned event; its new version. What sends the signals finds it by its state.

    Raises:
        ResponseError: it is gone, was changed since ``version`` was read or is not planned, it is
            later than the terms' notice allows, or somebody is called to another event of these
            hours already.
    """
    only_makers(actor)
    with change(
        engine, actor, "response_event.call", subject=("response_event", event_id)
    ) as connection:
        row = _unchanged(connection, event_id, version, ("planned",))
        notice = timedelta(minutes=read_terms(row.terms).notice_minutes)
        latest = datetime.fromisoformat(row.starts_at) - notice
        if called_at > latest:
            raise ResponseError(
                "notice", f"the terms ask for a call by {as_text(latest)}. Plan a later event."
            )
        nobody_is_busy(connection, row)
        return _step(connection, actor, row, state="called", called_at=as_text(called_at))


def cancel_event(engine: Engine, actor: Actor, event_id: str, *, version: int) -> int:
    """Cancel an event that is planned or called; its new version.

    Raises:
        ResponseError: it is gone, was changed since ``version`` was read, or is settled or
            cancelled already.
    """
    only_makers(actor)
    with change(
        engine, actor, "response_event.cancel", subject=("response_event", event_id)
    ) as connection:
        row = _unchanged(connection, event_id, version, ("planned", "called"))
        return _step(connection, actor, row, state="cancelled")


def record_answer(  # noqa: PLR0913 - who said what when
    engine: Engine,
    actor: Actor,
    event_id: str,
    usage_point_id: str,
    *,
    answer: str,
    reply_kw: float | None = None,
    answered_at: datetime,
    answered_by: str,
) -> bool:
    """Keep what somebody called has answered. Whether it stands: the latest answer counts.

    Args:
        engine: The operational database.
        actor: Who writes it down; a customer only for itself.
        event_id: Of an event that is called.
        usage_point_id: Who was called.
        answer: One of ANSWERS.
        reply_kw: What it says it will reduce [kW]; None: what was agreed.
        answered_at: Aware instant, before the event's end.
        answered_by: The person or program that said so.

    Raises:
        ResponseError: the event is gone, not called or over, or the usage point was not called.
    """
    if answer not in ANSWERS or (
        reply_kw is not None and not (isfinite(reply_kw) and reply_kw >= 0)
    ):
        raise ResponseError("answer", f"an answer is {' or '.join(ANSWERS)}, with kW of 0 or more.")
    detail = {"usage_point_id": usage_point_id, "answer": answer, "reply_kw": reply_kw}
    with change(
        engine, actor, "response_event.answer", subject=("response_event", event_id), detail=detail
    ) as connection:
        event, called = _called(connection, actor, event_id, usage_point_id)
        at = as_text(answered_at)
        if at >= event.ends_at:
            raise ResponseError("over", f"the event ended at {event.ends_at}; answers came before.")
        detail["stands"] = called.answered_at is None or called.answered_at <= at
        if detail["stands"]:
            said = {
                "answer": answer,
                "reply_kw": reply_kw,
                "answered_at": at,
                "answered_by": answered_by,
            }
            connection.execute(
                update(RESPONSE_CALLS).where(_call_is(event_id, usage_point_id)).values(**said)
            )
        return bool(detail["stands"])


def mark_settled(connection: Connection, event_id: str) -> None:
    """Say that an event is settled, inside the caller's ``change``; again is no fault.

    Raises:
        ResponseError: it is gone, or was never called.
    """
    row = event_row(connection, event_id)
    if row.state not in {"called", "settled"}:
        raise ResponseError("state", f"the event is {row.state}: only a called one is settled.")
    own = update(RESPONSE_EVENTS).where(RESPONSE_EVENTS.c.id == event_id)
    connection.execute(own.values(state="settled", version=row.version + 1, changed_at=now_text()))


def event_row(connection: Connection, event_id: str) -> Row:
    """The event of this id; ResponseError where there is none."""
    asked = select(RESPONSE_EVENTS).where(RESPONSE_EVENTS.c.id == event_id)
    row = connection.execute(asked).first()
    if row is None:
        raise ResponseError("gone", f"event '{event_id}' does not exist. Choose another.")
    return row


def is_quarter(instant: datetime) -> bool:
    """Whether an interval of 15 minutes begins then."""
    return instant.timestamp() % (STEP_MINUTES * 60) == 0


def _is_whole(starts_at: datetime, ends_at: datetime, reason: str, target_kw: float | None) -> None:
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise ValueError("an event's hours are aware instants")
    if starts_at >= ends_at or not (is_quarter(starts_at) and is_quarter(ends_at)):
        raise ResponseError("hours", "an event ends after it begins, both at a quarter of an hour.")
    if reason not in REASONS:
        raise ResponseError("reason", f"a reason is one of {', '.join(REASONS)}, not '{reason}'.")
    if target_kw is not None and not (isfinite(target_kw) and target_kw > 0):
        raise ResponseError("target", f"a target is above 0 kW, or left out; not {target_kw}.")


def _unchanged(connection: Connection, event_id: str, version: int, states: tuple[str, ...]) -> Row:
    row = event_row(connection, event_id)
    if row.version != version:
        raise ResponseError(
            "changed", f"the event was changed by {row.changed_by}. Look at it again."
        )
    if row.state not in states:
        raise ResponseError("state", f"the event is {row.state}, not {' or '.join(states)}.")
    return row


def _step(connection: Connection, actor: Actor, row: Row, **values: object) -> int:
    common = {
        "version": row.version + 1,
        "changed_by": actor.user_name,
        "changed_at": now_text(),
    }
    own = update(RESPONSE_EVENTS).where(RESPONSE_EVENTS.c.id == row.id)
    connection.execute(own.values(**common, **values))
    return row.version + 1


def _called(
    connection: Connection, actor: Actor, event_id: str, usage_point_id: str
) -> tuple[Row, Row]:
    """The event, which is called, and the call of this usage point."""
    event = event_row(connection, event_id)
    if event.state != "called":
        raise ResponseError("state", f"the event is {event.state}: answers are to a called one.")
    asked = select(RESPONSE_CALLS).where(_call_is(event_id, usage_point_id))
    called = connection.execute(asked).first()
    if called is None or (actor.role == "customer" and not _is_own(connection, actor, called)):
        raise ResponseError("member", f"{usage_point_id} was not called to this event.")
    return event, called


def _is_own(connection: Connection, actor: Actor, called: Row) -> bool:
    own = (ACCOUNT_CUSTOMERS.c.user_name == actor.user_name) & (
        ACCOUNT_CUSTOMERS.c.customer_id == called.customer_id
    )
    return connection.scalar(select(ACCOUNT_CUSTOMERS.c.customer_id).where(own)) is not None


def _call_is(event_id: str, usage_point_id: str) -> Any:  # noqa: ANN401 - a clause of SQLAlchemy
    calls = RESPONSE_CALLS.c
    return (calls.event_id == event_id) & (calls.usage_point_id == usage_point_id)
