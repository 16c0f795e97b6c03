"""The editor of an offer: words, conditions, what is supposed of it, and live whom it reaches."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from ingest.records.offers import OfferRecordError, change_offer, save_offer
from pages.choice_input import ANY, pick_choice
from pages.conditions import Fields, edit_conditions, take_conditions
from pages.field_words import words_of
from pages.offer_sending import SAID
from pages.offer_view import open_next, show_counts
from pages.session import actor, ask, records, waiting
from pages.text import t
from queries.customers.offer import KINDS, Limits, OfferError, Rebate, Value
from queries.customers.offer_draft import offer_draft
from queries.customers.offer_known import FIELDS, SAVING
from queries.customers.offer_records import StoredOffer
from queries.customers.offer_rules import RuleError

_FIRST = ("annual_kwh", "choice_saving_cny", "readings_share", "capacity_kva", "night_share")
"""What offers ask for most."""
_ORDER = tuple(dict.fromkeys((*_FIRST, *FIELDS)))
_SHARES = ("uptake_share", "unasked_share", "change_share", "peak_cut_share")
_COSTS = ("contact_cny", "taker_cny", "supply_cny_per_kwh", "peak_cny_per_kw")
_REBATES = ("yearly_cny", "cny_per_kwh", "cny_per_cut_kw")
_TAKEN = "offer_editor_taken"
_CHOICES = ("policy", "basic_charge", "tariff_code")
"""Policies under which a basic charge is chosen."""


def leave_editor() -> None:
    """Whoever opens it again finds the offer as it is kept."""
    st.session_state.pop(_TAKEN, None)


@st.fragment
def edit_offer(offer: StoredOffer | None, asked: Mapping[str, Any]) -> None:
    """Edit an offer, or make a new one; None: a new one."""
    fields = _fields()
    _take(offer, fields)
    kind = _words(offer)
    content = _content(kind, fields)
    # Whom it reaches does not wait for its words.
    spoken = {name: content[name] or "–" for name in ("text_zh", "text_en")}
    draft = {"kind": kind, "content": json.dumps(content | spoken, ensure_ascii=False), **asked}
    if offer is not None:
        draft["offer_id"] = offer.id
    try:
        with waiting():
            found = ask(offer_draft, **draft)
    except OfferError as error:
        st.warning(t(f"offer_error.{error.reason}"), icon=":material/error:")
        return
    except RuleError as error:
        number = error.number - int(content["rules"][0]["column"] == "customer_class")
        st.warning(t("condition.error", number=number), icon=":material/error:")
        return
    show_counts(found, is_open=True)
    if st.button(t("offer_edit.save"), icon=":material/save:", type="primary", key="offer_save"):
        _save(offer, kind, content)


def _fields() -> Fields:
    schema = pl.Schema({name: FIELDS[name] for name in _ORDER})
    called = {SAVING: t("offer.own_saving")}
    return Fields("offer_rule", schema, words_of(), begins_with=0, called=called)


def _take(offer: StoredOffer | None, fields: Fields) -> None:
    """Set the widgets to what is kept, once each time the editor is opened."""
    wanted = (offer.id, offer.version) if offer else ("", 0)
    if st.session_state.get(_TAKEN) == wanted:
        return
    st.session_state[_TAKEN] = wanted
    content = offer.content if offer else None
    value, limits = (content.value, content.limits) if content else (Value(), Limits())
    texts = {name: getattr(content, name) if content else "" for name in ("text_zh", "text_en")}
    texts |= {name: getattr(content, name) if content else "" for name in ("name_en", "basis")}
    choice = content.choice if content else None
    rebate = content.rebate if content else Rebate()
    held: dict[str, Any] = {
        **texts,
        "name": offer.name if offer else "",
        "kind": offer.kind if offer else KINDS[0],
        **{name: getattr(value, name) * 100 for name in _SHARES},
        **{name: float(getattr(value, name)) for name in _COSTS},
        **{name: float(getattr(rebate, name)) for name in _REBATES},
        "contacts": limits.contacts,
        "days": limits.days,
        **{name: getattr(choice, name, None) or ANY for name in _CHOICES},
    }
    for name, one in held.items():
        st.session_state[f"offer_{name}_edit"] = one
    take_conditions(fields, content.rules if content else ())


def _words(offer: StoredOffer | None) -> str:
    """What it is called and what it says; its kind."""
    kind_place, name_place, english_place = st.columns(3)
    with kind_place:
        kind = st.selectbox(
            t("offer_edit.kind"),
            KINDS,
            format_func=lambda one: t(f"offer_kind.{one}"),
            key="offer_kind_edit",
            disabled=offer is not None,
        )
    name_place.text_input(t("offer_edit.name"), key="offer_name_edit", max_chars=80)
    english_place.text_input(t("offer_edit.name_en"), key="offer_name_en_edit", max_chars=80)
    st.caption(t(f"offer_kind_note.{kind}", basis=st.session_state["offer_basis_edit"] or "–"))
    chinese, english = st.columns(2)
    chinese.text_area(t("offer_edit.text_zh"), key="offer_text_zh_edit", height=90)
    english.text_area(t("offer_edit.text_en"), key="offer_text_en_edit", height=90)
    st.text_input(t("offer_edit.basis"), key="offer_basis_edit")
    return kind


def _content(kind: str, fields: Fields) -> dict[str, Any]:
    """The content as it stands on the page, as ``offer.read_content`` takes it."""
    content: dict[str, Any] = {
        "choice": pick_choice("offer_{}_edit") if kind != "policy_benefit" else None
    }
    st.markdown(f"**{t('offer.rules')}**")
    content["rules"] = edit_conditions(fields)
    st.markdown(f"**{t('offer.supposed')}**")
    value = {}
    places = [*st.columns(len(_SHARES)), *st.columns(len(_COSTS))]
    for place, name in zip(places, (*_SHARES, *_COSTS), strict=True):
        is_share = name in _SHARES
        typed = place.number_input(
            t(f"offer_edit.{name}"),
            min_value=-100.0 if name == "change_share" else 0.0,
            max_value=100.0 if is_share else None,
            step=1.0 if is_share else None,
            format="%.4f" if name == "supply_cny_per_kwh" else "%.2f" if not is_share else "%.1f",
            key=f"offer_{name}_edit",
        )
        value[name] = typed / 100 if is_share else typed
    content["value"] = value
    content["rebate"] = _rebate() if kind == "package" else {}
    contacts, days, _ = st.columns([1, 1, 4])
    content["limits"] = {
        "contacts": int(
            contacts.number_input(t("offer_edit.contacts"), 1, 99, key="offer_contacts_edit")
        ),
        "days": int(days.number_input(t("offer_edit.days"), 1, 3650, key="offer_days_edit")),
    }
    texts = ("text_zh", "text_en", "name_en", "basis")
    return content | {name: st.session_state[f"offer_{name}_edit"].strip() for name in texts}


def _rebate() -> dict[str, float]:
    """What a taker of a package is given back."""
    places = st.columns(len(_COSTS))[: len(_REBATES)]
    return {
        name: place.number_input(
            t(f"offer_edit.{name}"),
            min_value=0.0,
            format="%.4f" if name == "cny_per_kwh" else "%.2f",
            key=f"offer_{name}_edit",
        )
        for name, place in zip(_REBATES, places, strict=True)
    }


def _save(offer: StoredOffer | None, kind: str, content: dict[str, Any]) -> None:
    """Keep it; what was sent stays as it was."""
    name = st.session_state["offer_name_edit"]
    try:
        if offer is None:
            identifier = save_offer(records(), actor(), kind=kind, name=name, content=content)
        else:
            identifier = offer.id
            change_offer(
                records(), actor(), offer.id, version=offer.version, name=name, content=content
            )
    except (OfferRecordError, OfferError) as error:
        st.warning(t(f"offer_error.{error.reason}"), icon=":material/error:")
        return
    st.session_state[SAID] = "success", t("offer_edit.saved", name=name)
    leave_editor()
    open_next(identifier)
    st.rerun()
