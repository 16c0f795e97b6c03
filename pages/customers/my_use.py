"""What do I use, what does it cost, and whom do I ask?"""

import streamlit as st

from pages.assistant_view import show_assistant
from pages.districts import district_or_stop
from pages.self_service_offers import show_offers
from pages.self_service_place import pick_own
from pages.self_service_view import (
    show_bill,
    show_links,
    show_own_data,
    show_payments,
    show_reports,
    show_use,
)
from pages.session import waiting
from pages.text import t

SECTIONS = ("use", "assistant", "payments", "offers", "report", "data")

st.title(t("customers.my_use_question"))
here = district_or_stop()


@st.fragment
def my_use_page() -> None:
    own = pick_own(here)
    if own is None:
        return
    with waiting():
        show_bill(own)
    show_links(own)
    section = st.segmented_control(
        t("self_service.section"),
        SECTIONS,
        default=SECTIONS[0],
        format_func=lambda one: t(f"self_service.section_{one}"),
        key="own_section",
        required=True,
        label_visibility="collapsed",
    )
    shows = {
        "use": show_use,
        "assistant": show_assistant,
        "payments": show_payments,
        "offers": show_offers,
        "report": show_reports,
        "data": show_own_data,
    }
    with waiting():
        shows[section](own)


my_use_page()
