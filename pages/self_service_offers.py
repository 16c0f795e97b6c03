"""Offers on a customer's own pages: what is open to it, to be accepted or declined."""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from ingest.records.offer_answers import ACCEPTED, DECLINED, Answer, record_answers
from ingest.records.offers import OfferRecordError
from pages import units
from pages.self_service_place import Own
from pages.session import actor, ask, records, settings, who
from pages.text import language, t
from queries.customers.own_consent import own_consent
from queries.customers.own_offers import own_offers
from queries.periods import usual_year, whole_months

_SAID = "own_offer_said"


def show_offers(own: Own) -> None:
    """Every offer open to the account, if it agreed to offers; what it answered."""
    st.subheader(t("own_offer.title"))
    said = st.session_state.pop(_SAID, None)
    if said:
        st.info(said, icon=":material/check:")
    standing = ask(own_consent, customer_id=own.customer_id)
    decision = standing["decision"][0] if standing.height else None
    months = whole_months(own.here.first_day, own.here.last_day)
    if decision != "given" or not months:
        key = "own_offer.refused" if decision == "refused" else "own_offer.needs_consent"
        st.markdown(t(key if decision != "given" else "own_offer.none"))
        return
    first_day, last_day = usual_year(months)
    today = datetime.now(UTC).astimezone(settings().zone).date()
    found = ask(
        own_offers,
        customer_id=own.customer_id,
        on=today,
        first_day=first_day,
        last_day=last_day,
        **own.here.inputs,
    )
    if found.is_empty():
        st.markdown(t("own_offer.none"))
    elif who().role != "customer":
        st.caption(t("own_offer.by_itself"))
    for row in found.iter_rows(named=True):
        with st.container(border=True):
            _one(row, has_several=len(own.points) > 1)


def _one(row: dict[str, Any], *, has_several: bool) -> None:
    """One offer: what it says, what it saves, and the answer or two buttons."""
    english = language() == "en"
    st.markdown(f"**{row['name_en'] if english else row['name']}**")
    st.markdown(row["text_en"] if english else row["text_zh"])
    if row["saving_cny"] is not None:
        st.markdown(t("own_offer.saves", money=units.money(row["saving_cny"])))
    notes = [t(f"offer_kind_note.{row['kind']}", basis=row["basis"] or "–")]
    if has_several:
        notes.append(t("own_offer.for_point", point=row["usage_point_id"]))
    st.caption(" · ".join(notes))
    if row["answer"] is not None:
        st.markdown(t(f"own_offer.stands_{row['answer']}", day=row["answered_on"]))
    if who().role != "customer":
        return
    key = f"{row['offer_id']}_{row['usage_point_id']}"
    with st.container(horizontal=True):
        if row["answer"] != ACCEPTED and st.button(
            t("own_offer.accept"), icon=":material/check:", key=f"accept_{key}", type="primary"
        ):
            _answer(row, ACCEPTED)
        if row["answer"] != DECLINED and st.button(t("own_offer.decline"), key=f"decline_{key}"):
            _answer(row, DECLINED)


def _answer(row: dict[str, Any], answer: str) -> None:
    today = datetime.now(UTC).astimezone(settings().zone).date()
    said = Answer(row["usage_point_id"], row["customer_id"], answer, today, "account")
    try:
        record_answers(records(), actor(), row["offer_id"], [said])
    except OfferRecordError as error:
        st.session_state[_SAID] = t(f"offer_error.{error.reason}")
    else:
        st.session_state[_SAID] = t("own_offer.answered")
    st.rerun()
