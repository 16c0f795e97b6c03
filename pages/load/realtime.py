"""What is happening on the grid now?"""

from datetime import timedelta

import streamlit as st

from pages.districts import district_or_stop
from pages.grid_moment import pick_moment
from pages.realtime_view import say_moment, show_attention, show_figures, show_places
from pages.session import waiting
from pages.text import t

_LOOK_EVERY = timedelta(minutes=1)

st.title(t("load.realtime_question"))
here = district_or_stop()


@st.fragment(run_every=_LOOK_EVERY)
def realtime_page() -> None:
    with waiting():
        moment = pick_moment(here)
        if moment is None:
            st.info(t("load.nothing_read"), icon=":material/inbox:")
            return
        say_moment(moment)
        show_figures(moment)
        show_attention(moment)
        show_places(moment)


realtime_page()
