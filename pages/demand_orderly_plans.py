"""Plans of orderly use as the page keeps them: saved, approved, put in force, written down."""

from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from ingest.records.orderly import (
    MAKERS,
    STEPS,
    OrderlyPlanError,
    record_day,
    redraft_plan,
    save_plan,
    step_plan,
    withdraw_day,
)
from pages import units
from pages.collection_words import moment
from pages.districts import District
from pages.session import actor, ask, records, settings, who
from pages.text import t
from queries.demand.orderly_plans import orderly_plans
from queries.demand.orderly_saved import orderly_saved
from queries.demand.orderly_tables import StoredPlan, stored_plan
from queries.demand.orderly_terms import LEVELS, read_terms
from queries.lake import lake_version

_SAID = "orderly_said"
_ICONS = {
    "approved": ":material/verified:",
    "in_force": ":material/play_arrow:",
    "ended": ":material/stop:",
    "draft": ":material/undo:",
}


def say() -> None:
    """What came of the last click."""
    said = st.session_state.pop(_SAID, None)
    if said:
        kind, text = said
        (st.success if kind == "success" else st.warning)(text, icon=":material/checklist:")


def _said(kind: str, text: str) -> None:
    st.session_state[_SAID] = kind, text
    st.rerun()


def save_box(asked: dict[str, Any], levels: pl.DataFrame) -> None:
    """A form that keeps the roster of all levels as a draft, or as a draft's new roster."""
    if who().role not in MAKERS:
        return
    with st.popover(t("orderly.save"), icon=":material/save:"):
        name = st.text_input(t("orderly.name"), key="orderly_name", max_chars=80)
        if st.button(t("orderly.save_new"), key="orderly_save", icon=":material/save:"):
            _keep(asked, levels, name, None)
        for row in ask(orderly_plans).filter(state="draft").iter_rows(named=True):
            whole = row["usage_points"] == row["seen_usage_points"]
            label = t("orderly.redraft", name=row["name"])
            if whole and st.button(label, key=f"orderly_redraft_{row['plan_id']}"):
                _keep(asked, levels, row["name"], row)


def _keep(
    asked: dict[str, Any], levels: pl.DataFrame, name: str, draft: dict[str, Any] | None
) -> None:
    content = {
        "region_id": asked.get("region_id"),
        "first_day": asked["first_day"].isoformat(),
        "last_day": asked["last_day"].isoformat(),
        "terms": asked["terms"],
        "levels": levels.drop("reference_days", "maximum_at").to_dicts(),
        "reference_days": [day.isoformat() for day in levels["reference_days"][0]],
    }
    kept: dict[str, Any] = {
        "content": content,
        "quotas": ask(orderly_saved, **asked).to_dicts(),
        "lake_version": str(lake_version(settings()).sequence),
    }
    try:
        if draft is None:
            save_plan(records(), actor(), name=name, **kept)
        else:
            redraft_plan(records(), actor(), draft["plan_id"], version=draft["version"], **kept)
    except OrderlyPlanError as error:
        st.warning(t(f"orderly_error.{error.reason}"), icon=":material/error:")
        return
    _said("success", t("orderly.saved", name=name))


def pick_plan() -> tuple[StoredPlan, bool] | None:
    """One saved plan and whether all of it is seen; None: there is none yet."""
    found = {row["plan_id"]: row for row in ask(orderly_plans).iter_rows(named=True)}
    if not found:
        return None
    chosen = st.selectbox(
        t("orderly.which"),
        list(found),
        format_func=lambda one: (
            f"{found[one]['name']} · {t('orderly.state_' + found[one]['state'])}"
        ),
        key="orderly_plan",
    )
    row = found[chosen]
    plan = stored_plan(records(), row["plan_id"])
    if plan is None:
        return None
    st.caption(
        t(
            "orderly.changed_by",
            user=row["changed_by"],
            moment=moment(datetime.fromisoformat(row["changed_at"])),
            version=row["version"],
        )
    )
    is_whole = row["usage_points"] == row["seen_usage_points"]
    if not is_whole:
        st.info(
            t("orderly.part_only", seen=row["seen_usage_points"], points=row["usage_points"]),
            icon=":material/visibility:",
        )
    return plan, is_whole


def steps_box(plan: StoredPlan, here: District) -> None:
    """Buttons for what the plan may become, and a form for a day it was carried out."""
    if who().role not in MAKERS:
        return
    for state in STEPS[plan.state]:
        if st.button(t(f"orderly.to_{state}"), key=f"orderly_to_{state}", icon=_ICONS[state]):
            try:
                step_plan(records(), actor(), plan.id, version=plan.version, state=state)
            except OrderlyPlanError as error:
                _said("warning", t(f"orderly_error.{error.reason}"))
            _said("success", t("orderly.stepped", state=t(f"orderly.state_{state}")))
    if plan.state == "in_force":
        _record_box(plan, here)


def _record_box(plan: StoredPlan, here: District) -> None:
    terms = read_terms(str(plan.content["terms"]))
    with (
        st.popover(t("orderly.record_day"), icon=":material/event_available:"),
        st.form("orderly_record", border=False),
    ):
        st.caption(t("orderly.record_note"))
        day = st.date_input(
            t("orderly.day"), here.last_day, format="YYYY-MM-DD", key="orderly_record_day"
        )
        level = st.selectbox(
            t("orderly.level"),
            LEVELS,
            format_func=lambda one: t(f"orderly.level_{one}"),
            key="orderly_record_level",
        )
        begin, end = st.slider(
            t("orderly.hours"),
            0,
            24,
            (terms.hours.start, terms.hours.stop),
            key="orderly_record_hours",
            format="%d:00",
        )
        if st.form_submit_button(t("orderly.record"), icon=":material/event_available:"):
            try:
                record_day(
                    records(),
                    actor(),
                    plan.id,
                    service_date=day if isinstance(day, date) else here.last_day,
                    level=level,
                    from_minute=begin * 60,
                    until_minute=end * 60,
                )
            except OrderlyPlanError as error:
                _said("warning", t(f"orderly_error.{error.reason}"))
            told = t("orderly.recorded", day=units.day(day), level=t(f"orderly.level_{level}"))
            _said("success", told)


def withdraw_button(day_id: str) -> None:
    """Take back that the plan was carried out on a day."""
    if who().role not in MAKERS:
        return
    if st.button(t("orderly.withdraw"), key="orderly_withdraw", icon=":material/undo:"):
        try:
            withdraw_day(records(), actor(), day_id)
        except OrderlyPlanError as error:
            _said("warning", t(f"orderly_error.{error.reason}"))
        _said("success", t("orderly.withdrawn"))
