"""The events of a programme, one line each, and what may be done with one of them."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.downloads import file_name, later, offer_tables
from pages.event_actions import NEXT, act_on_event
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.demand.response_events import response_events

_SHOWN = (
    "service_date",
    "event_hours",
    "event_reason",
    "state",
    "target_kw",
    "planned_kw",
    "called",
    "opted_in",
    "opted_out",
    "settled_kw",
)


def show_events(programme: dict[str, Any]) -> None:
    """Every event of the programme, the latest first; a planned one can be called here."""
    st.subheader(t("event_plan.events"))
    asked = {"programme_id": programme["programme_id"]}
    found = ask(response_events, **asked)
    if found.is_empty():
        st.info(t("event_plan.no_events"), icon=":material/inbox:")
        return
    table = found.with_columns(
        pl.Series("event_reason", [t(f"event_reason.{one}") for one in found["event_reason"]]),
        pl.Series("state", [state_word(row) for row in found.iter_rows(named=True)]),
    ).select(name for name in _SHOWN if found[name].null_count() < found.height)
    show_table(table, most=420)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        # What is to be done comes first.
        ahead = found.filter(pl.col("state").is_in(["planned", "called"])).sort(
            pl.col("state") != "planned", maintain_order=True
        )
        if not ahead.is_empty():
            made = st.session_state.pop(NEXT, None)
            if made in ahead["event_id"]:
                st.session_state["event_act_on"] = made
            event = pick_event(ahead, "event_act_on", t("event_plan.act_on"))
            act_on_event(event, programme["terms"])
        offer_tables(file_name("events", programme["name"]), later(response_events, **asked))


def pick_event(found: pl.DataFrame, key: str, label: str) -> dict[str, Any]:
    """One of these events, the first at first; a row of ``response_events``."""
    rows = {row["event_id"]: row for row in found.iter_rows(named=True)}
    chosen = st.selectbox(
        label, list(rows), format_func=lambda one: event_name(rows[one]), key=key, width=420
    )
    return rows[chosen]


def event_name(event: dict[str, Any]) -> str:
    """``2025年7月4日 16:00–19:00 · 高温 · 已调用``."""
    parts = (
        f"{units.day(event['service_date'])} {event['event_hours']}",
        t(f"event_reason.{event['event_reason']}"),
        state_word(event),
    )
    return " · ".join(parts)


def state_word(event: dict[str, Any]) -> str:
    """How far a row of ``response_events`` is; some customers may still wait for readings."""
    is_partly = event["state"] == "called" and event["settled_kw"] is not None
    return t(f"event_state.{'partly_settled' if is_partly else event['state']}")
