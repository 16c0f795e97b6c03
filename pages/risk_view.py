"""What the page of risk shows: arrears and trend, concentration, price exposure."""

from typing import Any, get_args

import polars as pl
import streamlit as st

from pages import units
from pages.answer_row import offer_answer
from pages.charts import current_look
from pages.columns import columns
from pages.districts import District
from pages.downloads import file_name
from pages.figures import figure, figures
from pages.group_words import named_groups
from pages.inputs import in_words, kept_select
from pages.risk_charts import concentration_curve, exposure_bars, risk_bars, trend_points
from pages.session import ask, ask_ahead
from pages.tables import show_table
from pages.text import t
from queries.customers.arrears_reliability import arrears_reliability
from queries.market.risk import GroupBy, risk
from queries.market.risk_concentration import risk_concentration
from queries.market.risk_exposure import risk_exposure

_GROUPS = ("industry", *(one for one in get_args(GroupBy) if one not in {"all", "industry"}))
_MOST_BARS = 15
_SHOWN = 20


def show_risk(here: District) -> None:
    """All of the page; an empty state where nothing was billed."""
    asked: dict[str, Any] = {"as_of": here.last_day, **here.inputs}
    ask_ahead((risk_concentration, asked), (risk_exposure, asked))
    whole = ask(risk, **asked, group_by="all")
    if whole.is_empty():
        st.info(t("risk.empty"), icon=":material/inbox:")
        return
    _figures(whole.row(0, named=True), asked)
    _arrears(here, asked)
    _concentration(asked)
    _exposure(asked)
    _how_sure(here)


def _figures(row: dict, asked: dict[str, Any]) -> None:
    largest = ask(risk_concentration, **asked)
    exposure = ask(risk_exposure, **asked)
    with figures():
        figure(
            t("risk.overdue"),
            units.money(row["overdue_cny"]),
            beside=t("risk.overdue_accounts", accounts=f"{row['overdue_accounts']:,}"),
            help_text=t("risk.overdue_note"),
        )
        figure(
            t("risk.expected_late"),
            units.money(row["expected_late_cny"]),
            beside=t("risk.without_probability", accounts=f"{row['without_probability']:,}"),
            help_text=t("risk.expected_note"),
        )
        figure(
            t("risk.billed"),
            units.money(row["year_billed_cny"]),
            beside=t("risk.overdue_of_it", share=units.share(row["overdue_share"])),
        )
        if largest.height:
            first = largest.row(0, named=True)
            figure(
                t("risk.ten_largest"),
                units.share(first["ten_largest_share"]),
                beside=t("risk.half", accounts=f"{first['half_accounts']:,}"),
                help_text=t("risk.herfindahl", share=f"{first['herfindahl_share']:.3f}"),
            )
        moved = exposure.filter(pl.col("purchase_type") != "catalogue")
        figure(
            t("risk.fen"),
            units.money(moved["step_worth_cny"].sum()),
            beside=t("risk.a_year"),
            help_text=t("risk.fen_note"),
        )


def _arrears(here: District, asked: dict[str, Any]) -> None:
    title_place, group_place = st.columns([3, 1.4], vertical_alignment="bottom")
    title_place.subheader(t("risk.arrears"))
    with group_place:
        group_by: Any = kept_select(
            "risk_group", t("groups.by"), _GROUPS, lambda one: t(f"area_kind.{one}")
        )
    inputs = {**asked, "group_by": group_by}
    found = ask(risk, **inputs)
    groups = named_groups(here, group_by, found)
    bar_place, trend_place = st.columns([3, 2], gap="large")
    with bar_place:
        chart = risk_bars(groups.head(_MOST_BARS), look=current_look())
        st.altair_chart(chart, theme=None)
    with trend_place:
        st.altair_chart(trend_points(groups, look=current_look()), theme=None)
        st.caption(t("risk.trend_note"))
    st.markdown(t("risk.arithmetic"))
    shown = groups.select(
        "name",
        "accounts",
        "year_billed_cny",
        "overdue_cny",
        "overdue_more_cny",
        "overdue_accounts",
        "overdue_share",
        "expected_late_cny",
        "use_change_share",
        "decline_factor",
        "at_risk_cny",
    )
    factor = st.column_config.NumberColumn(t("column.decline_factor"), format="%.3f")
    show_table(shown, most=480, heads={**columns(shown), "decline_factor": factor})
    offer_answer(risk, inputs, file_name("market/risk", here.file_name, f"{here.last_day}"))


def _concentration(asked: dict[str, Any]) -> None:
    found = ask(risk_concentration, **asked)
    st.subheader(t("risk.concentration"))
    if found.is_empty():
        st.caption(t("risk.nobody_billed"))
        return
    curve_place, table_place = st.columns([2, 3], gap="large")
    with curve_place:
        st.altair_chart(concentration_curve(found, look=current_look()), theme=None)
    with table_place:
        largest = found.head(_SHOWN)
        shown = largest.with_columns(
            customer_class=pl.Series(
                [in_words("customer_class", one or "") for one in largest["customer_class"]]
            )
        ).select(
            "rank",
            "customer_id",
            "customer_class",
            "year_billed_cny",
            "revenue_share",
            "cumulative_share",
            "overdue_cny",
            "late_probability_share",
            "use_change_share",
        )
        show_table(shown, most=340)


def _exposure(asked: dict[str, Any]) -> None:
    found = ask(risk_exposure, **asked)
    st.subheader(t("risk.exposure"))
    names = [t(f"purchase_type.{one}") for one in found["purchase_type"]]
    named = found.with_columns(name=pl.Series(names, dtype=pl.String))
    chart_place, table_place = st.columns([2, 3], gap="large")
    with chart_place:
        st.altair_chart(exposure_bars(named, look=current_look()), theme=None)
    with table_place:
        shown = named.select(
            "name",
            "accounts",
            "energy_kwh",
            "year_billed_cny",
            "mean_price_cny_per_kwh",
            "step_worth_cny",
        )
        show_table(shown)
        st.caption(t("risk.exposure_note"))


def _how_sure(here: District) -> None:
    with st.expander(t("risk.how_sure"), icon=":material/help:"):
        table = ask(arrears_reliability, as_of=here.last_day)
        if table.is_empty():
            st.caption(t("risk.not_checked"))
            return
        st.caption(t("risk.how_sure_note"))
        classes = [
            t("risk.from_to", low=units.share(low), high=units.share(high))
            for low, high in table.select("from_share", "to_share").iter_rows()
        ]
        shown = table.select(pl.Series("name", classes), "bills", "foretold_share", "late_share")
        show_table(shown)
