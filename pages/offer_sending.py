"""Recording of offers: the first catalogue, campaigns sent or known from a file, refusals."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from ingest.records.consents import ConsentError, record_consent
from ingest.records.offer_campaigns import Sending, send_offer, take_over_campaign
from ingest.records.offers import OfferRecordError
from ingest.records.usual_offers import add_usual_offers, read_enrolments
from pages.session import actor, ask, records, settings
from pages.text import t
from queries.customers.offer_candidate_ids import offer_candidate_ids
from queries.customers.offer_records import StoredOffer
from queries.lake import lake_version

_SAID = "offer_said"
_SHARES = (0.5, 0.3, 0.2, 0.1)


def say() -> None:
    """What came of the last click."""
    said = st.session_state.pop(_SAID, None)
    if said:
        kind, text = said
        (st.success if kind == "success" else st.warning)(text, icon=":material/campaign:")


def begin_catalogue() -> None:
    """A button that records the offers a utility usually begins with."""
    st.info(t("offer.none_yet"), icon=":material/inbox:")
    if st.button(t("offer.begin"), icon=":material/add:", key="offer_begin"):
        count = len(add_usual_offers(records(), actor()))
        st.session_state[_SAID] = "success", t("offer.begun", offers=count)
        st.rerun()


def send_box(offer: StoredOffer, chosen: pl.DataFrame, send_on: date) -> None:
    """A form that draws the lot and records the campaign."""
    if chosen.is_empty() or offer.state != "open":
        return
    with (
        st.popover(t("offer.send"), icon=":material/campaign:"),
        st.form("offer_send", border=False),
    ):
        st.caption(t("offer.send_note"))
        name = st.text_input(t("offer.campaign_name"), key="offer_campaign_name", max_chars=80)
        most = st.number_input(
            t("offer.look_at"), 2, chosen.height, chosen.height, key="offer_look_at"
        )
        share = st.selectbox(
            t("offer.control_share"),
            _SHARES,
            format_func=lambda one: f"{one:.0%}",
            key="offer_control_share",
        )
        seed = st.number_input(t("offer.seed"), 0, 10**6, 1, key="offer_seed")
        if st.form_submit_button(t("offer.record"), icon=":material/casino:"):
            _send(offer, chosen.head(int(most)), Sending(name, send_on, share, int(seed)))


def _send(offer: StoredOffer, chosen: pl.DataFrame, sending: Sending) -> None:
    version = str(lake_version(settings()).sequence)
    try:
        send_offer(records(), actor(), offer.id, chosen, sending, lake_version=version)
    except OfferRecordError as error:
        st.session_state[_SAID] = "warning", t(f"offer_error.{error.reason}")
    else:
        st.session_state[_SAID] = "success", t("offer.recorded")
    st.rerun()


def take_over_box(offer: StoredOffer, inputs: Mapping[str, Any]) -> None:
    """A campaign that was drawn and sent elsewhere, from a file."""
    with st.popover(t("offer.take_over"), icon=":material/upload_file:"):
        st.caption(t("offer.take_over_note"))
        name = st.text_input(t("offer.campaign_name"), key="offer_taken_name", max_chars=80)
        file = st.file_uploader(t("offer.file"), type=["csv"], key="offer_file")
        if file is None or not st.button(t("offer.record"), key="offer_take_over"):
            return
        try:
            rows = read_enrolments(file, ask(offer_candidate_ids, **inputs))
            take_over_campaign(records(), actor(), offer.id, rows, name)
        except OfferRecordError as error:
            st.session_state[_SAID] = "warning", t(f"offer_error.{error.reason}")
        except (pl.exceptions.PolarsError, ValueError):
            st.session_state[_SAID] = "warning", t("offer_error.file")
        else:
            st.session_state[_SAID] = "success", t("offer.taken_over")
        st.rerun()


def consent_box(today: date) -> None:
    """What a customer said of being written to, written down by staff."""
    with (
        st.popover(t("offer.consent"), icon=":material/do_not_disturb_on:"),
        st.form("offer_consent", border=False, clear_on_submit=True),
    ):
        st.caption(t("offer.consent_note"))
        customer = st.text_input(t("offer.customer"), key="consent_customer")
        decision = st.radio(
            t("offer.decision"),
            ["refused", "given"],
            format_func=lambda one: t(f"offer_consent.{one}"),
            key="consent_decision",
        )
        said_on = st.date_input(t("offer.said_on"), today, key="consent_day", format="YYYY-MM-DD")
        note = st.text_input(t("offer.consent_source"), key="consent_note")
        if st.form_submit_button(t("offer.record")) and customer and isinstance(said_on, date):
            try:
                record_consent(
                    records(),
                    actor(),
                    customer_id=customer.strip(),
                    decision=decision or "refused",
                    said_on=said_on,
                    note=note,
                )
            except ConsentError:
                st.session_state[_SAID] = "warning", t("offer_error.consent")
            else:
                st.session_state[_SAID] = "success", t("offer.consent_recorded")
            st.rerun()
