"""Settlements as they were kept, and which of their credits stand on bills."""

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import Row

from queries.billing.posting_table import BILL_POSTINGS
from queries.demand.response_tables import RESPONSE_SETTLEMENTS


def latest_settlements(connection: Connection, event_id: str) -> dict[str, Row]:
    """The latest version of every usage point of an event that was settled."""
    table = RESPONSE_SETTLEMENTS.c
    newest = (
        select(table.usage_point_id, func.max(table.version).label("version"))
        .where(table.event_id == event_id)
        .group_by(table.usage_point_id)
        .subquery()
    )
    asked = (
        select(RESPONSE_SETTLEMENTS)
        .join(
            newest,
            (newest.c.usage_point_id == table.usage_point_id) & (newest.c.version == table.version),
        )
        .where(table.event_id == event_id)
        .order_by(table.usage_point_id)
    )
    return {row.usage_point_id: row for row in connection.execute(asked)}


def standing_postings(connection: Connection, event_id: str) -> dict[str, Row]:
    """The posting of every usage point of an event that was not taken back."""
    table = BILL_POSTINGS.c
    taken_back = select(table.reverses_id).where(table.reverses_id.is_not(None))
    asked = (
        select(BILL_POSTINGS)
        .where(
            (table.subject_id == event_id)
            & table.reverses_id.is_(None)
            & table.id.not_in(taken_back)
        )
        .order_by(table.posted_at, table.id)
    )
    return {row.usage_point_id: row for row in connection.execute(asked)}
