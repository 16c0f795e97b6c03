"""Calls by telephone: staff make them, and write down what was said."""

from datetime import datetime

from sqlalchemy import Engine

from ingest.records.engine import Actor
from ingest.records.response_programmes import ResponseError
from ingest.signals.answers_in import Answer, take_answer
from ingest.signals.message import EVENT, told
from ingest.signals.outbox import of_event, prepare, tried

CHANNEL = "phone"
NOT_REACHED = told("not_reached", "nobody answered the telephone.")


def phoned(  # noqa: PLR0913 - who said what when
    engine: Engine,
    actor: Actor,
    event_id: str,
    usage_point_id: str,
    *,
    answer: str | None,
    reply_kw: float | None = None,
    at: datetime,
) -> str:
    """Keep a telephone call to one customer, and what it answered.

    Args:
        engine: The operational database.
        actor: Who called; no customer.
        event_id: Of an event that is called and not over.
        usage_point_id: For which usage point, called by telephone.
        answer: ``opt_in`` or ``opt_out``; None: nobody was reached.
        reply_kw: What it says it will reduce [kW]; None: what was agreed.
        at: Aware instant of the call.

    Returns:
        Why the answer does not count; empty: it does, or there was none.

    Raises:
        ResponseError: the actor is a customer, or the usage point is not called by telephone.
    """
    if actor.role == "customer":
        raise ResponseError("not_yours", "staff write down telephone calls.")
    prepare(engine, at)
    own = [
        one
        for one in of_event(engine, event_id, CHANNEL)
        if one.kind == EVENT and usage_point_id in one.said.points
    ]
    if not own:
        raise ResponseError("member", f"{usage_point_id} is not called by telephone.")
    state, wrong = ("waiting", NOT_REACHED) if answer is None else ("delivered", "")
    tried(engine, own, at=at, state=state, wrong=wrong, actor=actor)
    if answer is None:
        return ""
    said = Answer(
        event_id=event_id,
        points=(usage_point_id,),
        answer=answer,
        at=at,
        channel=CHANNEL,
        address=own[0].address,
        content=f"{actor.user_name}: {answer}",
        reply_kw=reply_kw,
    )
    return take_answer(engine, actor, said)
