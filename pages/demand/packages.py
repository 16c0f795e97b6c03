"""Which package for which customers, and how much would be given away for nothing?"""

import streamlit as st

from pages.demand_packages_offer import say
from pages.demand_packages_view import design_package, show_choices
from pages.districts import district_or_stop
from pages.session import waiting
from pages.text import t
from queries.periods import usual_year, whole_months

st.title(t("demand.packages_question"))
here = district_or_stop()
say()
months = whole_months(here.first_day, here.last_day)
if months:
    first_day, last_day = usual_year(months)
    asked = {"first_day": first_day, "last_day": last_day, **here.inputs}
    with waiting():
        show_choices(asked)
    design_package(here, asked)
else:
    st.info(t("choice.no_month"), icon=":material/inbox:")
