"""What a service agent sees of a caller: who, what is owed, why there is no power, tickets."""

from datetime import time
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.bill_words import money
from pages.districts import District
from pages.figures import figure, figures
from pages.inputs import in_words
from pages.no_power_words import ICONS, cause_name, evidence, first_answer
from pages.self_service_place import at_local, local_of, local_text, only
from pages.service_tickets import open_form, show_tickets
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.customers.customer_search import customer_search
from queries.customers.latest_moment import latest_moment
from queries.customers.no_power import no_power
from queries.customers.payment_behaviour import payment_behaviour
from queries.customers.payment_bills import payment_bills
from queries.customers.tickets import tickets

_MOST_QUEUED = 30


def find_customer(here: District) -> dict | None:
    """The usage point searched for; None, and the queue of open tickets, until one is found."""
    text = st.text_input(
        t("service.search"),
        value=st.query_params.get("search", ""),
        placeholder=t("service.search_hint"),
        key="service_search",
    )
    if text.strip():
        st.query_params["search"] = text.strip()
    elif "search" in st.query_params:
        del st.query_params["search"]
    if not text.strip():
        return None
    found = ask(customer_search, text=text, **here.inputs)
    if found.is_empty():
        st.info(t("service.nobody"), icon=":material/search_off:")
        return None
    rows = {row["usage_point_id"]: row for row in found.iter_rows(named=True)}
    if len(rows) == 1:
        return next(iter(rows.values()))
    chosen = st.radio(
        t("service.several", count=len(rows)),
        list(rows),
        format_func=lambda one: _named(rows[one]),
        key=f"service_found_{text}",
    )
    return rows[chosen]


def _named(row: dict) -> str:
    parts = (row["customer_id"], row["name"], row["address"], row["usage_point_id"])
    return " · ".join(filter(None, parts))


def show_queue() -> None:
    """Tickets of the scope that nobody has finished, the one changed last first."""
    st.subheader(t("service.queue"))
    found = ask(tickets, is_unfinished=True)
    if found.is_empty():
        st.info(t("service.queue_empty"), icon=":material/inbox:")
        return
    recent = found.head(_MOST_QUEUED)
    shown = pl.DataFrame(
        [
            {
                t("service.changed"): local_text(row["changed_at"]),
                t("ticket.kind"): t(f"ticket.kind_{row['kind']}"),
                t("ticket.state"): t(f"ticket.state_{row['state']}"),
                t("column.customer_id"): row["customer_id"],
                t("ticket.what"): row["subject"],
                t("service.orders"): row["open_work_orders"],
            }
            for row in recent.iter_rows(named=True)
        ]
    )
    show_table(shown, heads={})
    st.caption(t("service.queue_note"))


def show_customer(row: dict, here: District) -> None:
    """The first lines a caller is told from, the first answer to "why no power?", and tickets."""
    st.subheader(_named(row))
    known = [
        in_words("customer_class", row["customer_class"] or ""),
        t(f"service.status_{row['status'] or 'operating'}"),
        row["transformer_id"],
        f"[{t('service.own_pages')}](/customers-my-use?customer={row['customer_id']})",
        f"[{t('billing.bill')}](/billing-bill?customer={row['customer_id']})",
        f"[{t('customers.portrait')}](/customers-portrait?point={row['usage_point_id']})",
    ]
    st.markdown(" · ".join(filter(None, known)))
    _money_tiles(row, here)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _why_no_power(row, here)
    with right:
        st.subheader(t("service.tickets"))
        with st.expander(t("service.new_ticket"), icon=":material/add:"):
            open_form(row["customer_id"], row["usage_point_id"], key=row["usage_point_id"])
        show_tickets(row["customer_id"])


def _money_tiles(row: dict, here: District) -> None:
    asked: dict[str, Any] = {"as_of": here.last_day, "customer_id": row["customer_id"]}
    habits, bills = only(ask(payment_behaviour, **asked)), ask(payment_bills, **asked)
    if habits is None:
        st.caption(t("assistant.no_payments"))
        return
    last = bills.row(-1, named=True)
    with figures("_service"):
        figure(
            t("self_service.owed"),
            money(habits["open_cny"]),
            beside=t("self_service.overdue", overdue=money(habits["overdue_cny"]))
            if habits["overdue_cny"]
            else t("service.none_overdue"),
        )
        figure(
            t("service.last_bill"),
            money(last["billed_cny"]),
            beside=t("service.paid_on", day=units.day(last["settled_on"]))
            if last["settled_on"]
            else t("service.due_on", day=units.day(last["due_on"])),
        )
        figure(
            t("service.on_time"),
            units.share(habits["on_time_share"]),
            beside=t("service.too_few")
            if habits["why"]
            else t("service.usual_delay", days=f"{habits['usual_delay_days']:.0f}"),
        )


def _why_no_power(row: dict, here: District) -> None:
    st.subheader(t("service.why_no_power"))
    point = row["usage_point_id"]
    day_place, time_place = st.columns(2)
    with day_place:
        day = st.date_input(
            t("service.day"),
            value=here.last_day,
            min_value=here.first_day,
            max_value=here.last_day,
            format="YYYY-MM-DD",
            key=f"day_{point}",
        )
    moment = ask(latest_moment, usage_point_id=point, day=day)
    latest = local_of(moment["at"][0]) if moment.height else None
    with time_place:
        clock = st.time_input(
            t("service.time"),
            value=latest.time() if latest else time(12),
            step=900,
            key=f"time_{point}_{day}",
        )
    causes = ask(no_power, usage_point_id=point, at=at_local(day, clock))
    st.info(first_answer(causes), icon=ICONS[causes["verdict"][0]])
    with st.expander(t("service.all_causes"), icon=":material/checklist:"):
        for cause in causes.iter_rows(named=True):
            verdict = t(f"no_power.short_{cause['verdict']}")
            st.markdown(
                f"{ICONS[cause['verdict']]} **{cause_name(cause)}** — {verdict}  \n"
                f"{evidence(cause)}"
            )
