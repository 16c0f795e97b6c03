"""How would customers answer to a dearer peak?"""

from typing import Any

import streamlit as st

from pages.behaviour_view import pick_year
from pages.demand_response_view import pick_price, show_response
from pages.districts import district_or_stop
from pages.inputs import pick_area
from pages.pilot_view import show_pilot
from pages.session import waiting
from pages.text import t
from queries.run import QuestionError

st.title(t("demand.price_response_question"))
here = district_or_stop()


SECTIONS = ("models", "pilot")


@st.fragment
def response_page() -> None:
    section = st.segmented_control(
        t("market_view.section"),
        SECTIONS,
        default=SECTIONS[0],
        format_func=lambda name: t(f"demand_response.section_{name}"),
        key="response_section",
        label_visibility="collapsed",
    )
    if section == "pilot":
        show_pilot(here)
    else:
        show_models()


def show_models() -> None:
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
