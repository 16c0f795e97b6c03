"""Who is calling, what do they owe, and why have they no power?"""

import streamlit as st

from pages.districts import district_or_stop
from pages.service_view import find_customer, show_customer, show_queue
from pages.session import waiting
from pages.text import t

st.title(t("customers.service_question"))
here = district_or_stop()


@st.fragment
def service_page() -> None:
    with waiting():
        row = find_customer(here)
        if row is None:
            show_queue()
        else:
            show_customer(row, here)


service_page()
