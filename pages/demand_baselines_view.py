"""What the page of baselines shows: the rule to settle by, and how all others fare."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.demand_baseline_charts import bias_bars, error_bars
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.inputs import kept_select
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import language, t
from queries.demand.baselines import baselines

_USUAL = (16, 19)
_USUAL_PRICE, _DEAREST = 3.0, 20.0


def pick_event() -> dict[str, Any]:
    """The hours of an event, what is settled and at which price, as the question takes them."""
    hours_place, day_place, basis_place, price_place = st.columns([3, 1.4, 2, 1.4])
    with hours_place:
        begin, end = st.slider(
            t("demand_baselines.hours"), 0, 24, _USUAL, key="event_hours", format="%d:00"
        )
    with day_place:
        kind = kept_select(
            "placebo_kind",
            t("column.day_kind"),
            ["workday", "rest_day"],
            lambda one: t(f"day_kind.{one}"),
        )
    with basis_place:
        basis = kept_select(
            "basis",
            t("demand_baselines.basis"),
            ["customer", "total"],
            lambda one: t(f"demand_baselines.by_{one}"),
        )
    with price_place:
        price = st.number_input(
            t("demand_baselines.price"),
            min_value=0.0,
            max_value=_DEAREST,
            value=_USUAL_PRICE,
            step=0.5,
            format="%.2f",
            key="event_price",
        )
    text = st.text_input(
        t("demand_baselines.event_days"),
        key="event_days",
        placeholder="2025-07-02, 2025-07-04",
        help=t("demand_baselines.event_days_note"),
    )
    return {
        "from_minute": begin * 60,
        "until_minute": end * 60,
        "is_rest_day": kind == "rest_day",
        "basis": basis,
        "price_cny_per_kwh": Decimal(f"{price:.2f}"),
        "event_days": _days(text),
    }


def _days(text: str) -> tuple[date, ...]:
    """The days written in ``text``; what is none is said."""
    found, wrong = [], []
    for word in text.replace("，", ",").replace("、", ",").split(","):
        if not word.strip():
            continue
        try:
            found.append(date.fromisoformat(word.strip()))
        except ValueError:
            wrong.append(word.strip())
    if wrong:
        st.warning(t("demand_baselines.no_days", words=", ".join(wrong)), icon=":material/error:")
    return tuple(sorted(set(found)))


def show_tribunal(here: District, asked: dict[str, Any]) -> None:
    """The rule recommended, and every rule on days without an event."""
    found = ask(baselines, **asked)
    if found.is_empty():
        st.info(t("demand_baselines.nothing"), icon=":material/inbox:")
        return
    name = "name_en" if language() == "en" else "name"
    named = found.with_columns(pl.col(name).alias("shown_name"))
    best = named.filter("is_recommended")
    if best.is_empty():
        st.info(t("demand_baselines.nothing"), icon=":material/inbox:")
        return
    _tiles(best.row(0, named=True))
    error_place, bias_place = st.columns(2, gap="large")
    look = current_look()
    with error_place:
        st.subheader(t("demand_baselines.errors"))
        st.altair_chart(error_bars(named, look=look), theme=None)
        st.caption(t("demand_baselines.errors_note"))
    with bias_place:
        st.subheader(t("demand_baselines.bias"))
        st.altair_chart(bias_bars(named, look=look), theme=None)
        st.caption(t("demand_baselines.bias_note"))
    _table(named)
    with st.container(horizontal=True):
        offer_tables(file_name("baselines", here.file_name or ""), later(baselines, **asked))
        offer_reproduction(baselines, **asked)
    with st.expander(t("demand_baselines.placebo"), icon=":material/help:"):
        st.markdown(t("demand_baselines.how"))
        st.markdown(" · ".join(units.day(day) for day in found["placebo_days"][0]))
        if not found["has_weather"][0]:
            st.caption(t("demand_baselines.no_weather"))


def _tiles(best: dict[str, Any]) -> None:
    confirmed = "confirmed" if best["is_confirmed"] else "not_confirmed"
    st.success(
        t(
            "demand_baselines.best",
            rule=best["shown_name"],
            confirmed=t(f"demand_baselines.{confirmed}"),
        ),
        icon=":material/gavel:",
    )
    with figures():
        figure(
            t("demand_baselines.error"),
            units.share(best["held_error_share"]),
            help_text=t("demand_baselines.error_note"),
        )
        figure(
            t("column.bias_share"),
            units.change(best["bias_share"]) or "0",
            help_text=t("demand_baselines.bias_note"),
        )
        figure(
            t("demand_baselines.overpaid"),
            units.money(best["overpaid_cny"]),
            help_text=t("demand_baselines.overpaid_note"),
        )
        figure(
            t("demand_baselines.tried_on"),
            t("demand_baselines.placebo_days", days=len(best["placebo_days"])),
            beside=t("demand_baselines.customers", customers=f"{best['customers']:,}"),
        )


def _table(named: pl.DataFrame) -> None:
    shown = named.with_columns(
        pl.col("certain").replace_strict(
            {one: t(f"demand_baselines.certain_{one}") for one in named["certain"].unique()},
            return_dtype=pl.String,
        ),
        pl.col("shown_name").alias("rule"),
    ).select(
        "rule",
        "settlement_error_share",
        "bias_share",
        "cvrmse_share",
        "customer_bias_share",
        "customer_cvrmse_share",
        "overpaid_cny",
        "underpaid_cny",
        "held_error_share",
        "answered_share",
        "certain",
    )
    st.subheader(t("demand_baselines.table"))
    show_table(shown, most=640)
