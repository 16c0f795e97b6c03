"""How do our regions differ, and which of them grow?"""

from typing import Any

import streamlit as st

from pages.districts import district_or_stop
from pages.inputs import kept_select
from pages.market_applications import show_applications
from pages.market_hour import show_hour
from pages.market_overview import portraits_or_none, show_overview
from pages.market_pair import show_pair
from pages.session import waiting
from pages.text import t
from queries.market.group_portraits import year_of
from queries.market.regions import GROUPINGS, regions

SECTIONS = ("overview", "pair", "hour", "applications")

st.title(t("market.regions_question"))
here = district_or_stop()


@st.fragment
def regions_page() -> None:
    group_place, section_place = st.columns([2, 5], vertical_alignment="bottom")
    with group_place:
        group_by: Any = kept_select(
            "fineness", t("market_view.fineness"), GROUPINGS, lambda one: t(f"area_kind.{one}")
        )
    with section_place:
        section = st.segmented_control(
            t("market_view.section"),
            SECTIONS,
            default=SECTIONS[0],
            format_func=lambda name: t(f"market_section.{name}"),
            key="regions_section",
            label_visibility="collapsed",
        )
    asked: dict[str, Any] = {
        "first_day": here.first_day,
        "last_day": here.last_day,
        **here.inputs,
        "group_by": group_by,
    }
    with waiting():
        if section == "hour":
            show_hour(here, group_by, year_of(here.first_day, here.last_day))
            return
        if section == "applications":
            show_applications(here, group_by)
            return
        portraits = portraits_or_none(regions, here, group_by, asked)
        if portraits is None:
            return
        if section == "pair":
            show_pair(here, group_by, portraits)
        else:
            show_overview(regions, here, group_by, portraits, asked)


regions_page()
