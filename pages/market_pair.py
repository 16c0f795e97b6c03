"""Any two regions or industries side by side, and whether the load of industry leads."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.answer_row import offer_answer
from pages.charts import LIGHT, current_look
from pages.districts import District
from pages.downloads import file_name
from pages.figures import figure, figures
from pages.inputs import in_words, kept_select
from pages.market_charts import lead_dots, shape_pair
from pages.market_overview import groups_only
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from pages.trend_view import interval
from queries.day_kinds import DAY_KINDS, SEASONS
from queries.load.group_series import GroupBy
from queries.market.group_comparison import group_comparison
from queries.market.group_shapes import YEAR, group_shapes
from queries.market.leading_load import leading_load

_NOWHERE = "-"
"""Of the address: the group of those in none."""
_MEASURES = {
    "energy_kwh": units.energy,
    "energy_share": units.share,
    "peak_kw": units.power,
    "peak_share": units.share,
    "maximum_kw": units.power,
    "load_factor_share": units.share,
    "coincidence_share": units.share,
    "largest_1_share": units.share,
    "largest_10_share": units.share,
    "capacity_kva": lambda value: f"{value or 0:,.0f} kVA",
    "change_kva": lambda value: f"{value or 0:+,.0f} kVA",
}


def pick_kind_of_day() -> tuple[str, str]:
    """A season (or the whole year) and a kind of day."""
    season_place, kind_place = st.columns(2)
    with season_place:
        season = kept_select(
            "season",
            t("column.season"),
            [YEAR, *SEASONS],
            lambda one: t("market_view.whole_year") if one == YEAR else t(f"season.{one}"),
        )
    with kind_place:
        day_kind = kept_select(
            "day_kind", t("column.day_kind"), DAY_KINDS, lambda one: t(f"day_kind.{one}")
        )
    return season, day_kind


def show_pair(here: District, group_by: GroupBy, portraits: pl.DataFrame) -> None:
    """Two groups the reader chooses: shapes over each other, figures side by side."""
    groups = groups_only(portraits)
    names = {
        _NOWHERE if one is None else one: name
        for one, name in groups.select("group_id", "name").iter_rows()
    }
    if len(names) < 2:
        st.info(t("market_view.one_group"), icon=":material/inbox:")
        return
    first_place, second_place, day_place = st.columns([2, 2, 3], vertical_alignment="bottom")
    with first_place:
        first = kept_select("first", t("market_view.first"), list(names), names.__getitem__)
    with second_place:
        others = [one for one in names if one != first]
        second = kept_select("second", t("market_view.second"), others, names.__getitem__)
    with day_place:
        season, day_kind = pick_kind_of_day()
    pair = [None if one == _NOWHERE else one for one in (first, second)]
    year = {
        "first_day": portraits["first_day"][0],
        "last_day": portraits["last_day"][0],
        **here.inputs,
        "group_by": group_by,
    }
    asked = {**year, "first_id": pair[0], "second_id": pair[1]}
    _together(ask(group_comparison, **asked).row(0, named=True))
    shapes = ask(group_shapes, **year).filter(
        (pl.col("season") == season) & (pl.col("day_kind") == day_kind)
    )
    chosen = groups.filter(
        pl.any_horizontal(pl.col("group_id").eq_missing(pl.lit(one, pl.String)) for one in pair)
    )
    shown = [names[first], names[second]]
    drawn = chosen.select("group_id", "name").join(
        shapes, on="group_id", how="inner", nulls_equal=True
    )
    shape_place, table_place = st.columns([3, 2], gap="large")
    with shape_place:
        title = t("market_view.two_shapes")
        st.subheader(title)
        st.altair_chart(shape_pair(drawn, shown, look=current_look()), theme=None)
    with table_place:
        st.subheader(t("market_view.side_by_side"))
        _side_by_side(chosen, pair, shown)
    offer_answer(
        group_comparison,
        asked,
        file_name("market/comparison", group_by, first, second),
        chart=lambda: shape_pair(drawn, shown, look=LIGHT),
        title=title,
    )


def _together(row: dict[str, Any]) -> None:
    correlation = row["correlation"]
    with figures():
        figure(
            t("market_view.overlap"),
            units.share(row["shape_overlap_share"]),
            help_text=t("market_view.overlap_note"),
        )
        figure(
            t("column.correlation"),
            "–" if correlation is None else f"{correlation:+.2f}",
            help_text=t("market_view.correlation_note"),
        )
        figure(
            t("market_view.peak_together"),
            units.power(row["maximum_together_kw"]),
            beside=t("market_view.of_sum", share=units.share(row["coincidence_share"])),
            help_text=t("market_view.together_note"),
        )


def _side_by_side(chosen: pl.DataFrame, pair: list[str | None], names: list[str]) -> None:
    rows = {row["group_id"]: row for row in chosen.iter_rows(named=True)}
    both = [rows[one] for one in pair]
    lines = [
        (t(f"column.{name}"), *(shown(row[name]) for row in both))
        for name, shown in _MEASURES.items()
    ]
    grown = t("column.growth_share"), *(units.change(row["growth_share"]) or "–" for row in both)
    bounds = t("market_view.interval"), *(_bounds(row) for row in both)
    lines[2:2] = [grown, bounds]
    table = pl.DataFrame(
        lines, schema=[t("market_view.measure"), names[0], f"{names[1]} "], orient="row"
    )
    show_table(table, most=460, heads={})


def _bounds(row: dict[str, Any]) -> str:
    return interval(row["growth_low_share"], row["growth_high_share"]) or "–"


def show_leads(asked: dict[str, Any]) -> None:
    """How industrial load and the index of production go together, by months of lead."""
    title = t("market_view.leads")
    st.subheader(title)
    leads = ask(leading_load, **asked)
    if leads.is_empty():
        st.info(t("market_view.no_series"), icon=":material/inbox:")
        return
    series = in_words("driver", leads["series"][0])
    if leads["correlation"].count() == 0:
        st.info(
            t(
                "market_view.few_months",
                series=series,
                months=leads["months"][0],
                needed=leads["needed_months"][0],
            ),
            icon=":material/hourglass_empty:",
        )
        return
    axis = t("market_view.lead_axis")
    st.altair_chart(lead_dots(leads, axis, look=current_look()), theme=None)
    st.caption(t("market_view.leads_note", series=series, months=leads["months"][0]))
    offer_answer(
        leading_load,
        asked,
        file_name("market/leading-load"),
        chart=lambda: lead_dots(leads, axis, look=LIGHT),
        title=title,
    )
