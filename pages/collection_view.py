"""What the page of the collection shows first: figures of a day, its days, its places."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.collection_charts import curve_map, success_lines
from pages.collection_counts import BESIDE_OURS, say_own_counts, with_own_counts
from pages.collection_day import CollectionDay
from pages.collection_words import change_in_points, named, place_names
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.inputs import kept_select
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.governance.clock_rate import clock_rate
from queries.governance.collection_success import collection_success
from queries.governance.curve_completeness import curve_completeness

_MOST_PLACES = 20


def show_figures(chosen: CollectionDay) -> None:
    """The tiles of the day; nothing is due where the register knows no meter."""
    before = chosen.day - timedelta(days=1)
    asked: dict[str, Any] = {"first_day": before, "last_day": chosen.day}
    success = ask(collection_success, **asked, **chosen.success)
    curve = ask(curve_completeness, **asked, **chosen.here.inputs)
    found = _of_day(success, chosen.day)
    if found is None:
        st.info(t("collection.nothing_due"), icon=":material/inbox:")
    with figures():
        if found is not None:
            _success_figures(chosen, found)
        _curve_figure(_of_day(curve, chosen.day))
        _terminal_figure(chosen)
        _clock_figure(chosen)


def _success_figures(chosen: CollectionDay, found: dict[str, Any]) -> None:
    figure(
        t("collection.success"),
        units.share(found["success_share"]),
        beside=change_in_points(found["success_change_share"]),
        help_text=t("collection.success_note", cut_off=chosen.success["cut_off"]),
    )
    figure(
        t("collection.backfilled"),
        units.share(found["backfilled_share"]),
        beside=t("collection.still_missing", missing=f"{found['missing_meters']:,}"),
        help_text=t(
            "collection.backfilled_note",
            due=f"{found['due_meters']:,}",
            late=f"{found['late_meters']:,}",
        ),
    )
    figure(
        t("collection.first_pass"),
        units.share(found["first_pass_share"]),
        beside=t("collection.of_asked", asked=f"{found['asked_meters']:,}"),
        help_text=t("collection.first_pass_note", unasked=f"{found['unasked_meters']:,}"),
    )


def _terminal_figure(chosen: CollectionDay) -> None:
    figure(
        t("collection.online"),
        units.share(chosen.glance["online_share"]),
        beside=t(
            "collection.of_terminals",
            online=f"{chosen.glance['online_terminals']:,}",
            terminals=f"{chosen.glance['terminals']:,}",
        ),
        help_text=t("collection.online_note"),
    )


def _of_day(frame: pl.DataFrame, day: date) -> dict[str, Any] | None:
    return next(frame.filter(pl.col("service_date") == day).iter_rows(named=True), None)


def _value(row: dict[str, Any] | None, name: str) -> float | None:
    return None if row is None else row[name]


def _curve_figure(found: dict[str, Any] | None) -> None:
    figure(
        t("collection.curve"),
        units.share(_value(found, "curve_share")),
        beside=change_in_points(_value(found, "curve_change_share")),
        help_text=t("collection.curve_note"),
    )


def _clock_figure(chosen: CollectionDay) -> None:
    rates = {row["kind"]: row for row in ask(clock_rate, **chosen.clocks).iter_rows(named=True)}
    meters, terminals = rates.get("meter"), rates.get("terminal")
    figure(
        t("collection.clocks"),
        units.share(_value(meters, "within_share")),
        beside=t(
            "collection.of_clocks",
            within=f"{meters['within_devices']:,}",
            read=f"{meters['read_devices']:,}",
        )
        if meters
        else t("collection.no_clock"),
        help_text=t(
            "collection.clocks_note",
            meter=f"{chosen.clocks['meter_limit_seconds']:g}",
            terminal=f"{chosen.clocks['terminal_limit_seconds']:g}",
            terminals=units.share(_value(terminals, "within_share")),
        ),
    )


def show_days(chosen: CollectionDay) -> None:
    """Success by day, and the day by place or protocol in a table."""
    asked: dict[str, Any] = {"first_day": chosen.first_day, "last_day": chosen.day}
    days = ask(collection_success, **asked, **chosen.success)
    if days.is_empty():
        return
    chart_place, table_place = st.columns([1, 2], gap="large")
    with chart_place:
        st.subheader(t("collection.by_day"))
        st.altair_chart(success_lines(days, look=current_look(), height=300), theme=None)
    with table_place:
        st.subheader(t("collection.by_group", day=units.day(chosen.day)))
        kinds = ["region", "transformer", "terminal", "protocol", "purpose"]
        kind = kept_select("by", t("collection.by"), kinds, lambda k: t(f"collection_group.{k}"))
        found = ask(
            collection_success,
            first_day=chosen.day,
            last_day=chosen.day,
            group_by=kind,
            **chosen.success,
        )
        due: tuple[str, ...] = ("due_meters",)
        if kind == "terminal":
            found, due = with_own_counts(found, chosen), BESIDE_OURS
        shown = named(found, kind).select(
            "name",
            *due,
            "late_meters",
            "missing_meters",
            "success_share",
            "backfilled_share",
            "first_pass_share",
        )
        # Where no collector has asked there is no first pass: no column of nothing.
        if not shown["first_pass_share"].count():
            shown = shown.drop("first_pass_share")
        worst_first = shown.sort("success_share", "name")
        show_table(worst_first, most=232, key="groups")
        with st.container(horizontal=True):
            inputs = {**asked, **chosen.success, "group_by": kind}
            name = file_name("governance/collection_success", kind, chosen.first_day, chosen.day)
            offer_tables(name, later(collection_success, **inputs))
            offer_reproduction(collection_success, **inputs)
        say_own_counts(chosen, is_by_terminal=kind == "terminal")


def show_curve_map(chosen: CollectionDay) -> None:
    """Completeness of curves by day and place: those with most missing."""
    st.subheader(t("collection.curve_map"))
    kinds = ["transformer", "region", "feeder"]
    place, _ = st.columns([1, 3])
    with place:
        kind = kept_select("map", t("collection.by"), kinds, lambda k: t(f"collection_group.{k}"))
    found = ask(
        curve_completeness,
        first_day=chosen.first_day,
        last_day=chosen.day,
        group_by=kind,
        most_groups=_MOST_PLACES,
        **chosen.here.inputs,
    )
    if found.is_empty():
        st.info(t("collection.no_curve"), icon=":material/inbox:")
        return
    st.caption(t("collection.curve_map_note", most=_MOST_PLACES))
    shown = found.with_columns(place_names(found, kind).alias("place"))
    st.altair_chart(curve_map(shown, look=current_look()), theme=None)
