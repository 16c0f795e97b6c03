"""What would everyone owe under another tariff?"""

from contextlib import ExitStack

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.demand_handover import take_hours
from pages.districts import District, district_or_stop
from pages.scenario_box import scenario_box
from pages.session import waiting
from pages.simulation_answers import (
    change_and_groups,
    notes,
    revenue_parts,
    side_by_side,
    summaries_of,
    summary_tiles,
    take_away,
    who_loses_most,
)
from pages.tariff_drafts import Drafts, drafts_for
from pages.tariff_editor import edit_tariff
from pages.tariff_scenarios import TARIFFS, fill, tariff_content
from pages.tariff_selection import Chosen, pick_selection
from pages.tariff_toolbar import preset_buttons, solve_neutral, summary_row, tabs
from pages.text import t
from queries.billing.errors import TariffError
from queries.run import QuestionError

st.title(t("billing.tariff_simulation_question"))
here = district_or_stop()


@st.fragment
def laboratory(here: District) -> None:
    TARIFFS.take_from_link()
    try:
        chosen = pick_selection(here)
    except QuestionError as error:
        st.error(str(error), icon=":material/error:")
        return
    if chosen is None:
        st.info(t("lab.nobody"), icon=":material/inbox:")
        return
    drafts = drafts_for(
        chosen.district,
        chosen.row["price_class"],
        chosen.row["tariff_code"],
        chosen.inputs["last_day"],
        t("lab.plan", number=1),
    )
    fill(drafts, chosen)
    take_hours(drafts)
    bar, scenarios_place = st.columns([4.2, 1], vertical_alignment="center")
    with bar:
        tabs(drafts, chosen)
    preset_buttons(drafts)
    tiles_place = st.container()
    solve_neutral(drafts.current, chosen)
    edit_tariff(drafts.current)
    with scenarios_place:
        scenario_box(TARIFFS, tariff_content(drafts, chosen), chosen.district)
    with ExitStack() as stack:
        with tiles_place:
            stack.enter_context(waiting())
        _answers(drafts, chosen, tiles_place, here)


def _answers(drafts: Drafts, chosen: Chosen, tiles_place: DeltaGenerator, here: District) -> None:
    try:
        summaries = summaries_of(drafts, chosen)
        with tiles_place:
            summary_tiles(summary_row(summaries, drafts.current))
        change_and_groups(drafts, chosen)
        revenue_parts(drafts, chosen)
        who_loses_most(drafts, chosen)
        side_by_side(summaries, drafts)
        notes(drafts, chosen)
    except (TariffError, QuestionError) as error:
        st.error(str(error), icon=":material/error:")
        return
    take_away(drafts, chosen, here.file_name)


laboratory(here)
