"""What the page of behaviour shows: typical days, who makes the peak, what heats and cools."""

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.behaviour_charts import peak_bars, share_bars, temperature_bars, typical_day_panels
from pages.charts import LIGHT, current_look
from pages.districts import District
from pages.downloads import file_name, later, offer_downloads, offer_tables
from pages.figures import figure, figures
from pages.group_words import group_names, in_status_words, named_groups
from pages.inputs import in_words, kept_select
from pages.reproduce import offer_reproduction
from pages.session import ask, ask_ahead
from pages.tables import show_table
from pages.text import t
from pages.trend_view import say_why
from queries.load.group_series import GroupBy
from queries.load.peak_contribution import TOGETHER, peak_contribution
from queries.load.peak_hours import TOP_HOURS, peak_hours
from queries.load.response import FITTED
from queries.load.temperature_shares import temperature_shares
from queries.load.typical_days import LEAST_POINTS, typical_days
from queries.periods import usual_year, whole_months

_LAST_YEAR = "last"
WIDE_PANELS = "<style>.st-key-wide_panels { overflow-x: auto; }</style>"
"""Four seasons side by side are wider than a telephone: they are moved sideways there."""


def years(here: District) -> dict[str, tuple[date, date]]:
    """The last twelve whole months and the calendar years there are data of, the newest first."""
    months = whole_months(here.first_day, here.last_day)
    last = usual_year(months) if months else (here.first_day, here.last_day)
    others = sorted({begin.year for begin, _ in months} - {last[0].year}, reverse=True)
    return {_LAST_YEAR: last} | {
        str(year): (max(here.first_day, date(year, 1, 1)), min(here.last_day, date(year, 12, 31)))
        for year in others
    }


def pick_year(here: District) -> tuple[date, date]:
    """A year to look at."""
    found = years(here)
    chosen = kept_select(
        "year",
        t("behaviour.year"),
        list(found),
        lambda y: units.days(*found[y]) if y == _LAST_YEAR else y,
    )
    return found[chosen]


def begin(in_year: dict[str, Any], in_all: dict[str, Any], group_by: GroupBy) -> None:
    """Have what is shown below the typical days worked out beside them."""
    ask_ahead((temperature_shares, {**in_all, "group_by": group_by}), *_peak(in_year, group_by))


def look_ahead(here: District, in_year: dict[str, Any], group_by: GroupBy) -> None:
    """Have the newest of the other years worked out while this one is looked at."""
    shown = in_year["first_day"], in_year["last_day"]
    for first_day, last_day in [one for one in years(here).values() if one != shown][:1]:
        other = {**in_year, "first_day": first_day, "last_day": last_day}
        ask_ahead((typical_days, other), *_peak(other, group_by))


def _peak(in_year: dict[str, Any], group_by: GroupBy) -> list[tuple[Any, dict[str, Any]]]:
    asked = {**in_year, "group_by": group_by}
    return [(peak_contribution, asked), (peak_hours, asked)]


def show_typical_days(asked: dict[str, Any]) -> None:
    """The mean days of one class, with a band over its customers."""
    found = ask(typical_days, **asked)
    st.subheader(t("behaviour.days"))
    if found.is_empty():
        st.info(t("load.nothing_read"), icon=":material/inbox:")
        return
    classes = found["customer_class"].fill_null("").unique(maintain_order=True).to_list()
    classes.sort(key=lambda c: -_points(found, c))
    place, _ = st.columns([1, 2])
    with place:
        chosen = kept_select(
            "class",
            t("area_kind.customer_class"),
            classes,
            lambda c: in_words("customer_class", c) if c else t("groups.none"),
        )
    days = found.filter(pl.col("customer_class").fill_null("") == chosen)
    st.html(WIDE_PANELS)
    with st.container(key="wide_panels"):
        st.altair_chart(typical_day_panels(days, look=current_look()), theme=None)
    points = _points(found, chosen)
    st.caption(t("behaviour.days_note", points=f"{points:,}"))
    if points < LEAST_POINTS:
        st.caption(t("behaviour.no_band", least=LEAST_POINTS))
    with st.container(horizontal=True):
        offer_downloads(
            file_name("load/typical-days", asked["first_day"], asked["last_day"]),
            later(typical_days, **asked),
            lambda: typical_day_panels(days, look=LIGHT),
            title=t("behaviour.days"),
        )
        offer_reproduction(typical_days, **asked)


