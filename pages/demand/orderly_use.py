"""If supply falls short, who is asked to use less, and who did?"""

import streamlit as st

from pages.demand_orderly_follow import show_follow_up
from pages.demand_orderly_plans import say
from pages.demand_orderly_view import pick_terms, show_plan
from pages.districts import district_or_stop
from pages.print_style import printable
from pages.session import waiting
from pages.text import t
from queries.run import QuestionError

st.title(t("demand.orderly_use_question"))
here = district_or_stop()
printable()
say()
view = st.segmented_control(
    t("orderly.view"),
    ["plan", "follow"],
    default="plan",
    format_func=lambda one: t(f"orderly.{one}"),
    key="orderly_view",
    label_visibility="collapsed",
    required=True,
)


@st.fragment
def plan_page() -> None:
    asked = pick_terms(here)
    with waiting():
        try:
            show_plan(here, asked)
        except QuestionError as error:
            st.error(str(error), icon=":material/error:")


if view == "plan":
    plan_page()
else:
    with waiting():
        show_follow_up(here)
