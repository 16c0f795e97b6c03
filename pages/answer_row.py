"""What stands below an answer: its files, its picture, and the way to ask the same again."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import streamlit as st

from pages.charts import Chart
from pages.downloads import later, offer_downloads, offer_tables
from pages.reproduce import offer_reproduction


def offer_answer(
    question: Callable[..., pl.DataFrame],
    asked: Mapping[str, Any],
    name: str,
    *,
    chart: Callable[[], Chart] | None = None,
    title: str = "",
) -> None:
    """A row of buttons for one question as it was put.

    Args:
        question: What was asked.
        asked: With these inputs.
        name: File name without its ending.
        chart: The chart in the colours of paper; None: it has none.
        title: What stands above the chart in its picture.
    """
    with st.container(horizontal=True):
        if chart is None:
            offer_tables(name, later(question, **asked))
        else:
            offer_downloads(name, later(question, **asked), chart, title=title)
        offer_reproduction(question, **asked)
