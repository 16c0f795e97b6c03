"""Tickets: what customers report, complain about and ask, and what became of it step by step."""

import secrets

from sqlalchemy import Connection, Engine, func, insert, select, update
from sqlalchemy.engine import Row

from ingest.records.engine import Actor, change
from queries.records import (
    ACCOUNT_CUSTOMERS,
    TICKET_STEPS,
    TICKETS,
    WORK_ORDERS,
    now_text,
)

KINDS = ("fault", "complaint", "question")
STEPS: dict[str, tuple[str, ...]] = {
    "open": ("in_progress", "waiting", "resolved"),
    "in_progress": ("waiting", "resolved"),
    "waiting": ("in_progress", "resolved"),
    "resolved": ("open", "closed"),
    "closed": (),
}
"""What a ticket of each state may become; a note changes nothing."""
LONGEST_TEXT = 2000
MOST_OPEN = 20
"""Unfinished tickets of one account that its customer may have."""
_UNFINISHED = ("open", "in_progress", "waiting")
_OF_CUSTOMERS = ("open", "closed")
"""What a customer may make of a resolved ticket: not solved after all, or settled."""


class TicketError(ValueError):
    """A ticket cannot be opened or changed as asked.

    Attributes:
        reason: ``kind``, ``text``, ``many``, ``gone``, ``state``, ``changed`` or ``not_yours``.
    """

    def __init__(self, reason: str, text: str) -> None:
        """Say it in English as well."""
        super().__init__(text)
        self.reason = reason


def open_ticket(  # noqa: PLR0913 - what a ticket is
    engine: Engine,
    actor: Actor,
    *,
    kind: str,
    customer_id: str,
    text: str,
    usage_point_id: str | None = None,
) -> str:
    """Open a ticket; a customer only for the own accounts.

    Returns:
        Its id.

    Raises:
        TicketError: the kind is unknown, the text empty or too long, the account another's, or too
            many of it are open.
    """
    if kind not in KINDS:
        raise TicketError("kind", f"a ticket is one of {', '.join(KINDS)}, not '{kind}'.")
    said, identifier, instant = _plain(text), secrets.token_hex(6), now_text()
    values = {
        "id": identifier,
        "kind": kind,
        "customer_id": customer_id,
        "usage_point_id": usage_point_id,
        "subject": said,
        "state": "open",
        "opened_by": actor.user_name,
        "opened_at": instant,
        "changed_at": instant,
        "assigned_to": None,
        "version": 1,
    }
    detail = {"kind": kind, "customer_id": customer_id}
    with change(
        engine, actor, "ticket.open", subject=("ticket", identifier), detail=detail
    ) as connection:
        _own_account(connection, actor, customer_id)
        if actor.role == "customer":
            _not_too_many(connection, customer_id)
        connection.execute(insert(TICKETS).values(**values))
        _write_step(connection, actor, identifier, 1, "open", said)
    return identifier


def take_step(  # noqa: PLR0913 - who does what to which ticket
    engine: Engine,
    actor: Actor,
    identifier: str,
    *,
    version: int,
    text: str,
    state: str | None = None,
    assigned_to: str | None = None,
) -> int:
    """Say something on a ticket, and with ``state`` make it that.

    Staff may take every step of STEPS; customers write on their own tickets, reopen what is said to
    be resolved, and close it.

    Args:
        engine: The operational database.
        actor: Who does it.
        identifier: The ticket.
        version: The one that was read: nobody's later step is passed over unseen.
        text: What is said; the customer reads it.
        state: What it becomes; None: it stays.
        assigned_to: Whose it is from now on; None: whose it was.

    Returns:
        Its new version.

    Raises:
        TicketError: it is gone, another's, was changed since, or cannot become that.
    """
    said = _plain(text)
    detail: dict[str, object] = {"state": state, "assigned_to": assigned_to}
    with change(
        engine, actor, "ticket.step", subject=("ticket", identifier), detail=detail
    ) as connection:
        row = _read(connection, actor, identifier)
        if row.version != version:
            raise TicketError(
                "changed", f"ticket {identifier} was changed meanwhile. Read it again first."
            )
        _may_become(actor, row, state)
        after = state or row.state
        connection.execute(
            update(TICKETS)
            .where(TICKETS.c.id == identifier)
            .values(
                state=after,
                changed_at=now_text(),
                assigned_to=assigned_to or row.assigned_to,
                version=version + 1,
            )
        )
        _write_step(connection, actor, identifier, version + 1, after, said)
    return version + 1


