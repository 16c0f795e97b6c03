"""What customers said of being written to, and that they were: written down by staff."""

from datetime import date

import streamlit as st

from ingest.records.consents import CHANNELS, ConsentError, record_consent
from ingest.records.contacts import ContactError, record_contact
from pages.session import actor, ask, records, who
from pages.text import t
from queries.customers.offer import Limits
from queries.customers.own_consent import own_consent

_SAID = "consent_said"
_STAFF = tuple(channel for channel in CHANNELS if channel != "account")
"""A customer's own account is its own to use."""


def say_consent() -> None:
    """What came of the last click."""
    said = st.session_state.pop(_SAID, None)
    if said:
        kind, text = said
        (st.success if kind == "success" else st.warning)(text, icon=":material/how_to_reg:")


def consent_box(today: date) -> None:
    """The consent of a customer that is named in the form."""
    with st.popover(t("offer.consent"), icon=":material/do_not_disturb_on:"):
        _form("offer", None, today)


def customer_consent(customer_id: str, point: str, today: date) -> None:
    """The consent of one customer, whether it may be written to, and that it was told."""
    if who().role == "customer":
        return
    found = ask(own_consent, customer_id=customer_id, on=today)
    if found.is_empty():
        return
    row = found.row(0, named=True)
    say_consent()
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover(t("offer.consent"), icon=":material/how_to_reg:"):
            _form("advice", customer_id, today)
        if st.button(
            t("consent.told"),
            icon=":material/outgoing_mail:",
            key="consent_told",
            disabled=not row["may_be_contacted"],
            help=t("consent.told_note"),
        ):
            _contact(customer_id, point, today)
        st.caption(_standing(row))


def _standing(row: dict) -> str:
    parts = [t(f"consent.stands_{row['decision'] or 'unsaid'}")]
    if row["said"]:
        channel = row["channel"] or "unsaid"
        parts.append(t("consent.said", day=row["said_on"], channel=t(f"channel_of.{channel}")))
    limits = Limits()
    parts.append(
        t("consent.contacts", count=row["contacts"], most=limits.contacts, days=limits.days)
    )
    return t("consent.joiner").join(parts)


def _form(key: str, customer_id: str | None, today: date) -> None:
    with st.form(f"{key}_consent", border=False, clear_on_submit=True):
        st.caption(t("offer.consent_note"))
        customer = customer_id or st.text_input(t("offer.customer"), key=f"{key}_consent_customer")
        decision = st.radio(
            t("offer.decision"),
            ["given", "refused"],
            index=None,
            format_func=lambda one: t(f"offer_consent.{one}"),
            key=f"{key}_consent_decision",
        )
        channel = st.selectbox(
            t("consent.channel"),
            _STAFF,
            format_func=lambda one: t(f"channel_of.{one}"),
            key=f"{key}_consent_channel",
        )
        said_on = st.date_input(
            t("offer.said_on"),
            today,
            max_value=today,
            key=f"{key}_consent_day",
            format="YYYY-MM-DD",
        )
        note = st.text_input(t("offer.consent_source"), key=f"{key}_consent_note")
        is_sent = st.form_submit_button(t("offer.record"))
    if not is_sent or not isinstance(said_on, date):
        return
    try:
        record_consent(
            records(),
            actor(),
            customer_id=customer.strip(),
            decision=decision or "",
            said_on=said_on,
            note=note,
            channel=channel,
        )
    except ConsentError:
        st.session_state[_SAID] = "warning", t("offer_error.consent")
    else:
        st.session_state[_SAID] = "success", t("offer.consent_recorded")
    st.rerun()


def _contact(customer_id: str, point: str, today: date) -> None:
    try:
        record_contact(
            records(),
            actor(),
            customer_id=customer_id,
            contacted_on=today,
            reason="advice",
            subject_id=point,
        )
    except ContactError as error:
        st.session_state[_SAID] = "warning", t(f"consent.error_{error.reason}")
    else:
        st.session_state[_SAID] = "success", t("consent.told_recorded")
    st.rerun()
