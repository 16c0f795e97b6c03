"""Where is loading high, growth fast, loss large?"""

import streamlit as st

from pages.districts import district_or_stop
from pages.map_view import show_map
from pages.session import waiting
from pages.text import t

st.title(t("load.grid_map_question"))
here = district_or_stop()


@st.fragment
def map_page() -> None:
    with waiting():
        show_map(here)


map_page()
