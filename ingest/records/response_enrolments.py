"""Who takes part in a programme of demand response: from which day, with how much, and when."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite

from sqlalchemy import Connection, Engine, insert, select, update

from ingest.records.engine import Actor, change
from ingest.records.response_programmes import ResponseError, only_makers, open_programme
from queries.demand.response_availability import Availability
from queries.demand.response_tables import RESPONSE_ENROLMENTS
from queries.records import now_text

CHANNELS = ("openadr", "webhook", "mqtt", "phone")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One usage point that takes part.

    Attributes:
        first_day: From which it may be called, included.
        last_day: Until which, included; None: until further notice.
        agreed_reduction_kw: What was agreed [kW]; None: nothing was.
        accepted_on: When the customer agreed; None: it has not yet, and is not called.
        channel: How it is called, one of CHANNELS.
        address: VEN id, URL, topic or number; None: not known yet.
        availability: Hours in which it may be called.
    """

    usage_point_id: str
    customer_id: str
    first_day: date
    last_day: date | None = None
    agreed_reduction_kw: float | None = None
    accepted_on: date | None = None
    channel: str = "phone"
    address: str | None = None
    availability: Availability = field(default_factory=Availability)


def enrol(
    engine: Engine, actor: Actor, programme_id: str, members: Sequence[Enrolment]
) -> list[str]:
    """Record who takes part from now on, all or none; the ids in their order.

    Raises:
        ResponseError: the programme is gone or closed, a reduction or the days are none, a channel
            is unknown, or a usage point takes part in these days already.
    """
    only_makers(actor)
    if not members:
        raise ResponseError("nobody", "the list of enrolments is empty. Name at least one.")
    for member in members:
        _is_whole(member)
    identifiers = [secrets.token_hex(8) for _ in members]
    with change(
        engine,
        actor,
        "response_enrolment.create",
        subject=("response_programme", programme_id),
        detail={"members": len(members), "first": members[0].usage_point_id},
    ) as connection:
        open_programme(connection, programme_id)
        _not_enrolled_yet(connection, programme_id, members)
        instant = now_text()
        rows = [
            {
                "id": identifier,
                "programme_id": programme_id,
                "usage_point_id": member.usage_point_id,
                "customer_id": member.customer_id,
                "first_day": member.first_day.isoformat(),
                "last_day": _iso(member.last_day),
                "agreed_reduction_kw": member.agreed_reduction_kw,
                "accepted_on": _iso(member.accepted_on),
                "channel": member.channel,
                "address": member.address,
                "availability": json.dumps(member.availability.model_dump(mode="json")),
                "recorded_by": actor.user_name,
                "recorded_at": instant,
            }
            for identifier, member in zip(identifiers, members, strict=True)
        ]
        connection.execute(insert(RESPONSE_ENROLMENTS), rows)
    return identifiers


def end_enrolment(engine: Engine, actor: Actor, enrolment_id: str, *, last_day: date) -> None:
    """Let it end after ``last_day``.

    Raises:
        ResponseError: it is gone, or would end before it began.
    """
    only_makers(actor)
    table = RESPONSE_ENROLMENTS
    detail: dict[str, object] = {"last_day": last_day.isoformat()}
    with change(
        engine,
        actor,
        "response_enrolment.end",
        subject=("response_enrolment", enrolment_id),
        detail=detail,
    ) as connection:
        row = connection.execute(select(table).where(table.c.id == enrolment_id)).first()
        if row is None:
            raise ResponseError("gone", f"enrolment '{enrolment_id}' does not exist. Look again.")
        if last_day.isoformat() < row.first_day:
            raise ResponseError("days", f"it began on {row.first_day}. End it on or after that.")
        detail["usage_point_id"] = row.usage_point_id
        ended = update(table).where(table.c.id == enrolment_id)
        connection.execute(ended.values(last_day=last_day.isoformat()))


def _is_whole(member: Enrolment) -> None:
    who = member.usage_point_id
    if member.last_day is not None and member.last_day < member.first_day:
        raise ResponseError("days", f"{who}: it ends {member.last_day}, before it begins.")
    kw = member.agreed_reduction_kw
    if kw is not None and not (isfinite(kw) and kw > 0):
        raise ResponseError("kw", f"{who}: {kw} kW. A reduction is above 0, or left out.")
    if member.channel not in CHANNELS:
        raise ResponseError(
            "channel", f"{who}: '{member.channel}' is none of {', '.join(CHANNELS)}."
        )


def _not_enrolled_yet(
    connection: Connection, programme_id: str, members: Sequence[Enrolment]
) -> None:
    table = RESPONSE_ENROLMENTS.c
    asked = select(table.usage_point_id, table.first_day, table.last_day).where(
        table.programme_id == programme_id
    )
    spans: dict[str, list[tuple[str, str]]] = {}
    for point, first, last in connection.execute(asked):
        spans.setdefault(point, []).append((first, last or "9999-12-31"))
    for member in members:
        first, last = member.first_day.isoformat(), _iso(member.last_day) or "9999-12-31"
        own = spans.setdefault(member.usage_point_id, [])
        if any(first <= other_last and other_first <= last for other_first, other_last in own):
            raise ResponseError(
                "overlap",
                f"{member.usage_point_id} takes part in these days already. End that first.",
            )
        own.append((first, last))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
