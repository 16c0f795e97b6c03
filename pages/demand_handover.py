"""Hours found from the load, and prices found best, handed to the tariff laboratory."""

import streamlit as st

from pages.tariff_drafts import MOST_DRAFTS, Drafts
from pages.text import t
from queries.billing.calendar_model import Window
from queries.billing.errors import EditError
from queries.billing.lab import tariff_of
from queries.billing.tariff_model import Tariff
from queries.demand.period_calendar import tariff_with_periods

_KEY, _TARIFF = "hours_to_try", "tariff_to_try"
_LABORATORY = "billing/tariff_simulation.py"


def hand_over(windows: tuple[Window, ...], name: str) -> None:
    """Open the laboratory, where these hours stand as one more tariff."""
    st.session_state[_KEY] = (windows, name)
    st.switch_page(_LABORATORY)


def hand_over_tariff(text: str, name: str, price_class: str) -> None:
    """Open the laboratory on a price class, where this tariff (TOML) stands as one more."""
    st.session_state[_TARIFF] = (text, name)
    st.switch_page(_LABORATORY, query_params={"price_class": price_class})


def take_hours(drafts: Drafts) -> None:
    """Try what was just handed over, once; where there is no room, in place of the one shown."""
    _take_tariff(drafts)
    handed = st.session_state.pop(_KEY, None)
    if handed is None:
        return
    windows, name = handed
    try:
        tariff = tariff_with_periods(drafts.start, windows)
    except EditError:
        st.warning(t("demand_periods.not_taken"), icon=":material/error:")
        return
    _add(drafts, name, tariff)
    st.info(t("demand_periods.taken", name=name), icon=":material/schedule:")


def _take_tariff(drafts: Drafts) -> None:
    handed = st.session_state.pop(_TARIFF, None)
    if handed is None:
        return
    text, name = handed
    _add(drafts, name, tariff_of(text))
    st.info(t("optimal.taken", name=name), icon=":material/balance:")


def _add(drafts: Drafts, name: str, tariff: Tariff) -> None:
    if len(drafts.items) >= MOST_DRAFTS:
        drafts.current.rename(name)
        drafts.current.adopt(tariff)
    else:
        drafts.add(name, tariff)
