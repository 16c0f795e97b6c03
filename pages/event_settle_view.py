"""Settling an event: what was measured, who is paid what and why, and what goes on bills."""

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.event_list_view import pick_event
from pages.event_settle_actions import settle_and_post
from pages.event_settle_charts import curve_of_event, measured_by_rule
from pages.event_settle_words import checks_table, in_plain_words, indicator_table
from pages.figures import figure, figures
from pages.inputs import kept_select
from pages.reproduce import offer_reproduction
from pages.session import ask, ask_ahead, waiting
from pages.tables import show_table
from pages.text import language, t
from queries.demand.event_curve import event_curve
from queries.demand.event_gaming import event_gaming
from queries.demand.event_rules import event_rules
from queries.demand.event_settled import event_settled
from queries.demand.event_settlement import event_settlement
from queries.demand.response_events import response_events
from queries.demand.settlement_totals import settlement_totals
from queries.run import QuestionError

_ALL = "all"
_SHOWN = (
    "usage_point_id",
    "outcome",
    "amount_cny",
    "confirmed_kw",
    "reduction_kw",
    "standard_error_kw",
    "promised_kw",
    "baseline_kw",
    "load_kw",
)
_POSTED = ("posted_cny", "posted_month")
_RULES = (
    "shown_name",
    "measured_kw",
    "standard_error_kw",
    "bias_share",
    "settlement_error_share",
    "confirmed_kw",
    "amount_cny",
)


def begin_settlement(programme: dict[str, Any]) -> None:
    """Have the event that comes first in the settlement worked out while another view is read."""
    for event in _past(programme).head(1).iter_rows(named=True):
        ask_ahead((event_settlement, {"event_id": event["event_id"]}))


def _past(programme: dict[str, Any]) -> pl.DataFrame:
    found = ask(response_events, programme_id=programme["programme_id"])
    return found.filter(
        pl.col("state").is_in(["called", "settled"]) & (pl.col("ends_at") <= datetime.now(UTC))
    )


@st.fragment
def settle_section(here: District, programme: dict[str, Any]) -> None:
    """One past event of the programme, from its readings to the bills."""
    past = _past(programme)
    if past.is_empty():
        st.info(t("event_settle.none"), icon=":material/inbox:")
        return
    event = pick_event(past, "event_settle_which", t("event_settle.which"))
    with waiting():
        try:
            show_settlement(here, event)
        except QuestionError as error:
            st.error(str(error), icon=":material/error:")


def show_settlement(here: District, event: dict[str, Any]) -> None:
    """The settlement of one event; a row of ``response_events``."""
    asked = {"event_id": event["event_id"]}
    lines = ask(event_settlement, **asked)
    if lines.is_empty():
        st.info(t("event_settle.nobody"), icon=":material/inbox:")
        return
    kept = ask(event_settled, **asked)
    _tiles(lines)
    settle_and_post(here, event, lines, kept)
    chosen = _curve(asked, lines)
    _table(event, lines, kept)
    if chosen != _ALL:
        _one(lines.filter(pl.col("usage_point_id") == chosen).row(0, named=True))
    _rules(asked)
    _gaming(asked)


def _tiles(lines: pl.DataFrame) -> None:
    total = settlement_totals(lines)
    error = units.power(total["error_kw"])
    with figures("settle"):
        figure(
            t("event_settle.measured"),
            units.power(total["measured_kw"]),
            beside=t("event_settle.error", error=error),
            help_text=t("event_settle.error_note"),
        )
        figure(
            t("event_settle.promised"),
            units.power(total["promised_kw"]),
            beside=t("event_settle.took_part", count=total["took_part"], called=total["called"]),
        )
        figure(
            t("event_settle.confirmed"),
            units.power(total["confirmed_kw"]),
            beside=t("event_settle.paid_count", count=total["paid"]),
            help_text=t("event_settle.confirmed_note"),
        )
        figure(
            t("event_settle.amount"),
            units.money(total["amount_cny"]),
            beside=t("event_settle.waits", count=total["waits"]),
            help_text=t("event_settle.waits_note"),
        )


