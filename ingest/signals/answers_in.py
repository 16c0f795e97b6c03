"""Answers as they come in by any channel: kept as they were said; the latest counts, if in time."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select

from ingest.records.engine import Actor, change
from ingest.records.response_events import event_row, record_answer
from ingest.records.response_programmes import ResponseError
from ingest.signals.message import told
from queries.demand.response_tables import RESPONSE_CALLS, RESPONSE_MESSAGES
from queries.records import as_text

OPT_IN, OPT_OUT = "opt_in", "opt_out"


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody said to a call.

    Attributes:
        event_id: To which event.
        points: For which usage points, all called to it.
        answer: OPT_IN or OPT_OUT.
        at: When it came [UTC].
        channel: By which it came.
        address: From where.
        content: As it came.
        reply_kw: What it says it will reduce [kW], of one usage point; None: what was agreed.
    """

    event_id: str
    points: tuple[str, ...]
    answer: str
    at: datetime
    channel: str
    address: str
    content: str
    reply_kw: float | None = None


def take_answer(engine: Engine, actor: Actor, answer: Answer) -> str:
    """Keep an answer, and let it count unless it comes too late.

    An opt-in counts until the event begins: after it, whoever already sees its load would know
    whether it pays to have agreed. An opt-out counts until the event's end, since those who run
    the grid must know of it. Whatever does not count is kept as a message with the reason, and
    whatever says again what stands already leaves no second trace.

    Returns:
        Why it does not count; empty: it does.
    """
    if _stands_already(engine, answer):
        return ""
    wrong = _refusal(engine, answer)
    if not wrong:
        try:
            for point in answer.points:
                record_answer(
                    engine,
                    actor,
                    answer.event_id,
                    point,
                    answer=answer.answer,
                    reply_kw=answer.reply_kw,
                    answered_at=answer.at,
                    answered_by=f"{answer.channel} {answer.address}".strip(),
                )
        except ResponseError as error:
            wrong = told("refused", str(error))
    _keep(engine, actor, answer, wrong)
    return wrong


def _stands_already(engine: Engine, answer: Answer) -> bool:
    calls = RESPONSE_CALLS.c
    asked = select(calls.answer, calls.reply_kw).where(
        (calls.event_id == answer.event_id) & calls.usage_point_id.in_(answer.points)
    )
    with engine.connect() as connection:
        stands = [tuple(row) for row in connection.execute(asked)]
    return bool(stands) and set(stands) == {(answer.answer, answer.reply_kw)}


def _refusal(engine: Engine, answer: Answer) -> str:
    if not answer.points:
        return told("refused", "nobody at this address was called to the event.")
    if answer.reply_kw is not None and len(answer.points) > 1:
        return told("refused", "a reduction in kW is of one usage point. Answer for each.")
    with engine.connect() as connection:
        event = event_row(connection, answer.event_id)
    if answer.answer == OPT_IN and as_text(answer.at) >= event.starts_at:
        return told("late", f"the event began at {event.starts_at}; an opt-in comes before it.")
    return ""


def _keep(engine: Engine, actor: Actor, answer: Answer, wrong: str) -> None:
    identifier = secrets.token_hex(8)
    row = {
        "id": identifier,
        "event_id": answer.event_id,
        "usage_point_id": answer.points[0] if len(answer.points) == 1 else None,
        "channel": answer.channel,
        "address": answer.address,
        "direction": "in",
        "kind": "answer",
        "sent_at": as_text(answer.at),
        "state": "received",
        "attempts": 1,
        "content": answer.content,
        "told": wrong,
    }
    detail = {"event": answer.event_id, "answer": answer.answer, "told": wrong}
    with change(
        engine,
        actor,
        "response_message.receive",
        subject=("response_message", identifier),
        detail=detail,
    ) as connection:
        connection.execute(insert(RESPONSE_MESSAGES).values(**row))
