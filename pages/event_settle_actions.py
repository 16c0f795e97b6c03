"""Keeping a settlement and posting its credits; what will happen is said before."""

from typing import Any

import polars as pl
import streamlit as st

from ingest.records.response_settlements import post, settle
from pages import units
from pages.bill_words import month_name
from pages.districts import District
from pages.event_actions import done
from pages.session import actor, records, settings, who
from pages.text import t
from queries.demand.settlement_totals import open_month, posting_totals, settlement_totals
from queries.lake import lake_version


def settle_and_post(
    here: District, event: dict[str, Any], lines: pl.DataFrame, kept: pl.DataFrame
) -> None:
    """The two buttons; a customer has none."""
    if who().role == "customer":
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        _settle(event, lines, kept)
        _post(here, event, kept)
    if not kept.is_empty():
        last = kept.sort("settled_at").row(-1, named=True)
        version, by = kept["version"].max(), last["settled_by"]
        st.caption(t("event_settle.kept", at=last["settled_at"][:16], by=by, version=version))


def _settle(event: dict[str, Any], lines: pl.DataFrame, kept: pl.DataFrame) -> None:
    total = settlement_totals(lines)
    with st.popover(t("event_settle.settle"), icon=":material/gavel:"):
        key = "event_settle.settle_note" if kept.is_empty() else "event_settle.settle_again_note"
        amount = units.money(total["amount_cny"])
        st.markdown(t(key, count=total["called"], paid=total["paid"], amount=amount))
        if total["waits"]:
            st.markdown(t("event_settle.settle_waits", count=total["waits"]))
        if st.button(t("event_settle.settle_sure"), type="primary", key="event_settle_now"):
            done(
                lambda: settle(
                    records(),
                    actor(),
                    event["event_id"],
                    lines,
                    lake_version=str(lake_version(settings()).sequence),
                ),
                t("event_settle.was_settled", count=total["called"]),
            )


def _post(here: District, event: dict[str, Any], kept: pl.DataFrame) -> None:
    month = open_month(here.last_day, event["service_date"])
    total = posting_totals(kept)
    with st.popover(t("event_settle.post"), icon=":material/receipt_long:"):
        if kept.is_empty():
            st.markdown(t("event_settle.post_first"))
            return
        if not total["post_count"] and not total["back_count"]:
            st.markdown(t("event_settle.post_nothing"))
            return
        st.markdown(
            t(
                "event_settle.post_note",
                count=total["post_count"],
                amount=units.money(total["post_cny"]),
                month=month_name(month),
            )
        )
        if total["back_count"]:
            back = units.money(total["back_cny"])
            st.markdown(t("event_settle.post_back", count=total["back_count"], amount=back))
        if st.button(t("event_settle.post_sure"), type="primary", key="event_post_now"):
            done(
                lambda: post(
                    records(),
                    actor(),
                    event["event_id"],
                    month=month,
                    usage_point_ids=kept["usage_point_id"].to_list(),
                    zone=settings().zone,
                ),
                t("event_settle.was_posted", month=month_name(month)),
            )
