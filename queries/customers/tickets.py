"""Which tickets are there, and in which state?"""

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import func, select

from queries.lake import records_of
from queries.records import TICKETS, WORK_ORDERS, frame

UNFINISHED = ("open", "in_progress", "waiting")
RETURNS = pl.Schema(
    {
        "ticket_id": pl.String(),
        "kind": pl.String(),
        "customer_id": pl.String(),
        "usage_point_id": pl.String(),
        "subject": pl.String(),
        "state": pl.String(),
        "opened_by": pl.String(),
        "opened_at": pl.String(),
        "changed_at": pl.String(),
        "assigned_to": pl.String(),
        "version": pl.Int64(),
        "open_work_orders": pl.Int64(),
    }
)
READS = ("records", "customers", "usage_points")


def tickets(
    lake: DuckDBPyConnection,
    *,
    customer_id: str | None = None,
    is_unfinished: bool = False,
) -> pl.DataFrame:
    """Tickets (诉求工单) of the accounts in the scope, the one changed last first.

    Args:
        lake: From ``queries.lake.open_lake``.
        customer_id: Of one account; None: of all.
        is_unfinished: Only those that are neither resolved nor closed.

    Returns:
        A row a ticket; instants are text in ISO 8601, UTC.
    """
    orders = (
        select(func.count())
        .where((WORK_ORDERS.c.ticket_id == TICKETS.c.id) & (WORK_ORDERS.c.state == "open"))
        .scalar_subquery()
    )
    question = select(
        TICKETS.c.id,
        *(TICKETS.c[name] for name in list(RETURNS)[1:-1]),
        orders.label("open_work_orders"),
    )
    if customer_id is not None:
        question = question.where(TICKETS.c.customer_id == customer_id)
    if is_unfinished:
        question = question.where(TICKETS.c.state.in_(UNFINISHED))
    found = frame(records_of(lake), question.order_by(TICKETS.c.changed_at.desc()), RETURNS)
    return found.join(in_scope(lake), on="customer_id", how="semi", maintain_order="left")


def in_scope(cursor: DuckDBPyConnection) -> pl.DataFrame:
    """The accounts whose tickets the scope shows: those that it shows itself."""
    return cursor.sql(
        """
        select customer_id from customers
        union
        select customer_id from usage_points
        order by customer_id
        """
    ).pl()
