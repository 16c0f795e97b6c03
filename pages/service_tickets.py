"""Tickets on a page: open one, follow its steps, take the next; the customer and the desk alike."""

from collections.abc import Callable

import polars as pl
import streamlit as st

from ingest.records.tickets import (
    KINDS,
    LONGEST_TEXT,
    STEPS,
    TicketError,
    end_work_order,
    open_ticket,
    open_work_order,
    take_step,
)
from pages.self_service_place import local_text
from pages.session import actor, ask, records, who
from pages.text import t
from queries.customers.ticket_steps import ticket_steps
from queries.customers.tickets import tickets

_OF_CUSTOMERS = {"resolved": ("open", "closed")}


def open_form(customer_id: str, point: str | None, *, key: str, said: str = "") -> None:
    """A form that opens a ticket; what the assistant could not answer may stand in it already."""
    with st.form(f"ticket_{key}", clear_on_submit=True):
        kind = st.selectbox(
            t("ticket.kind"), KINDS, format_func=lambda one: t(f"ticket.kind_{one}"), key=f"k_{key}"
        )
        text = st.text_area(
            t("ticket.what"), value=said, max_chars=LONGEST_TEXT, key=f"t_{key}", height=110
        )
        if st.form_submit_button(t("ticket.send"), icon=":material/send:", type="primary"):
            _try(kind, customer_id, point, text)


def hand_over(customer_id: str, point: str | None, text: str) -> None:
    """A question that was not understood becomes a ticket of a person."""
    _try("question", customer_id, point, text)


def _try(kind: str, customer_id: str, point: str | None, text: str) -> None:
    try:
        ticket = open_ticket(
            records(),
            actor(),
            kind=kind,
            customer_id=customer_id,
            usage_point_id=point,
            text=text,
        )
    except TicketError as error:
        st.warning(t(f"ticket.error_{error.reason}"), icon=":material/warning:")
    else:
        st.success(t("ticket.opened", ticket=ticket), icon=":material/check:")


def show_tickets(customer_id: str) -> None:
    """Every ticket of an account, the one changed last first; each unfolds to its steps."""
    found = ask(tickets, customer_id=customer_id)
    if found.is_empty():
        st.caption(t("ticket.none"))
        return
    for row in found.iter_rows(named=True):
        title = t(
            "ticket.title",
            kind=t(f"ticket.kind_{row['kind']}"),
            state=t(f"ticket.state_{row['state']}"),
            at=local_text(row["opened_at"]),
            subject=row["subject"].splitlines()[0][:40],
        )
        with st.expander(title, icon=_icon(row["state"])):
            _steps(row)


def _icon(state: str) -> str:
    return {"resolved": ":material/task_alt:", "closed": ":material/check:"}.get(
        state, ":material/pending:"
    )


def _steps(row: dict) -> None:
    steps = ask(ticket_steps, ticket_id=row["ticket_id"])
    for step in steps.iter_rows(named=True):
        st.caption(
            t(
                f"ticket.{step['what']}",
                at=local_text(step["at"]),
                by=t(f"ticket.by_{step['said_by']}"),
                state=t(f"ticket.state_{step['state']}"),
            )
        )
        # As text, not as Markdown: whoever wrote it is not to draw on this page.
        st.text(step["text"] if step["result"] is None else f"{step['text']}\n→ {step['result']}")
    _next_step(row)
    if who().role != "customer":
        _orders(row, steps.filter((pl.col("what") == "work_order") & (pl.col("state") == "open")))


def _next_step(row: dict) -> None:
    is_customer = who().role == "customer"
    allowed = _OF_CUSTOMERS.get(row["state"], ()) if is_customer else STEPS[row["state"]]
    if row["state"] == "closed":
        return
    ticket = row["ticket_id"]
    with st.form(f"step_{ticket}_{row['version']}"):
        text = st.text_input(t("ticket.say"), max_chars=LONGEST_TEXT)
        state = None
        if allowed:
            state = st.selectbox(
                t("ticket.becomes"),
                [None, *allowed],
                format_func=lambda one: t(f"ticket.state_{one}") if one else t("ticket.stays"),
            )
        if st.form_submit_button(t("ticket.add")):
            _do(
                lambda: take_step(
                    records(), actor(), ticket, version=row["version"], text=text, state=state
                )
            )


def _orders(row: dict, orders: pl.DataFrame) -> None:
    """Work orders: for the staff alone."""
    ticket = row["ticket_id"]
    for order in orders["work_order_id"]:
        with st.form(f"end_{order}"):
            result = st.text_input(t("ticket.result", order=order), max_chars=LONGEST_TEXT)
            if st.form_submit_button(t("ticket.end_order")):
                _do(
                    lambda one=order, said=result: end_work_order(
                        records(), actor(), one, result=said
                    )
                )
    if row["state"] not in {"resolved", "closed"}:
        with st.form(f"order_{ticket}_{row['version']}"):
            task = st.text_input(t("ticket.task"), max_chars=LONGEST_TEXT)
            if st.form_submit_button(t("ticket.open_order"), icon=":material/engineering:"):
                _do(lambda: open_work_order(records(), actor(), ticket, task=task))


def _do(change: Callable[[], object]) -> None:
    try:
        change()
    except TicketError as error:
        st.warning(t(f"ticket.error_{error.reason}"), icon=":material/warning:")
    else:
        st.rerun(scope="fragment")
