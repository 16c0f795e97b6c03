"""Did yesterday's readings arrive?"""

import streamlit as st

from pages.collection_day import pick_collection_day
from pages.collection_queue import show_queue, show_terminals
from pages.collection_tables import show_clocks, show_collector, show_offline
from pages.collection_view import show_curve_map, show_days, show_figures
from pages.districts import district_or_stop
from pages.text import t

st.title(t("governance.collection_question"))
here = district_or_stop()


@st.fragment
def collection_page() -> None:
    chosen = pick_collection_day(here)
    show_figures(chosen)
    show_collector(chosen)
    show_days(chosen)
    if chosen.has_collector:
        show_queue(chosen)
        show_terminals(chosen)
    show_curve_map(chosen)
    offline_place, clocks_place = st.columns(2, gap="large")
    with offline_place:
        show_offline(chosen)
    with clocks_place:
        show_clocks(chosen)


collection_page()
