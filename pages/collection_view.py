"""What the page of the collection shows: figures of a day, its days, places, clocks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from ingest.validation.rules import read_rules
from pages import units
from pages.charts import current_look
from pages.collection_charts import curve_map, success_lines
from pages.collection_words import (
    change_in_points,
    in_local_time,
    moment,
    named,
    place_names,
    table_height,
)
from pages.columns import columns
from pages.districts import District
from pages.figures import figure, figures
from pages.inputs import kept_select
from pages.session import ask, settings
from pages.text import t
from queries.governance.clock_rate import clock_rate
from queries.governance.collection_glance import collection_glance
from queries.governance.collection_success import collection_success
from queries.governance.curve_completeness import curve_completeness
from queries.governance.offline_since import offline_since
from queries.governance.worst_clocks import worst_clocks
from queries.local_time import standard_offset

_DAYS, _MOST_PLACES, _MOST_CLOCKS, _MOST_OFFLINE = 31, 20, 20, 100


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


def show_figures(chosen: CollectionDay) -> None:
    """The tiles of the day; nothing is due where the register knows no meter."""
    before = chosen.day - timedelta(days=1)
    asked: dict[str, Any] = {"first_day": before, "last_day": chosen.day}
    success = ask(collection_success, **asked, **chosen.success)
    curve = ask(curve_completeness, **asked, **chosen.here.inputs)
    found = _of_day(success, chosen.day)
    if found is None:
        st.info(t("collection.nothing_due"), icon=":material/inbox:")
        return
    with figures():
        figure(
            t("collection.success"),
            units.share(found["success_share"]),
            beside=change_in_points(found["success_change_share"]),
            help_text=t("collection.success_note", cut_off=chosen.success["cut_off"]),
        )
        figure(
            t("collection.backfilled"),
            units.share(found["backfilled_share"]),
            beside=t("collection.still_missing", missing=f"{found['missing_meters']:,}"),
            help_text=t(
                "collection.backfilled_note",
                due=f"{found['due_meters']:,}",
                late=f"{found['late_meters']:,}",
            ),
        )
        figure(
            t("collection.first_pass"),
            units.share(found["first_pass_share"]),
            beside=t("collection.of_asked", asked=f"{found['asked_meters']:,}"),
            help_text=t("collection.first_pass_note", unasked=f"{found['unasked_meters']:,}"),
        )
        _curve_figure(_of_day(curve, chosen.day))
        figure(
            t("collection.online"),
            units.share(chosen.glance["online_share"]),
            beside=t(
                "collection.of_terminals",
                online=f"{chosen.glance['online_terminals']:,}",
                terminals=f"{chosen.glance['terminals']:,}",
            ),
            help_text=t("collection.online_note"),
        )
        _clock_figure(chosen)


def _of_day(frame: pl.DataFrame, day: date) -> dict[str, Any] | None:
    return next(frame.filter(pl.col("service_date") == day).iter_rows(named=True), None)


def _value(row: dict[str, Any] | None, name: str) -> float | None:
    return None if row is None else row[name]


def _curve_figure(found: dict[str, Any] | None) -> None:
    figure(
        t("collection.curve"),
        units.share(_value(found, "curve_share")),
        beside=change_in_points(_value(found, "curve_change_share")),
        help_text=t("collection.curve_note"),
    )


def _clock_figure(chosen: CollectionDay) -> None:
    rates = {row["kind"]: row for row in ask(clock_rate, **chosen.clocks).iter_rows(named=True)}
    meters, terminals = rates.get("meter"), rates.get("terminal")
    figure(
        t("collection.clocks"),
        units.share(_value(meters, "within_share")),
        beside=t(
            "collection.of_clocks",
            within=f"{meters['within_devices']:,}",
            read=f"{meters['read_devices']:,}",
        )
        if meters
        else t("collection.no_clock"),
        help_text=t(
            "collection.clocks_note",
            meter=f"{chosen.clocks['meter_limit_seconds']:g}",
            terminal=f"{chosen.clocks['terminal_limit_seconds']:g}",
            terminals=units.share(_value(terminals, "within_share")),
        ),
    )


def show_days(chosen: CollectionDay) -> None:
    """Success by day, and the day by place or protocol in a table."""
    asked: dict[str, Any] = {"first_day": chosen.first_day, "last_day": chosen.day}
    days = ask(collection_success, **asked, **chosen.success)
    chart_place, table_place = st.columns([1, 1.7], gap="large")
    with chart_place:
        st.subheader(t("collection.by_day"))
        st.altair_chart(success_lines(days, look=current_look(), height=300), theme=None)
    with table_place:
        st.subheader(t("collection.by_group", day=units.day(chosen.day)))
        kinds = ["region", "transformer", "terminal", "protocol", "purpose"]
        kind = kept_select("by", t("collection.by"), kinds, lambda k: t(f"collection_group.{k}"))
        found = ask(
            collection_success,
            first_day=chosen.day,
            last_day=chosen.day,
            group_by=kind,
            **chosen.success,
        )
        shown = named(found, kind).select(
            "name",
            "due_meters",
            "late_meters",
            "missing_meters",
            "success_share",
            "backfilled_share",
            "first_pass_share",
        )
        worst_first = shown.sort("success_share", "name")
        st.dataframe(
            worst_first,
            column_config=columns(shown),
            hide_index=True,
            height=table_height(shown, 232),
            key="groups",
        )


def show_curve_map(chosen: CollectionDay) -> None:
    """Completeness of curves by day and place: those with most missing."""
    st.subheader(t("collection.curve_map"))
    kinds = ["transformer", "region", "feeder"]
    place, _ = st.columns([1, 3])
    with place:
        kind = kept_select("map", t("collection.by"), kinds, lambda k: t(f"collection_group.{k}"))
    found = ask(
        curve_completeness,
        first_day=chosen.first_day,
        last_day=chosen.day,
        group_by=kind,
        most_groups=_MOST_PLACES,
        **chosen.here.inputs,
    )
    if found.is_empty():
        st.info(t("collection.no_curve"), icon=":material/inbox:")
        return
    st.caption(t("collection.curve_map_note", most=_MOST_PLACES))
    shown = found.with_columns(place_names(found, kind).alias("place"))
    st.altair_chart(curve_map(shown, look=current_look()), theme=None)


def show_offline(chosen: CollectionDay) -> None:
    """Areas and usage points that nothing was read of, since when."""
    st.subheader(t("collection.offline"))
    found = ask(offline_since, day=chosen.day, **chosen.here.inputs)
    if found.is_empty():
        st.success(t("collection.nobody_offline"), icon=":material/check:")
        return
    st.caption(
        t("collection.offline_note", shown=min(found.height, _MOST_OFFLINE), all=found.height)
    )
    shown = found.head(_MOST_OFFLINE).select(
        "subject_id",
        "last_actual_day",
        "silent_days",
        "usage_points",
        place_names(found, "transformer", "transformer_id").head(_MOST_OFFLINE).alias("area"),
    )
    st.dataframe(
        shown,
        column_config=columns(shown),
        hide_index=True,
        height=table_height(shown),
        key="offline",
    )


def show_clocks(chosen: CollectionDay) -> None:
    """The clocks furthest off."""
    st.subheader(t("collection.worst_clocks"))
    found = ask(worst_clocks, **chosen.clocks, most_rows=_MOST_CLOCKS)
    if found.is_empty():
        st.info(t("collection.no_clocks"), icon=":material/schedule:")
        return
    st.caption(t("collection.worst_clocks_note", most=_MOST_CLOCKS))
    kinds = {kind: t(f"device_kind.{kind}") for kind in found["kind"].unique()}
    shown = in_local_time(found).select(
        "device_id",
        pl.col("kind").replace(kinds),
        "drift_seconds",
        "limit_seconds",
        "is_within",
        "read_at",
        "usage_point_id",
    )
    st.dataframe(
        shown,
        column_config=columns(shown),
        hide_index=True,
        height=table_height(shown),
        key="clocks",
    )


def show_collector(chosen: CollectionDay) -> None:
    """Who collects, and since when what waits; where nobody does, how to begin."""
    glance = chosen.glance
    if not chosen.has_collector:
        st.info(
            t("collection.no_collector", file=settings().collectors_file.name),
            icon=":material/sensors_off:",
        )
        st.code("fenggu collect", language="bash")
        return
    st.caption(
        t(
            "collection.running",
            collectors=f"{glance['collectors']:,}",
            meters=f"{glance['meters']:,}",
            asked=moment(glance["attempted_at"]),
        )
    )
