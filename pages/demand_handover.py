"""Hours found from the load, handed to the tariff laboratory."""

import streamlit as st

from pages.tariff_drafts import MOST_DRAFTS, Drafts
from pages.text import t
from queries.billing.calendar_model import Window
from queries.billing.errors import EditError
from queries.demand.period_calendar import tariff_with_periods

_KEY = "hours_to_try"
_LABORATORY = "billing/tariff_simulation.py"


def hand_over(windows: tuple[Window, ...], name: str) -> None:
    """Open the laboratory, where these hours stand as one more tariff."""
    st.session_state[_KEY] = (windows, name)
    st.switch_page(_LABORATORY)


def take_hours(drafts: Drafts) -> None:
    """Try the hours just handed over, once; where there is no room, in place of the one shown."""
    handed = st.session_state.pop(_KEY, None)
    if handed is None:
        return
    windows, name = handed
    try:
        tariff = tariff_with_periods(drafts.start, windows)
    except EditError:
        st.warning(t("demand_periods.not_taken"), icon=":material/error:")
        return
    if len(drafts.items) >= MOST_DRAFTS:
        drafts.current.rename(name)
        drafts.current.adopt(tariff)
    else:
        drafts.add(name, tariff)
    st.info(t("demand_periods.taken", name=name), icon=":material/schedule:")
