"""The parts of a customer's own pages: use, bill, payments, reports, consent, export."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from ingest.records.consents import record_consent
from pages import units
from pages.bill_words import money, month_name
from pages.charts import current_look, load_lines
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.self_service_charts import beside_neighbours
from pages.self_service_place import Own
from pages.service_tickets import open_form, show_tickets
from pages.session import actor, ask, records
from pages.tables import show_table
from pages.text import t
from queries.billing.account_bills import BillError
from queries.billing.bill_head import bill_head
from queries.customers.month_forecast import month_forecast
from queries.customers.neighbours import neighbours
from queries.customers.own_consent import own_consent
from queries.customers.payment_bills import payment_bills
from queries.load.curve import Step, load_curve

_SPANS: dict[str, tuple[Step, int]] = {
    "day": ("15m", 0),
    "week": ("1h", 6),
    "month": ("1h", 30),
    "year": ("1d", 364),
}
"""Step of a curve and how many days before the last it begins."""
_BILLS = 12


def show_bill(own: Own) -> None:
    """The last bill, and what this month's will be."""
    with figures("_bill"):
        _last_bill(own)
        _this_month(own)
        _owed(own)


def _last_bill(own: Own) -> None:
    chosen = own.chosen_bill
    if chosen is None:
        return
    try:
        head = ask(bill_head, **chosen.inputs).row(0, named=True)
    except BillError as error:
        figure(t("self_service.last_bill"), "–", beside=t(f"assistant.bill_{error.reason}"))
        return
    figure(
        t("self_service.last_bill"),
        money(head["total_cny"]),
        beside=t("self_service.of_month", month=month_name(chosen.month)),
    )


def _this_month(own: Own) -> None:
    try:
        row = ask(month_forecast, customer_id=own.customer_id, as_of=own.last_day).row(
            0, named=True
        )
    except BillError as error:
        figure(t("self_service.forecast"), "–", beside=t(f"assistant.bill_{error.reason}"))
        return
    # A month that is over has its bill, which the first tile shows.
    if row["days_left"]:
        low, high = money(row["amount_low_cny"]), money(row["amount_high_cny"])
        figure(
            t("self_service.forecast"),
            money(row["amount_cny"]),
            beside=t("trends.interval", low=low, high=high),
            help_text=t("self_service.forecast_note"),
        )
    figure(
        t("self_service.so_far"),
        units.energy(row["energy_so_far_kwh"]),
        beside=t("self_service.until", day=units.day(row["as_of"])),
    )


def _owed(own: Own) -> None:
    bills = ask(payment_bills, as_of=own.last_day, customer_id=own.customer_id)
    if bills.is_empty():
        return
    owed, overdue = bills["open_cny"].sum(), bills.drop_nulls("overdue_days")["open_cny"].sum()
    # The last bill may not have been issued yet, and is not among what is to be paid.
    last = date.fromisoformat(f"{bills['bill_month'][-1]}-01")
    issued = t("self_service.issued", month=month_name(last))
    figure(
        t("self_service.owed"),
        money(owed),  # type: ignore[arg-type]
        beside=t("self_service.overdue", overdue=money(overdue)) if overdue else issued,  # type: ignore[arg-type]
        help_text=t("self_service.issued_note"),
    )


def show_use(own: Own) -> None:
    """Use over a day, week, month or year, and beside that of neighbours."""
    st.subheader(t("self_service.use"))
    span = st.segmented_control(
        t("self_service.span"),
        list(_SPANS),
        default="month",
        format_func=lambda one: t(f"self_service.span_{one}"),
        key="own_span",
        required=True,
        label_visibility="collapsed",
    )
    step, before = _SPANS[span]
    first = max(own.last_day - timedelta(days=before), own.here.first_day)
    asked: dict[str, Any] = {
        "first_day": first,
        "last_day": own.last_day,
        "area_kind": "customer_id",
        "area_id": own.customer_id,
        "step": step,
    }
    curve = ask(load_curve, **asked)
    if curve["energy_kwh"].null_count() == curve.height:
        st.info(t("load.nothing_read"), icon=":material/inbox:")
        return
    st.altair_chart(load_lines(curve, step=step, look=current_look(), height=260), theme=None)
    st.caption(units.days(first, own.last_day))
    _beside_neighbours(own)


