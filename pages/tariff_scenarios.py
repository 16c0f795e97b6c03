"""Scenarios of tariffs: what is kept of the selection and the tables, and put back there."""

from typing import Any

import streamlit as st

from pages.scenario_box import Shelf, tell_if_data_changed
from pages.tariff_drafts import Drafts, replace_drafts
from pages.tariff_selection import Chosen
from pages.text import t
from queries.billing.errors import TariffError
from queries.scenarios import Scenario

_WIDGETS = {
    "price_class": "price_class",
    "region": "region",
    "customers": "customers",
    "from": "month_from",
    "to": "month_to",
}
"""What a scenario keeps of the selection, and the widgets that hold it."""
_TO_FILL = "scenario_to_fill"


def _take(found: Scenario) -> None:
    """Set the selection; ``fill`` puts the tariffs into the tables."""
    st.session_state[_TO_FILL] = True
    for key, widget in _WIDGETS.items():
        if key in found.content["selection"]:
            st.session_state[widget] = found.content["selection"][key]


TARIFFS = Shelf("tariff", _take)
"""Where scenarios of tariffs are kept."""


def fill(drafts: Drafts, chosen: Chosen) -> None:
    """Put the tariffs of a scenario just opened into the tables."""
    found = TARIFFS.opened
    if found is None or not st.session_state.pop(_TO_FILL, False):
        return
    try:
        replace_drafts(drafts, [(one["name"], one["text"]) for one in found.content["tariffs"]])
    except TariffError as error:
        st.error(t("scenario.unreadable", error=error), icon=":material/error:")
        return
    saved = found.content["selection"]
    shown = _selection(chosen)
    if any(saved.get(key) != shown[key] for key in ("district", *_WIDGETS)):
        st.warning(t("scenario.other_selection"), icon=":material/info:")
    tell_if_data_changed(found)


def tariff_content(drafts: Drafts, chosen: Chosen) -> dict[str, Any]:
    """What a scenario would keep now."""
    tariffs = [{"name": draft.name, "text": draft.text} for draft in drafts.items]
    return {"selection": _selection(chosen), "tariffs": tariffs}


def _selection(chosen: Chosen) -> dict[str, Any]:
    state = {key: st.session_state.get(widget) for key, widget in _WIDGETS.items()}
    return {"district": chosen.district, **state}