def _points(found: pl.DataFrame, customer_class: str) -> int:
    own = found.filter(pl.col("customer_class").fill_null("") == customer_class)
    return own["usage_points"].max() or 0  # type: ignore[return-value]


def show_peak(here: District, asked: dict[str, Any], group_by: GroupBy) -> None:
    """The highest hours, and what every group has to do with them."""
    asked = {**asked, "group_by": group_by}
    found = ask(peak_contribution, **asked)
    if found.is_empty():
        return
    st.subheader(t("behaviour.peak"))
    whole = found.filter(pl.col("group_id").eq_missing(TOGETHER)).row(0, named=True)
    groups = named_groups(here, group_by, found.filter(pl.col("group_id").ne_missing(TOGETHER)))
    first = groups.row(0, named=True)
    with figures():
        figure(t("load.peak"), units.power(whole["maximum_kw"]), help_text=t("behaviour.hourly"))
        figure(
            t("behaviour.largest"),
            units.share(first["peak_share"]),
            beside=first["name"],
            help_text=t("behaviour.largest_note", hours=TOP_HOURS),
        )
        figure(
            t("behaviour.diversity"),
            f"{whole['diversity_factor']:.2f}" if whole["diversity_factor"] else "–",
            help_text=t("behaviour.diversity_note"),
        )
        figure(
            t("load.load_factor"),
            units.share(whole["load_factor_share"]),
            help_text=t("load.load_factor_note"),
        )
    hours = ask(peak_hours, **asked)
    named = hours.with_columns(group_names(here, group_by, hours["group_id"]))
    names = groups["name"].to_list()
    bars_place, share_place = st.columns([3, 2], gap="large")
    with bars_place:
        st.altair_chart(peak_bars(named, names, look=current_look()), theme=None)
    with share_place:
        st.altair_chart(share_bars(groups.head(12), look=current_look()), theme=None)
    st.caption(t("behaviour.peak_note", hours=TOP_HOURS))
    shown = groups.select(
        "name",
        "usage_points",
        "energy_share",
        "peak_share",
        "peak_kw",
        "maximum_kw",
        "coincidence_share",
        "diversity_factor",
        "load_factor_share",
    )
    show_table(shown, most=360)
    with st.container(horizontal=True):
        offer_downloads(
            file_name("load/peak-hours", group_by, asked["first_day"], asked["last_day"]),
            later(peak_hours, **asked),
            lambda: peak_bars(named, names, look=LIGHT),
            title=t("behaviour.peak"),
        )
        offer_reproduction(peak_contribution, **asked)


def show_temperature(here: District, asked: dict[str, Any], group_by: GroupBy) -> None:
    """What part of the energy heats and cools, from where on, and how surely that is known."""
    asked = {**asked, "group_by": group_by}
    found = ask(temperature_shares, **asked)
    if found.is_empty():
        return
    st.subheader(t("behaviour.temperature"))
    fitted = found.filter(pl.col("status") == FITTED)
    if fitted.is_empty():
        say_why(found["status"][0])
        return
    groups = named_groups(here, group_by, found)
    drawn = groups.filter(pl.col("status") == FITTED).sort("energy_kwh", descending=True)
    st.altair_chart(temperature_bars(drawn.head(20), look=current_look()), theme=None)
    st.caption(t("behaviour.temperature_note"))
    shown = in_status_words(groups).select(
        "name",
        "energy_kwh",
        "heating_share",
        "cooling_share",
        "heating_below_c",
        "heating_kwh_per_k",
        "cooling_above_c",
        "cooling_kwh_per_k",
        "r_squared",
        "cvrmse_share",
        "usage_points",
        "status",
    )
    show_table(shown, most=360)
    with st.container(horizontal=True):
        name = file_name("load/temperature-shares", group_by, asked["last_day"])
        offer_tables(name, later(temperature_shares, **asked))
        offer_reproduction(temperature_shares, **asked)
