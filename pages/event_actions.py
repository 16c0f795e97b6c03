"""What is done with events: kept as planned, called, cancelled; each said before it is done."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from ingest.records.response_events import (
    REASONS,
    call_event,
    cancel_event,
    plan_event,
)
from ingest.records.response_programmes import MAKERS, ResponseError
from pages import units
from pages.session import actor, records, settings, who
from pages.text import t
from queries.demand.event_span import Span
from queries.demand.response_programme import read_terms

SAID = "event_said"
NEXT = "event_next"
"""The event that was made by the last click."""
_KEPT = ("target_kw", "expected_kw", "spread_kw", "pay_cny", "cost_cny", "gap_share")
"""Of a plan's figures, what is kept with the event."""


def say() -> None:
    """What came of the last click."""
    said = st.session_state.pop(SAID, None)
    if said:
        kind, text = said
        (st.success if kind == "success" else st.warning)(text, icon=":material/campaign:")


def is_maker() -> bool:
    """Whether the account signed in makes programmes and calls events."""
    return who().role in MAKERS


def done(work: Callable[[], object], text: str) -> None:
    """Do something to the records and draw the page anew with what came of it."""
    try:
        work()
    except ResponseError as error:
        st.session_state[SAID] = "warning", t(f"event_error.{error.reason}", said=str(error))
    else:
        st.session_state[SAID] = "success", text
    st.rerun()


def act_on_plan(
    programme: dict[str, Any],
    asked: dict[str, Any],
    outcome: dict[str, Any],
    plan: pl.DataFrame,
) -> None:
    """Keep the plan as an event, or call it at once."""
    span = Span(asked["day"], asked["from_minute"], asked["until_minute"])
    called = plan.filter("is_called").select(
        "usage_point_id", "customer_id", "enrolment_id", planned_kw="expected_kw"
    )

    def keep(reason: str) -> str:
        return plan_event(
            records(),
            actor(),
            programme_id=programme["programme_id"],
            starts_at=span.starts_at(settings().zone),
            ends_at=span.ends_at(settings().zone),
            reason=reason,
            target_kw=asked["target_kw"],
            plan={"asked": asked, **{name: outcome[name] for name in _KEPT}},
            calls=called,
        )

    if programme["state"] != "open" or not is_maker():
        st.caption(t("event_plan.closed" if is_maker() else "event_plan.not_maker"))
        return
    notice = timedelta(minutes=read_terms(programme["terms"]).notice_minutes)
    called_at = when_called(span.starts_at(settings().zone), notice)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reason = st.selectbox(
            t("event_plan.reason"),
            REASONS,
            format_func=lambda one: t(f"event_reason.{one}"),
            key="event_reason",
            width=200,
        )
        if st.button(t("event_plan.keep"), icon=":material/bookmark_add:", key="event_keep"):
            done(
                lambda: st.session_state.update({NEXT: keep(reason)}),
                t("event_plan.kept", count=f"{called.height:,}"),
            )
        with st.popover(t("event_plan.call_now"), icon=":material/campaign:"):
            _say_before(called.height, outcome["pay_cny"], called_at)
            if called_at and st.button(
                t("event_plan.call_sure"), type="primary", key="event_call_now"
            ):
                done(
                    lambda: call_event(
                        records(), actor(), keep(reason), version=1, called_at=called_at
                    ),
                    t("event_plan.was_called", count=f"{called.height:,}"),
                )


def when_called(starts_at: datetime, notice: timedelta) -> datetime | None:
    """The instant a call is recorded with: now, or for hours gone by the last that was in time.

    None: the notice of the terms is no longer given, and the hours have not gone by either.
    """
    now = datetime.now(UTC)
    if now <= starts_at - notice:
        return now
    return starts_at - notice if starts_at <= now else None


def _say_before(customers: int, pay_cny: Any, called_at: datetime | None) -> None:  # noqa: ANN401 - money
    if called_at is None:
        st.warning(t("event_plan.too_late"), icon=":material/schedule:")
        return
    is_past = datetime.now(UTC) > called_at + timedelta(hours=1)
    key = "event_plan.call_past" if is_past else "event_plan.call_note_now"
    said = [t(key, count=f"{customers:,}")]
    if pay_cny is not None:
        said.append(t("event_plan.call_pay", pay=units.money(pay_cny)))
    st.markdown(" ".join(said))


def act_on_event(event: dict[str, Any], terms: str) -> None:
    """Call or cancel one event of the list."""
    if not is_maker():
        return
    identifier, version = event["event_id"], event["version"]
    if event["state"] == "planned":
        notice = timedelta(minutes=read_terms(terms).notice_minutes)
        called_at = when_called(event["starts_at"], notice)
        with st.popover(t("event_plan.call_now"), icon=":material/campaign:"):
            _say_before(event["called"], None, called_at)
            if called_at and st.button(
                t("event_plan.call_sure"), type="primary", key=f"event_call_{identifier}"
            ):
                done(
                    lambda: call_event(
                        records(), actor(), identifier, version=version, called_at=called_at
                    ),
                    t("event_plan.was_called", count=f"{event['called']:,}"),
                )
    if event["state"] in {"planned", "called"}:
        with st.popover(t("event_plan.cancel"), icon=":material/event_busy:"):
            st.markdown(t(f"event_plan.cancel_{event['state']}"))
            if st.button(t("event_plan.cancel_sure"), key=f"event_cancel_{identifier}"):
                done(
                    lambda: cancel_event(records(), actor(), identifier, version=version),
                    t("event_plan.was_cancelled"),
                )
