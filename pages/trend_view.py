"""What the page of trends shows: growth and its causes, groups, hours, days and their parts."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.answer_row import offer_answer
from pages.charts import LIGHT, current_look
from pages.districts import District
from pages.downloads import file_name
from pages.figures import figure, figures
from pages.group_words import in_status_words, named_groups
from pages.session import ask, ask_ahead
from pages.tables import show_table
from pages.text import t
from pages.trend_charts import (
    change_parts,
    effect_lines,
    growth_by_days,
    growth_map,
    growth_ranks,
    trend_line,
)
from queries.load.compared_months import LEAST_MONTHS
from queries.load.decomposition import decomposition
from queries.load.group_series import GroupBy
from queries.load.growth import NO_WEATHER, SHORT, growth
from queries.load.growth_days import growth_days
from queries.load.growth_hours import growth_hours
from queries.load.response import FITTED

_MOST_RANKS = 20
_OF_ALL = {SHORT, NO_WEATHER}


def begin(asked: dict[str, Any], group_by: GroupBy) -> None:
    """Have what is shown below the growth of all worked out beside it."""
    ask_ahead(
        (growth, {**asked, "group_by": group_by}),
        (growth_hours, asked),
        (growth_days, asked),
        (decomposition, asked),
    )


def show_growth(asked: dict[str, Any]) -> None:
    """The growth of the whole area, and what its change is made of; or why it is not said."""
    found = ask(growth, **asked)
    if found.is_empty():
        st.info(t("load.nothing_read"), icon=":material/inbox:")
        return
    row = found.row(0, named=True)
    if row["status"] != FITTED:
        say_why(row["status"])
        return
    with figures():
        figure(
            t("trends.growth"),
            units.change(row["growth_share"]) or "–",
            beside=interval(row["growth_low_share"], row["growth_high_share"]),
            help_text=t("trends.growth_note"),
        )
        figure(
            t("trends.change"),
            units.change(row["as_read_share"]) or "–",
            beside=units.energy(row["after_kwh"]),
            help_text=t("trends.change_note"),
        )
        for part in ("weather", "connections"):
            figure(
                t(f"trends.{part}"),
                units.energy(row[f"{part}_kwh"]),
                help_text=t(f"trends.{part}_note"),
            )
        figure(
            t("trends.steady"),
            f"{row['steady_points']:,}",
            beside=t("trends.of_points", points=f"{row['usage_points']:,}"),
            help_text=t("trends.steady_note"),
        )
    st.caption(
        t(
            "trends.compared",
            days=units.days(row["first_day"], row["last_day"]),
            months=row["compared_months"],
        )
    )
    st.subheader(t("trends.why"))
    st.altair_chart(change_parts(row, look=current_look()), theme=None)
    st.caption(t("trends.why_note"))


def interval(low: float | None, high: float | None) -> str | None:
    """``+1.0%～+3.0%``; None where there is none."""
    if low is None or high is None:
        return None
    return t("trends.interval", low=units.change(low), high=units.change(high))


def say_why(status: str) -> None:
    """Why nothing is said, and what to do about it."""
    st.info(t(f"fit_help.{status}", months=LEAST_MONTHS), icon=":material/hourglass_empty:")
    if status == "no_weather":
        st.code("fenggu ingest weather.csv", language="bash")


def show_groups(here: District, asked: dict[str, Any], group_by: GroupBy) -> None:
    """Groups ranked by their growth, with intervals."""
    found = named_groups(here, group_by, ask(growth, **asked, group_by=group_by))
    if not set(found["status"]) - _OF_ALL:
        return  # what is said of the whole holds for all of them
    st.subheader(t("trends.where", group=t(f"area_kind.{group_by}")))
    said = found.drop_nulls("growth_share")
    if said.is_empty():
        st.info(t("trends.no_group"), icon=":material/hourglass_empty:")
    else:
        drawn = said.sort(pl.col("growth_share").abs(), descending=True).head(_MOST_RANKS)
        st.altair_chart(growth_ranks(drawn, look=current_look()), theme=None)
        note = t("trends.where_note")
        if said.height > _MOST_RANKS:
            note = f"{note} {t('trends.most_ranks', shown=_MOST_RANKS, groups=said.height)}"
        st.caption(note)
    shown = in_status_words(found).select(
        "name",
        "growth_share",
        "growth_low_share",
        "growth_high_share",
        "as_read_share",
        "before_kwh",
        "after_kwh",
        "weather_kwh",
        "calendar_kwh",
        "connections_kwh",
        "underlying_kwh",
        "steady_points",
        "usage_points",
        "status",
    )
    show_table(shown, most=360)
    inputs = {**asked, "group_by": group_by}
    offer_answer(growth, inputs, file_name("load/growth", group_by, asked["last_day"]))


def show_hours_and_days(asked: dict[str, Any]) -> None:
    """Which hours of which months, and which kinds of days, grow."""
    hours, days = ask(growth_hours, **asked), ask(growth_days, **asked)
    if hours.is_empty():
        return
    title = t("trends.hours")
    map_place, days_place = st.columns([3, 2], gap="large")
    with map_place:
        st.subheader(title)
        st.altair_chart(growth_map(hours, look=current_look()), theme=None)
    with days_place:
        st.subheader(t("trends.days"))
        st.altair_chart(growth_by_days(days, look=current_look()), theme=None)
    is_equal = hours["growth_share"].count() > 0
    st.caption(t("trends.hours_note" if is_equal else "trends.hours_as_read"))
    offer_answer(
        growth_hours,
        asked,
        file_name("load/growth-hours", asked["last_day"]),
        chart=lambda: growth_map(hours, look=LIGHT),
        title=title,
    )


def show_parts(asked: dict[str, Any]) -> None:
    """The energy of every day as trend, temperature, calendar and the rest."""
    parts = ask(decomposition, **asked)
    title = t("trends.parts")
    st.subheader(title)
    if parts.is_empty():
        st.info(t("trends.parts_short"), icon=":material/hourglass_empty:")
        return
    st.altair_chart(trend_line(parts, look=current_look()), theme=None)
    st.altair_chart(effect_lines(parts, look=current_look()), theme=None)
    has_weather = parts["temperature_kwh"].count() > 0
    st.caption(t("trends.parts_note" if has_weather else "trends.parts_without_weather"))
    offer_answer(
        decomposition,
        asked,
        file_name("load/decomposition", asked["last_day"]),
        chart=lambda: trend_line(parts, look=LIGHT),
        title=title,
    )
