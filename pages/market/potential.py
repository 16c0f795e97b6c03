"""Where is new business to be won, and how much of it?"""

from typing import Any, get_args

import streamlit as st

from pages.districts import district_or_stop
from pages.inputs import kept_select
from pages.market_potential import show_ranking
from pages.market_potential_assumptions import (
    POTENTIALS,
    assumptions,
    edit_assumptions,
    say_which,
)
from pages.market_potential_compare import show_comparison
from pages.scenario_box import scenario_box, tell_if_data_changed
from pages.session import waiting
from pages.text import t
from queries.market.potential_areas import AreaKind
from queries.run import QuestionError

SECTIONS = ("ranking", "assumptions", "comparison")

st.title(t("market.potential_question"))
here = district_or_stop()


@st.fragment
def potential_page() -> None:
    POTENTIALS.take_from_link()
    kind_place, section_place, box_place = st.columns([2, 4, 1.4], vertical_alignment="bottom")
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
    with box_place:
        scenario_box(POTENTIALS, {"assumptions": assumptions()}, here.district_id)
    if POTENTIALS.opened is not None:
        tell_if_data_changed(POTENTIALS.opened)
    say_which()
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
            if section == "comparison":
                show_comparison(here, asked)
            else:
                show_ranking(here, asked)
    except QuestionError as error:
        st.error(str(error), icon=":material/error:")


potential_page()
