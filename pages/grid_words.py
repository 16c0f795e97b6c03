"""The state of the grid in words: names, links, what was seen and what the limit is."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import polars as pl
import streamlit as st

from pages import units
from pages.columns import columns
from pages.districts import District
from pages.text import language, t
from queries.grid.limits import GridLimits

AREA_PAGE = "load-transformer-area"


def name_of(row: dict[str, Any], id_column: str = "transformer_id") -> str:
    """The name in the reader's language; its number where it has none."""
    return (row["name_en"] if language() == "en" else None) or row["name"] or row[id_column]


def names(frame: pl.DataFrame, id_column: str = "transformer_id") -> pl.Series:
    """Likewise of every row."""
    told = [name_of(row, id_column) for row in frame.iter_rows(named=True)]
    return pl.Series("name", told, dtype=pl.String)


def area_link(here: District, transformer_id: str) -> str:
    """Address of the page of one transformer area, below this one's folder."""
    district = {} if here.district_id is None else {"district": here.district_id}
    return f"{AREA_PAGE}?{urlencode({**district, 'transformer': transformer_id})}"


def area_columns(frame: pl.DataFrame) -> dict:
    """``columns`` where ``open`` holds such addresses: it shows the number alone."""
    link = st.column_config.LinkColumn(
        t("column.transformer_id"), display_text=r"transformer=([^&]+)"
    )
    return columns(frame) | {"open": link}


def until(at: datetime | None) -> str:
    """A moment at which a day may end: ``2025年12月31日 24:00``, not 00:00 of the next."""
    if at is None or at.time() != time():
        return units.moment(at, with_year=True)
    return f"{units.day(at.date() - timedelta(days=1))} 24:00"


def voltage(value_v: float | None) -> str:
    """``198.3 V``; a dash where there is none."""
    return "–" if value_v is None else f"{value_v:.1f} V"


def lasted(row: dict[str, Any]) -> str:
    """How long something has lasted; at least so long, where it began before."""
    hours = row["lasted_hours"]
    if hours is None:
        return t("grid.over_two_days")
    text = units.hours(hours)
    return t("grid.at_least", time=text) if row["is_since_before"] else text


def seen(row: dict[str, Any]) -> str:
    """What was seen: ``负载率 107.6%`` or ``A 相 193.2 V``."""
    kind = row["attention"]
    if row["worst_v"] is not None:
        return t(
            "attention_seen.voltage",
            phase=row["worst_phase"],
            voltage=voltage(row["worst_v"]),
            points=row["points"],
        )
    if kind == "no_data":
        return t("attention_seen.no_data")
    word = kind if kind in {"imbalance", "phase_overload"} else "loading"
    return t(f"attention_seen.{word}", share=units.share(row["value_share"]))


def limit(kind: str, limits: GridLimits) -> str:
    """The limit in words, with how long it must last."""
    return t(
        f"attention_limit.{kind}",
        heavy=units.share(limits.heavy_share),
        overload=units.share(limits.overload_share),
        hours=f"{limits.least_hours:g}",
        imbalance=units.share(limits.imbalance_share),
        loaded=units.share(limits.imbalance_from_share),
        phase=units.share(limits.current_share),
        low=voltage(limits.low_v),
        high=voltage(limits.high_v),
        lost=voltage(limits.lost_v),
        stale=f"{limits.stale_minutes:g}",
    )
