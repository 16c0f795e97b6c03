"""What the page of segments shows: which there are, why so many, who changes, who is in one."""

from typing import Any, get_args

import polars as pl
import streamlit as st

from pages import units
from pages.answer_row import offer_answer
from pages.behaviour_view import WIDE_PANELS
from pages.charts import LIGHT, current_look
from pages.columns import columns
from pages.districts import District
from pages.downloads import file_name, offer_tables
from pages.figures import figure, figures
from pages.segment_charts import segment_days, stability_lines
from pages.segment_words import segment_names, segment_rule
from pages.session import ask, ask_ahead
from pages.tables import show_table
from pages.text import t
from queries.customers.portrait_months_there import portrait_months_there
from queries.customers.segment_axes import Population
from queries.customers.segment_candidates import segment_candidates
from queries.customers.segment_choice import FAIRLY_STABLE, LEAST_CUSTOMERS, STABLE
from queries.customers.segment_model import SegmentModel, read_model
from queries.customers.segment_moves import segment_moves
from queries.customers.segment_profiles import segment_profiles
from queries.customers.segments import segments

_TABLE = (
    "segment",
    "usage_points",
    "share",
    "energy_share",
    "peak_load_share",
    "median_kwh",
    "rule",
)


def show_segments(here: District, population: str, kept_model: str | None) -> str | None:
    """All of it for one population; the model that is shown, for whoever saves it.

    Args:
        here: The district.
        population: One of POPULATIONS.
        kept_model: Of a saved scenario, instead of what would be chosen now.
    """
    asked: dict[str, Any] = {"population": population, **here.inputs}
    candidates = ask(segment_candidates, **asked)
    if candidates.is_empty() and kept_model is None:
        st.info(t("segment.too_few", least=LEAST_CUSTOMERS), icon=":material/inbox:")
        return None
    text = kept_model or _number(candidates)
    if text is None:
        return None
    model = read_model(text)
    shown = ask(segment_profiles, model=text, **asked)
    if shown.is_empty():
        st.info(t("segment.nobody"), icon=":material/inbox:")
        return text
    names = segment_names(model)
    row = candidates.filter(pl.col("model") == text)
    _figures(shown, row.row(0, named=True) if row.height else None)
    st.html(WIDE_PANELS)
    with st.container(key="wide_panels"):
        st.altair_chart(segment_days(shown, names, look=current_look()), theme=None)
    st.caption(t("segment.days_note"))
    _table(shown, model, names)
    offer_answer(
        segments,
        {"model": text, **asked},
        file_name("customers/segments", here.file_name, population),
        chart=lambda: segment_days(shown, names, look=LIGHT),
        title=t("customers.segments"),
    )
    why, moves = st.columns(2, gap="large")
    with why:
        st.subheader(t("segment.why"))
        st.altair_chart(stability_lines(candidates, look=current_look()), theme=None)
        st.caption(t("segment.why_note", stable=STABLE))
        _quality(candidates)
    with moves:
        st.subheader(t("segment.moves"))
        _moves(text, names, asked)
    # How many segments a population parts into takes seconds: the next one is looked at meanwhile.
    others = [one for one in get_args(Population) if one != population]
    ask_ahead(*((segment_candidates, {**asked, "population": one}) for one in others))
    return text


def _number(candidates: pl.DataFrame) -> str | None:
    """The model of so many segments as are asked for: the stable ones unless changed."""
    by_number = {row["segments"]: row for row in candidates.iter_rows(named=True)}
    best = next((n for n, row in by_number.items() if row["is_chosen"]), None)
    if best is None:
        st.warning(t("segment.none_stable", fair=FAIRLY_STABLE), icon=":material/balance:")
        best = int(candidates.sort("stability")["segments"][-1])
    number = st.segmented_control(
        t("segment.number"),
        list(by_number),
        default=best,
        format_func=lambda one: t("segment.number_of", number=one),
        key=f"segment_number_{candidates['model'][0]}",
    )
    return by_number[number or best]["model"]


def _figures(shown: pl.DataFrame, candidate: dict[str, Any] | None) -> None:
    with figures():
        figure(t("segment.number"), str(shown.height))
        figure(
            t("segment.placed"),
            f"{shown['usage_points'].sum():,}",
            beside=units.energy(float(shown["annual_kwh"].sum())),
        )
        if candidate is None:
            return
        stability = candidate["stability"]
        word = "stable" if stability >= STABLE else "fair" if stability >= FAIRLY_STABLE else "not"
        figure(
            t("segment.stability"),
            f"{stability:.2f}",
            beside=t(f"segment.is_{word}"),
            help_text=t("segment.stability_note"),
        )
        figure(
            t("segment.explained"),
            units.share(candidate["explained_share"]),
            beside=t(
                "segment.explained_free", share=units.share(candidate["free_explained_share"])
            ),
            help_text=t("segment.explained_note"),
        )


def _table(shown: pl.DataFrame, model: SegmentModel, names: list[str]) -> None:
    rules = [segment_rule(model, leaf) for leaf in model.leaves]
    table = shown.with_columns(
        pl.col("segment").replace_strict(dict(enumerate(rules)), return_dtype=pl.String)
        .alias("rule"),
        pl.col("segment").replace_strict(dict(enumerate(names)), return_dtype=pl.String),
    ).rename({"share": "usage_share"})  # fmt: skip
    chosen = table.select("usage_share" if name == "share" else name for name in _TABLE)
    config = columns(chosen)
    # Names of a fine division differ at their ends.
    config["segment"] = {**(config["segment"] or {}), "width": 440}
    show_table(chosen, heads=config)


def _quality(candidates: pl.DataFrame) -> None:
    with st.expander(t("segment.indices")):
        table = candidates.select(
            "segments",
            "stability",
            "low_stability",
            "explained_share",
            "silhouette",
            "davies_bouldin",
            "free_stability",
            "free_explained_share",
        )
        config = columns(table) | {
            name: st.column_config.NumberColumn(t(f"column.{name}"), format="%.2f")
            for name in table.columns
            if name.endswith(("stability", "silhouette", "bouldin"))
        }
        show_table(table, heads=config)
        st.caption(t("segment.indices_note"))


def _moves(model: str, names: list[str], asked: dict[str, Any]) -> None:
    """Who is in another segment than in the earliest portraits there are."""
    region = {"region_id": asked["region_id"]} if "region_id" in asked else {}
    months = ask(portrait_months_there, **region)["month"].to_list()
    if len(months) < 2:
        st.info(t("segment.one_month"), icon=":material/event_repeat:")
        return
    first, last = st.select_slider(
        t("segment.months"), months, value=(months[0], months[-1]), key="segment_months"
    )
    if first == last:
        st.info(t("segment.two_months"), icon=":material/event_repeat:")
        return
    moved = ask(segment_moves, model=model, from_month=first, to_month=last, **asked)
    known = moved.drop_nulls()
    staying = known.filter(pl.col("from_segment") == pl.col("to_segment"))
    stayed, total = (int(rows["usage_points"].sum()) for rows in (staying, known))
    if not total:
        st.info(t("segment.nobody_twice"), icon=":material/inbox:")
        return
    st.markdown(t("segment.stayed", share=units.share(stayed / total), stayed=stayed, total=total))
    named = dict(enumerate(names))
    table = (
        known.filter(pl.col("from_segment") != pl.col("to_segment"))
        .sort("usage_points", descending=True)
        .with_columns(
            pl.col("from_segment", "to_segment").replace_strict(named, return_dtype=pl.String)
        )
    )
    show_table(table, most=260)
    offer_tables(file_name("customers/segment_moves", first, last), lambda: table)
