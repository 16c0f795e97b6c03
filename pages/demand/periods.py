"""Going by the load, when should electricity be dear, and when cheap?"""

from typing import Any

import streamlit as st

from pages.demand_periods_view import pick_shape, show_periods, show_rules, two_years
from pages.districts import district_or_stop
from pages.inputs import pick_area
from pages.session import waiting
from pages.text import t
from queries.run import QuestionError

st.title(t("demand.periods_question"))
here = district_or_stop()


@st.fragment
def periods_page() -> None:
    with st.container(border=True):
        kind_place, area_place = st.columns([2, 5])
        area = pick_area(here, kind_place, area_place)
        shape = pick_shape()
    first_day, last_day = two_years(here)
    asked: dict[str, Any] = {"first_day": first_day, "last_day": last_day, **area.inputs}
    with waiting():
        try:
            show_periods(here, asked, shape)
            show_rules(asked)
        except QuestionError as error:
            st.error(str(error), icon=":material/error:")


periods_page()
