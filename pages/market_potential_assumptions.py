"""The assumptions of new business: which are looked at, saved as scenarios, edited in a table."""

import polars as pl
import streamlit as st

from pages.inputs import kept_select
from pages.market_potential_words import step_unit, step_word
from pages.scenario_box import Shelf
from pages.session import settings
from pages.tables import table_height
from pages.text import t
from queries.market.potential_assumptions import (
    BUSINESSES,
    FIELDS,
    PotentialError,
    potential_text,
    read_potential,
    shipped_potential,
    with_values,
)
from queries.scenarios import Scenario

_OWN, _FILLED = "potential_own", "potential_filled"


def _take_scenario(found: Scenario) -> None:
    st.session_state[_OWN] = found.content["assumptions"]
    st.session_state[_FILLED] = st.session_state.get(_FILLED, 0) + 1


POTENTIALS = Shelf("potential", _take_scenario)
"""Where scenarios of new business are kept."""


def assumptions() -> str:
    """The assumptions looked at: the reader's own, else those of the data folder."""
    return st.session_state.get(_OWN) or shipped_potential(settings())


def say_which() -> None:
    """Whose assumptions the figures rest on."""
    found = POTENTIALS.opened
    if found is not None and found.content["assumptions"] == st.session_state.get(_OWN):
        st.caption(t("potential.which_saved", name=found.name))
    else:
        st.caption(t("potential.which_own" if st.session_state.get(_OWN) else "potential.which"))


def edit_assumptions() -> None:
    """Every assumption of one business as a table; what it says becomes the reader's own."""
    assumed = read_potential(assumptions())
    st.caption(t("potential.form_note"))
    business = kept_select(
        "business", t("potential.business"), BUSINESSES, lambda one: t(f"potential_business.{one}")
    )
    known = assumed[business]
    table = pl.DataFrame(
        {
            "assumption": [step_word(business, name) for name in FIELDS[business]],
            "unit": ["0–1" if name.endswith("_share") else step_unit(name) or "–"
                     for name in FIELDS[business]],
            **{
                end: [float(getattr(known[name], end)) for name in FIELDS[business]]
                for end in ("low", "base", "high")
            },
            "source": [t(f"potential_source.{known[name].source}") for name in FIELDS[business]],
        }
    )  # fmt: skip
    numbers = {
        end: st.column_config.NumberColumn(t(f"column.{end}"), required=True, format="%.6g")
        for end in ("low", "base", "high")
    }
    edited = st.data_editor(
        table,
        column_config={
            "assumption": st.column_config.TextColumn(t("potential.assumption"), width="large"),
            "unit": t("column.value_unit"),
            "source": t("column.source"),
            **numbers,
        },
        disabled=["assumption", "unit", "source"],
        hide_index=True,
        height=table_height(table, 420),
        key=f"potential_{business}_{st.session_state.get(_FILLED, 0)}",
    )
    with st.container(horizontal=True):
        if st.button(t("outlook.compute"), type="primary", key="potential_compute"):
            _take(business, pl.DataFrame(edited))
        if st.session_state.get(_OWN) and st.button(t("potential.reset"), key="potential_reset"):
            del st.session_state[_OWN]
            POTENTIALS.remember(None)
            _refill()
        st.download_button(
            "TOML", assumptions(), "potential.toml", "application/toml", icon=":material/download:"
        )


def _take(business: str, edited: pl.DataFrame) -> None:
    rows = zip(FIELDS[business], edited.select("low", "base", "high").iter_rows(), strict=True)
    values = {name: (float(low), float(base), float(high)) for name, (low, base, high) in rows}
    try:
        own = with_values(read_potential(assumptions()), business, values)
    except PotentialError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state[_OWN] = potential_text(own)
    _refill()


def _refill() -> None:
    st.session_state[_FILLED] = st.session_state.get(_FILLED, 0) + 1
    st.rerun()
