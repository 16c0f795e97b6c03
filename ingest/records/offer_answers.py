"""What customers answered to an offer: kept as they said it, the last word stands."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.engine import Row

from ingest.records.consents import CHANNELS, is_own_account
from ingest.records.engine import Actor, change
from ingest.records.offers import OfferRecordError, offer_row
from ingest.records.tickets import open_ticket
from queries.customers.consent import standing_consents
from queries.records import OFFER_ANSWERS, OFFER_CAMPAIGNS, OFFER_MEMBERS, now_text

ACCEPTED, DECLINED, COMPLAINT = "accepted", "declined", "complaint"
ANSWERS = (ACCEPTED, DECLINED, COMPLAINT)
_EARLIEST_ZONE = timedelta(hours=14)
"""Where a day begins first: later than today is nowhere today."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one customer said.

    Attributes:
        usage_point_id, customer_id: Whose.
        answer: One of ``ANSWERS``.
        said_on: When.
        channel: One of ``consents.CHANNELS``.
        note: What was said; a complaint needs it.
    """

    usage_point_id: str
    customer_id: str
    answer: str
    said_on: date
    channel: str = "phone"
    note: str = ""


def record_answers(engine: Engine, actor: Actor, offer_id: str, answers: Sequence[Answer]) -> int:
    """Record what customers said of an offer, all of it or nothing; how many.

    A member of a campaign took the offer from the day it accepted, unless it declined later; what
    was said before stays on record. Every complaint becomes a ticket of the service desk. A
    customer answers for its own accounts, while the offer is open and its consent stands.

    Raises:
        OfferRecordError: the offer is gone, or an answer, its day or its author is not allowed.
    """
    for one in answers:
        _check(one)
    counts = {name: sum(one.answer == name for one in answers) for name in ANSWERS}
    detail = {name: count for name, count in counts.items() if count}
    with change(
        engine, actor, "offer.answer", subject=("offer", offer_id), detail=detail
    ) as connection:
        offer = offer_row(connection, offer_id)
        if actor.role == "customer":
            _may_answer(connection, actor, offer, answers)
        for one in answers:
            _keep(connection, actor, offer_id, one)
    for one in answers:
        if one.answer == COMPLAINT:
            open_ticket(
                engine,
                actor,
                kind="complaint",
                customer_id=one.customer_id,
                usage_point_id=one.usage_point_id,
                text=f"{offer.name}: {one.note}",
            )
    return len(answers)


def _check(one: Answer) -> None:
    if one.answer not in ANSWERS or one.channel not in CHANNELS:
        raise OfferRecordError(
            "answer",
            f"'{one.answer}' by '{one.channel}' is no answer; expected one of {', '.join(ANSWERS)} "
            f"by one of {', '.join(CHANNELS)}.",
        )
    if one.answer == COMPLAINT and not one.note.strip():
        raise OfferRecordError("note", "a complaint says what is wrong. Write it down.")
    if one.said_on > (datetime.now(UTC) + _EARLIEST_ZONE).date():
        raise OfferRecordError("day", f"{one.said_on} is still to come. Give the day it was said.")


def _may_answer(
    connection: Connection, actor: Actor, offer: Row, answers: Sequence[Answer]
) -> None:
    if offer.state != "open":
        raise OfferRecordError("closed", f"offer '{offer.name}' has ended.")
    given = set(standing_consents(connection).filter(decision="given")["customer_id"])
    for one in answers:
        if not is_own_account(connection, actor, one.customer_id):
            raise OfferRecordError("not_yours", "a customer answers for its own accounts.")
        if one.customer_id not in given:
            raise OfferRecordError("refused", f"{one.customer_id} has not agreed to offers.")


def _keep(connection: Connection, actor: Actor, offer_id: str, one: Answer) -> None:
    campaign_id = _campaign_of(connection, offer_id, one)
    values = {
        "id": secrets.token_hex(8),
        "offer_id": offer_id,
        "campaign_id": campaign_id,
        "usage_point_id": one.usage_point_id,
        "customer_id": one.customer_id,
        "answer": one.answer,
        "said_on": one.said_on.isoformat(),
        "said_by": "customer" if actor.role == "customer" else "staff",
        "channel": one.channel,
        "recorded_by": actor.user_name,
        "recorded_at": now_text(),
        "note": one.note.strip(),
    }
    connection.execute(insert(OFFER_ANSWERS).values(**values))
    if campaign_id is None or one.answer == COMPLAINT:
        return
    is_member = (OFFER_MEMBERS.c.campaign_id == campaign_id) & (
        OFFER_MEMBERS.c.usage_point_id == one.usage_point_id
    )
    taken = values["said_on"] if one.answer == ACCEPTED else None
    connection.execute(update(OFFER_MEMBERS).where(is_member).values(accepted_on=taken))


def _campaign_of(connection: Connection, offer_id: str, one: Answer) -> str | None:
    """The last campaign of the offer, up to that day, that looked at the usage point."""
    asked = (
        select(OFFER_CAMPAIGNS.c.id)
        .join(OFFER_MEMBERS, OFFER_MEMBERS.c.campaign_id == OFFER_CAMPAIGNS.c.id)
        .where(
            (OFFER_CAMPAIGNS.c.offer_id == offer_id)
            & (OFFER_MEMBERS.c.usage_point_id == one.usage_point_id)
            & (OFFER_CAMPAIGNS.c.sent_on <= one.said_on.isoformat())
        )
        .order_by(OFFER_CAMPAIGNS.c.sent_on.desc(), OFFER_CAMPAIGNS.c.created_at.desc())
        .limit(1)
    )
    return connection.scalar(asked)
