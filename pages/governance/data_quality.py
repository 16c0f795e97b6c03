"""Can the readings be trusted?"""

from typing import Any

import streamlit as st

from pages.districts import district_or_stop
from pages.inputs import pick_days
from pages.quality_view import (
    say_how_to_validate,
    show_curve,
    show_list,
    show_rules,
    show_summary,
)
from pages.session import ask
from pages.text import t
from queries.governance.findings import findings

st.title(t("governance.data_quality_question"))
here = district_or_stop()


@st.fragment
def quality_page() -> None:
    with st.container(border=True):
        first_day, last_day = pick_days(here.first_day, here.last_day)
    asked: dict[str, Any] = {"first_day": first_day, "last_day": last_day, **here.inputs}
    is_empty = ask(findings, **asked).is_empty()
    show_summary(asked)
    say_how_to_validate(asked, is_empty=is_empty)
    show_rules(asked)
    if not is_empty:
        show_curve(here, asked, show_list(asked))


quality_page()
