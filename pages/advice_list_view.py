"""Everybody's saving advice in one list: by kind, sorted by money, each a click from its own."""

from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.columns import columns
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.inputs import in_words
from pages.reproduce import offer_reproduction
from pages.session import ask
from pages.text import t
from queries.customers.advice_kinds import advice_kinds
from queries.customers.advice_list import advice_list

_SHOWN_ROWS = 2000


def show_list(here: District) -> str | None:
    """The list; the usage point whose own advice is asked for by a click, or None."""
    kinds = ask(advice_kinds, **here.inputs)
    if kinds.is_empty():
        st.info(t("advice.nobody_advised"), icon=":material/inbox:")
        return None
    whole = kinds.row(0, named=True)
    days = units.days(whole["first_day"], whole["last_day"])
    st.markdown(t("advice.list_intro", days=days))
    with figures("_advice_list"):
        figure(t("advice.advised"), f"{whole['customers']:,}", help_text=t("advice.advised_note"))
        figure(
            t("advice.together"),
            units.money(whole["best_cny"]),
            help_text=t("advice.together_note"),
        )
    rows = {row["kind"]: row for row in kinds.iter_rows(named=True)}
    kind = st.pills(
        t("advice.kind"),
        [one for one in rows if one],
        format_func=lambda one: f"{t(f'advice_kind.{one}')} · {rows[one]['customers']:,}",
        key="advice_list_kind",
    )
    asked: dict[str, Any] = {**here.inputs, "kind": kind}
    found = ask(advice_list, **asked)
    if kind is None and st.toggle(
        t("advice.only_best"), value=True, key="advice_only_best", help=t("advice.only_best_note")
    ):
        found = found.filter("is_best")
    shown = found.head(_SHOWN_ROWS)
    clicked = _table(shown)
    if shown.height == _SHOWN_ROWS:
        st.caption(t("advice.shown_rows", rows=f"{_SHOWN_ROWS:,}"))
    with st.container(horizontal=True):
        name = file_name("customers/advice_list", here.file_name)
        offer_tables(name, later(advice_list, **asked))
        offer_reproduction(advice_list, **asked)
    return clicked


def _table(found: pl.DataFrame) -> str | None:
    """The rows in words; the usage point that was clicked."""
    classes = [in_words("customer_class", one or "-") for one in found["customer_class"]]
    # What matters first: a telephone shows no more.
    table = found.select(
        "usage_point_id",
        pl.Series("advice_kind", [t(f"advice_kind.{one}") for one in found["kind"]], pl.String),
        "saving_cny",
        "saving_share",
        "name",
        pl.Series("customer_class", classes, pl.String),
        "saving_kwh",
        "cost_cny",
        "payback_years",
        pl.Series("confidence", [t(f"advice_sure.{c}") for c in found["confidence"]], pl.String),
    )
    event = st.dataframe(
        table,
        column_config=columns(table),
        hide_index=True,
        placeholder="–",
        on_select="rerun",
        selection_mode="single-row",
        key="advice_list_rows",
    )
    rows = event["selection"]["rows"]
    return found["usage_point_id"][rows[0]] if rows else None
