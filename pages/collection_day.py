"""The day that the page of the collection looks at, and what its questions have in common."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

from ingest.validation.rules import read_rules
from pages.districts import District
from pages.session import ask, settings
from pages.text import t
from queries.governance.collection_glance import collection_glance
from queries.local_time import standard_offset

_DAYS = 31


@dataclass(frozen=True, slots=True)
class CollectionDay:
    """The day that is looked at, and all that its questions have in common.

    Attributes:
        glance: The row of ``collection_glance``.
    """

    here: District
    day: date
    glance: dict[str, Any]

    @property
    def has_collector(self) -> bool:
        """Whether any collector ever asked."""
        return self.glance["collectors"] > 0

    @property
    def success(self) -> dict[str, Any]:
        """The inputs of ``collection_success`` beside its days."""
        cut_off = settings().collection_cut_off
        return {"cut_off": f"{cut_off:%H:%M}", **self.here.inputs}

    @property
    def clocks(self) -> dict[str, Any]:
        """The inputs of the questions about clocks: the limits that validation has too."""
        limits = read_rules(settings())["clock_drift"]
        names = ("meter_limit_seconds", "terminal_limit_seconds")
        return {"last_day": self.day, **{n: limits[n] for n in names}, **self.here.inputs}

    @property
    def first_day(self) -> date:
        """The first of the days drawn."""
        return self.day - timedelta(days=_DAYS - 1)


def pick_collection_day(here: District) -> CollectionDay:
    """A day whose cut-off is past: yesterday where a collector runs, else the last one read."""
    glance = ask(collection_glance, **here.inputs).row(0, named=True)
    now = datetime.now(UTC)
    yesterday = (now + standard_offset(settings().zone, now.year)).date() - timedelta(days=1)
    newest = max(here.last_day, glance["last_day"] or here.last_day)
    last_day = max(min(newest, yesterday), here.first_day)
    kept = st.session_state.get("collection_day") or _asked_day()
    is_kept = isinstance(kept, date) and here.first_day <= kept <= last_day
    st.session_state["collection_day"] = kept if is_kept else last_day
    day = st.date_input(
        t("collection.day"),
        key="collection_day",
        min_value=here.first_day,
        max_value=last_day,
        format="YYYY-MM-DD",
        width=230,
    )
    chosen = day if isinstance(day, date) else last_day
    st.query_params["day"] = chosen.isoformat()
    return CollectionDay(here, chosen, glance)


def _asked_day() -> date | None:
    try:
        return date.fromisoformat(st.query_params["day"])
    except (KeyError, ValueError):
        return None
