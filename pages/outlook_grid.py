"""What the page of the outlook shows of the grid: what fills up when, and what is open today."""

from typing import Any

import polars as pl
import streamlit as st

from pages.columns import columns
from pages.districts import District
from pages.downloads import file_name, later, offer_tables
from pages.figures import figure, figures
from pages.grid_words import area_columns, area_link, names
from pages.inputs import kept_select
from pages.outlook_view import basis_or_none
from pages.reproduce import offer_reproduction
from pages.session import ask, ask_ahead
from pages.tables import show_table
from pages.text import t
from queries.market.grid_outlook import filling_counts, grid_outlook
from queries.market.open_capacity import open_capacity

_KIND = "outlook_kind"
_KINDS = ("transformer", "feeder")
_SOON_YEARS = 5
_FILLING = (
    "rated_capacity_kva",
    "loading_share",
    "heavy_year_p50",
    "heavy_year_p90",
    "full_year_p50",
    "full_year_p90",
    "last_loading_p50_share",
    "last_loading_p90_share",
    "own_growth_share",
    "households",
)
_OPEN = (
    "rated_capacity_kva",
    "loading_share",
    "open_kva",
    "solar_open_kw",
    "highest_kva",
    "highest_date",
    "lowest_kw",
    "reverse_share",
    "is_metered",
    "readings_share",
)


def begin_grid(asked: dict[str, Any]) -> None:
    """Have the grid's section worked out while another one is read."""
    kept = st.session_state.get(_KIND)
    kind = kept if kept in _KINDS else _KINDS[0]
    ask_ahead((grid_outlook, {**asked, "kind": kind}), (open_capacity, {**asked, "kind": kind}))


def show_grid(here: District, asked: dict[str, Any]) -> None:
    """Transformers or feeders by the year they fill up, and their open capacity."""
    if basis_or_none(asked) is None:
        return
    kind = kept_select(_KIND, t("outlook.kind"), _KINDS, lambda k: t(f"area_kind.{k}"))
    ask_ahead((open_capacity, {**asked, "kind": kind}))
    found = ask(grid_outlook, **asked, kind=kind)
    if found.is_empty():
        st.info(t("outlook.no_areas"), icon=":material/inbox:")
        return
    _figures(found)
    st.subheader(t("outlook.filling"))
    _table(here, kind, found, _FILLING)
    st.caption(t("outlook.filling_note" if kind == "transformer" else "outlook.feeder_note"))
    with st.container(horizontal=True):
        offer_tables(
            file_name("market/grid_outlook", here.file_name, kind),
            later(grid_outlook, **asked, kind=kind),
        )
        offer_reproduction(grid_outlook, **asked, kind=kind)
    st.subheader(t("outlook.open"))
    today = ask(open_capacity, **asked, kind=kind)
    _table(here, kind, today, _OPEN)
    st.caption(t("outlook.open_note"))
    with st.container(horizontal=True):
        offer_tables(
            file_name("market/open_capacity", here.file_name, kind),
            later(open_capacity, **asked, kind=kind),
        )
        offer_reproduction(open_capacity, **asked, kind=kind)


def _figures(found: pl.DataFrame) -> None:
    counts = filling_counts(found, _SOON_YEARS)
    last_year = found["last_year"][0]
    with figures():
        figure(
            t("outlook.full_today"),
            f"{counts['full']:,}",
            beside=t("outlook.of_rated", rated=f"{counts['rated']:,}"),
            help_text=t("outlook.full_note"),
        )
        figure(t("outlook.heavy_today"), f"{counts['heavy']:,}", beside=t("outlook.over_heavy"))
        figure(
            t("outlook.full_soon", years=_SOON_YEARS),
            f"{counts['soon']:,}",
            beside=t("outlook.by_median"),
        )
        figure(
            t("outlook.full_by", year=last_year),
            f"{counts['by_end']:,}",
            beside=t("outlook.perhaps", perhaps=f"{counts['perhaps']:,}"),
            help_text=t("outlook.perhaps_note"),
        )


def _table(here: District, kind: str, frame: pl.DataFrame, wanted: tuple[str, ...]) -> None:
    # A year reads as 2031, and one that is not within the outlook as a dash.
    years = [
        pl.col(name).cast(pl.String).fill_null("–") for name in frame.columns if "_year_" in name
    ]
    named = frame.with_columns(names(frame, "area_id").alias("place"), *years)
    config: dict[str, Any] = {}
    if kind == "transformer":
        links = [area_link(here, one) for one in frame["area_id"]]
        named = named.with_columns(pl.Series("open", links, dtype=pl.String))
    first = ["place", "open" if kind == "transformer" else "area_id"]
    shown = named.select(*first, *wanted)
    config = area_columns(shown) if kind == "transformer" else columns(shown)
    show_table(shown, most=460, heads=config)
