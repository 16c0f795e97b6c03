"""An answer to take away: as CSV, as a spreadsheet, its chart as a picture."""

import io
from collections.abc import Callable
from contextvars import copy_context
from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st
import vl_convert

from pages.asking import Asker, put
from pages.charts import Chart, fixed_size
from pages.columns import heading
from pages.session import actor, records, scope, settings
from pages.text import language, speak, t
from queries.questions import question_of

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PARQUET = "application/vnd.apache.parquet"


def later(function: Callable[..., pl.DataFrame], **inputs: object) -> Callable[[], pl.DataFrame]:
    """The question, to be put when somebody asks for the file, with today's rights."""
    asker, known = Asker(scope(), actor(), records()), settings()
    return lambda: put(question_of(function), known, asker, inputs)


def offer_downloads(
    name: str,
    frame: Callable[[], pl.DataFrame],
    chart: Callable[[], Chart],
    *,
    title: str,
    channel: str = "import",
) -> None:
    """Three buttons. Nothing is made before one is clicked.

    Args:
        name: File name without its ending.
        frame: The whole answer, every point of it.
        chart: The chart in the colours of paper.
        title: What stands above the chart in its picture.
        channel: What was measured, for the units of the headings.
    """
    files = _tables(frame, channel)
    files["png"] = (t("download.picture"), "image/png", lambda: png_bytes(chart(), title))
    _offer(name, files)


def offer_tables(name: str, frame: Callable[[], pl.DataFrame]) -> None:
    """The answer without a chart: CSV, a spreadsheet, and Parquet with names and types as asked."""
    files = _tables(frame, "import")
    files["parquet"] = ("Parquet", _PARQUET, lambda: parquet_bytes(frame()))
    _offer(name, files)


_File = tuple[str, str, Callable[[], bytes]]
"""Label, kind and content."""


def _tables(frame: Callable[[], pl.DataFrame], channel: str) -> dict[str, _File]:
    return {
        "csv": ("CSV", "text/csv", lambda: csv_bytes(frame(), channel)),
        "xlsx": ("XLSX", _XLSX, lambda: xlsx_bytes(frame(), channel)),
    }


def _offer(name: str, files: dict[str, _File]) -> None:
    spoken = language()

    def made(content: Callable[[], bytes]) -> Callable[[], bytes]:
        def make() -> bytes:
            # It runs in a thread that knows nothing of this page's language.
            speak(spoken)
            return content()

        return lambda: copy_context().run(make)

    for ending, (label, kind, content) in files.items():
        st.download_button(
            label,
            made(content),
            f"{name}.{ending}",
            kind,
            icon=":material/download:",
            on_click="ignore",
            key=f"download_{name}_{ending}",
        )


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """Parquet, with the columns named and typed as the question declares them."""
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def csv_bytes(frame: pl.DataFrame, channel: str = "import") -> bytes:
    """UTF-8 with a byte order mark, without which spreadsheets misread Chinese."""
    named = frame.rename({column: heading(column, channel) for column in frame.columns})
    return named.write_csv(include_bom=True, datetime_format="%Y-%m-%d %H:%M").encode()


def xlsx_bytes(frame: pl.DataFrame, channel: str = "import") -> bytes:
    """A sheet with a fixed heading row, units in it, numbers as numbers."""
    # Spreadsheets know no zones; the heading says which time an instant is in.
    clocks = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    frame = frame.with_columns(pl.col(clocks).dt.replace_time_zone(None))
    named = frame.rename({column: heading(column, channel) for column in frame.columns})
    shares: dict[Any, str] = {
        heading(c, channel): "0.0%" for c in frame.columns if c.endswith("_share")
    }
    moments: dict[Any, str] = {
        heading(c, channel): "yyyy-mm-dd hh:mm"
        for c, dtype in frame.schema.items()
        if isinstance(dtype, pl.Datetime)
    }
    out = io.BytesIO()
    named.write_excel(
        out,
        column_formats=shares | moments,
        dtype_formats={
            pl.Float64: "#,##0.000",
            pl.Decimal: "#,##0.00",
            pl.Date: "yyyy-mm-dd",
        },
        header_format={"bold": True, "text_wrap": True},
        freeze_panes=(1, 0),
        autofit=True,
    )
    return out.getvalue()


def png_bytes(chart: Chart, title: str = "") -> bytes:
    """The chart on white paper, twice as fine as a screen; drawn here, without any service."""
    return vl_convert.vegalite_to_png(fixed_size(chart, title=title), scale=2)


def file_name(question: str, *parts: object) -> str:
    """``load-curve_LV1.401_2016-12-01_2016-12-31``, of letters that every file system takes."""
    shown = [p.isoformat() if isinstance(p, datetime) else str(p) for p in parts if p is not None]
    text = "_".join([question.replace("/", "-"), *shown])
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in text)
