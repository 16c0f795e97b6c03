"""Which moment the pages of the present take for now, and by which limits they judge."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import streamlit as st

from pages import units
from pages.districts import District
from pages.session import ask, settings
from pages.text import t
from queries.grid.limits import GridLimits, grid_limits, shipped_limits
from queries.load.latest_interval import latest_interval
from queries.local_time import standard_offset

_LATEST, _OTHER = "latest", "other"


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment that is looked at, standard time.

    Attributes:
        at: Intervals that ended by then are looked at.
        latest: When the latest interval of the district ended.
        now: What the clock says.
        is_live: Whether ``at`` is the clock's now.
        is_chosen: Whether the reader chose another moment.
    """

    here: District
    at: datetime
    latest: datetime
    now: datetime
    is_live: bool
    is_chosen: bool

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of a question about the moment."""
        return {"at": self.at, **self.here.inputs, **limits_input()}

    @property
    def behind(self) -> str:
        """How long ago the latest interval ended: ``3 小时``, ``329 天``."""
        hours = (self.now - self.latest) / timedelta(hours=1)
        days = hours / 24
        return t("grid.days", days=f"{days:,.0f}") if days >= 2 else units.hours(hours)


def limits() -> GridLimits:
    """The limits in force."""
    return grid_limits(settings())


def limits_input() -> dict[str, Any]:
    """The limits as an input of a question; nothing where they are the shipped ones."""
    mine = limits()
    return {} if mine == shipped_limits() else {"limits": mine}


def pick_moment(here: District) -> Moment | None:
    """The clock's now where readings are fresh, else the latest interval; or what is chosen.

    Where curves are fetched once a day, the present is always the end of the last one. None where
    nothing was read.
    """
    latest = ask(latest_interval, **here.inputs).item()
    if latest is None:
        return None
    clock = datetime.now(UTC)
    # To the minute, so that the answer is remembered between two looks.
    now = (clock + standard_offset(settings().zone, clock.year)).replace(
        tzinfo=None, second=0, microsecond=0
    )
    is_live = now - latest <= timedelta(minutes=limits().stale_minutes)
    chosen = _chosen(here, latest)
    if chosen is not None:
        return Moment(here, chosen, latest, now, is_live=False, is_chosen=True)
    return Moment(here, now if is_live else latest, latest, now, is_live, is_chosen=False)


def _chosen(here: District, latest: datetime) -> datetime | None:
    first = datetime.combine(here.first_day, time()) + timedelta(minutes=15)
    asked = _asked(first, latest)
    if "moment_kind" not in st.session_state:
        st.session_state["moment_kind"] = _OTHER if asked else _LATEST
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            t("grid.moment"),
            [_LATEST, _OTHER],
            format_func=lambda one: t(f"grid.moment_{one}"),
            key="moment_kind",
            required=True,
        )
        if kind != _OTHER:
            st.query_params.pop("at", None)
            return None
        picked = st.datetime_input(
            t("grid.moment_at"),
            value=asked or latest,
            key=f"moment_{here.district_id}",
            min_value=first,
            max_value=latest,
            format="YYYY-MM-DD",
            step=timedelta(minutes=15),
            width=240,
        )
    chosen = picked if isinstance(picked, datetime) else latest
    st.query_params["at"] = chosen.isoformat(timespec="minutes")
    return chosen


def _asked(first: datetime, latest: datetime) -> datetime | None:
    try:
        asked = datetime.fromisoformat(st.query_params["at"])
    except (KeyError, ValueError):
        return None
    return asked if asked.tzinfo is None and first <= asked <= latest else None
