"""Messages to those called: written before anything is sent, so that no restart loses one.

``response_messages`` is all the state there is. A message waits until its channel has confirmed
it, and may come twice; its id says that it is the same.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, Select, insert, select, update
from sqlalchemy.engine import Row

from ingest.records.engine import Actor, change
from ingest.signals.addresses import AddressError, NoAddressError, check_address
from ingest.signals.message import CANCELLATION, EVENT, Message, event_content, told
from queries.demand.response_tables import (
    RESPONSE_CALLS,
    RESPONSE_ENROLMENTS,
    RESPONSE_EVENTS,
    RESPONSE_MESSAGES,
)
from queries.records import as_text

ACTOR = Actor("signals", "system", None)
_MESSAGES, _EVENTS = RESPONSE_MESSAGES.c, RESPONSE_EVENTS.c


def prepare(engine: Engine, now: datetime) -> int:
    """Write the messages that are missing of events not over yet; how many.

    One to each address of a called event; one more where an event that went out is cancelled. What
    still waits of an event that is over or cancelled has failed.
    """
    with engine.connect() as connection:
        rows, ended = _missing(connection, now), _ended(connection, now)
    if not rows and not ended:
        return 0
    detail = {"written": len(rows), "ended": len(ended)}
    with change(
        engine, ACTOR, "response_message.prepare", subject=("response_message", ""), detail=detail
    ) as connection:
        # Read again, now that nobody else writes: two processes write no message twice.
        rows, ended = _missing(connection, now), _ended(connection, now)
        detail |= {"written": len(rows), "ended": len(ended)}
        if rows:
            connection.execute(insert(RESPONSE_MESSAGES), rows)
        for identifier, why in ended:
            own = update(RESPONSE_MESSAGES).where(_MESSAGES.id == identifier)
            connection.execute(own.values(state="failed", told=why))
    return len(rows)


def _missing(connection: Connection, now: datetime) -> list[dict[str, object]]:
    live = (_EVENTS.ends_at > as_text(now)) & _EVENTS.called_at.is_not(None)
    states = _EVENTS.state.in_(("called", "cancelled"))
    events = connection.execute(select(RESPONSE_EVENTS).where(live & states)).all()
    rows: list[dict[str, object]] = []
    for event in events:
        asked = select(_MESSAGES.channel, _MESSAGES.address, _MESSAGES.kind, _MESSAGES.attempts)
        out = (_MESSAGES.event_id == event.id) & (_MESSAGES.direction == "out")
        there = connection.execute(asked.where(out)).all()
        kind = EVENT if event.state == "called" else CANCELLATION
        known = {(one.channel, one.address) for one in there if one.kind == kind}
        went_out = {(one.channel, one.address) for one in there if one.attempts}
        for place, points in _called(connection, event.id).items():
            if place not in known and (kind == EVENT or place in went_out):
                rows.append(_row(event, kind, place, points, now))
    return rows


def _called(
    connection: Connection, event_id: str
) -> dict[tuple[str, str], list[tuple[str, float | None]]]:
    """The usage points called at each address, and what is expected of them [kW]."""
    calls, members = RESPONSE_CALLS.c, RESPONSE_ENROLMENTS.c
    asked = (
        select(members.channel, members.address, calls.usage_point_id, calls.planned_kw)
        .join(RESPONSE_ENROLMENTS, members.id == calls.enrolment_id)
        .where(calls.event_id == event_id)
        .order_by(calls.usage_point_id)
    )
    found: dict[tuple[str, str], list[tuple[str, float | None]]] = {}
    for channel, address, point, planned_kw in connection.execute(asked):
        found.setdefault((channel, (address or "").strip()), []).append((point, planned_kw))
    return found


def _row(
    event: Row,
    kind: str,
    place: tuple[str, str],
    points: list[tuple[str, float | None]],
    now: datetime,
) -> dict[str, object]:
    identifier, (channel, address) = secrets.token_hex(8), place
    wrong = ""
    if channel != "phone":
        try:
            check_address(channel, address)
        except NoAddressError as error:
            wrong = told("no_address", str(error))
        except AddressError as error:
            wrong = told("address", str(error))
    return {
        "id": identifier,
        "event_id": event.id,
        "usage_point_id": points[0][0] if len(points) == 1 else None,
        "channel": channel,
        "address": address,
        "direction": "out",
        "kind": kind,
        "sent_at": as_text(now),
        "state": "failed" if wrong else "waiting",
        "attempts": 0,
        "content": event_content(identifier, kind, event, points),
        "told": wrong,
    }


def _ended(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    """Messages that need not be sent any more, and why."""
    asked = (
        select(_MESSAGES.id, _MESSAGES.kind, _EVENTS.state, _EVENTS.ends_at)
        .join(RESPONSE_EVENTS, _EVENTS.id == _MESSAGES.event_id)
        .where((_MESSAGES.direction == "out") & (_MESSAGES.state == "waiting"))
    )
    found = []
    for identifier, kind, state, ends_at in connection.execute(asked):
        if ends_at <= as_text(now):
            found.append((identifier, told("over", "the event was over before it was confirmed.")))
        elif kind == EVENT and state == "cancelled":
            found.append((identifier, told("cancelled", "the event was cancelled before that.")))
    return found


def outgoing(engine: Engine, channel: str, *, address: str | None = None) -> list[Message]:
    """Messages out by a channel that wait, oldest first; of one address or all."""
    asked = select(RESPONSE_MESSAGES).where(
        (_MESSAGES.channel == channel)
        & (_MESSAGES.direction == "out")
        & (_MESSAGES.state == "waiting")
    )
    if address is not None:
        asked = asked.where(_MESSAGES.address == address)
    return _read(engine, asked)


def of_event(engine: Engine, event_id: str, channel: str) -> list[Message]:
    """Every message out of one event by a channel, whatever its state, oldest first."""
    asked = select(RESPONSE_MESSAGES).where(
        (_MESSAGES.event_id == event_id)
        & (_MESSAGES.channel == channel)
        & (_MESSAGES.direction == "out")
    )
    return _read(engine, asked)


def message_of(engine: Engine, identifier: str, channel: str) -> Message | None:
    """The message out of this id by a channel; None: there is none."""
    asked = select(RESPONSE_MESSAGES).where(
        (_MESSAGES.id == identifier)
        & (_MESSAGES.channel == channel)
        & (_MESSAGES.direction == "out")
    )
    return next(iter(_read(engine, asked)), None)


def _read(engine: Engine, asked: Select) -> list[Message]:
    with engine.connect() as connection:
        rows = connection.execute(asked.order_by(_MESSAGES.sent_at, _MESSAGES.id)).all()
    return [
        Message(
            row.id,
            row.event_id,
            row.channel,
            row.address,
            row.kind,
            row.state,
            row.attempts,
            datetime.fromisoformat(row.sent_at),
            row.content,
        )
        for row in rows
    ]


def tried(  # noqa: PLR0913 - how it went, and who did it
    engine: Engine,
    messages: Iterable[Message],
    *,
    at: datetime,
    state: str,
    wrong: str = "",
    actor: Actor = ACTOR,
) -> None:
    """One more attempt at messages, and how they stand after it."""
    identifiers = [one.id for one in messages]
    if not identifiers:
        return
    values = {"state": state, "told": wrong, "sent_at": as_text(at)}
    once_more = {"attempts": _MESSAGES.attempts + 1}
    _mark(engine, actor, identifiers, "response_message.try", values, once_more)


def confirmed(engine: Engine, messages: Iterable[Message]) -> None:
    """Whoever they were for has them."""
    identifiers = [one.id for one in messages if one.state != "delivered"]
    if identifiers:
        values = {"state": "delivered", "told": ""}
        _mark(engine, ACTOR, identifiers, "response_message.confirm", values)


def _mark(  # noqa: PLR0913, PLR0917 - what is set, on which, by whom
    engine: Engine,
    actor: Actor,
    identifiers: list[str],
    action: str,
    values: dict[str, str],
    computed: dict[str, ColumnElement] | None = None,
) -> None:
    detail = {"messages": identifiers, **values}
    with change(
        engine, actor, action, subject=("response_message", identifiers[0]), detail=detail
    ) as connection:
        own = update(RESPONSE_MESSAGES).where(_MESSAGES.id.in_(identifiers))
        connection.execute(own.values(**values, **(computed or {})))


def send_again(engine: Engine, actor: Actor, identifier: str) -> None:
    """Let a message that failed be tried anew, as if it never had been.

    Raises:
        ValueError: there is no such message, it has not failed, or the actor is a customer.
    """
    if actor.role == "customer":
        raise ValueError("only staff send messages again.")
    with change(
        engine, actor, "response_message.again", subject=("response_message", identifier)
    ) as connection:
        own = (_MESSAGES.id == identifier) & (_MESSAGES.state == "failed")
        again = update(RESPONSE_MESSAGES).where(own & (_MESSAGES.direction == "out"))
        if not connection.execute(again.values(state="waiting", attempts=0, told="")).rowcount:
            raise ValueError(f"message '{identifier}' has not failed. Look at the list again.")
