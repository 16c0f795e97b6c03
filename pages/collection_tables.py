"""Tables of the collection: who is offline since when, clocks furthest off, who collects."""

import polars as pl
import streamlit as st

from pages.collection_day import CollectionDay
from pages.collection_words import in_local_time, moment, place_names
from pages.session import ask, settings
from pages.tables import show_table
from pages.text import t
from queries.governance.offline_since import offline_since
from queries.governance.worst_clocks import worst_clocks

_MOST_CLOCKS, _MOST_OFFLINE = 20, 100


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
    show_table(shown, most=320, key="offline")


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
    show_table(shown, most=320, key="clocks")


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
