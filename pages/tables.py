"""A table of an answer on a page: headings in words, a dash where nothing stands."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from pages.columns import columns

_HEADING, _ROW = 36, 33  # px, as Streamlit draws them at a base font of 15 px


def show_table(
    frame: pl.DataFrame,
    *,
    most: int | None = None,
    heads: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> None:
    """Show rows as they are, under headings with their units.

    Args:
        frame: What stands in it.
        most: Height [px] it may reach; it has no empty lines below its rows. None: ten rows.
        heads: ``column_config`` of it; None: by the names of the columns. Empty: these are words.
        key: A name, where two tables of a page are alike.
    """
    st.dataframe(
        frame,
        column_config=columns(frame) if heads is None else heads,
        hide_index=True,
        # Left to itself, the browser says None there.
        placeholder="–",
        height="auto" if most is None else table_height(frame, most),
        key=key,
    )


def table_height(frame: pl.DataFrame, most: int = 320) -> int:
    """Height of a table [px] that has no empty lines below its rows, and no more than ``most``."""
    return min(most, _HEADING + _ROW * max(frame.height, 1))
