"""The page of offers: one offer, to whom it goes, and what its campaigns brought."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.inputs import kept_select
from pages.offer_charts import qini_curve, weeks_apart
from pages.offer_words import (
    basis_sentence,
    counts_in_words,
    result_sentence,
    rule_in_words,
    taker_sentence,
    targets_in_words,
    version_lines,
)
from pages.reproduce import offer_reproduction
from pages.session import ask, ask_ahead, records, scope
from pages.tables import show_table
from pages.text import language, t
from queries.customers.offer import Content, Rebate
from queries.customers.offer_records import (
    StoredOffer,
    campaign_list,
    offer_list,
    stored_offer,
    version_list,
)
from queries.customers.offer_result import offer_result
from queries.customers.offer_selection import TO_SEND, totals_of
from queries.customers.offer_targets import offer_targets
from queries.customers.offer_uplift import offer_uplift
from queries.customers.offer_weeks import offer_weeks

_SHOWN_ROWS = 200
_OTHERS = 3
_NEXT, _CAMPAIGN = "offer_next", "campaign"


def offer_name(offer: StoredOffer) -> str:
    """What an offer is called in the reader's language."""
    return (offer.content.name_en if language() == "en" else "") or offer.name


def open_next(identifier: str) -> None:
    """Open this offer when the page is drawn again, as it is kept."""
    st.session_state[_NEXT] = identifier


def pick_offer() -> StoredOffer | None:
    """One offer of the catalogue; None where it is empty."""
    wanted = st.session_state.pop(_NEXT, None)
    if wanted:
        st.session_state["offer"] = wanted
        st.session_state["offer_mode"] = "view"
    found = offer_list(records(), scope())
    kept = {row["id"]: stored_offer(records(), row["id"]) for row in found.iter_rows(named=True)}
    offers = {identifier: offer for identifier, offer in kept.items() if offer is not None}
    if not offers:
        return None
    chosen = kept_select(
        "offer",
        t("offer.which"),
        list(offers),
        lambda one: _title(offers[one]),
    )
    return offers[chosen]


def _title(offer: StoredOffer) -> str:
    parts = [offer_name(offer), t(f"offer_kind.{offer.kind}")]
    return " · ".join(parts if offer.state == "open" else [*parts, t("offer_edit.ended")])


def show_offer(offer: StoredOffer) -> None:
    """What it says, on what it rests, its rules, and what is supposed of it."""
    content = offer.content
    st.markdown(f"> {content.text_en if language() == 'en' else content.text_zh}")
    st.caption(t(f"offer_kind_note.{offer.kind}", basis=content.basis or "–"))
    left, right = st.columns(2)
    with left:
        st.markdown(f"**{t('offer.rules')}**")
        lines = [f"- {rule_in_words(rule)}" for rule in content.rules] or [t("offer.no_rules")]
        st.markdown("\n".join(lines))
        limits = content.limits
        st.caption(t("offer.limits", contacts=limits.contacts, days=limits.days))
    with right:
        st.markdown(f"**{t('offer.supposed')}**")
        value = content.value
        st.markdown(
            t(
                "offer.value",
                uptake=units.share(value.uptake_share),
                unasked=units.share(value.unasked_share),
                change=units.change(value.change_share),
                contact=units.money(value.contact_cny),
                taker=units.money(value.taker_cny),
                supply=units.bare_price(value.supply_cny_per_kwh),
            )
        )
        _show_rebate(content)


def _show_rebate(content: Content) -> None:
    """What a package gives back, and what it expects of the peak."""
    lines, rebate, value = [], content.rebate, content.value
    if rebate != Rebate():
        lines.append(
            t(
                "offer.rebate",
                yearly=units.money(rebate.yearly_cny),
                per_kwh=units.bare_price(rebate.cny_per_kwh),
                per_kw=units.money(rebate.cny_per_cut_kw),
            )
        )
    if value.peak_cut_share:
        share, worth = units.share(value.peak_cut_share), units.money(value.peak_cny_per_kw)
        lines.append(t("offer.peak", share=share, worth=worth))
    if lines:
        st.markdown("\n".join(lines))


def show_targets(offer: StoredOffer, asked: Mapping[str, Any], here: District) -> pl.DataFrame:
    """Tiles and the list of those it would go to; their rows."""
    targets = ask(offer_targets, offer_id=offer.id, **asked)
    st.subheader(t("offer.targets"))
    chosen = show_counts(targets)
    if chosen.is_empty():
        return chosen
    st.caption(basis_sentence(chosen.row(0, named=True), _campaigns()))
    table = targets_in_words(chosen.head(_SHOWN_ROWS))
    show_table(table)
    with st.container(horizontal=True):
        inputs = {"offer_id": offer.id, **asked}
        name = file_name("customers/offers", here.file_name, asked["first_day"], asked["last_day"])
        offer_tables(name, later(offer_targets, **inputs))
        offer_reproduction(offer_targets, **inputs)
    return chosen


def show_counts(targets: pl.DataFrame, *, is_open: bool = False) -> pl.DataFrame:
    """How many it would go to and what it would bring, and why not to the others; their rows."""
    chosen = targets.filter(status=TO_SEND)
    with figures("_counts"):
        figure(
            t("offer.to_send"),
            f"{chosen.height:,}",
            beside=t("offer.of_customers", customers=f"{targets.height:,}"),
        )
        if chosen.height:
            _totals(chosen)
    others = targets.filter(pl.col("status") != TO_SEND)["status"].value_counts(sort=True)
    if not others.is_empty():
        count = targets.height - chosen.height
        with st.expander(t("offer.not_to", customers=f"{count:,}"), expanded=is_open):
            st.markdown(counts_in_words(others.rows()))
    if chosen.is_empty():
        st.info(t("offer.nobody"), icon=":material/inbox:")
    return chosen


