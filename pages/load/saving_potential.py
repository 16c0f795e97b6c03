"""Where could energy be saved?"""

from typing import Any

import streamlit as st

from pages.behaviour_view import pick_year
from pages.districts import district_or_stop
from pages.group_words import pick_group_by
from pages.inputs import pick_area
from pages.saving_view import begin, show_figures, show_groups
from pages.session import waiting
from pages.text import t

st.title(t("load.saving_potential_question"))
here = district_or_stop()


@st.fragment
def saving_page() -> None:
    with st.container(border=True):
        kind_place, area_place, group_place, year_place = st.columns([2, 3, 2, 3])
        area = pick_area(here, kind_place, area_place)
        with group_place:
            group_by = pick_group_by(area)
        with year_place:
            first_day, last_day = pick_year(here)
    asked: dict[str, Any] = {"first_day": first_day, "last_day": last_day, **area.inputs}
    with waiting():
        begin(asked, group_by)
        show_figures(asked)
        show_groups(here, asked, group_by)


saving_page()
