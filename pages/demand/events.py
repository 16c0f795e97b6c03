"""Whom to call to use less, what comes of it, and what it is paid."""

from typing import Any

import polars as pl
import streamlit as st

from pages.districts import district_or_stop
from pages.event_actions import say
from pages.event_list_view import show_events
from pages.event_live_view import live_section
from pages.event_plan_view import plan_section
from pages.event_programme_view import new_programme, programme_section
from pages.event_settle_view import begin_settlement, settle_section
from pages.inputs import kept_select
from pages.session import ask, waiting
from pages.text import t
from queries.demand.response_programmes import response_programmes

_VIEWS = ("plan", "live", "settle", "programme")

st.title(t("demand.events_question"))
here = district_or_stop()
say()


def pick_programme(found: pl.DataFrame) -> dict[str, Any]:
    rows = {row["programme_id"]: row for row in found.iter_rows(named=True)}
    chosen = kept_select(
        "programme",
        t("event_programme.which"),
        list(rows),
        lambda one: t(f"event_programme.named_{rows[one]['state']}", name=rows[one]["name"]),
    )
    return rows[chosen]


with waiting():
    found = ask(response_programmes)
    if found.is_empty():
        st.info(t("event_programme.none_yet"), icon=":material/inbox:")
        new_programme()
        st.stop()
    programme_place, new_place = st.columns([3, 1], vertical_alignment="bottom")
    with programme_place:
        programme = pick_programme(found)
    with new_place:
        new_programme()
    view = st.segmented_control(
        t("event_plan.view"),
        _VIEWS,
        default=_VIEWS[0],
        format_func=lambda one: t(f"event_plan.view_{one}"),
        key="events_view",
        label_visibility="collapsed",
        required=True,
    )
    if view == "plan":
        plan_section(here, programme)
        show_events(programme)
    elif view == "live":
        live_section(programme)
    elif view == "settle":
        settle_section(here, programme)
    else:
        programme_section(here, programme)
    if view != "settle":
        begin_settlement(programme)
