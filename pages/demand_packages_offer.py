"""A package handed to offers, its one home: there it is sent by lot and measured."""

import json
from typing import Any

import streamlit as st

from ingest.records.offers import OfferRecordError, save_offer
from pages.offer_view import open_next
from pages.session import actor, records
from pages.text import t
from queries.customers.offer import OfferError
from queries.customers.offer_rules import RuleError
from queries.demand.package_offer import KIND

_SAID = "package_said"
_OFFERS = "customers/offers.py"
_TEXTS = ("text_zh", "text_en")


def say() -> None:
    """What came of the last click."""
    said = st.session_state.pop(_SAID, None)
    if said:
        st.warning(said, icon=":material/error:")


def hand_over_box(content: str) -> None:
    """A form that keeps the package as an offer and opens it there."""
    with (
        st.popover(t("package.hand"), icon=":material/campaign:"),
        st.form("package_hand", border=False),
    ):
        st.caption(t("package.hand_note"))
        name = st.text_input(t("offer_edit.name"), key="package_name", max_chars=80)
        texts = {one: st.text_area(t(f"package.{one}"), key=f"package_{one}") for one in _TEXTS}
        basis = st.text_input(t("offer_edit.basis"), key="package_basis")
        if st.form_submit_button(t("package.save"), icon=":material/save:"):
            _keep(name, {**json.loads(content), **texts, "basis": basis})


def _keep(name: str, content: dict[str, Any]) -> None:
    try:
        identifier = save_offer(records(), actor(), kind=KIND, name=name, content=content)
    except (OfferRecordError, OfferError) as error:
        st.warning(t(f"offer_error.{error.reason}"), icon=":material/error:")
        return
    except RuleError as error:
        st.warning(t("condition.error", number=error.number), icon=":material/error:")
        return
    open_next(identifier)
    st.switch_page(_OFFERS)
