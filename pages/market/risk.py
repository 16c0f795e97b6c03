"""Where is our revenue at risk?"""

import streamlit as st

from pages.districts import district_or_stop
from pages.risk_view import show_risk
from pages.session import waiting
from pages.text import t

st.title(t("market.risk_question"))
here = district_or_stop()


@st.fragment
def risk_page() -> None:
    with waiting():
        show_risk(here)


risk_page()
