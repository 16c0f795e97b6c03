"""How do our customers use electricity?"""

from typing import Any

import streamlit as st

from pages.behaviour_view import (
    begin,
    look_ahead,
    pick_year,
    show_peak,
    show_temperature,
    show_typical_days,
)
from pages.districts import district_or_stop
from pages.group_words import pick_group_by
from pages.inputs import pick_area
from pages.session import waiting
from pages.text import t

st.title(t("load.behaviour_question"))
here = district_or_stop()


@st.fragment
def behaviour_page() -> None:
    with st.container(border=True):
        kind_place, area_place, group_place, year_place = st.columns([2, 3, 2, 3])
        area = pick_area(here, kind_place, area_place)
        with group_place:
            group_by = pick_group_by(area)
        with year_place:
            first_day, last_day = pick_year(here)
    in_year: dict[str, Any] = {"first_day": first_day, "last_day": last_day, **area.inputs}
    in_all = {**in_year, "first_day": here.first_day, "last_day": here.last_day}
    with waiting():
        begin(in_year, in_all, group_by)
        show_typical_days(in_year)
        show_peak(here, in_year, group_by)
        show_temperature(here, in_all, group_by)
        if area.area_id is None:  # the hours of all are those of every part
            look_ahead(here, in_year, group_by)


behaviour_page()
