"""Columns of tables by name: heading with its unit, format, width. On the page and in files."""

import polars as pl
import streamlit as st

from pages.text import t
from pages.units import is_reactive

_UNITS = {"_kwh": "kWh", "_kw": "kW", "_kva": "kVA", "_kv": "kV"}
_NAMES = {"name", "group"}
_HAN = r"[^\x00-\xff]"
_HAN_PX, _LETTER_PX, _AROUND_PX = 13.5, 7.5, 20
_LEAST_PX, _MOST_PX = 76, 340
_MONEY = {"_cny_per_kwh": "/kWh", "_cny": ""}


def heading(name: str, channel: str = "import") -> str:
    """``电量 (kWh)``: the column's name in words, and its unit."""
    for suffix, unit in _MONEY.items():
        if name.endswith(suffix):
            return f"{t(f'column.{name}')} ({t('unit.cny')}{unit})"
    for suffix, unit in _UNITS.items():
        if name.endswith(suffix):
            shown = unit.replace("W", "var") if is_reactive(channel) else unit
            return f"{t(f'column.{name}')} ({shown})"
    return t(f"column.{name}")


def columns(frame: pl.DataFrame, channel: str = "import") -> dict:
    """Streamlit's ``column_config`` of a frame."""
    return {
        name: _column(name, dtype, heading(name, channel), _width(frame[name]))
        for name, dtype in frame.schema.items()
    }


def _width(column: pl.Series) -> int | None:
    """Pixels of a column of names; None: the browser decides.

    It decides once, for the first rows it sees: a table of classes that becomes one of industries
    would cut their names to the length of the classes'.
    """
    if column.name not in _NAMES or column.dtype != pl.String:
        return None
    wide = column.str.count_matches(_HAN) * _HAN_PX
    narrow = column.str.replace_all(_HAN, "").str.len_chars() * _LETTER_PX
    longest = (wide + narrow).max() or 0
    return min(max(int(longest) + _AROUND_PX, _LEAST_PX), _MOST_PX)  # type: ignore[arg-type]


def _column(name: str, dtype: pl.DataType, label: str, width: int | None) -> object:
    kinds = st.column_config
    if dtype.is_numeric():
        is_share = name.endswith("_share")
        shown = "percent" if is_share else "%,d" if dtype.is_integer() else "%,.1f"
        shown = "%,.2f" if name.endswith("_cny") else shown
        shown = "%.4f" if name.endswith("_cny_per_kwh") else shown
        return kinds.NumberColumn(label, format=shown)
    if dtype == pl.Date:
        return kinds.DateColumn(label, format="YYYY-MM-DD")
    if isinstance(dtype, pl.Datetime):
        return kinds.DatetimeColumn(label, format="YYYY-MM-DD HH:mm")
    if dtype == pl.Boolean:
        return kinds.CheckboxColumn(label)
    return kinds.TextColumn(label, width=width)
