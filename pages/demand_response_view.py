"""What the page of price response shows: a class's day before and after, and what that rests on."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.columns import columns, heading
from pages.demand_response_charts import answered_day, peak_changes
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.inputs import kept_select
from pages.reproduce import offer_reproduction
from pages.session import ask, settings
from pages.tables import show_table
from pages.text import language, t
from queries.day_kinds import DAY_KINDS, SEASONS, day_kinds
from queries.demand.price_response import price_response

_CLASSES = ("residential", "commercial", "industrial", "agricultural", "public")
_RATIOS = (1.0, 8.0, 3.0)
_USUAL_PEAK = (17, 21)


def pick_price(here: District) -> dict[str, Any]:
    """Whose day, and which price, as the question takes them; at first the season of the end."""
    class_place, season_place, day_place, ratio_place, hours_place = st.columns(
        [2, 1.4, 1.6, 2.2, 3]
    )
    with class_place:
        customer_class = kept_select(
            "class", t("demand_response.class"), _CLASSES, lambda one: t(f"customer_class.{one}")
        )
    with season_place:
        last = day_kinds(here.last_day, here.last_day, holiday_country=settings().holiday_country)
        latest = last["season"][0]
        seasons = [latest, *(one for one in SEASONS if one != latest)]
        season = kept_select("season", t("column.season"), seasons, lambda one: t(f"season.{one}"))
    with day_place:
        day_kind = kept_select(
            "day_kind", t("column.day_kind"), DAY_KINDS, lambda one: t(f"day_kind.{one}")
        )
    with ratio_place:
        low, high, usual = _RATIOS
        ratio = st.slider(
            t("demand_response.ratio"), low, high, usual, 0.25, key="price_ratio", format="%.2f"
        )
    with hours_place:
        begin, end = st.slider(
            t("demand_response.hours"), 0, 24, _USUAL_PEAK, key="peak_hours", format="%d:00"
        )
    return {
        "customer_class": customer_class,
        "season": season,
        "day_kind": day_kind,
        "price_ratio": ratio,
        "from_hour": begin,
        "until_hour": end,
    }


def show_response(here: District, asked: dict[str, Any]) -> None:
    """The day before and after by one model, all models beside each other, and the cautions."""
    found = ask(price_response, **asked)
    if found.is_empty():
        st.info(t("demand_response.nothing"), icon=":material/inbox:")
        return
    named = found.with_columns(_names().alias("shown_name"))
    models = named.unique("shown_name", keep="first", maintain_order=True)
    answering = models.filter(pl.col("peak_change_share").is_not_null())
    if answering.is_empty():
        st.warning(t("demand_response.no_model"), icon=":material/error:")
    else:
        _day(named, answering, asked)
    _table(models)
    for caution in ("caution_trade", "caution_rebate", "caution_reach"):
        st.caption(t(f"demand_response.{caution}"))
    with st.container(horizontal=True):
        offer_tables(
            file_name("price-response", here.file_name or ""), later(price_response, **asked)
        )
        offer_reproduction(price_response, **asked)


def _names() -> pl.Expr:
    name = pl.col("name_en" if language() == "en" else "name")
    with_technology = pl.format("{} · {}", name, pl.lit(t("demand_response.technology")))
    return pl.when("has_technology").then(with_technology).otherwise(name)


def _day(named: pl.DataFrame, answering: pl.DataFrame, asked: dict[str, Any]) -> None:
    chosen = kept_select(
        "model", t("demand_response.model"), answering["shown_name"].to_list(), str
    )
    rows = named.filter(pl.col("shown_name") == chosen)
    row = rows.row(0, named=True)
    with figures():
        figure(
            t("column.peak_change_share"),
            units.change(row["peak_change_share"]) or "0",
            beside=t(f"demand_response.{row['evidence']}"),
            help_text=t("demand_response.peak_note"),
        )
        figure(
            t("column.daily_change_share"),
            units.change(row["daily_change_share"]) or "0",
            help_text=t("demand_response.daily_note"),
        )
        figure(t("demand_response.ratio"), f"{asked['price_ratio']:g} : 1")
        figure(
            t("column.elasticity"),
            "–" if row["elasticity"] is None else f"{row['elasticity']:.3f}",
            help_text=t("demand_response.elasticity_note"),
        )
    day_place, models_place = st.columns(2, gap="large")
    look = current_look()
    with day_place:
        st.subheader(t("demand_response.day"))
        st.altair_chart(answered_day(rows, look=look), theme=None)
    with models_place:
        st.subheader(t("demand_response.models"))
        st.altair_chart(peak_changes(answering, look=look), theme=None)


def _table(models: pl.DataFrame) -> None:
    st.subheader(t("demand_response.known"))
    shown = models.select(
        pl.col("shown_name").alias("model"),
        "peak_change_share",
        "daily_change_share",
        "elasticity",
        pl.col("evidence").replace_strict(
            {one: t(f"demand_response.{one}") for one in models["evidence"].unique()},
            return_dtype=pl.String,
        ),
        "lowest_ratio",
        pl.col("agreed").replace_strict(
            {one: t(f"demand_response.agreed_{one}") for one in models["agreed"].unique()},
            return_dtype=pl.String,
        ),
        "source",
    )
    show_table(shown, most=420, heads=_columns(shown))


def _columns(shown: pl.DataFrame) -> dict:
    """As everywhere, but elasticities differ in the third digit."""
    elasticity = st.column_config.NumberColumn(heading("elasticity"), format="%.3f")
    return {**columns(shown), "elasticity": elasticity}