def _curve(asked: dict[str, Any], lines: pl.DataFrame) -> str:
    """The chart of all or one; whose it is."""
    title_place, choice_place = st.columns([2, 1], vertical_alignment="bottom")
    title_place.subheader(t("event_settle.curve"))
    with choice_place:
        chosen = kept_select(
            "settled_point",
            t("event_settle.whose"),
            [_ALL, *lines["usage_point_id"]],
            lambda one: t("event_settle.all") if one == _ALL else one,
        )
    whose: dict[str, Any] = {} if chosen == _ALL else {"usage_point_id": chosen}
    curve = ask(event_curve, **asked, **whose)
    if curve["load_kw"].count() == 0:
        st.info(t("event_settle.no_readings"), icon=":material/inbox:")
    else:
        st.altair_chart(curve_of_event(curve, look=current_look()), theme=None)
        st.caption(t("event_settle.curve_note", count=curve["customers"].max()))
    return chosen


def _table(event: dict[str, Any], lines: pl.DataFrame, kept: pl.DataFrame) -> None:
    st.subheader(t("event_settle.lines"))
    posted = kept.select("usage_point_id", *_POSTED)
    is_posted = kept["posted_cny"].count() > 0
    table = (
        lines.join(posted, on="usage_point_id", how="left", maintain_order="left")
        .with_columns(
            pl.Series("outcome", [t(f"event_outcome.{one}") for one in lines["outcome"]]),
            pl.col("confirmed_kw").cast(pl.Float64),
        )
        .select(*_SHOWN, *(_POSTED if is_posted else ()))
        .sort("amount_cny", "reduction_kw", descending=True, nulls_last=True)
    )
    show_table(table, most=420)
    st.caption(t("event_settle.lines_note"))
    with st.container(horizontal=True):
        asked = {"event_id": event["event_id"]}
        name = file_name("settlement", f"{event['service_date']}")
        offer_tables(name, later(event_settlement, **asked))
        offer_reproduction(event_settlement, **asked)


def _one(line: dict[str, Any]) -> None:
    """One customer's line in words, with every check."""
    st.subheader(t("event_settle.why", point=line["usage_point_id"]))
    detail = json.loads(line["detail"])
    st.markdown(in_plain_words(line, detail))
    table = checks_table(detail)
    show_table(table, most=320, heads={})


def _rules(asked: dict[str, Any]) -> None:
    """What other rules would have measured; it takes a while, so it is asked for."""
    if not st.toggle(t("event_settle.compare"), key="event_settle_rules"):
        return
    rules = ask(event_rules, **asked)
    name = "name_en" if language() == "en" else "name"
    named = rules.with_columns(
        pl.col(name).alias("shown_name"), settlement_error_share="error_share"
    )
    best = named.filter("is_recommended")
    if not best.is_empty():
        said = "same" if best["is_used"].item() else "other"
        text = t(f"event_settle.best_{said}", rule=best["shown_name"].item())
        st.info(text, icon=":material/gavel:")
    st.altair_chart(measured_by_rule(named, look=current_look()), theme=None)
    table = named.with_columns(pl.col("confirmed_kw").cast(pl.Float64)).select(_RULES)
    shown = table.rename({"shown_name": "rule"})
    show_table(shown, most=640)
    days = t("word.comma").join(units.day(day) for day in named["placebo_days"][0])
    st.caption(t("event_settle.placebos", days=days))


def _gaming(asked: dict[str, Any]) -> None:
    """What deserves a second look."""
    if not st.toggle(t("event_settle.second_look"), key="event_settle_gaming"):
        return
    found = ask(event_gaming, **asked)
    raised = found.filter("is_raised")
    if raised.is_empty():
        st.success(t("event_settle.nothing_raised"), icon=":material/check:")
    else:
        table = indicator_table(raised)
        show_table(table, most=360, heads={})
    st.caption(t("event_settle.second_look_note"))
