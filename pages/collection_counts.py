"""What terminals count themselves, on the page of the collection: beside ours, and who differs."""

import polars as pl
import streamlit as st

from pages.collection_day import CollectionDay
from pages.session import ask
from pages.text import t
from queries.governance.terminal_counts import VERDICTS, terminal_counts

BESIDE_OURS = (
    "verdict",
    "due_meters",
    "terminal_due_meters",
    "arrived_meters",
    "terminal_read_meters",
)
"""Columns of the table by terminal: whether its own count agrees, and each number beside ours."""

_SAID = ("terminal_due_meters", "terminal_read_meters", "verdict")


def _counts(chosen: CollectionDay) -> pl.DataFrame:
    return ask(terminal_counts, first_day=chosen.day, last_day=chosen.day, **chosen.success)


def with_own_counts(found: pl.DataFrame, chosen: CollectionDay) -> pl.DataFrame:
    """Groups that are terminals, with what each says of itself, and whether that agrees."""
    words = {verdict: t(f"own_count.{verdict}") for verdict in VERDICTS}
    said = _counts(chosen).select(pl.col("terminal").alias("group_id"), *_SAID)
    verdict = pl.col("verdict").replace(words).fill_null(t("own_count.silent"))
    return found.join(said, on="group_id", how="left").with_columns(verdict)


def say_own_counts(chosen: CollectionDay, *, is_by_terminal: bool) -> None:
    """How many terminals counted themselves, and how many of them differ from us, which way."""
    found = _counts(chosen).drop_nulls("verdict")
    if found.is_empty():
        if chosen.has_collector:
            st.caption(t("collection.no_own_counts"))
        return
    of = dict(found["verdict"].value_counts().rows())
    told = f"{found.height:,}"
    if of.keys() == {"agrees"}:
        st.success(t("collection.own_counts_agree", told=told), icon=":material/check:")
        return
    ways = t("collection.own_counts_between").join(
        t(f"collection.own_counts_{verdict}", terminals=f"{of[verdict]:,}")
        for verdict in VERDICTS
        if verdict in of
    )
    where = "" if is_by_terminal else t("collection.own_counts_where")
    text = t("collection.own_counts_differ", told=told, ways=ways)
    st.warning(text + where, icon=":material/rule:")
