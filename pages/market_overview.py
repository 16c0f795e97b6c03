"""What the pages of regions and industries show of all groups together."""

from collections.abc import Callable
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.answer_row import offer_answer
from pages.behaviour_charts import share_bars
from pages.charts import LIGHT, current_look
from pages.districts import District
from pages.downloads import file_name
from pages.figures import figure, figures
from pages.group_words import group_names, in_status_words
from pages.market_charts import capacity_bars, shape_map
from pages.session import ask, ask_ahead
from pages.tables import show_table
from pages.text import t
from pages.trend_charts import growth_ranks
from pages.trend_view import interval, say_why
from queries.load.compared_months import LEAST_MONTHS
from queries.load.group_series import GroupBy
from queries.load.growth import NO_WEATHER, SHORT
from queries.load.peak_contribution import TOGETHER
from queries.market.capacity_changes import capacity_changes
from queries.market.group_portraits import year_of
from queries.market.group_shapes import YEAR, group_shapes

MOST_DRAWN = 20
_OF_ALL = {SHORT, NO_WEATHER}
_TABLE = (
    "name",
    "energy_kwh",
    "energy_share",
    "growth_share",
    "growth_low_share",
    "growth_high_share",
    "peak_kw",
    "peak_share",
    "load_factor_share",
    "coincidence_share",
    "customers",
    "largest_1_share",
    "largest_5_share",
    "largest_10_share",
    "hhi",
    "capacity_kva",
    "connected_kva",
    "gone_kva",
    "change_kva",
    "intensity_kwh_per_10k_yuan",
    "status",
)


def portraits_or_none(
    question: Callable[..., pl.DataFrame], here: District, group_by: GroupBy, asked: dict[str, Any]
) -> pl.DataFrame | None:
    """The portraits of all groups with their names; None where there is nothing, and it says so."""
    first_day, last_day = year_of(here.first_day, here.last_day)
    year = {"first_day": first_day, "last_day": last_day, **here.inputs, "group_by": group_by}
    ask_ahead((group_shapes, year))
    found = ask(question, **asked)
    if found.is_empty():
        st.info(t("load.nothing_read"), icon=":material/inbox:")
        return None
    names = group_names(here, group_by, found["group_id"])
    together = pl.col("group_id").eq_missing(pl.lit(TOGETHER))
    return found.with_columns(names).with_columns(
        pl.when(together).then(pl.lit(t("groups.all"))).otherwise(pl.col("name")).alias("name")
    )


def groups_only(portraits: pl.DataFrame) -> pl.DataFrame:
    """The groups without the row of all together."""
    return portraits.filter(pl.col("group_id").ne_missing(pl.lit(TOGETHER)))


def show_overview(
    question: Callable[..., pl.DataFrame],
    here: District,
    group_by: GroupBy,
    portraits: pl.DataFrame,
    asked: dict[str, Any],
) -> None:
    """All groups: figures of the whole, peak and growth, shapes, changes of capacity, a table."""
    whole = portraits.row(-1, named=True)
    _figures(whole)
    groups = groups_only(portraits)
    drawn = groups.head(MOST_DRAWN)
    peak_place, growth_place = st.columns(2, gap="large")
    with peak_place:
        st.subheader(t("market_view.peak"))
        st.altair_chart(share_bars(drawn, look=current_look()), theme=None)
    with growth_place:
        _growth(drawn)
    year = {"first_day": whole["first_day"], "last_day": whole["last_day"], **here.inputs}
    _shapes(drawn, year | {"group_by": group_by})
    _capacity({**year, "first_day": asked["first_day"], "group_by": group_by})
    st.subheader(t("market_view.table"))
    shown = in_status_words(portraits).select(_TABLE)
    if shown["intensity_kwh_per_10k_yuan"].count() == 0:
        shown = shown.drop("intensity_kwh_per_10k_yuan")
    show_table(shown, most=460)
    st.caption(t("market_view.table_note"))
    name = "market/regions" if group_by != "industry" else "market/industries"
    offer_answer(question, asked, file_name(name, here.file_name, group_by))


