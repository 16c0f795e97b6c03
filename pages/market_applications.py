"""What the pages of regions and industries show of contract applications (业扩报装)."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.answer_row import offer_answer
from pages.charts import LIGHT, current_look
from pages.districts import District
from pages.downloads import file_name
from pages.figures import figure, figures
from pages.group_words import group_names
from pages.market_application_charts import application_bars
from pages.market_charts import lead_dots
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.load.group_series import GroupBy
from queries.load.peak_contribution import TOGETHER
from queries.market.application_lead import application_lead
from queries.market.application_outcome import application_outcome
from queries.market.applications import applications
from queries.market.group_portraits import year_of

_TABLE = (
    "name",
    "asked_kva",
    "given_up_kva",
    "net_kva",
    "net_before_kva",
    "applications",
    "done_share",
    "median_days",
    "pending_applications",
    "pending_kva",
)


def show_applications(here: District, group_by: GroupBy) -> None:
    """Figures of the last year, quarters by kind, groups, and whether load follows."""
    begin, end = year_of(here.first_day, here.last_day)
    asked: dict[str, Any] = {**here.inputs, "group_by": group_by}
    year = {"first_day": begin, "last_day": end, **asked}
    known = {"first_day": here.first_day, "last_day": here.last_day, **asked}
    quarters = ask(applications, **known)
    if quarters.is_empty():
        st.info(t("applications.none"), icon=":material/inbox:")
        st.code("fenggu ingest --master applications.csv", language="bash")
        return
    outcome = ask(application_outcome, **year)
    if not outcome.is_empty():
        _figures(outcome.row(-1, named=True))
    st.caption(t("applications.period", days=units.days(begin, end)))
    title = t("applications.quarters")
    st.subheader(title)
    st.altair_chart(application_bars(quarters, look=current_look()), theme=None)
    st.caption(t("applications.quarters_note"))
    offer_answer(
        applications,
        known,
        file_name("market/applications", here.file_name, group_by),
        chart=lambda: application_bars(quarters, look=LIGHT),
        title=title,
    )
    if not outcome.is_empty():
        _groups(here, group_by, outcome, year)
    _lead(here)


def _figures(whole: dict[str, Any]) -> None:
    before = whole["net_before_kva"]
    with figures():
        figure(
            t("applications.net"),
            f"{whole['net_kva']:+,.0f} kVA",
            beside=t(
                "applications.net_parts",
                asked=f"{whole['asked_kva']:,.0f}",
                given=f"{whole['given_up_kva']:,.0f}",
            ),
            help_text=t("applications.net_note"),
        )
        figure(
            t("applications.before"),
            "–" if before is None else f"{before:+,.0f} kVA",
            beside=t("applications.before_unknown") if before is None else None,
        )
        figure(
            t("applications.conversion"),
            units.share(whole["done_share"]),
            beside=t("applications.ended", count=f"{whole['ended_applications']:,}"),
            help_text=t("applications.conversion_note"),
        )
        figure(
            t("applications.delay"),
            _days(whole["median_days"]),
            beside=t("applications.slow", days=_days(whole["slow_days"])),
            help_text=t("applications.delay_note"),
        )
        figure(
            t("applications.pending"),
            t("applications.count", count=f"{whole['pending_applications']:,}"),
            beside=f"{whole['pending_kva']:+,.0f} kVA",
            help_text=t("applications.pending_note"),
        )


def _days(days: float | None) -> str:
    return "–" if days is None else t("applications.days", days=f"{days:,.0f}")


def _groups(
    here: District, group_by: GroupBy, outcome: pl.DataFrame, asked: dict[str, Any]
) -> None:
    st.subheader(t(f"applications.groups_{'industry' if group_by == 'industry' else 'area'}"))
    names = group_names(here, group_by, outcome["group_id"])
    together = pl.col("group_id").eq_missing(pl.lit(TOGETHER))
    named = outcome.with_columns(names).with_columns(
        pl.when(together).then(pl.lit(t("groups.all"))).otherwise(pl.col("name")).alias("name")
    )
    shown = named.select(_TABLE)
    if shown["net_before_kva"].count() == 0:
        shown = shown.drop("net_before_kva")
    show_table(shown, most=460)
    st.caption(t("applications.groups_note"))
    offer_answer(
        application_outcome,
        asked,
        file_name("market/application-outcome", here.file_name, group_by),
    )


def _lead(here: District) -> None:
    title = t("applications.lead")
    st.subheader(title)
    leads = ask(application_lead, **here.inputs)
    if leads.is_empty():
        st.info(t("applications.no_lead"), icon=":material/inbox:")
        return
    months, needed = leads.row(0, named=True)["months"], leads["needed_months"][0]
    if leads["correlation"].count() == 0:
        st.info(
            t("applications.few_months", months=months, needed=needed),
            icon=":material/hourglass_empty:",
        )
        return
    axis = t("applications.lead_axis")
    st.altair_chart(lead_dots(leads, axis, look=current_look()), theme=None)
    st.caption(t("applications.lead_note", months=months))
    offer_answer(
        application_lead,
        here.inputs,
        file_name("market/application-lead", here.file_name),
        chart=lambda: lead_dots(leads, axis, look=LIGHT),
        title=title,
    )
