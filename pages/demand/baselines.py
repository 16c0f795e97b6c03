"""Which rule knows best what would have been used without an event?"""

from typing import Any

import streamlit as st

from pages.behaviour_view import pick_year
from pages.demand_baselines_view import pick_event, show_tribunal
from pages.districts import district_or_stop
from pages.inputs import pick_area
from pages.session import waiting
from pages.text import t
from queries.run import QuestionError

st.title(t("demand.baselines_question"))
here = district_or_stop()


@st.fragment
def baselines_page() -> None:
    with st.container(border=True):
        kind_place, area_place, year_place = st.columns([2, 3, 2])
        area = pick_area(here, kind_place, area_place)
        with year_place:
            first_day, last_day = pick_year(here)
        event = pick_event()
    asked: dict[str, Any] = {"first_day": first_day, "last_day": last_day, **area.inputs, **event}
    with waiting():
        try:
            show_tribunal(here, asked)
        except QuestionError as error:
            st.error(str(error), icon=":material/error:")


baselines_page()
