"""An event while it runs, or replayed: who was reached, what is reduced, who is behind."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.downloads import file_name, later, offer_tables
from pages.event_list_view import pick_event
from pages.event_live_charts import followed_load, reduced_by_quarter
from pages.event_live_messages import show_messages
from pages.figures import figure, figures
from pages.reproduce import offer_reproduction
from pages.self_service_place import local_of
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.demand.event_live import event_live
from queries.demand.event_live_points import event_live_points
from queries.demand.event_standing import event_standing
from queries.demand.response_events import response_events
from queries.run import QuestionError
from queries.schema import SLOT_MINUTES

_LOOK_EVERY = "60s"
_QUARTER = timedelta(minutes=SLOT_MINUTES)
_BEFORE, _AFTER = timedelta(hours=1), timedelta(hours=2)
"""Around an event of the past, that a replay can be set to."""
_SHOWN = (
    "usage_point_id",
    "customer_id",
    "answer",
    "promised_kw",
    "baseline_kw",
    "load_kw",
    "reduction_kw",
    "reduced_kwh",
    "fulfilled_share",
    "last_read",
)


def live_section(programme: dict[str, Any]) -> None:
    """One event of the programme that was called; the page looks again while it runs."""
    found = ask(response_events, programme_id=programme["programme_id"])
    called = found.filter(pl.col("called_at").is_not_null())
    if called.is_empty():
        st.info(t("event_live.nothing"), icon=":material/inbox:")
        return
    show_live(pick_event(called, "event_live", t("event_plan.which_event")))


def show_live(event: dict[str, Any]) -> None:
    """An event, a row of ``response_events``: it looks again by itself only while it runs."""
    is_running = event["state"] == "called" and event["starts_at"] <= _now() < event["ends_at"]
    follow = st.fragment(_follow, run_every=_LOOK_EVERY if is_running else None)
    follow(event, is_running=is_running)


def _now() -> datetime:
    """To the minute, so that a question asked twice is answered once."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def _follow(event: dict[str, Any], *, is_running: bool) -> None:
    if is_running and _now() >= event["ends_at"]:
        st.rerun()  # the whole page, which no longer looks again by itself
    at = _moment(event)
    asked: dict[str, Any] = {"event_id": event["event_id"], "at": at}
    try:
        [standing] = ask(event_standing, **asked).iter_rows(named=True)
        rows = ask(event_live, **asked)
    except QuestionError as error:
        st.info(str(error), icon=":material/inbox:")
        return
    if event["state"] == "cancelled":
        st.warning(t("event_live.cancelled"), icon=":material/event_busy:")
    _figures(standing)
    _notes(standing)
    if standing["points"]:
        _charts(rows, standing)
    _customers(asked)
    show_messages(event, standing)


def _charts(rows: pl.DataFrame, standing: dict[str, Any]) -> None:
    load_place, reduced_place = st.columns(2, gap="large")
    look = current_look()
    with load_place:
        st.subheader(t("event_live.load_title"))
        st.altair_chart(followed_load(rows, look=look), theme=None)
    with reduced_place:
        st.subheader(t("event_live.reduced_title"))
        chart = reduced_by_quarter(rows, standing["target_kw"], look=look)
        st.altair_chart(chart, theme=None)
    st.caption(t("event_live.chart_note"))


def _moment(event: dict[str, Any]) -> datetime:
    """The instant that is looked at: now, or of an event that is over any of it."""
    now = _now()
    if now < event["ends_at"]:
        return now
    first, last = (_clock(one) for one in (event["starts_at"] - _BEFORE, event["ends_at"] + _AFTER))
    chosen = st.slider(
        t("event_live.replay"),
        first,
        last,
        last,
        step=_QUARTER,
        format="HH:mm",
        help=t("event_live.replay_note"),
        key=f"event_replay_{event['event_id']}",
    )
    return event["starts_at"] - _BEFORE + (chosen - first)


def _clock(instant: datetime) -> datetime:
    """Local standard time, as a slider takes it."""
    local = local_of(instant)
    assert local is not None  # noqa: S101 - an instant has one
    return local.replace(tzinfo=None)


def _figures(standing: dict[str, Any]) -> None:
    with figures("_live"):
        figure(
            t("event_live.called"),
            f"{standing['called']:,}",
            beside=t(f"event_live.phase_{standing['phase']}"),
        )
        figure(
            t("event_live.opted_in"),
            f"{standing['opted_in']:,}",
            beside=t(
                "event_live.others",
                out=f"{standing['opted_out']:,}",
                silent=f"{standing['silent']:,}",
            ),
            help_text=t("event_live.answer_note"),
        )
        figure(
            t("event_live.failed"),
            f"{standing['failed']:,}",
            beside=t(
                "event_live.waiting",
                waiting=f"{standing['waiting']:,}",
                all=f"{standing['messages']:,}",
            ),
        )
        figure(
            t("event_live.reduction"),
            _power(standing["reduction_kw"]),
            beside=t("event_live.latest", load=_power(standing["latest_reduction_kw"])),
            help_text=t("event_live.reduction_note"),
        )
        goal = "target" if standing["target_kw"] else "promised"
        share = standing["goal_share"]
        figure(
            t(f"event_live.of_{goal}"),
            "–" if share is None else units.share(share),
            beside=t(f"event_live.{goal}", load=_power(standing["goal_kw"])),
        )
        read = standing["read_share"]
        figure(
            t("event_live.read"),
            "–" if read is None else units.share(read),
            beside=t("event_live.read_until", at=units.clock(standing["last_read"]))
            if standing["last_read"]
            else t("event_live.nothing_read"),
            help_text=t("event_live.read_note"),
        )


def _power(load_kw: float | None) -> str:
    return "–" if load_kw is None else units.power(load_kw)


def _notes(standing: dict[str, Any]) -> None:
    if standing["phase"] == "running":
        st.caption(
            t(
                "event_live.running",
                over=standing["over_quarters"],
                quarters=standing["quarters"],
            )
        )
    if standing["without_baseline"]:
        st.warning(
            t("event_live.without_baseline", count=f"{standing['without_baseline']:,}"),
            icon=":material/info:",
        )


def _customers(asked: dict[str, Any]) -> None:
    found = ask(event_live_points, **asked)
    words = {one: t(f"event_answer.{one}") for one in ("opt_in", "opt_out")}
    table = found.with_columns(
        pl.col("answer").replace_strict(
            words, default=t("event_answer.silent"), return_dtype=pl.String
        )
    ).select(_SHOWN)
    # Before the event nothing is measured yet: no columns of nothing.
    table = table.select(one for one in table if one.null_count() < table.height)
    st.subheader(t("event_live.each"))
    show_table(table, most=420)
    st.caption(t("event_live.each_note"))
    with st.container(horizontal=True):
        name = file_name("event_live", asked["event_id"])
        offer_tables(name, later(event_live_points, **asked))
        offer_reproduction(event_live, **asked)
