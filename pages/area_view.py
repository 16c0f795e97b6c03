"""What the page of one transformer area shows, from the list of visits to its customers."""

from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.area_charts import loading_line, phase_lines
from pages.area_day import AreaDays
from pages.area_words import move, place, reason
from pages.charts import current_look
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.grid_moment import limits, limits_input
from pages.grid_words import name_of, voltage
from pages.inputs import in_words
from pages.reproduce import offer_reproduction
from pages.session import ask, ask_ahead, settings
from pages.tables import show_table
from pages.text import language, t
from queries.load.area_classes import ALL, area_classes
from queries.load.area_members import area_members
from queries.load.area_visits import area_visits
from queries.load.rebalancing import rebalancing
from queries.load.transformer_curve import transformer_curve
from queries.load.transformer_loss import transformer_loss
from queries.load.transformer_summary import transformer_summary
from queries.load.voltage_quality import voltage_quality

_LOSS_DAYS, _BALANCE_DAYS, _MOST_MOVES, _MOST_POINTS = 31, 28, 3, 10


def begin(chosen: AreaDays) -> None:
    """Have what is shown further down worked out beside what comes first."""
    ask_ahead(
        (rebalancing, _balance(chosen)),
        (voltage_quality, chosen.judged),
        (area_classes, chosen.area),
        (transformer_loss, _loss(chosen)),
        (area_visits, _visits(chosen)),
        (transformer_curve, _curve(chosen)),
        (voltage_quality, {**chosen.judged, "group_by": "phase"}),
        (voltage_quality, {**chosen.judged, "group_by": "usage_point"}),
        (area_members, chosen.area),
    )


def _loss(chosen: AreaDays) -> dict[str, Any]:
    first_day = max(chosen.here.first_day, chosen.last_day - timedelta(days=_LOSS_DAYS - 1))
    return {**chosen.area, "first_day": first_day}


def _balance(chosen: AreaDays) -> dict[str, Any]:
    first_day = max(chosen.here.first_day, chosen.last_day - timedelta(days=_BALANCE_DAYS - 1))
    return {**chosen.judged, "first_day": first_day, "most_moves": _MOST_MOVES}


def _visits(chosen: AreaDays) -> dict[str, Any]:
    return {"transformer_id": chosen.transformer_id, "day": chosen.last_day, **limits_input()}


def _curve(chosen: AreaDays) -> dict[str, Any]:
    return {**chosen.judged, "step_minutes": chosen.step_minutes}


def show_facts(chosen: AreaDays) -> None:
    """Name, feeder, rating, who is on it."""
    facts = chosen.facts
    feeder = (facts["feeder_name_en"] if language() == "en" else None) or facts["feeder_name"]
    st.subheader(f"{name_of(facts)} · {units.days(chosen.first_day, chosen.last_day)}")
    st.caption(
        t(
            "area_view.facts",
            number=facts["transformer_id"],
            feeder=feeder or facts["feeder_id"] or "–",
            capacity=f"{facts['rated_capacity_kva'] or 0:,.0f}",
            customers=facts["customers"],
            a=facts["phase_a_points"],
            b=facts["phase_b_points"],
            c=facts["phase_c_points"],
            three=facts["three_phase_points"],
            solar=facts["solar_points"],
        )
    )


