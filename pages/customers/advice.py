"""What could this customer save, and who could save most?"""

from datetime import UTC, datetime

import streamlit as st

from pages import units
from pages.advice_list_view import show_list
from pages.advice_view import ask_for, pick_point, sheet_of, show_advice, take_next
from pages.districts import district_or_stop
from pages.downloads import file_name, later, offer_tables
from pages.offer_consent import customer_consent
from pages.reproduce import offer_reproduction
from pages.session import settings, waiting, who
from pages.text import t
from pages.titles import show_title
from queries.customers.advice import advice
from queries.periods import usual_year, whole_months

SECTIONS = ("one", "everybody")

show_title("customers.advice")
here = district_or_stop()


@st.fragment
def advice_page() -> None:
    months = whole_months(here.first_day, here.last_day)
    if not months:
        st.info(t("choice.no_month"), icon=":material/inbox:")
        return
    take_next()
    if who().role != "customer" and _section() == "everybody":
        with waiting():
            clicked = show_list(here)
        if clicked:
            ask_for(clicked)
        return
    found = pick_point(here)
    if found is None:
        st.info(t("advice.nobody"), icon=":material/inbox:")
        return
    point, customer_id = found
    first_day, last_day = usual_year(months)
    st.markdown(t("advice.intro", days=units.days(first_day, last_day)))
    if customer_id:
        customer_consent(customer_id, point, datetime.now(UTC).astimezone(settings().zone).date())
    asked = {"usage_point_id": point, "first_day": first_day, "last_day": last_day}
    asked |= here.inputs | sheet_of(point)
    with st.spinner(t("advice.loading")):
        show_advice(asked)
    with st.container(horizontal=True):
        offer_tables(
            file_name("customers/advice", point, first_day, last_day), later(advice, **asked)
        )
        offer_reproduction(advice, **asked)


def _section() -> str | None:
    return st.segmented_control(
        t("advice.section"),
        SECTIONS,
        default=None if "advice_section" in st.session_state else SECTIONS[0],
        format_func=lambda one: t(f"advice.{one}"),
        key="advice_section",
        label_visibility="collapsed",
    )


advice_page()
