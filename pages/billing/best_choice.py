"""Which choice suits each customer?"""

from typing import Any

import streamlit as st

from pages import units
from pages.choice_answers import everyone, one_customer, what_is_left_out
from pages.choice_words import known_by_code
from pages.districts import District, district_or_stop
from pages.session import ask, who
from pages.text import t
from pages.titles import show_title
from queries.billing.best_choice import best_choice
from queries.billing.choice_savings import without_packages
from queries.periods import usual_year, whole_months

show_title("billing.best_choice")
here = district_or_stop()


@st.fragment
def choices_page(here: District) -> None:
    months = whole_months(here.first_day, here.last_day)
    if not months:
        st.info(t("choice.no_month"), icon=":material/inbox:")
        return
    first_day, last_day = usual_year(months)
    asked: dict[str, Any] = {"first_day": first_day, "last_day": last_day, **here.inputs}
    st.markdown(t("choice.hindsight", days=units.days(first_day, last_day)))
    with st.spinner(t("choice.loading", district=here.label)):
        every = ask(best_choice, **asked)
    known = known_by_code()
    with_packages = _with_packages()
    choices = every if with_packages else without_packages(every)
    if who().role != "customer":
        everyone(every, choices, known, asked, here)
    one_customer(choices, known, asked)
    what_is_left_out(choices)


def _with_packages() -> bool:
    """Whether retailers' packages count; the address keeps it."""
    if "packages" not in st.session_state:
        st.session_state["packages"] = st.query_params.get("packages") == "1"
    chosen = st.toggle(t("choice.packages"), key="packages", help=t("choice.packages_note"))
    if chosen:
        st.query_params["packages"] = "1"
    elif "packages" in st.query_params:
        del st.query_params["packages"]
    return chosen


choices_page(here)
