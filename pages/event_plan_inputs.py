"""What is asked of the plan of an event: day, hours, target, needs of an area, cost of calls."""

from datetime import date, time, timedelta
from typing import Any

import polars as pl
import streamlit as st

from pages.districts import District
from pages.inputs import kept_select
from pages.session import ask
from pages.text import language, t
from queries.demand.event_hours import event_hours, suggested_minutes
from queries.demand.event_span import clock_of, minute_of, next_day
from queries.load.areas import areas

_QUARTER = timedelta(minutes=15)
_USUAL_HOURS = (16 * 60, 18 * 60)


def pick_event_plan(here: District, programme: dict[str, Any]) -> dict[str, Any]:
    """What is asked of the plan, as the questions take it."""
    day_place, hours_place, target_place = st.columns([2, 5, 2])
    day = day_place.date_input(
        t("event_plan.day"),
        next_day(here.last_day),
        key="event_plan_day",
        format="YYYY-MM-DD",
        help=t("event_plan.day_note"),
    )
    if not isinstance(day, date):
        st.stop()
    with hours_place:
        begin, end = _pick_hours(here, day)
    target = target_place.number_input(
        t("event_plan.target"),
        min_value=0.1,
        value=None,
        step=10.0,
        format="%.1f",
        placeholder=t("event_plan.all_there_is"),
        key="event_plan_target",
    )
    with st.expander(t("event_plan.more"), icon=":material/tune:"):
        more = _pick_more(here)
    return {
        "programme_id": programme["programme_id"],
        "day": day,
        "from_minute": begin,
        "until_minute": end,
        "target_kw": target,
        **more,
        **here.inputs,
    }


def _pick_hours(here: District, day: date) -> tuple[int, int]:
    """Begin and end [min after midnight]; at first the hours of the highest load."""
    hours = ask(event_hours, day=day, **here.inputs)
    usual = suggested_minutes(hours) or _USUAL_HOURS
    begin, end = st.slider(
        t("event_plan.hours"),
        time(0),
        time(23, 45),
        (clock_of(usual[0]), clock_of(usual[1])),
        step=_QUARTER,
        format="HH:mm",
        key=f"event_plan_hours_{day}",
        help=t("event_plan.hours_note", basis=t(f"load_basis.{hours['load_basis'][0]}")),
    )
    return minute_of(begin), minute_of(end)


def _pick_more(here: District) -> dict[str, Any]:
    """What is needed under a feeder or transformer, and what a call costs."""
    kind_place, area_place, kw_place, call_place, repeat_place = st.columns([2, 3, 2, 2, 2])
    with kind_place:
        kind = kept_select(
            "event_need",
            t("event_plan.need"),
            ["none", "feeder", "transformer"],
            lambda one: t("event_plan.need_none") if one == "none" else t(f"area_kind.{one}"),
        )
    need: dict[str, Any] = {"need_kind": None, "need_id": None, "need_kw": 0.0}
    if kind != "none":
        named = _area_names(kind, here)
        area = area_place.selectbox(
            t("input.area"), list(named), format_func=named.__getitem__, key=f"event_need_{kind}"
        )
        kw = kw_place.number_input(
            t("event_plan.need_kw"), 0.0, value=10.0, step=5.0, key="event_need_kw"
        )
        need = {"need_kind": kind, "need_id": area, "need_kw": kw} if area else need
    call = call_place.number_input(
        t("event_plan.call_cny"),
        0.0,
        value=2.0,
        step=1.0,
        help=t("event_plan.call_note"),
        key="event_call_cny",
    )
    repeat = repeat_place.number_input(
        t("event_plan.repeat_cny"),
        0.0,
        value=1.0,
        step=0.5,
        help=t("event_plan.repeat_note"),
        key="event_repeat_cny",
    )
    return {**need, "call_cny": call, "repeat_cny": repeat}


def _area_names(kind: str, here: District) -> dict[str, str]:
    found = ask(areas, area_kind=kind, **here.inputs).filter(~pl.col("is_check"))
    name = pl.col("name_en" if language() == "en" else "name").fill_null(pl.col("area_id"))
    return dict(found.select("area_id", name).iter_rows())
