"""Events called before these records were kept, taken over with those who were enrolled then."""

import secrets
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Connection, Engine, insert, select

from ingest.records.engine import Actor, change
from ingest.records.response_calls import keep_calls
from ingest.records.response_files import PastEvent
from ingest.records.response_programmes import ResponseError, only_makers, programme_row
from queries.demand.response_tables import RESPONSE_ENROLMENTS, RESPONSE_EVENTS
from queries.records import as_text, now_text

_CALLS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "enrolment_id": pl.String(),
        "planned_kw": pl.Float64(),
    }
)


def take_over_events(
    engine: Engine, actor: Actor, programme_id: str, events: Sequence[PastEvent], zone: ZoneInfo
) -> list[str]:
    """Record past events in state called, all or none; their ids.

    Each calls those enrolled on its local day that had agreed by then. The programme's terms of
    today hold for them.

    Raises:
        ResponseError: the programme is gone, an id is taken, or nobody was enrolled on a day.
    """
    only_makers(actor)
    detail: dict[str, object] = {"events": len(events)}
    with change(
        engine,
        actor,
        "response_event.take_over",
        subject=("response_programme", programme_id),
        detail=detail,
    ) as connection:
        programme = programme_row(connection, programme_id)
        identifiers = []
        for event in events:
            identifier = event.event_id or secrets.token_hex(8)
            taken = select(RESPONSE_EVENTS.c.id).where(RESPONSE_EVENTS.c.id == identifier)
            if connection.scalar(taken) is not None:
                raise ResponseError("taken", f"there is an event '{identifier}' already.")
            instant = now_text()
            values = {
                "id": identifier,
                "programme_id": programme_id,
                "starts_at": as_text(event.starts_at),
                "ends_at": as_text(event.ends_at),
                "called_at": as_text(event.called_at),
                "reason": event.reason,
                "target_kw": event.target_kw,
                "state": "called",
                "plan": "{}",
                "programme_version": programme.version,
                "terms": programme.content,
                "version": 1,
                "author": actor.user_name,
                "created_at": instant,
                "changed_by": actor.user_name,
                "changed_at": instant,
            }
            connection.execute(insert(RESPONSE_EVENTS).values(**values))
            day = event.starts_at.astimezone(zone).date().isoformat()
            keep_calls(
                connection, identifier, programme_id, _enrolled(connection, programme_id, day)
            )
            identifiers.append(identifier)
    return identifiers


def _enrolled(connection: Connection, programme_id: str, day: str) -> pl.DataFrame:
    table = RESPONSE_ENROLMENTS.c
    asked = (
        select(table.usage_point_id, table.customer_id, table.id)
        .where(
            (table.programme_id == programme_id)
            & (table.first_day <= day)
            & (table.last_day.is_(None) | (table.last_day >= day))
            & (table.accepted_on <= day)
        )
        .order_by(table.usage_point_id)
    )
    rows = [(*row, None) for row in connection.execute(asked)]
    return pl.DataFrame(rows, schema=_CALLS, orient="row")
