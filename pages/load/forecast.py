"""What will the load be tomorrow?"""

import streamlit as st

from pages.districts import district_or_stop
from pages.forecast_meters_view import show_meters
from pages.forecast_view import pick_series, show_accuracy, show_ahead, show_drivers, show_truth
from pages.session import waiting
from pages.text import t

st.title(t("load.forecast_question"))
here = district_or_stop()


@st.fragment
def forecast_page() -> None:
    with waiting():
        series = pick_series(here)
        if series is None:
            return
        show_ahead(here, series)
        show_drivers(series)
        show_truth(series)
        show_accuracy(series)


@st.fragment
def meters_part() -> None:
    show_meters(here)


forecast_page()
meters_part()
