"""What the page of new business shows: a ranking, and one area's arithmetic."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.answer_row import offer_answer
from pages.charts import LIGHT, current_look
from pages.districts import District
from pages.downloads import file_name
from pages.figures import figure, figures
from pages.grid_words import names
from pages.inputs import kept_select
from pages.market_potential_charts import assumption_swings, potential_bars
from pages.market_potential_words import step_table, step_word
from pages.session import ask
from pages.tables import show_table
from pages.text import language, t
from queries.billing.tariffs import tariffs
from queries.market.potential import TOGETHER, potential
from queries.market.potential_assumptions import BUSINESSES
from queries.market.potential_steps import potential_steps

_MOST_RANKS = 20
_TABLE = (
    "place",
    "area_id",
    "value_cny",
    "value_low_cny",
    "value_high_cny",
    "energy_kwh",
    "energy_low_kwh",
    "energy_high_kwh",
    "beyond_kwh",
    "homes",
    "businesses",
)


def show_ranking(here: District, asked: dict[str, Any]) -> None:
    """All kinds of business, the areas of one of them, and one area's arithmetic."""
    found = ask(potential, **asked)
    if found.is_empty():
        st.info(t("potential.no_areas"), icon=":material/inbox:")
        return
    found = found.with_columns(names(found, "area_id").alias("place"))
    whole = found.filter(pl.col("area_id") == TOGETHER).with_columns(
        pl.col("business").replace({one: t(f"potential_business.{one}") for one in BUSINESSES})
        .alias("label")
    )  # fmt: skip
    _figures(whole)
    st.subheader(t("potential.kinds"))
    st.altair_chart(
        potential_bars(whole.sort("value_cny", descending=True), look=current_look()), theme=None
    )
    st.caption(t("potential.range_note"))
    with st.container(border=True):
        business = kept_select(
            "business",
            t("potential.business"),
            BUSINESSES,
            lambda one: t(f"potential_business.{one}"),
        )
        st.markdown(t(f"potential_about.{business}"))
    own = found.filter((pl.col("business") == business) & (pl.col("area_id") != TOGETHER))
    _ranked(here, business, own, asked)
    _arithmetic(here, business, own, asked)


def _figures(whole: pl.DataFrame) -> None:
    with figures():
        for row in whole.iter_rows(named=True):
            figure(
                row["label"],
                units.money(row["value_cny"]),
                beside=units.energy(row["energy_kwh"]),
                help_text=t("potential.tile_note"),
            )


def _ranked(here: District, business: str, own: pl.DataFrame, asked: dict[str, Any]) -> None:
    title = t("potential.ranked", business=t(f"potential_business.{business}"))
    st.subheader(title)
    drawn = own.head(_MOST_RANKS).with_columns(pl.col("place").alias("label"))
    st.altair_chart(potential_bars(drawn, look=current_look()), theme=None)
    if own.height > _MOST_RANKS:
        st.caption(t("potential.first_ranks", shown=_MOST_RANKS, areas=own.height))
    shown = own.select(_TABLE)
    show_table(shown, most=360)
    offer_answer(
        potential,
        asked,
        file_name("market/potential", here.file_name, asked["kind"], business),
        chart=lambda: potential_bars(drawn, look=LIGHT),
        title=title,
    )


def _arithmetic(here: District, business: str, own: pl.DataFrame, asked: dict[str, Any]) -> None:
    st.subheader(t("potential.arithmetic"))
    places = dict(own.select("area_id", "place").iter_rows())
    area_place, _ = st.columns([2, 3])
    with area_place:
        area = kept_select(
            "potential_area", t("potential.area"), list(places), lambda one: f"{places[one]}"
        )
    one = {**asked, "business": business, "area_id": area}
    steps = ask(potential_steps, **one)
    table = step_table(business, steps, _tariff_names())
    show_table(table, most=900)
    st.caption(t("potential.assumed_note"))
    labelled = steps.with_columns(
        pl.Series("label", [step_word(business, step) for step in steps["step"]])
    )
    value = own.filter(pl.col("area_id") == area)["value_cny"][0]
    st.subheader(t("potential.swings"))
    st.altair_chart(assumption_swings(labelled, value, look=current_look()), theme=None)
    st.caption(t("potential.swings_note"))
    offer_answer(
        potential_steps, one, file_name("market/potential-steps", here.file_name, area, business)
    )


def _tariff_names() -> dict[str, str]:
    name = "name_en" if language() == "en" else "name"
    return dict(ask(tariffs).select("tariff_code", name).iter_rows())