def open_work_order(engine: Engine, actor: Actor, identifier: str, *, task: str) -> str:
    """Open a work order (工单) for a ticket, which is in progress from then on.

    Returns:
        Its id.

    Raises:
        TicketError: the ticket is gone or closed, or the actor is a customer.
    """
    said, order = _plain(task), secrets.token_hex(6)
    detail = {"ticket_id": identifier}
    with change(
        engine, actor, "work_order.open", subject=("work_order", order), detail=detail
    ) as connection:
        _only_staff(actor)
        row = _read(connection, actor, identifier)
        if row.state not in _UNFINISHED:
            raise TicketError("state", f"ticket {identifier} is {row.state}. Reopen it first.")
        connection.execute(
            insert(WORK_ORDERS).values(
                id=order,
                ticket_id=identifier,
                task=said,
                state="open",
                opened_by=actor.user_name,
                opened_at=now_text(),
            )
        )
        connection.execute(
            update(TICKETS)
            .where(TICKETS.c.id == identifier)
            .values(state="in_progress", changed_at=now_text(), version=row.version + 1)
        )
        _write_step(connection, actor, identifier, row.version + 1, "in_progress", said)
    return order


def end_work_order(
    engine: Engine, actor: Actor, order: str, *, result: str, is_done: bool = True
) -> None:
    """Say what came of a work order; the ticket stays as it is, for whoever tells the customer.

    Raises:
        TicketError: it is gone or ended already, or the actor is a customer.
    """
    said, state = _plain(result), "done" if is_done else "cancelled"
    with change(
        engine,
        actor,
        "work_order.end",
        subject=("work_order", order),
        detail={"state": state},
    ) as connection:
        _only_staff(actor)
        row = connection.execute(select(WORK_ORDERS).where(WORK_ORDERS.c.id == order)).first()
        if row is None:
            raise TicketError("gone", f"there is no work order {order}.")
        if row.state != "open":
            raise TicketError("state", f"work order {order} is {row.state} already.")
        connection.execute(
            update(WORK_ORDERS)
            .where(WORK_ORDERS.c.id == order)
            .values(state=state, result=said, ended_by=actor.user_name, ended_at=now_text())
        )


def _read(connection: Connection, actor: Actor, identifier: str) -> Row:
    row = connection.execute(select(TICKETS).where(TICKETS.c.id == identifier)).first()
    if row is None:
        raise TicketError("gone", f"there is no ticket {identifier}.")
    _own_account(connection, actor, row.customer_id)
    return row


def _may_become(actor: Actor, row: Row, state: str | None) -> None:
    if state is None:
        if row.state == "closed":
            raise TicketError("state", f"ticket {row.id} is closed. Open a new one.")
        return
    allowed = STEPS[row.state]
    if actor.role == "customer":
        allowed = tuple(one for one in allowed if one in _OF_CUSTOMERS and row.state == "resolved")
    if state not in allowed:
        raise TicketError("state", f"ticket {row.id} is {row.state}; it cannot become '{state}'.")


def _own_account(connection: Connection, actor: Actor, customer_id: str) -> None:
    if actor.role != "customer":
        return
    own = select(ACCOUNT_CUSTOMERS.c.customer_id).where(
        (ACCOUNT_CUSTOMERS.c.user_name == actor.user_name)
        & (ACCOUNT_CUSTOMERS.c.customer_id == customer_id)
    )
    if connection.scalar(own) is None:
        # The same words whether or not there is such a ticket: nothing is told of others.
        raise TicketError("not_yours", "a customer sees the own tickets only.")


def _only_staff(actor: Actor) -> None:
    if actor.role == "customer":
        raise TicketError("not_yours", "work orders are the staff's. Write on the ticket instead.")


def _not_too_many(connection: Connection, customer_id: str) -> None:
    waiting = select(func.count()).where(
        (TICKETS.c.customer_id == customer_id) & TICKETS.c.state.in_(_UNFINISHED)
    )
    if (connection.scalar(waiting) or 0) >= MOST_OPEN:
        raise TicketError("many", f"{MOST_OPEN} tickets are open already. Write on one of them.")


def _plain(text: str) -> str:
    plain = text.strip()
    if not plain or len(plain) > LONGEST_TEXT:
        raise TicketError("text", f"say it in 1 to {LONGEST_TEXT} characters.")
    return plain


def _write_step(  # noqa: PLR0913, PLR0917 - the fields of a step
    connection: Connection, actor: Actor, identifier: str, number: int, state: str, text: str
) -> None:
    connection.execute(
        insert(TICKET_STEPS).values(
            ticket_id=identifier,
            number=number,
            at=now_text(),
            user_name=actor.user_name,
            said_by="customer" if actor.role == "customer" else "staff",
            state=state,
            text=text,
        )
    )
