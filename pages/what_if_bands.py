"""How sure a scenario is: draws of its assumptions, on demand, and the bands they make."""

from typing import Any

import polars as pl
import streamlit as st

from pages.session import ask
from pages.tables import show_table
from pages.text import t
from pages.what_if_figures import bands_in_words
from queries.demand.what_if_draw import USUAL_DRAWS, bands, what_if_draw

_DRAWN = "what_if_drawn"
_MOST_DRAWS = 100


def show_bands(asked: dict[str, Any], after: dict[str, Any]) -> None:
    """A button, a bar while it works, a table; a scenario that is another one has no bands yet."""
    st.subheader(t("what_if.bands_question"))
    count_place, button_place, _ = st.columns([1, 1.4, 3], vertical_alignment="bottom")
    with count_place:
        count = st.number_input(
            t("what_if.draws"), 5, _MOST_DRAWS, USUAL_DRAWS, step=5, key="what_if_draws"
        )
    with button_place:
        is_asked = st.button(t("what_if.draw_button"), icon=":material/casino:")
    if is_asked:
        st.session_state[_DRAWN] = asked["scenario"], int(count)
    if st.session_state.get(_DRAWN) != (asked["scenario"], int(count)):
        st.caption(t("what_if.bands_note"))
        return
    bar = st.progress(0.0)
    draws = []
    for number in range(int(count)):
        bar.progress(number / count, t("what_if.drawing", number=number + 1, count=count))
        draws.append(ask(what_if_draw, **asked, number=number))
    bar.empty()
    shown = bands_in_words(bands(pl.concat(draws)), after)
    show_table(shown, most=320, heads={})
    st.caption(t("what_if.bands_read", count=count))