def show_figures(chosen: AreaDays) -> None:
    """Loading, voltage, imbalance, collection, loss and photovoltaics in tiles."""
    summary = ask(transformer_summary, **chosen.judged).row(0, named=True)
    volts = ask(voltage_quality, **chosen.judged)
    whole = ask(area_classes, **chosen.area).filter(pl.col("customer_class") == ALL)
    with figures():
        _loading_figures(summary)
        if volts.is_empty():
            figure(t("area_view.qualified"), "–", beside=t("area_view.no_voltage"))
        else:
            row = volts.row(0, named=True)
            figure(
                t("area_view.qualified"),
                units.share(row["qualified_share"]),
                beside=f"{voltage(row['lowest_v'])} – {voltage(row['highest_v'])}",
                help_text=t(
                    "area_view.qualified_note",
                    points=row["usage_points"],
                    low=voltage(limits().low_v),
                    high=voltage(limits().high_v),
                ),
            )
        figure(
            t("area_view.imbalance"),
            units.share(summary["mean_imbalance_share"]),
            beside=t("grid.not_measured")
            if summary["mean_imbalance_share"] is None
            else t("area_view.beyond", hours=units.hours(summary["imbalance_hours"])),
            help_text=t(
                "area_view.imbalance_note",
                loaded=units.share(limits().imbalance_from_share),
                limit=units.share(limits().imbalance_share),
            ),
        )
        for row in whole.iter_rows(named=True):
            figure(
                t("area_view.collection"),
                units.share(row["readings_share"]),
                beside=t("area_view.silent", points=row["silent_points"], all=row["usage_points"]),
                help_text=t("area_view.collection_note"),
            )
        _loss_figure(chosen)
        for row in whole.iter_rows(named=True):
            figure(
                t("area_view.solar"),
                units.share(row["export_share"]),
                beside=units.energy(row["export_kwh"]),
                help_text=t("area_view.solar_note"),
            )
    _say_how_known(summary)


def _loading_figures(summary: dict) -> None:
    figure(
        t("area_view.peak"),
        units.share(summary["peak_share"]),
        beside=units.moment(summary["peak_at"]),
        help_text=t("area_view.peak_note"),
    )
    figure(
        t("area_view.heavy"),
        units.hours(summary["heavy_hours"]),
        beside=t("area_view.longest", hours=units.hours(summary["longest_heavy_hours"])),
        help_text=t(
            "area_view.heavy_note",
            heavy=units.share(limits().heavy_share),
            over=units.hours(summary["overload_hours"]),
        ),
    )


def _loss_figure(chosen: AreaDays) -> None:
    asked = _loss(chosen)
    found = ask(transformer_loss, **asked)
    row = found.row(0, named=True) if found.height else None
    figure(
        t("area_view.loss"),
        units.share(row["loss_share"]) if row else "–",
        beside=t("area_view.loss_days", complete=row["complete_days"], days=row["days"])
        if row
        else None,
        help_text=t("area_view.loss_note", days=_LOSS_DAYS),
    )


def _say_how_known(summary: dict) -> None:
    notes = []
    if summary["is_metered"] is False:
        notes.append(t("area_view.unmetered"))
    if summary["is_assumed"]:
        notes.append(t("grid.assumed", factor=f"{limits().assumed_power_factor:g}"))
    if notes:
        st.caption(" ".join(notes))


def show_visits(chosen: AreaDays) -> None:
    """Where to go today, the most urgent place first, each with why."""
    st.subheader(t("area_view.visits"))
    asked = _visits(chosen)
    found = ask(area_visits, **asked)
    if found.is_empty():
        st.success(t("area_view.no_visits"), icon=":material/check:")
        return
    st.caption(t("area_view.visits_note", day=units.day(chosen.last_day)))
    lines = []
    for number, rows in groupby(found.iter_rows(named=True), key=lambda row: row["visit"]):
        told = list(rows)
        why = "".join(f"\n    - {reason(row, settings().zone)}" for row in told)
        lines.append(f"{number}. **{place(told[0])}**{why}")
    st.markdown("\n".join(lines))
    with st.container(horizontal=True):
        offer_tables(_file("load/area_visits", chosen), later(area_visits, **asked))
        offer_reproduction(area_visits, **asked)


def show_loading(chosen: AreaDays) -> None:
    """Loading over the days against its limits, and the currents of the phases."""
    asked = _curve(chosen)
    curve = ask(transformer_curve, **asked)
    st.subheader(t("area_view.loading"))
    if curve["loading_share"].count() == 0:
        st.info(t("load.nothing_read"), icon=":material/inbox:")
        return
    st.altair_chart(loading_line(curve, limits(), look=current_look()), theme=None)
    with st.container(horizontal=True):
        offer_tables(_file("load/transformer_curve", chosen), later(transformer_curve, **asked))
        offer_reproduction(transformer_curve, **asked)
    st.subheader(t("area_view.balance"))
    if curve["imbalance_share"].count() == 0:
        st.info(t("area_view.no_currents"), icon=":material/electrical_services:")
    else:
        st.altair_chart(phase_lines(curve, look=current_look()), theme=None)
    _show_proposal(chosen)


