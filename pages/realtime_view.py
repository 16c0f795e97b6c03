"""What the page of the present shows: figures, what needs attention, every place."""

from datetime import timedelta

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.grid_charts import loading_bars
from pages.grid_moment import Moment, limits
from pages.grid_words import area_columns, area_link, lasted, limit, name_of, names, seen, until
from pages.inputs import kept_select
from pages.reproduce import offer_reproduction
from pages.session import ask, ask_ahead
from pages.tables import show_table
from pages.text import t
from queries.load.grid_attention import grid_attention
from queries.load.grid_now import grid_now

_MOST_BARS = 20
_COUNTED = {
    "overload": ("overload",),
    "heavy": ("heavy",),
    "voltage": ("lost_voltage", "low_voltage", "high_voltage"),
    "imbalance": ("imbalance", "phase_overload"),
    "no_data": ("no_data",),
}
"""The figures, and what each counts areas of."""
_MEASURED = {"voltage": "lowest_v", "imbalance": "phase_share"}
"""Figures of what is not read everywhere, and the column that says where it is."""


def say_moment(moment: Moment) -> None:
    """Which moment this is, in plain words: the present, or how long ago it was."""
    at = until(moment.at)
    if moment.is_live:
        st.caption(t("grid.live", now=at, latest=until(moment.latest), behind=moment.behind))
        return
    if moment.is_chosen:
        st.info(t("grid.looking_back", at=at), icon=":material/history:")
        return
    st.warning(t("grid.historical", at=at, behind=moment.behind), icon=":material/history:")


def show_figures(moment: Moment) -> None:
    """The load of all, and how many areas are outside a limit."""
    ask_ahead((grid_attention, moment.inputs))
    now, found = ask(grid_now, **moment.inputs), ask(grid_attention, **moment.inputs)
    areas = now.filter(pl.col("kind") == "transformer")
    whole = now.filter(pl.col("kind") == "all").row(0, named=True)
    with figures():
        figure(
            t("grid.whole"),
            units.power(whole["load_kw"]),
            beside=t("grid.whole_loading", share=units.share(whole["loading_share"])),
            help_text=t(
                "grid.whole_note",
                at=units.moment(whole["standard_start"], with_year=True),
                capacity=f"{whole['rated_capacity_kva'] or 0:,.0f}",
                read=whole["parts_read"],
                parts=whole["parts"],
            ),
        )
        for kind, kinds in _COUNTED.items():
            hit = found.filter(pl.col("attention").is_in(kinds))["transformer_id"].n_unique()
            brief = found.filter(pl.col("attention") == f"brief_{kind}").height
            judged = areas[_MEASURED[kind]].count() if kind in _MEASURED else areas.height
            # Where nothing is measured, nothing out of limits would say that all is well.
            is_known = judged > 0 or hit > 0
            of_areas = t("grid.of_areas", areas=judged) if is_known else t("grid.not_measured")
            figure(
                t(f"attention_figure.{kind}"),
                f"{hit:,}" if is_known else "–",
                beside=t("grid.brief", brief=brief) if brief else of_areas,
                help_text=limit(kind, limits()),
            )


def show_attention(moment: Moment) -> None:
    """What is outside its limits now, worst first, each with since when."""
    st.subheader(t("grid.attention"))
    found = ask(grid_attention, **moment.inputs)
    if found.is_empty():
        st.success(t("grid.nothing_wrong"), icon=":material/check:")
        return
    judged = limits()
    rows = [
        {
            "attention": t(f"attention.{row['attention']}"),
            "area": name_of(row),
            "open": area_link(moment.here, row["transformer_id"]),
            "seen": seen(row),
            "since": until(row["since"]),
            "lasted": lasted(row),
            "limit_said": limit(row["attention"], judged),
            "usage_point_id": row["worst_point"] or "",
            "feeder_id": row["feeder_id"],
        }
        for row in found.iter_rows(named=True)
    ]
    shown = pl.DataFrame(rows, infer_schema_length=None)
    show_table(shown, most=420, heads=area_columns(shown), key="attention")
    with st.container(horizontal=True):
        name = file_name("load/grid_attention", moment.here.file_name, moment.at.date())
        offer_tables(name, later(grid_attention, **moment.inputs))
        offer_reproduction(grid_attention, **moment.inputs)


def show_places(moment: Moment) -> None:
    """Every region, feeder or transformer: its latest interval against what it can carry."""
    st.subheader(t("grid.places"))
    kinds = ["transformer", "feeder", "region"]
    place, _ = st.columns([1, 3])
    with place:
        kind = kept_select("by", t("collection.by"), kinds, lambda one: t(f"area_kind.{one}"))
    now = ask(grid_now, **moment.inputs)
    of_kind = now.filter(pl.col("kind") == kind)
    if of_kind.is_empty():
        st.info(t("grid.no_places"), icon=":material/inbox:")
        return
    _say_how_known(of_kind, kind)
    of_kind = of_kind.with_columns(names(of_kind, "area_id")).sort(
        "is_stale", "loading_share", descending=[False, True], nulls_last=True
    )
    chart_place, table_place = st.columns([1, 1.55], gap="large")
    with chart_place:
        told = "name" if kind == "region" else pl.format("{} ({})", "name", "area_id")
        most = of_kind.head(_MOST_BARS).with_columns(place=told)
        st.altair_chart(loading_bars(most, limits(), look=current_look()), theme=None)
        if of_kind.height > _MOST_BARS:
            st.caption(t("grid.most_bars", most=_MOST_BARS, all=of_kind.height))
    with table_place:
        _place_table(moment, kind, of_kind)


def _place_table(moment: Moment, kind: str, of_kind: pl.DataFrame) -> None:
    ended = pl.col("standard_start") + timedelta(minutes=15)
    shown = of_kind.select(
        "name",
        *(
            [
                pl.col("area_id")
                .map_elements(lambda one: area_link(moment.here, one), return_dtype=pl.String)
                .alias("open")
            ]
            if kind == "transformer"
            else []
        ),
        "loading_share",
        "load_kw",
        "rated_capacity_kva",
        *(
            ["imbalance_share", "phase_share", "lowest_v", "highest_v"]
            if kind == "transformer"
            else []
        ),
        ended.alias("ended_at"),
        "age_minutes",
        "is_stale",
    )
    shown = shown[[column.name for column in shown if column.null_count() < shown.height]]
    show_table(shown, most=480, heads=area_columns(shown), key=f"places_{kind}")
    with st.container(horizontal=True):
        name = file_name("load/grid_now", moment.here.file_name, moment.at.date())
        offer_tables(name, later(grid_now, **moment.inputs))
        offer_reproduction(grid_now, **moment.inputs)


def _say_how_known(of_kind: pl.DataFrame, kind: str) -> None:
    """What stands for a place without a meter, and what its power factor is where none is read."""
    notes = [t(f"grid.rated_{kind}")]
    if kind != "region" and not of_kind["is_metered"].all():
        notes.append(t("grid.unmetered", unmetered=of_kind.filter(~pl.col("is_metered")).height))
    if of_kind["is_assumed"].any():
        notes.append(t("grid.assumed", factor=f"{limits().assumed_power_factor:g}"))
    st.caption(" ".join(notes))
