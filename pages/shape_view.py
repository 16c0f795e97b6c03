"""What the page of segments shows of daily shapes: which there are, who has them, own days."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.answer_row import offer_answer
from pages.behaviour_view import WIDE_PANELS
from pages.charts import LIGHT, current_look
from pages.districts import District
from pages.downloads import file_name
from pages.figures import figure, figures
from pages.inputs import in_words, kept_select
from pages.segment_words import segment_names
from pages.session import ask
from pages.shape_charts import own_days_map, shape_name, shape_panels, shape_use_map
from pages.tables import show_table
from pages.text import t
from queries.customers.day_shapes import day_shapes
from queries.customers.own_shapes import own_shapes
from queries.customers.portrait_holders import portrait_holders
from queries.customers.portraits import portraits
from queries.customers.segment_axes import POPULATIONS
from queries.customers.segment_candidates import segment_candidates
from queries.customers.segment_model import read_model
from queries.customers.shape_dictionary import (
    MOST_ERROR_SHARE,
    MOST_SHAPES,
    WITHIN_SHARE,
    shapes_text,
)
from queries.customers.shape_use import shape_use
from queries.load.areas import areas
from queries.market.group_portraits import year_of

_EVERYONE = "-"
_MOST_PANELS = 12
_CLASSES = (*(POPULATIONS["homes"] or ()), *(POPULATIONS["business"] or ()))
_POPULATION = {_EVERYONE: "everyone", "residential": "homes"}
_TABLE = (
    "shape",
    "highest_hour",
    "days_share",
    "usage_points",
    "rest_day_share",
    "own_within_share",
)


def show_shapes(here: District) -> None:
    """The dictionary of one class's days, who uses it, and one customer's days in it."""
    chosen, asked = _choices(here)
    shapes = ask(day_shapes, **asked)
    if shapes.is_empty():
        st.info(t("shape.none"), icon=":material/inbox:")
        return
    _figures(shapes, chosen)
    _panels(here, shapes, asked)
    dictionary = shapes_text(shapes["hour_shares"].to_list())
    used = {**asked, "dictionary": dictionary}
    if chosen == _EVERYONE:
        _classes(here, used)
    _segments(here, used, _POPULATION.get(chosen, "business"))
    _own(here, used, shapes)


def _choices(here: District) -> tuple[str, dict[str, Any]]:
    """A class of customers, or all, and the inputs that mean it."""
    there = set(ask(areas, area_kind="customer_class", **here.inputs)["area_id"])
    known = [one for one in _CLASSES if one in there]
    first, _ = st.columns([2, 3])
    with first:
        chosen = kept_select(
            "shape_class",
            t("shape.whose"),
            [*known, _EVERYONE],
            lambda one: (
                t("shape.everyone") if one == _EVERYONE else in_words("customer_class", one)
            ),
        )
    begin, end = year_of(here.first_day, here.last_day)
    asked: dict[str, Any] = {"first_day": begin, "last_day": end, **here.inputs}
    if chosen != _EVERYONE:
        asked |= {"area_kind": "customer_class", "area_id": chosen}
    return chosen, asked


def _figures(shapes: pl.DataFrame, chosen: str) -> None:
    within, days = shapes["within_share"][0], shapes["days"][0]
    shown = shapes.head(_MOST_PANELS)
    with figures():
        figure(t("shape.count"), str(shapes.height), help_text=t("shape.count_note"))
        figure(
            t("shape.covered"),
            units.share(within),
            beside=t("shape.target", share=units.share(WITHIN_SHARE)),
            help_text=t("shape.bound_note", bound=units.share(MOST_ERROR_SHARE)),
        )
        figure(
            t("shape.shown_share", count=shown.height),
            units.share(float(shown["days_share"].sum())),
        )
        figure(t("shape.days"), f"{days:,}", help_text=t("shape.days_note"))
    words = {"count": shapes.height, "most": MOST_SHAPES, "share": units.share(within)}
    if within >= WITHIN_SHARE:
        st.markdown(t("shape.says_all", **words))
    else:
        key = "shape.says_part_homes" if chosen == "residential" else "shape.says_part"
        st.warning(t(key, **words), icon=":material/balance:")
    with st.expander(t("shape.bound_question"), icon=":material/help:"):
        st.markdown(t("shape.bound_long", bound=units.share(MOST_ERROR_SHARE), most=MOST_SHAPES))


def _panels(here: District, shapes: pl.DataFrame, asked: dict[str, Any]) -> None:
    title = t("shape.panels", count=min(_MOST_PANELS, shapes.height))
    st.subheader(title)
    drawn = shapes.head(_MOST_PANELS)
    st.html(WIDE_PANELS)
    with st.container(key="wide_panels"):
        st.altair_chart(shape_panels(drawn, look=current_look()), theme=None)
    st.caption(t("shape.panels_note"))
    with st.expander(t("shape.all")):
        table = shapes.select(_TABLE).with_columns(pl.col("shape") + 1)
        show_table(table, most=380)
    offer_answer(
        day_shapes,
        asked,
        file_name("customers/day-shapes", here.file_name, asked.get("area_id")),
        chart=lambda: shape_panels(drawn, look=LIGHT),
        title=title,
    )


def _classes(here: District, used: dict[str, Any]) -> None:
    st.subheader(t("shape.by_class"))
    found = ask(shape_use, **used)
    named = found.with_columns(
        pl.Series("name", [in_words("customer_class", one or "") for one in found["group_id"]])
    )
    _use(here, named, used, "class")


def _segments(here: District, used: dict[str, Any], population: str) -> None:
    st.subheader(t("shape.by_segment"))
    candidates = ask(segment_candidates, population=population, **here.inputs)
    chosen = candidates.filter("is_chosen") if candidates.height else candidates
    if chosen.is_empty():
        st.info(t("shape.no_segments"), icon=":material/inbox:")
        return
    model = chosen["model"][0]
    asked = {**used, "by": "segment", "model": model, "population": population}
    found = ask(shape_use, **asked).drop_nulls("group_id")
    if found.is_empty():
        st.info(t("shape.no_segments"), icon=":material/inbox:")
        return
    names = segment_names(read_model(model))
    named = found.with_columns(
        pl.Series("name", [names[int(one)] for one in found["group_id"]], dtype=pl.String)
    )
    _use(here, named, asked, "segment")


def _use(here: District, named: pl.DataFrame, asked: dict[str, Any], what: str) -> None:
    names = named["name"].unique(maintain_order=True).to_list()
    st.altair_chart(shape_use_map(named, names, look=current_look()), theme=None)
    st.caption(t("shape.use_note"))
    offer_answer(
        shape_use,
        asked,
        file_name("customers/shape-use", here.file_name, what),
        chart=lambda: shape_use_map(named, names, look=LIGHT),
        title=t(f"shape.by_{what}"),
    )


def _own(here: District, used: dict[str, Any], shapes: pl.DataFrame) -> None:
    st.subheader(t("shape.own"))
    point = _pick(here, used.get("area_id"))
    if point is None:
        st.info(t("shape.nobody"), icon=":material/inbox:")
        return
    asked = {
        "usage_point_id": point,
        **{name: used[name] for name in ("dictionary", "first_day", "last_day")},
    }
    days = ask(own_shapes, **asked)
    if days.is_empty():
        st.info(t("shape.no_days"), icon=":material/inbox:")
        return
    most = days["shape"].value_counts(sort=True).row(0, named=True)
    st.markdown(
        t(
            "shape.own_says",
            name=shape_name(most["shape"]),
            share=units.share(most["count"] / days.height),
            count=days["shape"].n_unique(),
            within=units.share(float(days["is_within"].sum()) / days.height),
        )
    )
    title = t("shape.own_days")
    st.altair_chart(own_days_map(days, look=current_look()), theme=None)
    st.caption(t("shape.own_note", count=shapes.height))
    offer_answer(
        own_shapes,
        asked,
        file_name("customers/own-shapes", point),
        chart=lambda: own_days_map(days, look=LIGHT),
        title=title,
    )


def _pick(here: District, customer_class: str | None) -> str | None:
    """A usage point of the class whose shapes these are; None where there is none."""
    found = ask(portrait_holders, **here.inputs)
    if customer_class is not None:
        known = ask(portraits, **here.inputs).filter(pl.col("customer_class") == customer_class)
        found = found.filter(pl.col("usage_point_id").is_in(known["usage_point_id"].to_list()))
    rows = {row["usage_point_id"]: row for row in found.iter_rows(named=True)}
    if not rows:
        return None

    def name(point: str) -> str:
        row = rows[point]
        return " · ".join(filter(None, (row["customer_id"], row["name"], point)))

    return kept_select("point", t("portrait.search"), list(rows), name)
