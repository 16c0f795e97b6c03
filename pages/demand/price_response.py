"""How would customers answer to a dearer peak?"""

from typing import Any

import streamlit as st

from pages.behaviour_view import pick_year
from pages.demand_response_view import pick_price, show_response
from pages.districts import district_or_stop
from pages.inputs import pick_area
from pages.session import waiting
from pages.text import t
from queries.run import QuestionError

st.title(t("demand.price_response_question"))
here = district_or_stop()


@st.fragment
def response_page() -> None:
    with st.container(border=True):
        kind_place, area_place, year_place = st.columns([2, 3, 2])
        area = pick_area(here, kind_place, area_place)
        with year_place:
            first_day, last_day = pick_year(here)
        price = pick_price(here)
    asked: dict[str, Any] = {"first_day": first_day, "last_day": last_day, **area.inputs, **price}
    with waiting():
        try:
            show_response(here, asked)
        except QuestionError as error:
            st.error(str(error), icon=":material/error:")


response_page()
