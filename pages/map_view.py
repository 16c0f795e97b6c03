"""What the map of the grid shows: transformers by what is chosen, and the one clicked."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.grid_moment import limits, limits_input
from pages.grid_words import area_columns, area_link, name_of, names
from pages.inputs import kept_select
from pages.map_charts import MEASURES, SELECTED, grid_map_chart
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import language, t
from queries.load.grid_lines import grid_lines
from queries.load.grid_map import grid_map

_EVERY = "every"
_SPANS = {"week": 7, "day": 1, "month": 31}
_ENERGY_DAYS = 31
_MOST_DRAWN = 2000
"""Marks that a browser draws in a second."""


def show_map(here: District) -> None:
    """The map, what is clicked on it, and all of it as a table."""
    measure_place, span_place, feeder_place, _ = st.columns([1.2, 1.2, 1.8, 2])
    with measure_place:
        measure = kept_select("color", t("map.color"), list(MEASURES), lambda one: t(f"map.{one}"))
    with span_place:
        span = kept_select("span", t("map.span"), list(_SPANS), lambda one: t(f"area_view.{one}"))
    asked: dict[str, Any] = {
        "last_day": here.last_day,
        "loading_days": _SPANS[span],
        "energy_days": _ENERGY_DAYS,
        **here.inputs,
        **limits_input(),
    }
    everything = ask(grid_map, **asked)
    if everything.is_empty():
        st.info(t("grid.no_places"), icon=":material/inbox:")
        return
    with feeder_place:
        feeder = _pick_feeder(everything)
    places = everything if feeder is None else everything.filter(pl.col("feeder_id") == feeder)
    _figures(places)
    st.caption(t(f"map.{measure}_note", day=units.day(here.last_day), days=_ENERGY_DAYS))
    if places[MEASURES[measure]].count() == 0:
        st.info(t(f"map.no_{measure}"), icon=":material/info:")
    _draw(here, places, feeder, measure)
    _table(here, places, measure, asked)


def _pick_feeder(places: pl.DataFrame) -> str | None:
    feeders = places.drop_nulls("feeder_id").unique("feeder_id").sort("feeder_id")
    told = {row["feeder_id"]: _feeder(row) for row in feeders.iter_rows(named=True)}
    chosen = kept_select(
        "feeder",
        t("area_kind.feeder"),
        [_EVERY, *told],
        lambda one: told.get(one, t("input.everything")),
    )
    return None if chosen == _EVERY else chosen


def _feeder(row: dict[str, Any]) -> str:
    name = (row["feeder_name_en"] if language() == "en" else None) or row["feeder_name"]
    return f"{name} ({row['feeder_id']})" if name else row["feeder_id"] or "–"


def _figures(places: pl.DataFrame) -> None:
    judged = limits()
    beyond = {
        "loading": pl.col("loading_share") >= judged.heavy_share,
        "growth": pl.col("year_growth_share") > 0,
        "loss": pl.col("loss_share") > judged.loss_share,
    }
    with figures():
        for name, holds in beyond.items():
            known = places[MEASURES[name]].count()
            figure(
                t(
                    f"map.count_{name}",
                    heavy=f"{judged.heavy_share:.0%}",
                    loss=f"{judged.loss_share:.0%}",
                ),
                f"{places.filter(holds).height:,}" if known else "–",
                beside=t("map.known", known=known, all=places.height),
            )


def _draw(here: District, places: pl.DataFrame, feeder: str | None, measure: str) -> None:
    placed = places.drop_nulls(["longitude", "latitude"])
    if placed.is_empty():
        st.info(t("map.no_coordinates"), icon=":material/location_off:")
        return
    if placed.height < places.height:
        st.caption(t("map.unplaced", unplaced=places.height - placed.height))
    if placed.height > _MOST_DRAWN:
        st.caption(t("map.most_drawn", most=f"{_MOST_DRAWN:,}", all=f"{placed.height:,}"))
        placed = placed.sort(MEASURES[measure], descending=True, nulls_last=True).head(_MOST_DRAWN)
    inputs: dict[str, Any] = {**here.inputs, "feeder_id": feeder}
    lines = ask(grid_lines, **inputs)
    if feeder is None:
        lines = lines.join(placed, left_on="line_id", right_on="transformer_id", how="semi")
    chart = grid_map_chart(
        placed.with_columns(
            names(placed).alias("place"),
            pl.Series("feeder", [_feeder(row) for row in placed.iter_rows(named=True)]),
        ),
        lines.with_columns(names(lines, "line_id").alias("place")),
        measure,
        limits(),
        look=current_look(),
    )
    found = st.altair_chart(
        chart,
        theme=None,
        on_select="rerun",
        selection_mode=[SELECTED],
        key=f"map_{measure}_{feeder}_{here.district_id}",
    )
    st.caption(t("map.drawn" if feeder is None else "map.drawn_feeder"))
    for picked in found["selection"].get(SELECTED, []):
        _card(here, places, picked["transformer_id"])


def _card(here: District, places: pl.DataFrame, transformer_id: str) -> None:
    """What is known of the transformer clicked, and the way to its page."""
    for row in places.filter(pl.col("transformer_id") == transformer_id).iter_rows(named=True):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                t(
                    "map.card",
                    name=name_of(row),
                    number=row["transformer_id"],
                    loading=units.share(row["loading_share"]),
                    growth=units.change(row["year_growth_share"]) or "–",
                    loss=units.share(row["loss_share"]),
                )
            )
            st.link_button(
                t("map.open"),
                area_link(here, transformer_id),
                icon=":material/open_in_new:",
            )


def _table(here: District, places: pl.DataFrame, measure: str, asked: dict[str, Any]) -> None:
    st.subheader(t("map.table"))
    ordered = places.sort(MEASURES[measure], descending=True, nulls_last=True)
    links = [area_link(here, one) for one in ordered["transformer_id"]]
    shown = ordered.select(
        names(ordered),
        pl.Series("open", links, dtype=pl.String),
        "loading_share",
        "loaded_at",
        "year_growth_share",
        "loss_share",
        "complete_days",
        "net_mean_kw",
        "rated_capacity_kva",
        "usage_points",
        pl.Series("feeder", [_feeder(row) for row in ordered.iter_rows(named=True)]),
    )
    show_table(shown, most=420, heads=area_columns(shown), key="map_table")
    with st.container(horizontal=True):
        name = file_name("load/grid_map", here.file_name, here.last_day)
        offer_tables(name, later(grid_map, **asked))
        offer_reproduction(grid_map, **asked)
