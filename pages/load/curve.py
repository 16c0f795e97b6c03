"""How does the load run?"""

from typing import Any

import streamlit as st

from pages import units
from pages.charts import LIGHT, current_look, duration_curve, load_lines
from pages.columns import columns
from pages.districts import district_or_stop
from pages.downloads import file_name, later, offer_downloads
from pages.figures import data_notes, load_figures
from pages.inputs import pick_area, pick_channel, pick_comparison, pick_days, pick_step
from pages.reproduce import offer_reproduction
from pages.session import ask, ask_ahead
from pages.tables import show_table
from pages.text import t
from queries.load.comparison import load_comparison
from queries.load.curve import load_curve
from queries.load.duration import load_duration
from queries.load.summary import load_summary

MOST_POINTS = 1500

st.title(t("load.curve_question"))
here = district_or_stop()


@st.fragment
def load_page() -> None:
    with st.container(border=True):
        first_day, last_day = pick_days(here.first_day, here.last_day)
        kind_place, area_place, *places = st.columns([2, 3.9, 2.2, 2.1, 2.4])
        area = pick_area(here, kind_place, area_place)
        with places[0]:
            channel = pick_channel()
        with places[1]:
            step = pick_step(first_day, last_day)
        with places[2]:
            other_days = pick_comparison(here, first_day, last_day)
    asked: dict[str, Any] = {
        "first_day": first_day,
        "last_day": last_day,
        **area.inputs,
        "channel": channel,
    }

    shown = {"step": step, "most_points": MOST_POINTS}
    compared: dict[str, Any] = {}
    if other_days is not None:
        compared = asked | {"first_day": other_days[0], "last_day": other_days[1]}
        ask_ahead((load_summary, compared))
    summary = ask(load_summary, **asked).row(0, named=True)
    if summary["energy_kwh"] is None:
        st.info(t("load.nothing_read"), icon=":material/inbox:")
        return
    curve = ask(load_curve, **asked, **shown)
    other, other_summary, names = None, None, None
    if other_days is not None:
        other = ask(
            load_comparison,
            **asked,
            other_first_day=other_days[0],
            other_last_day=other_days[1],
            **shown,
        )
        other_summary = ask(load_summary, **compared).row(0, named=True)
        names = (units.days(first_day, last_day), units.days(*other_days))
        other_summary["days"] = names[1]
    load_figures(summary, other_summary, (first_day, last_day), channel)
    data_notes(summary, other_summary, first_day)
    title = f"{t('load.shape')} · {area.label} · {units.days(first_day, last_day)}"
    st.subheader(title)
    st.altair_chart(
        load_lines(curve, other, names=names, step=step, channel=channel, look=current_look()),
        theme=None,
    )
    with st.container(horizontal=True):
        offer_downloads(
            file_name("load/curve", here.file_name, area.area_id, step, first_day, last_day),
            later(load_curve, **asked, step=step),
            lambda: load_lines(curve, other, names=names, step=step, channel=channel, look=LIGHT),
            title=title,
            channel=channel,
        )
        offer_reproduction(load_curve, **asked, step=step)

    st.subheader(t("load.duration"))
    st.caption(t("load.duration_note"))
    duration = ask(load_duration, **asked)
    st.altair_chart(duration_curve(duration, channel=channel, look=current_look()), theme=None)
    with st.expander(t("load.table"), icon=":material/table:"):
        show_table(curve, heads=columns(curve, channel))


load_page()
