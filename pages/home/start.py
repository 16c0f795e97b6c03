"""How was the latest day, and this month so far?"""

from datetime import timedelta
from typing import Any

import streamlit as st

from pages import units
from pages.arrivals import show_arrivals
from pages.charts import current_look, day_bars, load_lines
from pages.districts import district_or_stop, named_districts
from pages.figures import completeness, figure, figures
from pages.readiness import received_at
from pages.session import ask
from pages.tables import show_table
from pages.text import t
from queries.home.glance import glance
from queries.home.recent_days import recent_days
from queries.load.comparison import load_comparison
from queries.load.curve import load_curve
from queries.load.summary import load_summary

st.title(t("home.start_question"))
here = district_or_stop()
now = ask(glance, **here.inputs).row(0, named=True)
day = now["latest_day"]
st.markdown(t("home.fresh", last_day=units.day(day, with_weekday=True), received=received_at()))

show_arrivals()

week_before = day - timedelta(days=7)
asked: dict[str, Any] = {"first_day": day, "last_day": day, **here.inputs}
summary = ask(load_summary, **asked).row(0, named=True)

with figures():
    figure(
        t("home.day_energy", day=units.day(day, with_year=False)),
        units.energy(now["day_kwh"]),
        change=now["day_change_share"],
        compared=t("home.day_before"),
    )
    figure(
        t("home.month_energy", month=units.month(day)),
        units.energy(now["month_kwh"]),
        change=now["month_change_share"],
        compared=t("home.month_before", month=units.month(now["compared_first_day"])),
        help_text=t(
            "home.month_note",
            days=units.days(now["compared_first_day"], now["compared_last_day"]),
        ),
    )
    figure(
        t("home.peak"),
        units.power(summary["peak_kw"]),
        beside=t("home.peak_at", time=units.clock(summary["peak_at"])),
        help_text=t("load.quarter_hours"),
    )
    completeness(t("home.completeness"), summary, now)
    figure(
        t("home.customers"),
        f"{now['customers']:,}",
        beside=t("home.points", points=f"{now['registered_points']:,}"),
    )

curve_place, days_place = st.columns(2, gap="large")
with curve_place:
    st.subheader(t("home.day_curve", day=units.day(day, with_weekday=True)))
    curve = ask(load_curve, **asked, step="15m")
    before = ask(
        load_comparison,
        **asked,
        other_first_day=week_before,
        other_last_day=week_before,
        step="15m",
    )
    names = (t("chart.latest_day"), t("home.week_before"))
    st.altair_chart(
        load_lines(curve, before, names=names, step="15m", look=current_look(), height=280),
        theme=None,
    )
with days_place:
    st.subheader(t("home.last_days"))
    st.altair_chart(
        day_bars(ask(recent_days, **here.inputs), look=current_look(), height=280), theme=None
    )

st.subheader(t("home.data"))
shown = named_districts()
show_table(shown)
