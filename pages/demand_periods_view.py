"""What the page of periods shows: hours found beside today's, their worth, and what policy asks."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.charts import current_look
from pages.demand_handover import hand_over
from pages.demand_period_charts import mean_day, period_strips, sharp_map
from pages.dials import hours_in_words
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.inputs import kept_select
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.tables import show_table
from pages.text import language, t
from queries.billing.calendar_model import Calendar
from queries.billing.calendars import calendars
from queries.billing.dials import dials as dials_of
from queries.demand.period_calendar import REST, found_windows
from queries.demand.period_rules import period_rules
from queries.demand.period_summary import period_summary
from queries.demand.periods import periods

_AS_TODAY, _OWN_AREA = "today", "own"
_YEARS = 2


def two_years(here: District) -> tuple[date, date]:
    """The last two years there are data of: what policy looks at."""
    begin = here.last_day - timedelta(days=_YEARS * 365 + 1)
    return max(here.first_day, begin + timedelta(days=1)), here.last_day


def pick_shape() -> dict[str, Any]:
    """What a period may look like, as the questions take it."""
    places = st.columns([1.3, 1.3, 1.3, 1.3, 2])
    with places[0]:
        load_kind = kept_select(
            "load_kind",
            t("demand_periods.load_kind"),
            ["load", "net_load"],
            lambda kind: t(f"demand_periods.{kind}"),
        )
    with places[1]:
        day_kind = kept_select(
            "day_kind",
            t("column.day_kind"),
            ["all", "workday", "rest_day"],
            lambda kind: t("input.everything") if kind == "all" else t(f"day_kind.{kind}"),
        )
    with places[2]:
        blocks = kept_select(
            "blocks",
            t("demand_periods.blocks"),
            [_AS_TODAY, *(str(count) for count in range(3, 11))],
            lambda count: t("demand_periods.as_today") if count == _AS_TODAY else count,
        )
    with places[3]:
        least = kept_select(
            "least",
            t("demand_periods.least"),
            ["60", "90", "120", "180"],
            lambda minutes: t("demand_periods.hours", hours=f"{int(minutes) / 60:g}"),
        )
    with places[4]:
        calendar = _pick_calendar()
    return {
        "load_kind": load_kind,
        "day_kind": day_kind,
        "blocks": None if blocks == _AS_TODAY else int(blocks),
        "least_minutes": int(least),
        "calendar_code": calendar,
        "has_sharp": st.toggle(t("demand_periods.with_sharp"), key="with_sharp"),
    }


def _pick_calendar() -> str | None:
    rows = {row["calendar_code"]: row for row in ask(calendars).iter_rows(named=True)}
    name = "name_en" if language() == "en" else "name"
    chosen = kept_select(
        "compared_with",
        t("demand_periods.calendar"),
        [_OWN_AREA, *rows],
        lambda code: t("demand_periods.own_area") if code == _OWN_AREA else rows[code][name],
    )
    return None if chosen == _OWN_AREA else chosen


def show_periods(here: District, asked: dict[str, Any], shape: dict[str, Any]) -> None:
    """The hours found, beside today's."""
    inputs = {**asked, **shape}
    found = ask(periods, **inputs)
    if found.is_empty():
        st.info(t("demand_periods.nothing"), icon=":material/inbox:")
        return
    summary = ask(period_summary, **inputs)
    _tiles(summary.row(0, named=True))
    seasons = found["season"].unique(maintain_order=True).to_list()
    season = st.segmented_control(
        t("column.season"),
        seasons,
        default=seasons[0],
        format_func=_season,
        key="season",
        label_visibility="collapsed",
        required=True,
    )
    shown = found.filter(pl.col("season") == (season if season in seasons else seasons[0]))
    look = current_look()
    st.altair_chart(mean_day(shown, look=look), theme=None)
    st.altair_chart(period_strips(shown, look=look), theme=None)
    st.caption(t("demand_periods.how"))
    _words_and_worth(found, summary)
    with st.container(horizontal=True):
        if st.button(t("demand_periods.try"), icon=":material/balance:", type="primary"):
            hand_over(found_windows(found), t("demand_periods.plan"))
        offer_tables(file_name("periods", here.file_name or ""), later(periods, **inputs))
        offer_reproduction(periods, **inputs)


def _season(season: str) -> str:
    return t("demand_periods.year") if season == "year" else t(f"season.{season}")


def _tiles(year: dict[str, Any]) -> None:
    with figures():
        figure(
            t("demand_periods.explained"),
            units.share(year["explained_share"]),
            beside=t("demand_periods.blocks_found", blocks=year["blocks"]),
            help_text=t("demand_periods.explained_note"),
        )
        figure(
            t("demand_periods.today_explained"),
            units.share(year["today_explained_share"]),
            beside=t("demand_periods.blocks_found", blocks=year["today_blocks"] or "–"),
        )
        figure(
            t("demand_periods.moved"),
            "–" if year["moved_hours"] is None else units.hours(year["moved_hours"]),
            help_text=t("demand_periods.moved_note"),
        )
        figure(
            t("demand_periods.stability"),
            units.share(year["stability_share"]),
            help_text=t("demand_periods.stability_note"),
        )


def _words_and_worth(found: pl.DataFrame, summary: pl.DataFrame) -> None:
    st.subheader(t("demand_periods.in_words"))
    calendar = Calendar("found", "", "", "", "", found_windows(found), remainder=REST)
    words = hours_in_words(dials_of(calendar)).drop(t("column.day_kind"))
    show_table(words, most=480, heads={})
    st.subheader(t("demand_periods.worth"))
    shown = summary.with_columns(
        pl.col("season").map_elements(_season, return_dtype=pl.String)
    ).select(
        "season",
        "days",
        "explained_share",
        "today_explained_share",
        "regret_share",
        "moved_hours",
        "membership_blocks",
        "stability_share",
    )
    show_table(shown, most=320)
    st.caption(t("demand_periods.worth_note"))


def show_rules(asked: dict[str, Any]) -> None:
    """What policy asks of prices and hours."""
    st.subheader(t("demand_periods.policy"))
    row = ask(period_rules, **asked).row(0, named=True)
    if row["least_price_ratio"] is None:
        st.info(t("demand_periods.nothing"), icon=":material/inbox:")
        return
    with figures("policy"):
        figure(
            t("demand_periods.ratio"),
            f"≥ {row['least_price_ratio']:g} : 1",
            help_text=t("demand_periods.ratio_note"),
        )
        figure(
            t("demand_periods.difference"),
            units.share(row["difference_share"]),
            beside=units.day(row["difference_day"]),
            help_text=t("demand_periods.difference_note"),
        )
        figure(
            t("demand_periods.maximum"),
            units.power(row["maximum_kw"]),
            beside=units.day(row["maximum_day"]),
        )
        figure(
            t("demand_periods.midday"),
            "–" if row["midday_net_share"] is None else units.share(row["midday_net_share"]),
            beside=t(f"demand_periods.midday_{str(row['has_midday_valley']).lower()}"),
            help_text=t("demand_periods.midday_note"),
        )
    st.markdown(t("demand_periods.sharp"))
    st.altair_chart(sharp_map(pl.DataFrame(row["sharp_hours"]), look=current_look()), theme=None)
    st.caption(
        t(
            "demand_periods.sharp_note",
            days=f"{row['days']:,}",
            left_out=f"{row['left_out_days']:,}",
        )
    )
