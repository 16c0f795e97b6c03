"""How is this area doing, and where to go today?"""

import streamlit as st

from pages.area_day import pick_area_days
from pages.area_view import (
    begin,
    show_facts,
    show_figures,
    show_loading,
    show_members,
    show_visits,
    show_voltage,
)
from pages.districts import district_or_stop
from pages.print_style import printable
from pages.session import waiting
from pages.text import t

st.title(t("load.transformer_area_question"))
here = district_or_stop()
printable()


@st.fragment
def area_page() -> None:
    with waiting():
        with st.container(key="not_printed"):
            chosen = pick_area_days(here)
        if chosen is None:
            st.info(t("grid.no_places"), icon=":material/inbox:")
            return
        begin(chosen)
        show_facts(chosen)
        show_figures(chosen)
        show_visits(chosen)
        show_loading(chosen)
        show_voltage(chosen)
        show_members(chosen)


area_page()
