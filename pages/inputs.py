"""What a reader may choose: areas, days, steps. The address keeps it, so that a link reopens it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.districts import District
from pages.session import ask, who
from pages.text import catalogue, language, t
from queries.area import AreaKind
from queries.load.areas import areas
from queries.load.curve import Step
from queries.periods import Comparison, compared_period, usual_periods
from queries.schema import CHANNELS

_KINDS: dict[str, tuple[AreaKind, ...]] = {"customer": ("all", "usage_point_id")}
_AUTOMATIC = "auto"
_NONE, _CUSTOM = "none", "custom"


@dataclass(frozen=True, slots=True)
class Area:
    """What was chosen of a district: as a question takes it, and as people call it."""

    here: District
    kind: AreaKind
    area_id: str | None
    name: str = ""

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of a question."""
        if self.area_id is None:
            return self.here.inputs
        return {**self.here.inputs, "area_kind": self.kind, "area_id": self.area_id}

    @property
    def label(self) -> str:
        """The district and the area in it, which is named after it."""
        return f"{self.here.label} · {self.name}" if self.name else self.here.label


def in_words(key: str, value: str) -> str:
    """The text ``key.value``, or the value itself where it is a code of the utility's own."""
    return catalogue(language()).get(f"{key}.{value}", value)


def pick_area(here: District, kind_place: DeltaGenerator, area_place: DeltaGenerator) -> Area:
    """A kind of area, then one of that kind by name; each in its own place on the page."""
    kinds: dict[str, AreaKind] = {k: k for k in _KINDS.get(who().role, get_args(AreaKind))}
    with kind_place:
        chosen_kind = kept_select(
            "kind", t("input.kind"), list(kinds), lambda k: t(f"area_kind.{k}")
        )
    kind = kinds[chosen_kind]
    found = ask(areas, area_kind=kind, **here.inputs)
    rows = {row["area_id"]: row for row in found.iter_rows(named=True)}
    with area_place:
        if not rows:
            st.selectbox(t("input.area"), [here.label], disabled=True, key=f"no_area_{kind}")
            return Area(here, "all", None)
        chosen = kept_select("area", t("input.area"), list(rows), lambda i: _counted(rows[i]))
    return Area(here, kind, chosen, _name(rows[chosen]))


def _name(row: dict) -> str:
    name = (row["name_en"] if language() == "en" else None) or row["name"]
    name = f"{name} ({row['area_id']})" if name else in_words("customer_class", row["area_id"])
    return t("input.check_meter", name=name) if row["is_check"] else name


def _counted(row: dict) -> str:
    name = _name(row)
    if row["usage_points"] == 1 or row["is_check"]:
        return name
    return t("input.area_with_points", name=name, points=f"{row['usage_points']:,}")


def pick_days(first_day: date, last_day: date) -> tuple[date, date]:
    """Days within those there are data for; the usual periods are one click away."""
    usual = usual_periods(first_day, last_day)
    kept = st.session_state.get("days")
    if not kept or not first_day <= kept[0] <= kept[-1] <= last_day:
        st.session_state["days"] = _asked_days(first_day, last_day) or usual["month"]
    chosen = _whole(st.session_state["days"])
    names = {period: name for name, period in reversed(usual.items())}
    st.session_state["usual"] = names.get(chosen)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            t("input.days"),
            list(usual),
            format_func=lambda name: t(f"period.{name}"),
            key="usual",
            on_change=_take_usual,
            args=(usual,),
        )
        st.date_input(
            t("input.from_to"),
            key="days",
            min_value=first_day,
            max_value=last_day,
            format="YYYY-MM-DD",
            width=230,
            label_visibility="collapsed",
        )
    begin, end = _whole(st.session_state["days"])
    st.query_params.update({"from": begin.isoformat(), "to": end.isoformat()})
    return begin, end


def _take_usual(usual: dict[str, tuple[date, date]]) -> None:
    if st.session_state["usual"]:
        st.session_state["days"] = usual[st.session_state["usual"]]


def _whole(chosen: Sequence[date]) -> tuple[date, date]:
    # While the second day of a range is being chosen there is only the first.
    return chosen[0], chosen[-1]


def _asked_days(first_day: date, last_day: date) -> tuple[date, date] | None:
    begin, end = _asked_day("from"), _asked_day("to")
    if begin is None or end is None:
        return None
    return (begin, end) if first_day <= begin <= end <= last_day else None


def pick_step(first_day: date, last_day: date) -> Step:
    """The length of a point; left alone, one that suits the period."""
    suited = suited_step(first_day, last_day)

    def name(step: str) -> str:
        if step == _AUTOMATIC:
            return t("input.step_automatic", step=t(f"step.{suited}"))
        return t(f"step.{step}")

    chosen = kept_select("step", t("input.step"), [_AUTOMATIC, *get_args(Step)], name)
    return suited if chosen == _AUTOMATIC else chosen  # type: ignore[return-value]


def suited_step(first_day: date, last_day: date) -> Step:
    """Quarters of an hour up to a week, hours up to a quarter of a year, days beyond."""
    length = (last_day - first_day).days + 1
    return "15m" if length <= 7 else "1h" if length <= 92 else "1d"


def pick_calendar(known: pl.DataFrame) -> dict[str, Any]:
    """One row of the time-of-use calendars."""
    rows = {row["calendar_code"]: row for row in known.iter_rows(named=True)}
    name = "name_en" if language() == "en" else "name"
    chosen = kept_select("calendar", t("input.calendar"), list(rows), lambda code: rows[code][name])
    return rows[chosen]


def pick_channel() -> str:
    """What was measured: energy taken, given, or reactive."""
    return kept_select(
        "channel", t("input.channel"), list(CHANNELS), lambda channel: t(f"channel.{channel}")
    )


def pick_comparison(here: District, first_day: date, last_day: date) -> tuple[date, date] | None:
    """The period to compare with, or none; one of the reader's own begins where there are data."""
    kinds = [_NONE, *get_args(Comparison), _CUSTOM]
    chosen = kept_select(
        "compare", t("input.comparison"), kinds, lambda kind: t(f"comparison.{kind}")
    )
    if chosen == _NONE:
        return None
    if chosen != _CUSTOM:
        return compared_period(chosen, first_day, last_day)  # type: ignore[arg-type]
    suggested = max(here.first_day, compared_period("previous", first_day, last_day)[0])
    wishes = (st.session_state.get("other"), _asked_day("other"), suggested)
    st.session_state["other"] = next(
        wish for wish in wishes if wish and here.first_day <= wish <= here.last_day
    )
    begin = st.date_input(
        t("input.comparison_from"),
        key="other",
        format="YYYY-MM-DD",
        min_value=here.first_day,
        max_value=here.last_day,
    )
    if not isinstance(begin, date):
        return None
    st.query_params["other"] = begin.isoformat()
    return begin, begin + (last_day - first_day)


def _asked_day(name: str) -> date | None:
    try:
        return date.fromisoformat(st.query_params[name])
    except (KeyError, ValueError):
        return None


def kept_select(key: str, label: str, options: Sequence[str], name: Callable[[str], str]) -> str:
    """A select box whose choice stands in the address, unless it is the first option."""
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(key)
        st.session_state[key] = asked if asked in options else options[0]
    if st.session_state.get(f"{key}_said_in") != language():
        # The browser keeps the words of a choice until it is told the choice again.
        st.session_state[key] = st.session_state[key]
        st.session_state[f"{key}_said_in"] = language()
    chosen = st.selectbox(label, options, format_func=name, key=key)
    if chosen != options[0]:
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]
    return chosen
