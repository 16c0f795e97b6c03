"""What the page of saving potential shows: excess standby, avoidable peak, the base."""

from collections.abc import Callable
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.group_words import in_status_words, named_groups
from pages.reproduce import offer_reproduction
from pages.saving_charts import amounts
from pages.session import ask, ask_ahead
from pages.tables import show_table
from pages.text import t
from pages.trend_view import say_why
from pages.units import Unit, energy_unit, power_unit
from queries.load.group_series import GroupBy
from queries.load.peak_tip import TIP_SHARE
from queries.load.response import FITTED
from queries.load.saving_potential import saving_potential
from queries.load.standby import LEAST_PEERS

_MOST_BARS = 15
_HOURS = round(TIP_SHARE * 8760)


def begin(asked: dict[str, Any], group_by: GroupBy) -> None:
    """Have the groups worked out beside the whole area."""
    ask_ahead((saving_potential, {**asked, "group_by": group_by}))


def show_figures(asked: dict[str, Any]) -> None:
    """The whole area: what could be saved, within which interval, of how much."""
    found = ask(saving_potential, **asked, group_by="all")
    if found.is_empty():
        st.info(t("load.nothing_read"), icon=":material/inbox:")
        return
    row = found.row(0, named=True)
    with figures():
        figure(
            t("saving.excess_tile"),
            units.energy(row["excess_standby_kwh"]),
            beside=_between(row, "excess_standby", "kwh", energy_unit),
            help_text=t("saving.excess_note", peers=LEAST_PEERS),
        )
        figure(
            t("saving.judged"),
            f"{row['judged_points']:,}",
            beside=t("saving.above", points=f"{row['excess_points']:,}"),
            help_text=t("saving.judged_note", peers=LEAST_PEERS),
        )
        figure(
            t("saving.avoidable"),
            units.power(row["avoidable_kw"]),
            beside=_between(row, "avoidable", "kw", power_unit),
            help_text=t("saving.avoidable_note", hours=_HOURS),
        )
        figure(
            t("saving.moved"),
            units.energy(row["avoidable_kwh"]),
            help_text=t("saving.moved_note", hours=_HOURS),
        )
        figure(
            t("saving.base"),
            units.energy(row["base_kwh"]),
            beside=_between(row, "base", "kwh", energy_unit),
            help_text=t("saving.base_note"),
        )
    if row["status"] != FITTED:
        say_why(row["status"])


def _between(row: dict, stem: str, end: str, unit_of: Callable[[float | None], Unit]) -> str:
    low, high = row[f"{stem}_low_{end}"], row[f"{stem}_high_{end}"]
    if low is None or high is None:
        return t("saving.unknown")
    unit = unit_of(high)
    low, high = (units.number(value / unit.size) for value in (low, high))
    return f"{t('trends.interval', low=low, high=high)} {unit.symbol}"


def show_groups(here: District, asked: dict[str, Any], group_by: GroupBy) -> None:
    """Excess standby and avoidable peak of every group, and the table of all figures."""
    inputs = {**asked, "group_by": group_by}
    found = ask(saving_potential, **inputs)
    if found.is_empty():
        return
    groups = named_groups(here, group_by, found)
    standby_place, peak_place = st.columns(2, gap="large")
    with standby_place:
        st.subheader(t("saving.excess"))
        _bars(groups, "excess_standby_kwh", energy_unit, t("saving.excess_axis"))
        st.caption(t("saving.excess_note", peers=LEAST_PEERS))
    with peak_place:
        st.subheader(t("saving.avoidable"))
        _bars(groups, "avoidable_kw", power_unit, t("saving.avoidable"))
        st.caption(t("saving.avoidable_note", hours=_HOURS))
    st.subheader(t("saving.table", group=t(f"area_kind.{group_by}")))
    shown = in_status_words(groups).select(
        "name",
        "excess_standby_kwh",
        "excess_standby_low_kwh",
        "excess_standby_high_kwh",
        "standby_kwh",
        "judged_points",
        "excess_points",
        "usage_points",
        "avoidable_kw",
        "avoidable_low_kw",
        "avoidable_high_kw",
        "avoidable_kwh",
        "maximum_kw",
        "base_kwh",
        "base_low_kwh",
        "base_high_kwh",
        "status",
    )
    show_table(shown, most=480)
    st.caption(t("saving.table_note"))
    with st.container(horizontal=True):
        name = file_name("load/saving-potential", group_by, asked["last_day"])
        offer_tables(name, later(saving_potential, **inputs))
        offer_reproduction(saving_potential, **inputs)


def _bars(
    groups: pl.DataFrame, value: str, unit_of: Callable[[float | None], Unit], title: str
) -> None:
    drawn = groups.drop_nulls(value).sort(value, descending=True).head(_MOST_BARS)
    if drawn.is_empty():
        st.info(t("saving.no_group"), icon=":material/hourglass_empty:")
        return
    largest = drawn[value].max()
    unit = unit_of(float(largest) if isinstance(largest, int | float) else None)
    st.altair_chart(amounts(drawn, value, unit=unit, title=title, look=current_look()), theme=None)