def _figures(whole: dict[str, Any]) -> None:
    with figures():
        figure(
            t("load.energy"),
            units.energy(whole["energy_kwh"]),
            beside=units.day_count(whole["first_day"], whole["last_day"]),
        )
        figure(
            t("trends.growth"),
            units.change(whole["growth_share"]) or "–",
            beside=interval(whole["growth_low_share"], whole["growth_high_share"]),
            help_text=t("trends.growth_note"),
        )
        figure(
            t("market_view.peak_tile"),
            units.power(whole["peak_kw"]),
            beside=t("market_view.load_factor", share=units.share(whole["load_factor_share"])),
            help_text=t("market_view.peak_note"),
        )
        figure(
            t("market_view.largest"),
            units.share(whole["largest_10_share"]),
            beside=t("market_view.hhi", hhi=f"{whole['hhi'] or 0:.3f}"),
            help_text=t("market_view.hhi_note"),
        )
        figure(
            t("market_view.capacity"),
            f"{whole['change_kva']:+,.0f} kVA",
            beside=t(
                "market_view.capacity_parts",
                came=f"{whole['connected_kva']:,.0f}",
                went=f"{whole['gone_kva']:,.0f}",
            ),
            help_text=t("market_view.capacity_note"),
        )
        if whole["intensity_kwh_per_10k_yuan"] is not None:
            figure(
                t("market_view.intensity"),
                units.number(whole["intensity_kwh_per_10k_yuan"]),
                beside=t("market_view.intensity_unit"),
                help_text=t("market_view.intensity_note"),
            )
    st.caption(t("market_view.period", days=units.days(whole["first_day"], whole["last_day"])))


def _growth(drawn: pl.DataFrame) -> None:
    st.subheader(t("market_view.growth"))
    said = drawn.drop_nulls("growth_share")
    if said.is_empty():
        why = next((one for one in drawn["status"] if one in _OF_ALL), None)
        if why is None:
            st.info(
                t("market_view.no_growth", months=LEAST_MONTHS), icon=":material/hourglass_empty:"
            )
        else:
            say_why(why)
        return
    st.altair_chart(growth_ranks(said, look=current_look()), theme=None)


def _shapes(drawn: pl.DataFrame, asked: dict[str, Any]) -> None:
    shapes = ask(group_shapes, **asked).filter(
        (pl.col("season") == YEAR) & (pl.col("day_kind") == "workday")
    )
    named = drawn.select("group_id", "name").join(
        shapes, on="group_id", how="inner", nulls_equal=True, maintain_order="left"
    )
    title = t("market_view.shapes")
    st.subheader(title)
    st.altair_chart(shape_map(named, look=current_look()), theme=None)
    st.caption(t("market_view.shapes_note"))
    offer_answer(
        group_shapes,
        asked,
        file_name("market/group-shapes", asked["group_by"], asked["last_day"]),
        chart=lambda: shape_map(named, look=LIGHT),
        title=title,
    )


def _capacity(asked: dict[str, Any]) -> None:
    changes = ask(capacity_changes, **asked)
    title = t("market_view.changes")
    st.subheader(title)
    if changes.is_empty():
        st.info(t("market_view.no_changes"), icon=":material/inbox:")
        return
    st.altair_chart(capacity_bars(changes, look=current_look()), theme=None)
    known = set(changes["basis"])
    basis = t(f"market_view.basis_{known.pop() if len(known) == 1 else 'both'}")
    st.caption(t("market_view.changes_note", basis=basis))
    offer_answer(
        capacity_changes,
        asked,
        file_name("market/capacity-changes", asked["group_by"], asked["last_day"]),
        chart=lambda: capacity_bars(changes, look=LIGHT),
        title=title,
    )
