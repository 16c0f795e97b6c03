"""Which transformer area the page is about, and which days."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import streamlit as st

from pages.districts import District
from pages.grid_moment import limits_input
from pages.grid_words import name_of
from pages.inputs import kept_select
from pages.session import ask
from pages.text import t
from queries.load.transformer_areas import transformer_areas
from queries.load.transformer_facts import transformer_facts

_SPANS = {"week": 7, "day": 1, "month": 31}
_KEY = "transformer"
_FEW_DAYS = 7


@dataclass(frozen=True, slots=True)
class AreaDays:
    """One transformer area and the days it is looked at.

    Attributes:
        facts: The row of ``transformer_facts``.
    """

    here: District
    facts: dict[str, Any]
    first_day: date
    last_day: date

    @property
    def transformer_id(self) -> str:
        """The area."""
        return self.facts["transformer_id"]

    @property
    def area(self) -> dict[str, Any]:
        """The inputs of a question about the area and the days."""
        return {
            "transformer_id": self.transformer_id,
            "first_day": self.first_day,
            "last_day": self.last_day,
        }

    @property
    def judged(self) -> dict[str, Any]:
        """Likewise where limits matter."""
        return {**self.area, **limits_input()}

    @property
    def step_minutes(self) -> int:
        """Length of a point of a chart: hours where quarters would be too many."""
        return 15 if (self.last_day - self.first_day).days < _FEW_DAYS else 60


def pick_area_days(here: District) -> AreaDays | None:
    """An area by name, and the last day, week or month; None where there is no area."""
    found = ask(transformer_areas, **here.inputs)
    rows = {row["transformer_id"]: row for row in found.iter_rows(named=True)}
    if not rows:
        return None
    named = {key: f"{name_of(row)} ({key})" for key, row in rows.items()}
    area_place, span_place, day_place = st.columns([2.2, 1.2, 1.2], vertical_alignment="bottom")
    with area_place:
        chosen = kept_select(_KEY, t("area_kind.transformer"), list(rows), named.__getitem__)
        # Even the first one stands in the address: this is the page that is sent to its manager.
        st.query_params[_KEY] = chosen
    with span_place:
        span = kept_select(
            "span", t("area_view.span"), list(_SPANS), lambda one: t(f"area_view.{one}")
        )
    with day_place:
        last_day = _pick_day(here)
    first_day = max(here.first_day, last_day - timedelta(days=_SPANS[span] - 1))
    facts = ask(transformer_facts, transformer_id=chosen, day=last_day)
    if facts.is_empty():
        return None
    return AreaDays(here, facts.row(0, named=True), first_day, last_day)


def _pick_day(here: District) -> date:
    try:
        asked = date.fromisoformat(st.query_params["until"])
    except (KeyError, ValueError):
        asked = here.last_day
    is_there = here.first_day <= asked <= here.last_day
    picked = st.date_input(
        t("area_view.until"),
        value=asked if is_there else here.last_day,
        min_value=here.first_day,
        max_value=here.last_day,
        format="YYYY-MM-DD",
        key=f"until_{here.district_id}",
    )
    day = picked if isinstance(picked, date) else here.last_day
    if day != here.last_day:
        st.query_params["until"] = day.isoformat()
    else:
        st.query_params.pop("until", None)
    return day
