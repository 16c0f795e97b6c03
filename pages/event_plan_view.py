"""The plan of an event: what is asked, whom it calls, what it costs, and what is in the way."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.event_actions import act_on_plan
from pages.event_plan_charts import largest_reductions, planned_day
from pages.event_plan_inputs import pick_event_plan
from pages.figures import figure, figures
from pages.inputs import in_words
from pages.reproduce import offer_reproduction
from pages.session import ask, waiting
from pages.tables import show_table
from pages.text import t
from queries.demand.event_plan import event_plan
from queries.demand.event_plan_curve import event_plan_curve
from queries.demand.event_plan_outcome import event_plan_outcome
from queries.demand.event_plan_reach import event_plan_reach
from queries.run import QuestionError

_ASKED = "event_plan_asked"
_CALLED = (
    "usage_point_id",
    "customer_class",
    "feeder_id",
    "agreed_reduction_kw",
    "expected_kw",
    "spread_kw",
    "reduction_basis",
    "events_measured",
    "usual_load_kw",
    "calls_this_year",
    "pay_cny",
)
_LEFT_OUT = ("usage_point_id", "customer_class", "status", "agreed_reduction_kw", "expected_kw")


@st.fragment
def plan_section(here: District, programme: dict[str, Any]) -> None:
    """Inputs, and after the button the plan they give."""
    with st.container(border=True):
        asked = pick_event_plan(here, programme)
        if st.button(t("event_plan.plan"), icon=":material/event_upcoming:", type="primary"):
            st.session_state[_ASKED] = asked
    planned = st.session_state.get(_ASKED)
    if planned is None or planned["programme_id"] != programme["programme_id"]:
        st.info(t("event_plan.press"), icon=":material/touch_app:")
        return
    if planned != asked:
        st.caption(t("event_plan.changed"))
    with waiting():
        try:
            _show(here, programme, planned)
        except QuestionError as error:
            st.error(str(error), icon=":material/error:")


def _show(here: District, programme: dict[str, Any], asked: dict[str, Any]) -> None:
    outcome = ask(event_plan_outcome, **asked).row(0, named=True)
    if not outcome["enrolled"]:
        st.info(t("event_plan.nobody_enrolled"), icon=":material/inbox:")
        return
    plan = ask(event_plan, **asked)
    if outcome["is_reached"]:
        _tiles(outcome)
        act_on_plan(programme, asked, outcome, plan)
        _charts(asked, plan)
        _called(plan)
    else:
        _in_the_way(asked)
    _left_out(plan)
    with st.container(horizontal=True):
        name = file_name("event-plan", here.file_name, asked["day"])
        offer_tables(name, later(event_plan, **asked))
        offer_reproduction(event_plan, **asked)
    with st.expander(t("event_plan.how"), icon=":material/help:"):
        st.markdown(t("event_plan.how_text"))


def _tiles(outcome: dict[str, Any]) -> None:
    with figures("_event_plan"):
        figure(
            t("event_plan.expected"),
            units.power(outcome["expected_kw"]),
            beside=t("event_plan.spread", spread=units.power(outcome["spread_kw"])),
            help_text=t("event_plan.spread_note"),
        )
        if outcome["target_kw"] is not None:
            figure(
                t("event_plan.of_target"),
                units.share(outcome["target_share"]),
                beside=t("event_plan.chance", share=units.share(outcome["chance_share"])),
                help_text=t("event_plan.chance_note"),
            )
        figure(
            t("event_plan.called"),
            f"{outcome['called']:,}",
            beside=t("event_plan.of_available", available=f"{outcome['available']:,}"),
        )
        figure(
            t("event_plan.pay"),
            units.money(outcome["pay_cny"]),
            beside=t("event_plan.with_calls", cost=units.money(outcome["cost_cny"])),
            help_text=t("event_plan.pay_note"),
        )
        figure(
            t("event_plan.gap"),
            f"{outcome['gap_share']:.2%}",
            beside=t("event_plan.certified" if outcome["is_certified"] else "event_plan.not_sure"),
            help_text=t("event_plan.gap_note"),
        )
        if outcome["after_peak_kw"] is not None:
            figure(
                t("event_plan.after"),
                units.power(outcome["after_peak_kw"]),
                beside=t("event_plan.day_peak", peak=units.power(outcome["peak_kw"])),
                help_text=t("event_plan.after_note", back=units.power(outcome["rebound_kw"])),
            )
    key = "event_plan.basis" if outcome["events_measured"] else "event_plan.basis_agreed"
    st.caption(
        t(
            key,
            events=outcome["events_measured"],
            share=units.share(outcome["programme_share"]),
            load=t(f"load_basis.{outcome['load_basis']}"),
        )
    )


def _charts(asked: dict[str, Any], plan: pl.DataFrame) -> None:
    look = current_look()
    day_place, bars_place = st.columns([3, 2], gap="large")
    with day_place:
        st.subheader(t("event_plan.day_title"))
        curve = ask(event_plan_curve, **asked)
        if curve["load_kw"].null_count() == curve.height:
            st.info(t("event_plan.no_load"), icon=":material/inbox:")
        else:
            st.altair_chart(planned_day(curve, look=look), theme=None)
    with bars_place:
        st.subheader(t("event_plan.bars_title"))
        st.altair_chart(largest_reductions(plan.filter("is_called"), look=look), theme=None)


def _called(plan: pl.DataFrame) -> None:
    st.subheader(t("event_plan.who"))
    table = _in_words(plan.filter("is_called")).select(_CALLED)
    show_table(table, most=420)


def _left_out(plan: pl.DataFrame) -> None:
    others = plan.filter(~pl.col("is_called"))
    if others.is_empty():
        return
    with st.expander(t("event_plan.left_out", count=f"{others.height:,}"), icon=":material/block:"):
        table = _in_words(others).select(_LEFT_OUT)
        show_table(table)


def _in_the_way(asked: dict[str, Any]) -> None:
    """The target cannot be reached: what the most is, and which limit is the cause."""
    reach = ask(event_plan_reach, **asked)
    most = reach.row(0, named=True)["reachable_kw"]
    enough = dict(reach.select("plan_limit", "is_enough").iter_rows())
    if enough.get("as_asked") and "area" in enough:
        said = t("event_plan.need_out_of_reach", most=units.power(most))
        st.warning(said, icon=":material/block:")
    elif asked["target_kw"] is None:
        st.warning(t("event_plan.nobody"), icon=":material/block:")
    else:
        st.warning(
            t(
                "event_plan.out_of_reach",
                target=units.power(asked["target_kw"]),
                most=units.power(most),
            ),
            icon=":material/block:",
        )
    causes = reach.filter("is_cause")["plan_limit"].to_list()
    if causes:
        st.markdown(t("event_plan.causes", limits="、".join(t(f"event_limit.{c}") for c in causes)))
    elif not enough.get("all", True):
        st.markdown(t("event_plan.too_few"))
    words = pl.Series("plan_limit", [t(f"event_limit.{one}") for one in reach["plan_limit"]])
    table = reach.with_columns(words).select("plan_limit", "reachable_kw", "is_enough")
    show_table(table)


def _in_words(plan: pl.DataFrame) -> pl.DataFrame:
    named = {
        "customer_class": "customer_class",
        "reduction_basis": "event_basis",
        "status": "event_status",
    }
    return plan.with_columns(
        pl.Series(
            column,
            [in_words(key, one) if one else None for one in plan[column]],
            dtype=pl.String,
        )
        for column, key in named.items()
    )
