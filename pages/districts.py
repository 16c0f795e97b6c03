"""The district a page is about: chosen in the sidebar, kept by the address, marked if simulated."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from pages.readiness import readings_or_stop
from pages.session import ask, who
from pages.text import language, t
from queries.area import NO_REGION
from queries.home.districts import districts
from queries.manifest import LakeError

_KEY = "district"
_FEW = 5
_TAKEN_OVER = ("is_simulated", "first_day", "last_day")


@dataclass(frozen=True, slots=True)
class District:
    """What every question of a page is cut to, and the days there are data of.

    Attributes:
        district_id: None is everything the account sees.
        label: Its name in the reader's language, marked where it is simulated and does not say so.
    """

    district_id: str | None
    label: str
    is_simulated: bool
    first_day: date
    last_day: date

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of a question."""
        return {} if self.district_id is None else {"region_id": self.district_id}

    @property
    def file_name(self) -> str | None:
        """What files about it are called after; None where it has no name of its own."""
        if self.district_id in {None, NO_REGION}:
            return None
        return f"{self.district_id}-simulated" if self.is_simulated else self.district_id


def pick_district() -> District | None:
    """The switch between districts: only a name where there is one, nothing for a customer.

    Returns the district that the page is about; None where there are no readings to ask about.
    """
    try:
        found = _offered(ask(districts))
    except LakeError:
        return None  # the page says what to do
    if len(found) > 1:
        st.session_state[_KEY] = _chosen(found).district_id
        named = {district.district_id: district.label for district in found}
        # A closed box cuts long names short, and what they end in is that they are simulated.
        switch = st.radio if len(named) <= _FEW else st.selectbox
        switch(t("shell.district"), list(named), format_func=named.__getitem__, key=_KEY)
        # Even the first one stands in the address: another may come first with new readings.
        st.query_params[_KEY] = st.session_state[_KEY]
    elif found and found[0].district_id is not None:
        st.caption(found[0].label)
    return _chosen(found) if found else None


def district_or_stop() -> District:
    """The chosen district; where there are no readings, say what to do and stop."""
    return _chosen(_offered(readings_or_stop()))


def named_districts() -> pl.DataFrame:
    """The table of ``districts`` with one name, in the reader's language."""
    found = ask(districts)
    names = [_label(row) for row in found.iter_rows(named=True)]
    return found.select(
        pl.Series("name", names, dtype=pl.String),
        "first_day",
        "last_day",
        "usage_points",
        "check_meters",
        "readings",
        "actual_share",
        "estimated_share",
    )


def _offered(found: pl.DataFrame) -> list[District]:
    """The districts an account may choose from; a customer asks about all that is the own."""
    offered = [
        District(row["district_id"], _label(row), *(row[name] for name in _TAKEN_OVER))
        for row in found.iter_rows(named=True)
    ]
    if who().role != "customer" or not offered:
        return offered
    return [
        District(
            None,
            t("input.everything"),
            any(district.is_simulated for district in offered),
            min(district.first_day for district in offered),
            max(district.last_day for district in offered),
        )
    ]


def _label(row: dict) -> str:
    name = (row["name_en"] if language() == "en" else None) or row["name"] or row["district_id"]
    if row["district_id"] == NO_REGION:
        name = t("home.unregistered")
    word = t("district.simulated")
    if row["is_simulated"] and word not in name.casefold():
        return t("district.marked", name=name, word=word)
    return name


def _chosen(offered: list[District]) -> District:
    """The district switched to, else the one in the address, else the first."""
    by_id = {district.district_id: district for district in offered}
    wishes = (st.session_state.get(_KEY), st.query_params.get(_KEY), offered[0].district_id)
    return next(by_id[wish] for wish in wishes if wish in by_id)
