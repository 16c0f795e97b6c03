"""A line that says that readings are arriving, and draws the page anew when more have."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from pages.session import ask, settings
from pages.text import t
from pages.units import moment
from queries.home.arriving import arriving
from queries.lake import lake_version

_LOOK_EVERY = timedelta(seconds=15)
_RECENT = timedelta(minutes=15)


def show_arrivals() -> None:
    """Say so while collectors bring readings; nothing where none came of late."""
    _live(lake_version(settings()).sequence)


@st.fragment(run_every=_LOOK_EVERY)
def _live(drawn: int) -> None:
    # To the minute, so that the answer is remembered between two looks.
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    received, readings, _ = ask(arriving, since=now - _RECENT).row(0)
    if received is None:
        return
    local = moment(received.astimezone(settings().zone))
    text = t("home.arriving", readings=f"{readings:,}", received=local)
    st.caption(f":material/sensors: {text}")
    if lake_version(settings()).sequence != drawn:
        st.rerun()
