"""Which model foretells this load best?"""

import streamlit as st

from pages.districts import district_or_stop
from pages.forecast_view import pick_series
from pages.model_view import show_backtest, show_effects, show_leaderboard, show_prophet
from pages.session import waiting
from pages.text import t

st.title(t("load.model_lab_question"))
here = district_or_stop()


@st.fragment
def model_page() -> None:
    with waiting():
        series = pick_series(here)
        if series is None:
            return
        show_leaderboard(here, series)
    show_backtest(series)
    show_effects(series)
    show_prophet(series)


model_page()
