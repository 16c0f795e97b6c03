"""What happens to load and bills if prices, customers and equipment change?"""

import streamlit as st

from pages.districts import District, district_or_stop
from pages.scenario_box import scenario_box, tell_if_data_changed
from pages.session import waiting
from pages.text import t
from pages.what_if_compare import show_comparison
from pages.what_if_inputs import pick_inputs
from pages.what_if_scenario import (
    SCENARIOS,
    days_of_scenarios,
    inputs_now,
    scenario_of_inputs,
    usual_tariffs,
)
from pages.what_if_view import show_scenario
from queries.billing.errors import EditError, TariffError
from queries.run import QuestionError

SECTIONS = ("scenario", "comparison")

st.title(t("demand.what_if_question"))
here = district_or_stop()


@st.fragment
def what_if_page(here: District) -> None:
    SCENARIOS.take_from_link()
    section_place, box_place = st.columns([5, 1], vertical_alignment="bottom")
    with section_place:
        section = st.segmented_control(
            t("what_if.section"),
            SECTIONS,
            default=SECTIONS[0],
            format_func=lambda name: t(f"what_if.section_{name}"),
            key="what_if_section",
            label_visibility="collapsed",
            required=True,
        )
    days = days_of_scenarios(here)
    tariffs = usual_tariffs(here, days)
    if not tariffs:
        st.info(t("what_if.nobody"), icon=":material/inbox:")
        return
    try:
        if section == "comparison":
            with waiting():
                show_comparison(here, days, tariffs)
            return
        with st.container(border=True):
            pick_inputs(list(tariffs))
        inputs = inputs_now()
        with box_place:
            content = {"inputs": inputs, "district": here.district_id}
            scenario_box(SCENARIOS, content, here.district_id)
        if SCENARIOS.opened is not None:
            tell_if_data_changed(SCENARIOS.opened)
        supposed = scenario_of_inputs(here, days, tariffs, inputs)
        if supposed.is_empty:
            st.info(t("what_if.nothing"), icon=":material/touch_app:")
        with waiting():
            show_scenario(supposed, inputs, here)
    except (EditError, TariffError, QuestionError) as error:
        st.error(str(error), icon=":material/error:")


what_if_page(here)
