"""Where does the load grow, and why?"""

from typing import Any

import streamlit as st

from pages.districts import district_or_stop
from pages.group_words import pick_group_by
from pages.inputs import pick_area
from pages.session import waiting
from pages.text import t
from pages.trend_view import begin, show_groups, show_growth, show_hours_and_days, show_parts

st.title(t("load.trends_question"))
here = district_or_stop()


@st.fragment
def trends_page() -> None:
    with st.container(border=True):
        kind_place, area_place, group_place = st.columns([2, 4, 2])
        area = pick_area(here, kind_place, area_place)
        with group_place:
            group_by = pick_group_by(area)
    asked: dict[str, Any] = {
        "first_day": here.first_day,
        "last_day": here.last_day,
        **area.inputs,
    }
    with waiting():
        begin(asked, group_by)
        show_growth(asked)
        show_groups(here, asked, group_by)
        show_hours_and_days(asked)
        show_parts(asked)


trends_page()
