"""The queue of the collection on the page: what is missing, its terminals, and asking again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from ingest.records.collection import take_up_again
from pages.collection_day import CollectionDay
from pages.collection_words import in_local_time
from pages.columns import columns
from pages.inputs import in_words, kept_select
from pages.session import actor, ask, records, scope, who
from pages.tables import show_table, table_height
from pages.text import t
from queries.governance.collection_queue import collection_queue
from queries.governance.collection_terminals import collection_terminals

MAY_ASK_AGAIN = frozenset({"administrator"})
"""Who may have meters asked at once: it costs the lines to the field."""

_MOST_ROWS = 100
_SAID = "collection_said"
_ANY = "any"


def show_queue(chosen: CollectionDay) -> None:
    """What is missing longest, with filters, and the button that has it asked for at once."""
    st.subheader(t("collection.queue"))
    found = ask(collection_queue, now=_now(), most_rows=_MOST_ROWS, **_filters(chosen))
    _say()
    if found.is_empty():
        st.success(t("collection.nothing_missing"), icon=":material/check:")
        return
    count = found["missing_tasks"][0]
    st.caption(t("collection.queue_note", shown=f"{found.height:,}", all=f"{count:,}"))
    shown = _in_words(found)
    selected = st.dataframe(
        shown,
        column_config=columns(shown),
        hide_index=True,
        placeholder="–",
        height=table_height(shown),
        on_select="rerun",
        selection_mode="multi-row",
        key="queue",
    )
    if who().role in MAY_ASK_AGAIN:
        rows = selected["selection"]["rows"]
        _offer_again(found[rows] if rows else found, is_selected=bool(rows))


def _now() -> datetime:
    # To ten minutes: ages are told in hours, and the answer may be remembered so long.
    now = datetime.now(UTC)
    return now - timedelta(
        minutes=now.minute % 10, seconds=now.second, microseconds=now.microsecond
    )


def _filters(chosen: CollectionDay) -> dict[str, Any]:
    state_place, kind_place, _ = st.columns([1, 1, 2])
    with state_place:
        states = [_ANY, "open", "given_up"]
        state = kept_select("state", t("column.state"), states, lambda s: t(f"task_state.{s}"))
    with kind_place:
        kinds = [_ANY, "freeze", "curve", "clock"]
        kind = kept_select("reading", t("column.reading"), kinds, lambda k: t(f"task_kind.{k}"))
    picked = {"state": state, "kind": kind}
    return {n: v for n, v in picked.items() if v != _ANY} | chosen.here.inputs


def _in_words(found: pl.DataFrame) -> pl.DataFrame:
    def words(key: str, column: str) -> pl.Expr:
        codes = found[column].drop_nulls().unique()
        return pl.col(column).replace({code: in_words(key, code) for code in codes})

    return in_local_time(found).select(
        "service_date",
        words("task_kind", "kind").alias("reading"),
        "usage_point_id",
        "meter_id",
        "terminal",
        "age_hours",
        "attempts",
        words("task_state", "state"),
        words("task_reason", "reason"),
        "next_attempt_at",
        "message",
    )


def _offer_again(rows: pl.DataFrame, *, is_selected: bool) -> None:
    meters = rows.select("collector", "address").unique(maintain_order=True).rows()
    word = "again_selected" if is_selected else "again_shown"
    with st.container(horizontal=True):
        st.button(
            t(f"collection.{word}", meters=f"{len(meters):,}"),
            key="again",
            on_click=_ask_again,
            args=(meters,),
            icon=":material/replay:",
            type="primary",
        )
        # Without a region in the way: the queue itself knows none.
        if scope().is_everything:
            st.button(
                t("collection.again_all"),
                key="again_all",
                on_click=_ask_again,
                args=(None,),
                icon=":material/restart_alt:",
            )


def _ask_again(meters: list[tuple[str, str]] | None) -> None:
    if who().role not in MAY_ASK_AGAIN or (meters is None and not scope().is_everything):
        return
    if meters is None:
        tasks = take_up_again(records(), actor())
    else:
        tasks = sum(
            take_up_again(records(), actor(), collector=collector, address=address)
            for collector, address in meters
        )
    st.session_state[_SAID] = t("collection.asked_again", tasks=f"{tasks:,}")


def _say() -> None:
    if said := st.session_state.pop(_SAID, None):
        st.success(said, icon=":material/replay:")


def show_terminals(chosen: CollectionDay) -> None:
    """Terminals, those offline first."""
    st.subheader(t("collection.terminals"))
    found = ask(collection_terminals, **chosen.here.inputs)
    if found.is_empty():
        st.info(t("collection.no_terminals"), icon=":material/router:")
        return
    shown = in_local_time(found).select(
        "terminal",
        "is_online",
        "changed_at",
        "heard_at",
        "meters",
        "missing_meters",
        "protocol",
    )
    show_table(shown, most=320, key="terminals")
