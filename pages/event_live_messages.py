"""Messages of an event: what went out, what failed and what to do, and calls by telephone."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from ingest.records.response_enrolments import CHANNELS
from ingest.records.response_programmes import ResponseError
from ingest.signals.outbox import send_again
from ingest.signals.phone import phoned
from ingest.signals.readdress import readdress
from pages.columns import columns, heading
from pages.downloads import file_name, later, offer_tables
from pages.event_actions import SAID
from pages.session import actor, ask, records, settings
from pages.tables import show_table
from pages.text import t
from queries.demand.event_messages import event_messages
from queries.demand.event_phone_list import event_phone_list

_ANSWERS = ("opt_in", "opt_out", "not_reached")
_PROMISED = "opt_in"


def show_messages(event: dict[str, Any], standing: dict[str, Any]) -> None:
    """Every message, those that failed first; of an event that is not over, what may be done."""
    st.subheader(t("event_live.messages"))
    asked = {"event_id": event["event_id"]}
    found = ask(event_messages, **asked)
    is_open = event["state"] == "called" and datetime.now(UTC) < event["ends_at"]
    if found.is_empty():
        key = "no_messages_yet" if is_open else "no_messages"
        show = st.warning if is_open else st.info
        show(t(f"event_live.{key}"), icon=":material/outbox:")
    else:
        _table(found)
        with st.container(horizontal=True):
            offer_tables(
                file_name("event_messages", event["event_id"]), later(event_messages, **asked)
            )
    if standing["failed"]:
        st.caption(t("event_live.failed_note"))
    if is_open:
        _send_again(found.filter(direction="out", state="failed"))
        _phone(event)


def _table(found: pl.DataFrame) -> None:
    zone = settings().zone_name
    named = found.with_columns(
        _words(found, "response_channel", "channel"),
        _words(found, "message_kind", "kind").alias("message_kind"),
        _words(found, "message_state", "state"),
        pl.Series("told_why", [_why(row) for row in found.iter_rows(named=True)]),
        is_failed=pl.col("state") == "failed",
        tried_at=pl.col("sent_at").dt.convert_time_zone(zone).dt.replace_time_zone(None),
        called_points="points",
        tries="attempts",
    ).sort("is_failed", descending=True, maintain_order=True)
    table = named.select(
        "message_kind",
        "state",
        "told_why",
        "channel",
        "address",
        "called_points",
        "tries",
        "tried_at",
    )
    wide = {
        name: st.column_config.TextColumn(heading(name), width=width)
        for name, width in (("told_why", 260), ("address", 180))
    }
    show_table(table, most=320, heads=columns(table) | wide)


def _words(found: pl.DataFrame, key: str, name: str) -> pl.Series:
    return pl.Series(name, [t(f"{key}.{one}") for one in found[name]])


def _why(row: dict[str, Any]) -> str:
    return t(f"message_told.{row['told_code']}", said=row["told"]) if row["told_code"] else ""


def _send_again(failed: pl.DataFrame) -> None:
    """Try a message anew once its cause is gone, or call at another address instead."""
    if failed.is_empty():
        return
    rows = {row["message_id"]: row for row in failed.iter_rows(named=True)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            t("event_live.failed_one"),
            list(rows),
            format_func=lambda one: (
                f"{t('response_channel.' + rows[one]['channel'])} · {rows[one]['address'] or '–'}"
            ),
            key="event_failed",
            width=420,
        )
        again = st.button(t("event_live.again"), icon=":material/refresh:", key="event_again")
        with st.popover(t("event_live.readdress"), icon=":material/edit:"):
            channel = st.selectbox(
                t("column.channel"),
                CHANNELS,
                format_func=lambda one: t(f"response_channel.{one}"),
                key="event_new_channel",
            )
            address = st.text_input(
                t("column.address"), key="event_new_address", help=t("event_live.address_note")
            )
            other = st.button(t("event_live.readdress_now"), type="primary", key="event_readdress")
    if chosen and again:
        _said(lambda: send_again(records(), actor(), chosen), t("event_live.again_said"))
    if chosen and other:
        _said(
            lambda: readdress(records(), actor(), chosen, channel=channel, address=address),
            t("event_live.readdressed"),
        )


def _said(work: Callable[[], object], text: str) -> None:
    """Do it, and say on the page drawn anew what came of it."""
    try:
        work()
    except ResponseError as error:
        st.session_state[SAID] = "warning", t(f"event_error.{error.reason}", said=str(error))
    except ValueError:
        st.session_state[SAID] = "warning", t("event_live.not_failed")
    else:
        st.session_state[SAID] = "success", text
    st.rerun()


def _phone(event: dict[str, Any]) -> None:
    """Who is to be called by telephone, and a form for what it says."""
    found = ask(event_phone_list, event_id=event["event_id"])
    if found.is_empty():
        return
    rows = {row["usage_point_id"]: row for row in found.iter_rows(named=True)}
    silent = found.filter(pl.col("answer").is_null()).height
    st.subheader(t("event_live.phone"))
    st.caption(t("event_live.phone_note", silent=f"{silent:,}", count=f"{found.height:,}"))
    with st.form("event_phone", clear_on_submit=True, border=True):
        who_place, answer_place, load_place = st.columns([3, 3, 1.4])
        with who_place:
            point = st.selectbox(
                t("event_live.who"),
                list(rows),
                format_func=lambda one: " · ".join(
                    (one, rows[one]["address"] or "–", t(f"event_answer.{_answer(rows[one])}"))
                ),
            )
        with answer_place:
            said = st.radio(
                t("event_live.said"),
                _ANSWERS,
                format_func=lambda one: t(f"event_answer.{one}"),
                horizontal=True,
            )
        with load_place:
            reply_kw = st.number_input(
                t("event_live.reply"), min_value=0.0, value=None, placeholder="–"
            )
        is_said = st.form_submit_button(t("event_live.write_down"), icon=":material/call:")
        if is_said and point:
            _write_down(event["event_id"], point, said, reply_kw)


def _answer(row: dict[str, Any]) -> str:
    return row["answer"] or "silent"


def _write_down(event_id: str, point: str, said: str, reply_kw: float | None) -> None:
    try:
        told = phoned(
            records(),
            actor(),
            event_id,
            point,
            answer=None if said == "not_reached" else said,
            reply_kw=reply_kw if said == _PROMISED else None,
            at=datetime.now(UTC),
        )
    except ResponseError as error:
        outcome = "warning", t(f"event_error.{error.reason}", said=str(error))
    else:
        outcome = "success", t("event_live.written", point=point)
        if told:
            outcome = "warning", t("event_live.late", point=point)
    st.session_state[SAID] = outcome
    st.rerun()
