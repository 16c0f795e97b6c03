"""Whom an event of demand response calls: only those enrolled, and nobody twice at once."""

import polars as pl
from sqlalchemy import Connection, insert, select
from sqlalchemy.engine import Row

from ingest.records.response_programmes import ResponseError
from queries.demand.response_tables import RESPONSE_CALLS, RESPONSE_ENROLMENTS, RESPONSE_EVENTS


def keep_calls(
    connection: Connection, event_id: str, programme_id: str, calls: pl.DataFrame
) -> None:
    """Write whom an event calls, each of them enrolled in its programme.

    Raises:
        ResponseError: nobody is called, somebody twice, or under an enrolment that is another's.
    """
    if calls.is_empty():
        raise ResponseError("nobody", "an event calls at least one customer.")
    table = RESPONSE_ENROLMENTS.c
    asked = select(table.id, table.usage_point_id, table.customer_id).where(
        table.programme_id == programme_id
    )
    known = {one.id: (one.usage_point_id, one.customer_id) for one in connection.execute(asked)}
    rows = calls.select("usage_point_id", "customer_id", "enrolment_id", "planned_kw").to_dicts()
    for row in rows:
        if known.get(row["enrolment_id"]) != (row["usage_point_id"], row["customer_id"]):
            raise ResponseError(
                "member", f"{row['usage_point_id']} is not enrolled in this programme like that."
            )
    if calls["usage_point_id"].is_duplicated().any():
        raise ResponseError("member", "a usage point is called twice by one event.")
    connection.execute(insert(RESPONSE_CALLS), [{"event_id": event_id} | row for row in rows])


def nobody_is_busy(connection: Connection, event: Row) -> None:
    """No customer reduces twice at once: the second reduction would be none.

    Raises:
        ResponseError: somebody it calls is called to another event of its hours.
    """
    calls, events = RESPONSE_CALLS.c, RESPONSE_EVENTS.c
    own = select(calls.usage_point_id).where(calls.event_id == event.id)
    busy = connection.scalar(
        select(calls.usage_point_id)
        .join(RESPONSE_EVENTS, events.id == calls.event_id)
        .where(
            (events.id != event.id)
            & (events.state == "called")
            & (events.starts_at < event.ends_at)
            & (events.ends_at > event.starts_at)
            & calls.usage_point_id.in_(own)
        )
        .order_by(calls.usage_point_id)
        .limit(1)
    )
    if busy is not None:
        raise ResponseError(
            "busy", f"{busy} is called to another event of these hours. Plan without it."
        )
