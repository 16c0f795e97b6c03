"""What happens to load and bills if prices, customers and equipment change?"""

import streamlit as st

from pages.districts import District, district_or_stop
from pages.scenario_box import scenario_box, tell_if_data_changed
from pages.session import waiting
from pages.text import t
from pages.what_if_inputs import SCENARIOS, inputs_now, pick_scenario
from pages.what_if_view import show_scenario
from queries.billing.errors import EditError, TariffError
from queries.run import QuestionError

st.title(t("demand.what_if_question"))
here = district_or_stop()


@st.fragment
def what_if_page(here: District) -> None:
    SCENARIOS.take_from_link()
    inputs_place, box_place = st.columns([5, 1], vertical_alignment="top")
    try:
        with inputs_place, st.container(border=True):
            supposed = pick_scenario(here)
        if supposed is None:
            st.info(t("what_if.nobody"), icon=":material/inbox:")
            return
        with box_place:
            scenario_box(SCENARIOS, {"inputs": inputs_now()}, here.district_id)
        if SCENARIOS.opened is not None:
            tell_if_data_changed(SCENARIOS.opened)
        if supposed.is_empty:
            st.info(t("what_if.nothing"), icon=":material/touch_app:")
        months = tuple(sorted(inputs_now()["dear_months"])) if supposed.tariffs else ()
        with waiting():
            show_scenario({"scenario": supposed.model_dump_json()}, months, here.file_name)
    except (EditError, TariffError, QuestionError) as error:
        st.error(str(error), icon=":material/error:")


what_if_page(here)
