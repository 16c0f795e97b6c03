"""What became of a ticket, step by step?"""

import polars as pl
from duckdb import DuckDBPyConnection
from sqlalchemy import literal, select, union_all

from queries.customers.tickets import in_scope
from queries.lake import records_of
from queries.records import TICKET_STEPS, TICKETS, WORK_ORDERS, frame

RETURNS = pl.Schema(
    {
        "ticket_id": pl.String(),
        "what": pl.String(),
        "at": pl.String(),
        "user_name": pl.String(),
        "said_by": pl.String(),
        "state": pl.String(),
        "text": pl.String(),
        "work_order_id": pl.String(),
        "result": pl.String(),
    }
)
READS = ("records", "customers", "usage_points")


def ticket_steps(lake: DuckDBPyConnection, *, ticket_id: str) -> pl.DataFrame:
    """Every step of a ticket and its work orders (工单), in order of time.

    Args:
        lake: From ``queries.lake.open_lake``.
        ticket_id: Which.

    Returns:
        A row a step (``what`` step: the ticket's ``state`` after it, ``text`` what was said) or
        work order (``what`` work_order: its own ``state``, ``text`` the task, and its ``result``,
        null while it is open). None for a ticket of an account outside the scope.
    """
    engine = records_of(lake)
    owner = select(TICKETS.c.customer_id).where(TICKETS.c.id == ticket_id)
    owners = frame(engine, owner, pl.Schema({"customer_id": pl.String()}))
    if owners.join(in_scope(lake), on="customer_id", how="semi").is_empty():
        return pl.DataFrame(schema=RETURNS)
    steps, orders = TICKET_STEPS.c, WORK_ORDERS.c
    of_steps = select(
        steps.ticket_id,
        literal("step").label("what"),
        steps.at,
        steps.user_name,
        steps.said_by,
        steps.state,
        steps.text,
        literal(None).label("work_order_id"),
        literal(None).label("result"),
    ).where(steps.ticket_id == ticket_id)
    of_orders = select(
        orders.ticket_id,
        literal("work_order").label("what"),
        orders.opened_at.label("at"),
        orders.opened_by.label("user_name"),
        literal("staff").label("said_by"),
        orders.state,
        orders.task.label("text"),
        orders.id.label("work_order_id"),
        orders.result,
    ).where(orders.ticket_id == ticket_id)
    both = union_all(of_steps, of_orders).subquery()
    return frame(engine, select(both).order_by(both.c.at, both.c.what), RETURNS)
