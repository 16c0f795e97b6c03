"""Recording of offers: the first catalogue, campaigns sent or known from a file, refusals."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from ingest.records.offer_campaigns import Sending, send_offer, take_over_campaign
from ingest.records.offers import OfferRecordError, change_offer
from ingest.records.usual_offers import add_usual_offers, read_enrolments
from pages.session import actor, ask, records, settings
from pages.text import t
from queries.customers.offer_candidate_ids import offer_candidate_ids
from queries.customers.offer_records import StoredOffer
from queries.lake import lake_version

SAID = "offer_said"
_SHARES = (0.5, 0.3, 0.2, 0.1)


def say() -> None:
    """What came of the last click."""
    said = st.session_state.pop(SAID, None)
    if said:
        kind, text = said
        (st.success if kind == "success" else st.warning)(text, icon=":material/campaign:")


def begin_catalogue() -> None:
    """A button that records the offers a utility usually begins with."""
    st.info(t("offer.none_yet"), icon=":material/inbox:")
    if st.button(t("offer.begin"), icon=":material/add:", key="offer_begin"):
        count = len(add_usual_offers(records(), actor()))
        st.session_state[SAID] = "success", t("offer.begun", offers=count)
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
        st.session_state[SAID] = "warning", t(f"offer_error.{error.reason}")
    else:
        st.session_state[SAID] = "success", t("offer.recorded")
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
            st.session_state[SAID] = "warning", t(f"offer_error.{error.reason}")
        except (pl.exceptions.PolarsError, ValueError):
            st.session_state[SAID] = "warning", t("offer_error.file")
        else:
            st.session_state[SAID] = "success", t("offer.taken_over")
        st.rerun()


def end_button(offer: StoredOffer) -> None:
    """A button that ends an offer, or opens it again; what was sent stays on record."""
    is_open = offer.state == "open"
    label = t("offer_edit.end" if is_open else "offer_edit.reopen")
    icon = ":material/event_busy:" if is_open else ":material/restart_alt:"
    if not st.button(label, icon=icon, key="offer_end", help=t("offer_edit.end_note")):
        return
    try:
        change_offer(records(), actor(), offer.id, version=offer.version, is_closed=is_open)
    except OfferRecordError as error:
        st.session_state[SAID] = "warning", t(f"offer_error.{error.reason}")
    else:
        said = "offer_edit.has_ended" if is_open else "offer_edit.has_reopened"
        st.session_state[SAID] = "success", t(said, name=offer.name)
    st.rerun()
