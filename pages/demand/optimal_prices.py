"""Which prices lower the peak without costing anybody too much?"""

import streamlit as st

from pages import units
from pages.districts import District, district_or_stop
from pages.optimal_inputs import pick_problem
from pages.optimal_view import show_optimum, show_room
from pages.session import waiting
from pages.text import t
from queries.demand.optimal_terms import NoPricesError
from queries.run import QuestionError

st.title(t("demand.optimal_prices_question"))
here = district_or_stop()


@st.fragment
def optimal_page(here: District) -> None:
    with st.container(border=True):
        problem = pick_problem(here)
    if problem is None:
        st.info(t("what_if.nobody"), icon=":material/inbox:")
        return
    asked = {"problem": problem.model_dump_json()}
    try:
        with waiting():
            show_optimum(asked, problem.price_class, here.file_name)
        with waiting():
            show_room(asked)
    except NoPricesError as error:
        nearest = units.change(error.nearest_share) or "0"
        st.warning(t("optimal.impossible", nearest=nearest), icon=":material/block:")
    except QuestionError as error:
        st.error(str(error), icon=":material/error:")


optimal_page(here)
