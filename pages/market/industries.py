"""Which industries use how much, and which of them grow?"""

from typing import Any

import streamlit as st

from pages.districts import district_or_stop
from pages.market_applications import show_applications
from pages.market_hour import show_hour
from pages.market_overview import portraits_or_none, show_overview
from pages.market_pair import show_leads, show_pair
from pages.session import waiting
from pages.text import t
from queries.market.group_portraits import year_of
from queries.market.industries import industries

SECTIONS = ("overview", "pair", "hour", "applications", "leads")

st.title(t("market.industries_question"))
here = district_or_stop()


@st.fragment
def industries_page() -> None:
    section = st.segmented_control(
        t("market_view.section"),
        SECTIONS,
        default=SECTIONS[0],
        format_func=lambda name: t(f"market_section.{name}"),
        key="industries_section",
        label_visibility="collapsed",
    )
    asked: dict[str, Any] = {
        "first_day": here.first_day,
        "last_day": here.last_day,
        **here.inputs,
    }
    with waiting():
        if section == "hour":
            show_hour(here, "industry", year_of(here.first_day, here.last_day))
            return
        if section == "applications":
            show_applications(here, "industry")
            return
        if section == "leads":
            show_leads(here.inputs)
            return
        portraits = portraits_or_none(industries, here, "industry", asked)
        if portraits is None:
            return
        if section == "pair":
            show_pair(here, "industry", portraits)
        else:
            show_overview(industries, here, "industry", portraits, asked)


industries_page()
