"""Where is new business to be won, and how much of it?"""

from typing import Any, get_args

import streamlit as st

from pages.districts import district_or_stop
from pages.inputs import kept_select
from pages.market_potential import assumptions, edit_assumptions, show_ranking
from pages.session import waiting
from pages.text import t
from queries.market.potential_areas import AreaKind
from queries.run import QuestionError

SECTIONS = ("ranking", "assumptions")

st.title(t("market.potential_question"))
here = district_or_stop()


@st.fragment
def potential_page() -> None:
    kind_place, section_place = st.columns([2, 5], vertical_alignment="bottom")
    with kind_place:
        kind: Any = kept_select(
            "potential_kind",
            t("potential.kind"),
            get_args(AreaKind),
            lambda one: t(f"area_kind.{one}"),
        )
    with section_place:
        section = st.segmented_control(
            t("market_view.section"),
            SECTIONS,
            default=SECTIONS[0],
            format_func=lambda name: t(f"potential_section.{name}"),
            key="potential_section",
            label_visibility="collapsed",
        )
    try:
        if section == "assumptions":
            edit_assumptions()
            return
        asked: dict[str, Any] = {
            "assumptions": assumptions(),
            "first_day": here.first_day,
            "last_day": here.last_day,
            "kind": kind,
            **here.inputs,
        }
        with waiting():
            show_ranking(here, asked)
    except QuestionError as error:
        st.error(str(error), icon=":material/error:")


potential_page()
