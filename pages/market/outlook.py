"""How much electricity will this area need in ten years?"""

from typing import Any

import streamlit as st

from pages.districts import District, district_or_stop
from pages.outlook_assumptions import (
    OUTLOOKS,
    edit_assumptions,
    every_scenario,
    pick_scenario,
)
from pages.outlook_grid import begin_grid, show_grid
from pages.outlook_view import show_demand
from pages.scenario_box import scenario_box, tell_if_data_changed
from pages.session import waiting
from pages.text import t
from queries.run import QuestionError

SECTIONS = ("demand", "grid", "assumptions")

st.title(t("market.outlook_question"))
here = district_or_stop()


@st.fragment
def outlook_page(here: District) -> None:
    OUTLOOKS.take_from_link()
    try:
        section, text = _choices(here)
        asked: dict[str, Any] = {"assumptions": text, **here.inputs}
        if section == "assumptions":
            edit_assumptions(text)
            return
        with waiting():
            if section == "grid":
                show_grid(here, asked)
            else:
                show_demand(here, asked, every_scenario())
                begin_grid(asked)
    except QuestionError as error:
        st.error(str(error), icon=":material/error:")


def _choices(here: District) -> tuple[str, str]:
    scenario_place, section_place, box_place = st.columns([2, 4, 1.4], vertical_alignment="bottom")
    with scenario_place:
        _, text = pick_scenario()
    with section_place:
        section = st.segmented_control(
            t("outlook.section"),
            SECTIONS,
            default=SECTIONS[0],
            format_func=lambda name: t(f"outlook_section.{name}"),
            key="outlook_section",
            label_visibility="collapsed",
        )
    with box_place:
        scenario_box(OUTLOOKS, {"assumptions": text}, here.district_id)
    if OUTLOOKS.opened is not None:
        tell_if_data_changed(OUTLOOKS.opened)
    return section or SECTIONS[0], text


outlook_page(here)
