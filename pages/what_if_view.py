"""What comes of a scenario: tiles, days, winners and losers, transformers, the energy's book."""

from typing import Any, get_args

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.inputs import in_words, kept_select
from pages.reproduce import offer_reproduction
from pages.session import ask, ask_ahead
from pages.tables import show_table
from pages.text import language, t
from pages.what_if_bands import show_bands
from pages.what_if_charts import days_before_and_after, duration_before_and_after
from pages.what_if_figures import show_tiles
from pages.what_if_report import offer_report
from queries.demand.what_if_bills import what_if_bills
from queries.demand.what_if_days import what_if_days
from queries.demand.what_if_duration import what_if_duration
from queries.demand.what_if_groups import GroupBy, what_if_groups
from queries.demand.what_if_ledger import what_if_ledger
from queries.demand.what_if_summary import what_if_summary
from queries.demand.what_if_terms import WhatIf
from queries.demand.what_if_transformers import what_if_transformers

_DAYS = ("workday", "rest_day", "peak_day", "peak_day_after")
_MOST_TRANSFORMERS = 12
_BESIDE_PX = 372  # as high as the day beside it, with its choice above


def show_scenario(supposed: WhatIf, inputs: dict[str, Any], here: District) -> None:
    """All of it, for a scenario and the inputs that made it."""
    asked: dict[str, Any] = {"scenario": supposed.model_dump_json()}
    months = tuple(sorted(inputs["dear_months"])) if supposed.tariffs else ()
    ask_ahead(
        (what_if_transformers, asked),
        (what_if_days, {**asked, "months": months}),
        (what_if_duration, asked),
    )
    before, after = ask(what_if_summary, **asked).iter_rows(named=True)
    show_tiles(before, after)
    _doubts(after)
    day, duration = st.columns([3, 2])
    with day:
        _day(asked, months)
    with duration:
        st.subheader(t("what_if.duration_question"))
        curve = ask(what_if_duration, **asked)
        st.altair_chart(
            duration_before_and_after(curve, look=current_look(), height=_BESIDE_PX), theme=None
        )
    groups, transformers = st.columns(2)
    with groups:
        _groups(asked)
    with transformers:
        _transformers(asked)
    if not supposed.is_empty:
        show_bands(asked, after)
    _book(asked)
    with st.container(horizontal=True):
        offer_report(supposed, inputs, here, before, after)
        offer_tables(file_name("what_if_bills", here.file_name), later(what_if_bills, **asked))
        offer_reproduction(what_if_summary, **asked)


def _doubts(after: dict[str, Any]) -> None:
    for name in ("outside_evidence", "other_class", "no_off_peak"):
        if after[name]:
            st.warning(t(f"what_if.{name}", customers=f"{after[name]:,}"), icon=":material/report:")
    notes = []
    if after["storage_gap_share"] is not None:
        notes.append(t("what_if.storage_gap", gap=f"{after['storage_gap_share']:.2%}"))
    if after["responding"] is not None:
        notes.append(t("what_if.responding", customers=f"{after['responding']:,}"))
    if after["heats_already"]:
        notes.append(t("what_if.heats_already", customers=f"{after['heats_already']:,}"))
    if notes:
        st.caption(" ".join(notes))


def _day(asked: dict[str, Any], months: tuple[int, ...]) -> None:
    st.subheader(t("what_if.day_question"))
    days = ask(what_if_days, **asked, months=months)
    if days.is_empty():
        st.info(t("what_if.months_unread"), icon=":material/event_busy:")
        days, months = ask(what_if_days, **asked), ()
    there = [name for name in _DAYS if name in days["day"]]
    kind = kept_select("what_if_day", t("what_if.which_day"), there, _day_name(days))
    shown = days.filter(pl.col("day") == kind)
    st.altair_chart(days_before_and_after(shown, look=current_look()), theme=None)
    if months:
        st.caption(t("what_if.of_months", count=len(months)))


def _day_name(days: pl.DataFrame) -> Any:  # noqa: ANN401 - names of options
    of_day = {row["day"]: row for row in days.unique("day").iter_rows(named=True)}

    def name(kind: str) -> str:
        row = of_day[kind]
        if row["service_date"] is None:
            return t(f"what_if.mean_{kind}", days=row["days"])
        return t(f"what_if.{kind}", day=units.day(row["service_date"]))

    return name


def _groups(asked: dict[str, Any]) -> None:
    st.subheader(t("what_if.groups_question"))
    by = kept_select(
        "what_if_group",
        t("what_if.grouped_by"),
        list(get_args(GroupBy))[:3],
        lambda name: t(f"column.{name}"),
    )
    found = ask(what_if_groups, **asked, group_by=by)
    words = {one: _group_name(by, one) for one in found["group"]}
    shown = found.with_columns(pl.col("group").replace_strict(words)).select(
        "group",
        "accounts",
        "change_cny",
        "change_share",
        "winners",
        "losers",
    )
    show_table(shown, most=320)


def _group_name(by: str, one: str) -> str:
    if one == "-":
        return t("lab.not_known")
    return t(f"lab.size_{one}") if by == "size_class" else in_words(by, one)


def _transformers(asked: dict[str, Any]) -> None:
    st.subheader(t("what_if.transformers_question"))
    found = ask(what_if_transformers, **asked)
    if found.is_empty():
        st.info(t("what_if.no_transformers"), icon=":material/electrical_services:")
        return
    over = found.filter(pl.col("overload_after_hours") > 0).height
    was = found.filter(pl.col("overload_hours") > 0).height
    st.caption(t("what_if.overloaded", after=over, before=was, all=found.height))
    name = pl.coalesce("name_en", "name") if language() == "en" else pl.col("name")
    shown = found.head(_MOST_TRANSFORMERS).select(
        pl.coalesce(name, "transformer_id").alias("transformer"),
        "rated_capacity_kva",
        "loading_share",
        "loading_after_share",
        "overload_after_hours",
    )
    show_table(shown, most=320)


def _book(asked: dict[str, Any]) -> None:
    with st.expander(t("what_if.book_question"), icon=":material/balance:"):
        found = ask(what_if_ledger, **asked).filter(pl.col("energy_kwh") != 0)
        shown = found.with_columns(
            pl.col("part").replace_strict({p: t(f"what_if_part.{p}") for p in found["part"]})
        )
        show_table(shown, most=320)
        st.caption(t("what_if.book_note"))