def _show_proposal(chosen: AreaDays) -> None:
    """Whom to move to which phase, and what that would do."""
    asked = _balance(chosen)
    found = ask(rebalancing, **asked)
    days = units.days(asked["first_day"], chosen.last_day)
    if found.is_empty():
        st.caption(t("area_view.no_proposal"))
        return
    steps = list(found.iter_rows(named=True))
    if found.height == 1:
        now = units.share(steps[0]["imbalance_share"])
        st.success(t("area_view.balanced", share=now, days=days), icon=":material/check:")
        return
    lines = [f"{after['step']}. {move(after, before)}" for before, after in pairwise(steps)]
    st.markdown(f"**{t('area_view.proposal')}**\n\n" + "\n".join(lines))
    st.caption(
        t(
            "area_view.proposal_note",
            days=days,
            before=units.share(steps[0]["fullest_phase_share"]),
            after=units.share(steps[-1]["fullest_phase_share"]),
            source=t("area_view.by_meter" if steps[0]["is_measured"] else "area_view.by_register"),
        )
    )
    with st.container(horizontal=True):
        offer_tables(_file("load/rebalancing", chosen), later(rebalancing, **asked))
        offer_reproduction(rebalancing, **asked)


def show_voltage(chosen: AreaDays) -> None:
    """Qualified share of the voltage by phase, and the customers who have it worst."""
    st.subheader(t("area_view.voltage"))
    phases = ask(voltage_quality, **chosen.judged, group_by="phase")
    if phases.is_empty():
        st.info(t("area_view.no_voltage_note"), icon=":material/bolt:")
        return
    points = ask(voltage_quality, **chosen.judged, group_by="usage_point")
    kept = ["qualified_share", "low_hours", "high_hours", "lost_hours", "lowest_v", "highest_v"]
    phase_place, point_place = st.columns([1, 1.3])
    with phase_place:
        shown = phases.sort("group_id").select(
            pl.col("group_id").alias("phase"), *kept[:3], *kept[4:]
        )
        show_table(shown, key="volt_phases")
    with point_place:
        worst = points.head(_MOST_POINTS).select(pl.col("group_id").alias("usage_point_id"), *kept)
        show_table(worst, most=320, key="volt_points")
        if points.height > _MOST_POINTS:
            st.caption(t("area_view.worst_points", most=_MOST_POINTS, all=points.height))


def show_members(chosen: AreaDays) -> None:
    """Customers by class, and every usage point with how well it is read."""
    st.subheader(t("area_view.customers"))
    classes = ask(area_classes, **chosen.area)
    words = {
        name: t("input.everything") if name == ALL else in_words("customer_class", name)
        for name in classes["customer_class"].drop_nulls()
    }
    shown = classes.with_columns(pl.col("customer_class").replace(words))
    show_table(shown, key="classes")
    members = ask(area_members, **chosen.area).sort(
        "silent_days", "readings_share", descending=[True, False], nulls_last=False
    )
    listed = members.select(
        "usage_point_id",
        "name",
        pl.col("customer_class").replace(words),
        "phase",
        "energy_kwh",
        "export_kwh",
        "readings_share",
        "last_actual_day",
    )
    with st.expander(t("area_view.members", points=members.height), icon=":material/group:"):
        show_table(listed, key="members")
        with st.container(horizontal=True):
            offer_tables(_file("load/area_members", chosen), later(area_members, **chosen.area))
            offer_reproduction(area_members, **chosen.area)


def _file(question: str, chosen: AreaDays) -> str:
    return file_name(question, chosen.transformer_id, chosen.first_day, chosen.last_day)
