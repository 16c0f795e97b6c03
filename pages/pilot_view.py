"""What a pilot of prices of one's own changed: its list, its hours, the estimate."""

from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from ingest.simulated.arrival import BESIDE
from pages import units
from pages.charts import current_look
from pages.demand_response_charts import pilot_intervals
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.pilot_list import PilotList, read_pilot
from pages.reproduce import offer_reproduction
from pages.session import ask, settings, waiting
from pages.text import t
from pages.what_if_scenario import KEY, PILOT
from queries.demand.pilot_response import pilot_response
from queries.run import QuestionError

_USUAL_PEAK = (16, 21)
_USUAL_RATIO = 4.0
_MOST_DAYS_BEFORE = 366
_SHOWN_PROBLEMS = 5


def show_pilot(here: District) -> None:
    """Upload or take the district's list, say what was charged when, and see what it changed."""
    found = _pick_list(here)
    if found is None:
        return
    _show_problems(found)
    if not found.treated or not found.control:
        st.info(t("pilot.two_arms"), icon=":material/group_add:")
        return
    asked = _pick_terms(here, found)
    with waiting():
        try:
            answer = ask(pilot_response, **asked)
        except QuestionError as error:
            st.error(str(error), icon=":material/error:")
            return
        _show(here, answer, asked)


def _pick_list(here: District) -> PilotList | None:
    """The list uploaded, else the one that came with the simulated district."""
    own = settings().data / BESIDE / "enrolments.csv"
    file = st.file_uploader(t("pilot.file"), type=["csv"], key="pilot_file", help=t("pilot.help"))
    if file is not None:
        return read_pilot(file.getvalue())
    if here.is_simulated and own.exists():
        st.caption(t("pilot.of_district"))
        return read_pilot(own.read_bytes())
    st.info(t("pilot.nothing"), icon=":material/upload_file:")
    return None


def _show_problems(found: PilotList) -> None:
    if not found.problems:
        return
    lines = [
        t(f"pilot_problem.{one.code}", line=one.line, value=one.value or "–")
        for one in found.problems[:_SHOWN_PROBLEMS]
    ]
    st.warning("\n\n".join(lines), icon=":material/error:")
    if len(found.problems) > _SHOWN_PROBLEMS:
        st.caption(t("answer.more_problems", count=f"{len(found.problems) - _SHOWN_PROBLEMS:,}"))


def _pick_terms(here: District, found: PilotList) -> dict[str, Any]:
    begin_place, hours_place, ratio_place = st.columns([1.4, 3, 1.6])
    usual = found.starts_on or here.first_day + (here.last_day - here.first_day) / 2
    with begin_place:
        starts_on = st.date_input(
            t("pilot.starts_on"),
            min(max(usual, here.first_day), here.last_day),
            min_value=here.first_day,
            max_value=here.last_day,
            format="YYYY-MM-DD",
        )
    with hours_place:
        begin, end = st.slider(t("pilot.hours"), 0, 24, _USUAL_PEAK, format="%d:00")
    with ratio_place:
        ratio = st.number_input(
            t("demand_response.ratio"), 1.0, 20.0, _USUAL_RATIO, 0.1, help=t("pilot.ratio_note")
        )
    days = timedelta(days=_MOST_DAYS_BEFORE)
    return {
        "treated": found.treated,
        "control": found.control,
        "starts_on": starts_on,
        "first_day": max(here.first_day, starts_on - days),
        "last_day": min(here.last_day, starts_on + days),
        "from_hour": begin,
        "until_hour": end,
        "price_ratio": ratio,
    }


def _show(here: District, answer: pl.DataFrame, asked: dict[str, Any]) -> None:
    peak, other = answer.iter_rows(named=True)
    with figures():
        for name, row in (("peak", peak), ("other", other)):
            figure(
                t(f"pilot.{name}"),
                units.change(row["change_share"]) or "0",
                beside=t(
                    "pilot.interval",
                    low=units.change(row["low_share"]) or "0",
                    high=units.change(row["high_share"]) or "0",
                ),
            )
        if peak["substitution"] is not None:
            figure(
                t("pilot.substitution"),
                f"{peak['substitution']:.3f}",
                beside=t(
                    "pilot.interval",
                    low=f"{peak['substitution_low']:.3f}",
                    high=f"{peak['substitution_high']:.3f}",
                ),
                help_text=t("pilot.substitution_note"),
            )
        figure(
            t("pilot.customers"),
            f"{peak['treated']:,} / {peak['control']:,}",
            beside=t("pilot.left_out", count=f"{peak['left_out']:,}"),
            help_text=t("pilot.left_out_note"),
        )
    st.markdown(t(f"pilot.{_verdict(peak)}"))
    st.altair_chart(pilot_intervals(answer, look=current_look()), theme=None)
    weeks = {name: f"{peak[name]:,}" for name in ("weeks_before", "weeks_after")}
    st.caption(t("pilot.method", **weeks))
    with st.container(horizontal=True):
        offer_tables(file_name("pilot", here.file_name or ""), later(pilot_response, **asked))
        offer_reproduction(pilot_response, **asked)
        told = peak["substitution"]
        if told is not None and told < 0 and st.button(t("pilot.use"), icon=":material/tune:"):
            st.session_state[KEY.format("model")] = PILOT
            st.session_state[KEY.format("substitution")] = round(told, 3)
            st.switch_page("demand/what_if.py")


def _verdict(peak: dict[str, Any]) -> str:
    """What can be told: the load at the peak, at least its ratio to the rest, or nothing."""
    if peak["low_share"] > 0 or peak["high_share"] < 0:
        return "is_told"
    low, high = peak["substitution_low"], peak["substitution_high"]
    return "ratio_told" if low is not None and (low > 0 or high < 0) else "not_told"
