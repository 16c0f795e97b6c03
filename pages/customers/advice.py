"""What could this customer save?"""

import streamlit as st

from pages import units
from pages.advice_view import pick_point, sheet_of, show_advice, show_list
from pages.districts import district_or_stop
from pages.downloads import file_name, later, offer_tables
from pages.reproduce import offer_reproduction
from pages.text import t
from queries.customers.advice import advice
from queries.periods import usual_year, whole_months

st.title(t("customers.advice_question"))
here = district_or_stop()


@st.fragment
def advice_page() -> None:
    months = whole_months(here.first_day, here.last_day)
    if not months:
        st.info(t("choice.no_month"), icon=":material/inbox:")
        return
    first_day, last_day = usual_year(months)
    point = pick_point(here)
    if point is None:
        st.info(t("advice.nobody"), icon=":material/inbox:")
        return
    st.markdown(t("advice.intro", days=units.days(first_day, last_day)))
    asked = {"usage_point_id": point, "first_day": first_day, "last_day": last_day}
    asked |= here.inputs | sheet_of(point)
    with st.spinner(t("advice.loading")):
        show_advice(asked)
    with st.container(horizontal=True):
        offer_tables(
            file_name("customers/advice", point, first_day, last_day), later(advice, **asked)
        )
        offer_reproduction(advice, **asked)
    show_list({"first_day": first_day, "last_day": last_day, **here.inputs})


advice_page()
