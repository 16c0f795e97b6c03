"""What the page of orderly use shows of a saved plan: its roster, and who kept the limit."""

from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.collection_words import moment
from pages.demand_orderly_charts import kept_day
from pages.demand_orderly_plans import pick_plan, steps_box, withdraw_button
from pages.demand_orderly_view import pick_level, show_roster
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.inputs import kept_select
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import language, t
from queries.demand.baseline_rules import baseline_rules
from queries.demand.orderly_curve import orderly_curve
from queries.demand.orderly_days import orderly_days
from queries.demand.orderly_follow_up import orderly_follow_up
from queries.demand.orderly_kept import BY_PLAN
from queries.demand.orderly_result import orderly_result
from queries.demand.orderly_roster import orderly_roster
from queries.demand.orderly_tables import StoredPlan
from queries.demand.orderly_terms import read_terms
from queries.demand.orderly_versions import orderly_versions

_OTHER_DAY = "other"
_BASELINES = ("china_1", "china_2")


def show_follow_up(here: District) -> None:
    """One plan: its state, its days, and how the roster did on one of them."""
    picked = pick_plan()
    if picked is None:
        st.info(t("orderly.no_plans"), icon=":material/inbox:")
        return
    plan, is_whole = picked
    asked, day = _pick_day(plan, here)
    with st.container(horizontal=True):
        if is_whole:
            steps_box(plan, here)
            if day is not None:
                withdraw_button(day["day_id"])
    if day is None:
        st.warning(t("orderly.replay"), icon=":material/history:")
    else:
        st.info(t("orderly.was_called", user=day["recorded_by"]), icon=":material/event_available:")
    _outcome(here, asked)
    _saved_roster(here, asked)
    _versions(plan)


def _versions(plan: StoredPlan) -> None:
    """Who made which version of the plan, and what state it had then; the newest first."""
    found = ask(orderly_versions, plan_id=plan.id)
    lines = [
        t(
            "orderly.version",
            version=row["version"],
            state=t(f"orderly.state_{row['state']}"),
            user=row["changed_by"],
            moment=moment(datetime.fromisoformat(row["changed_at"])),
            roster=row["roster_version"],
        )
        for row in found.iter_rows(named=True)
    ]
    with st.expander(t("orderly.versions", count=found.height), icon=":material/history:"):
        st.markdown("\n".join(lines))


def _pick_day(plan: StoredPlan, here: District) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Which day is followed up, and as what it was written down; None: it was not."""
    days = {row["day_id"]: row for row in ask(orderly_days, plan_id=plan.id).iter_rows(named=True)}
    day_place, reference_place = st.columns(2)
    with day_place:
        chosen = st.selectbox(
            t("orderly.which_day"),
            [*days, _OTHER_DAY],
            format_func=lambda one: t("orderly.other_day") if one not in days else _told(days[one]),
            key=f"orderly_day_{plan.id}",
        )
    with reference_place:
        reference = kept_select(
            "orderly_reference", t("orderly.reference"), [BY_PLAN, *_BASELINES], _reference
        )
    st.caption(t("orderly.reference_note"))
    asked: dict[str, Any] = {"plan_id": plan.id, "reference": reference}
    if chosen in days:
        row = days[chosen]
        return asked | {
            "service_date": date.fromisoformat(row["service_date"]),
            "level": row["level"],
            "from_minute": row["from_minute"],
            "until_minute": row["until_minute"],
            "roster_version": row["roster_version"],
        }, row
    return asked | _any_day(plan, here), None


def _any_day(plan: StoredPlan, here: District) -> dict[str, Any]:
    """A day to be replayed, at a level."""
    terms = read_terms(str(plan.content["terms"]))
    known = [date.fromisoformat(one) for one in plan.content["reference_days"]]
    date_place, level_place = st.columns([1, 3])
    with date_place:
        day = st.date_input(
            t("orderly.day"),
            min(max(known), here.last_day),
            min_value=here.first_day,
            max_value=here.last_day,
            format="YYYY-MM-DD",
            key="orderly_replayed",
        )
    with level_place:
        level = pick_level("orderly_replayed_level")
    return {
        "service_date": day if isinstance(day, date) else here.last_day,
        "level": level,
        "from_minute": terms.from_minute,
        "until_minute": terms.until_minute,
    }


def _told(row: dict[str, Any]) -> str:
    day = units.day(date.fromisoformat(row["service_date"]))
    return t("orderly.day_of", day=day, level=t(f"orderly.level_{row['level']}"))


def _reference(code: str) -> str:
    if code == BY_PLAN:
        return t("orderly.by_plan")
    rule = baseline_rules()[code]
    return t("orderly.by_baseline", rule=rule.name_en if language() == "en" else rule.name_zh)


def _outcome(here: District, asked: dict[str, Any]) -> None:
    row = ask(orderly_result, **asked).row(0, named=True)
    if row["achieved_share"] is None:
        st.info(t("orderly.no_readings"), icon=":material/inbox:")
        return
    _tiles(row)
    st.subheader(t("orderly.curve"))
    st.altair_chart(kept_day(ask(orderly_curve, **asked), look=current_look()), theme=None)
    st.subheader(t("orderly.customers"))
    found = ask(orderly_follow_up, **asked)
    words = {True: "kept_yes", False: "kept_no", None: "kept_unknown"}
    shown = found.with_columns(
        pl.Series("is_kept", [t(f"orderly.{words[one]}") for one in found["is_kept"]]),
        pl.col("limit_kw").alias("allowed_load_kw"),
    ).select(
        "name",
        "usage_point_id",
        "is_kept",
        "quota_kw",
        "achieved_kw",
        "load_kw",
        "allowed_load_kw",
        "mean_excess_kw",
        "maximum_excess_kw",
        "quarters_over",
        "quarters_read",
    )
    show_table(shown, most=520)
    name = file_name("orderly-follow-up", here.file_name, asked["service_date"], asked["level"])
    with st.container(horizontal=True):
        offer_tables(name, later(orderly_follow_up, **asked))
        offer_reproduction(orderly_follow_up, **asked)


def _tiles(row: dict[str, Any]) -> None:
    with figures():
        figure(
            t("orderly.kept"),
            f"{row['kept_customers']:,}",
            beside=t(
                "orderly.kept_of",
                customers=f"{row['customers']:,}",
                unknown=f"{row['unknown_customers']:,}",
            ),
        )
        figure(
            t("orderly.needed"),
            units.power(row["needed_kw"]),
            beside=t("orderly.unread", power=units.power(row["unread_kw"]))
            if row["unread_kw"]
            else None,
        )
        figure(
            t("orderly.achieved"),
            units.power(row["achieved_kw"]),
            beside=t("orderly.achieved_of", share=units.share(row["achieved_share"])),
        )
        figure(
            t("orderly.excess"),
            units.power(row["mean_excess_kw"]),
            help_text=t("orderly.excess_note"),
        )


def _saved_roster(here: District, asked: dict[str, Any]) -> None:
    inputs = {name: asked[name] for name in ("plan_id", "level")}
    inputs["roster_version"] = asked.get("roster_version")
    st.subheader(t("orderly.roster", level=t(f"orderly.level_{asked['level']}")))
    roster = ask(orderly_roster, **inputs)
    if roster.is_empty():
        st.success(t("orderly.nobody"), icon=":material/check:")
        return
    show_roster(roster)
    with st.container(horizontal=True):
        name = file_name("orderly-roster", here.file_name, asked["level"])
        offer_tables(name, later(orderly_roster, **inputs))
