"""What the page of new business shows: a ranking, one area's arithmetic, the assumptions."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import LIGHT, current_look
from pages.collection_words import table_height
from pages.columns import columns
from pages.districts import District
from pages.downloads import file_name, later, offer_downloads, offer_tables
from pages.figures import figure, figures
from pages.grid_words import names
from pages.inputs import kept_select
from pages.market_potential_charts import assumption_swings, potential_bars
from pages.market_potential_words import step_table, step_unit, step_word
from pages.reproduce import offer_reproduction
from pages.session import ask, settings
from pages.text import language, t
from queries.billing.tariffs import tariffs
from queries.market.potential import TOGETHER, potential
from queries.market.potential_assumptions import (
    BUSINESSES,
    FIELDS,
    PotentialError,
    potential_text,
    read_potential,
    shipped_potential,
    with_values,
)
from queries.market.potential_steps import potential_steps

_OWN, _FILLED = "potential_own", "potential_filled"
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


def assumptions() -> str:
    """The assumptions looked at: the reader's own, else those of the data folder."""
    return st.session_state.get(_OWN) or shipped_potential(settings())


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
    st.dataframe(
        shown, column_config=columns(shown), hide_index=True, height=table_height(shown, 360)
    )
    with st.container(horizontal=True):
        offer_downloads(
            file_name("market/potential", here.file_name, asked["kind"], business),
            later(potential, **asked),
            lambda: potential_bars(drawn, look=LIGHT),
            title=title,
        )
        offer_reproduction(potential, **asked)


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
    st.dataframe(
        table, column_config=columns(table), hide_index=True, height=table_height(table, 900)
    )
    labelled = steps.with_columns(
        pl.Series("label", [step_word(business, step) for step in steps["step"]])
    )
    value = own.filter(pl.col("area_id") == area)["value_cny"][0]
    st.subheader(t("potential.swings"))
    st.altair_chart(assumption_swings(labelled, value, look=current_look()), theme=None)
    st.caption(t("potential.swings_note"))
    with st.container(horizontal=True):
        offer_tables(
            file_name("market/potential-steps", here.file_name, area, business),
            later(potential_steps, **one),
        )
        offer_reproduction(potential_steps, **one)


def _tariff_names() -> dict[str, str]:
    name = "name_en" if language() == "en" else "name"
    return dict(ask(tariffs).select("tariff_code", name).iter_rows())


def edit_assumptions() -> None:
    """Every assumption of one business as a table; what it says becomes the reader's own."""
    assumed = read_potential(assumptions())
    st.caption(t("potential.form_note"))
    business = kept_select(
        "business", t("potential.business"), BUSINESSES, lambda one: t(f"potential_business.{one}")
    )
    known = assumed[business]
    table = pl.DataFrame(
        {
            "assumption": [step_word(business, name) for name in FIELDS[business]],
            "unit": ["0–1" if name.endswith("_share") else step_unit(name) or "–"
                     for name in FIELDS[business]],
            **{
                end: [float(getattr(known[name], end)) for name in FIELDS[business]]
                for end in ("low", "base", "high")
            },
            "source": [t(f"potential_source.{known[name].source}") for name in FIELDS[business]],
        }
    )  # fmt: skip
    numbers = {
        end: st.column_config.NumberColumn(t(f"column.{end}"), required=True, format="%.6g")
        for end in ("low", "base", "high")
    }
    edited = st.data_editor(
        table,
        column_config={
            "assumption": st.column_config.TextColumn(t("potential.assumption"), width="large"),
            "unit": t("column.value_unit"),
            "source": t("column.source"),
            **numbers,
        },
        disabled=["assumption", "unit", "source"],
        hide_index=True,
        height=table_height(table, 420),
        key=f"potential_{business}_{st.session_state.get(_FILLED, 0)}",
    )
    with st.container(horizontal=True):
        if st.button(t("outlook.compute"), type="primary", key="potential_compute"):
            _take(business, pl.DataFrame(edited))
        if st.session_state.get(_OWN) and st.button(t("potential.reset"), key="potential_reset"):
            del st.session_state[_OWN]
            _refill()
        st.download_button(
            "TOML", assumptions(), "potential.toml", "application/toml", icon=":material/download:"
        )


def _take(business: str, edited: pl.DataFrame) -> None:
    rows = zip(FIELDS[business], edited.select("low", "base", "high").iter_rows(), strict=True)
    values = {name: (float(low), float(base), float(high)) for name, (low, base, high) in rows}
    try:
        own = with_values(read_potential(assumptions()), business, values)
    except PotentialError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state[_OWN] = potential_text(own)
    _refill()


def _refill() -> None:
    st.session_state[_FILLED] = st.session_state.get(_FILLED, 0) + 1
    st.rerun()