def _beside_neighbours(own: Own) -> None:
    st.subheader(t("self_service.neighbours"))
    by = st.segmented_control(
        t("self_service.by"),
        ["month", "hour"],
        default="month",
        format_func=lambda one: t(f"self_service.by_{one}"),
        key="own_by",
        required=True,
        label_visibility="collapsed",
    )
    if not own.points:
        return
    rows = ask(neighbours, usage_point_id=own.points[0], last_day=own.last_day, by=by)
    if rows.is_empty():
        st.info(t("load.nothing_read"), icon=":material/inbox:")
        return
    st.altair_chart(beside_neighbours(rows, by=by, look=current_look()), theme=None)
    level = rows["level"][0]
    if level is None:
        st.caption(t("self_service.nobody_alike"))
        return
    most = rows["neighbours"].max()
    st.caption(t("self_service.alike", group=t(f"self_service.level_{level}"), count=most or "10+"))


def show_payments(own: Own) -> None:
    """The last bills with their payments."""
    bills = ask(payment_bills, as_of=own.last_day, customer_id=own.customer_id)
    st.subheader(t("self_service.payments"))
    if bills.is_empty():
        st.caption(t("assistant.no_payments"))
        return
    recent = bills.tail(_BILLS).reverse()
    states = [_state(row) for row in recent.iter_rows(named=True)]
    shown = recent.select(
        "bill_month", "billed_cny", "due_on", "paid_cny", "settled_on", "open_cny"
    ).with_columns(pl.Series("payment_state", states))
    show_table(shown)
    st.caption(t("self_service.payments_note"))


def _state(row: dict) -> str:
    if row["settled_on"] is None:
        return t("self_service.state_overdue" if row["overdue_days"] else "self_service.state_open")
    return t("self_service.state_late" if row["is_late"] else "self_service.state_paid")


def show_reports(own: Own) -> None:
    """Report a fault, complain, ask; and what became of it."""
    st.subheader(t("self_service.report"))
    open_form(own.customer_id, own.points[0] if own.points else None, key=own.customer_id)
    show_tickets(own.customer_id)


def show_own_data(own: Own) -> None:
    """Consent to be written to, and the own readings to take away."""
    st.subheader(t("self_service.consent"))
    standing = ask(own_consent, customer_id=own.customer_id)
    decision = standing["decision"][0] if standing.height else None
    st.markdown(t(f"self_service.consent_{decision or 'unsaid'}"))
    wanted = "refused" if decision == "given" else "given"
    if st.button(t(f"self_service.make_{wanted}"), key=f"consent_{wanted}"):
        record_consent(
            records(), actor(), customer_id=own.customer_id, decision=wanted, said_on=_today()
        )
        st.rerun(scope="fragment")
    st.subheader(t("self_service.export"))
    st.caption(t("self_service.export_note"))
    first = max(own.last_day - timedelta(days=365), own.here.first_day)
    readings = {
        "first_day": first,
        "last_day": own.last_day,
        "area_kind": "customer_id",
        "area_id": own.customer_id,
        "step": "15m",
    }
    with st.container(horizontal=True):
        name = file_name("readings", own.customer_id, first, own.last_day)
        offer_tables(name, later(load_curve, **readings))


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the day on which it is said, where it is said


def show_links(own: Own) -> None:
    """Where the rest stands: the bill line by line, tariffs, advice."""
    links = {
        "billing-bill": "billing.bill",
        "billing-best-choice": "billing.best_choice",
        "customers-advice": "customers.advice",
        "customers-portrait": "customers.portrait",
    }
    st.markdown(" · ".join(f"[{t(key)}]({own.link(path)})" for path, key in links.items()))