def _totals(chosen: pl.DataFrame) -> None:
    totals = totals_of(chosen)
    figure(
        t("offer.takers"),
        f"{totals['uptake_share']:,.0f}",
        beside=t("offer.because_of_it", takers=f"{totals['uplift_share']:,.0f}"),
        help_text=t("offer.takers_note"),
    )
    figure(
        t("offer.energy"),
        units.energy(totals["expected_kwh"]),
        help_text=t("offer.energy_note"),
    )
    figure(t("offer.for_customers"), units.money(totals["customer_cny"], with_sign=True))
    figure(
        t("offer.for_utility"),
        units.money(totals["utility_cny"], with_sign=True),
        help_text=t("offer.utility_note"),
    )


def _campaigns() -> dict[str, str]:
    """Names of campaigns by id: a trial may be of another offer of the kind."""
    found = offer_list(records(), scope())["id"].to_list()
    lists = [campaign_list(records(), scope(), one) for one in found]
    return {row["id"]: row["name"] for one in lists for row in one.iter_rows(named=True)}


def show_versions(offer: StoredOffer) -> None:
    """Who changed the offer when, and what; the newest first."""
    found = version_list(records(), scope(), offer.id)
    with st.expander(t("offer_edit.versions", count=found.height)):
        st.markdown("\n".join(version_lines(found)))


def begin_results(offer_id: str) -> None:
    """Have what an offer's campaign brought worked out beside what is shown before it."""
    campaigns = campaign_list(records(), scope(), offer_id)["id"].to_list()
    kept = st.session_state.get(_CAMPAIGN)
    for one in [kept] if kept in campaigns else campaigns[:1]:
        asked = {"campaign_id": one}
        ask_ahead((offer_result, asked), (offer_uplift, asked), (offer_weeks, asked))


def begin_others(offer: StoredOffer, asked: Mapping[str, Any]) -> None:
    """Have the open offers that stand beside this one ready for who turns to them."""
    found = offer_list(records(), scope()).filter(
        (pl.col("state") == "open") & (pl.col("id") != offer.id)
    )
    for one in found["id"].head(_OTHERS):
        ask_ahead((offer_targets, {"offer_id": one, **asked}))
        begin_results(one)


def show_results(offer: StoredOffer) -> None:
    """What a campaign of the offer brought, against the group left out by lot."""
    st.subheader(t("offer.results"))
    found = campaign_list(records(), scope(), offer.id)
    rows = {row["id"]: row for row in found.iter_rows(named=True)}
    if not rows:
        st.caption(t("offer.no_campaign"))
        return

    def named(identifier: str) -> str:
        row = rows[identifier]
        sent_on = units.day(date.fromisoformat(row["sent_on"]))
        return t(
            "offer.campaign",
            name=row["name"],
            sent_on=sent_on,
            offered=f"{row['offered']:,}",
            control=f"{row['control']:,}",
        )

    chosen = kept_select(_CAMPAIGN, t("offer.which_campaign"), list(rows), named)
    result = ask(offer_result, campaign_id=chosen)
    whole = result.row(0, named=True)
    for row in result.iter_rows(named=True):
        st.markdown(result_sentence(row))
        if row["status"] != "measured":
            return
    _result_tiles(whole)
    st.markdown(taker_sentence(whole))
    weeks = ask(offer_weeks, campaign_id=chosen)
    if not weeks.is_empty():
        st.altair_chart(weeks_apart(weeks, look=current_look()), theme=None)
        st.caption(t("offer.weeks_note"))
    _whom_to_ask(chosen)
    with st.container(horizontal=True):
        offer_tables(
            file_name("customers/offer_result", chosen), later(offer_result, campaign_id=chosen)
        )
        offer_reproduction(offer_result, campaign_id=chosen)


def _result_tiles(row: Mapping[str, Any]) -> None:
    with figures("_result"):
        figure(
            t("offer.change"),
            units.change(row["change_share"]) or "–",
            beside=t(
                "offer.interval",
                low=units.change(row["change_share_low"]),
                high=units.change(row["change_share_high"]),
            ),
            help_text=t("offer.change_note"),
        )
        figure(
            t("offer.compared"),
            f"{row['offered']:,} / {row['control']:,}",
            beside=t("offer.left_out", customers=f"{row['left_out']:,}"),
            help_text=t("offer.compared_note"),
        )
        figure(
            t("offer.took"),
            units.share(row["took_share"]),
            beside=t("offer.control_took", share=units.share(row["control_took_share"])),
        )
        figure(
            t("offer.detectable"),
            units.share(row["detectable_share"]),
            help_text=t("offer.detectable_note"),
        )
        figure(
            t("offer.chance"),
            units.share(row["p_value"]),
            help_text=t("offer.chance_note"),
        )


def _whom_to_ask(campaign_id: str) -> None:
    learnt = ask(offer_uplift, campaign_id=campaign_id)
    first = learnt.row(0, named=True)
    st.markdown(f"**{t('offer.whom')}**")
    st.markdown(
        t(f"offer_uplift.{first['status']}", offered=first["offered"], control=first["control"])
    )
    if first["asked_share"] is not None:
        st.altair_chart(qini_curve(learnt, look=current_look()), theme=None)
        st.caption(t("offer.qini_note"))
