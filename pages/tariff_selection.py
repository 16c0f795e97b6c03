"""Whose bills a simulation of tariffs is about: months, class of prices, region, customers."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.districts import District
from pages.inputs import in_words, kept_select
from pages.session import ask
from pages.text import language, t
from queries.billing.lab import MOST_DAYS
from queries.billing.price_classes import price_classes
from queries.load.areas import areas
from queries.periods import usual_year, whole_months

EVERY = "all"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen.

    Attributes:
        district: The district's name in the session.
        classes: The answer of ``price_classes`` for its months.
        row: That of the chosen class.
        inputs: For every question of the simulation.
        regions: Names of the regions by id.
    """

    district: str
    classes: pl.DataFrame
    row: dict[str, Any]
    inputs: dict[str, Any]
    regions: dict[str, str]


def pick_selection(here: District) -> Chosen | None:
    """Months, class, region and customers; None where nobody of them has readings."""
    with st.container(border=True):
        *months, class_place, region_place, customers_place = st.columns([1, 1, 2.6, 1.7, 1.3])
        first_day, last_day = _pick_months(here, months)
        with st.spinner(t("lab.loading", district=here.label)):
            found = ask(price_classes, first_day=first_day, last_day=last_day, **here.inputs)
        rows = {row["price_class"]: row for row in found.iter_rows(named=True)}
        offered = [name for name, row in rows.items() if name and row["tariff_code"]]
        if not offered:
            return None
        with class_place:
            chosen = kept_select(
                "price_class",
                t("lab.price_class"),
                offered,
                lambda name: _class_name(rows[name]),
            )
        regions = _regions(here)
        with region_place:
            region = kept_select(
                "region",
                t("lab.region"),
                [EVERY, *regions],
                lambda one: here.label if one == EVERY else regions[one],
            )
        with customers_place:
            customers = kept_select(
                "customers",
                t("lab.customers"),
                [EVERY, "residential", "commercial", "industrial", "agricultural", "public"],
                lambda one: t("input.everything") if one == EVERY else t(f"customer_class.{one}"),
            )
    inputs = {
        "first_day": first_day,
        "last_day": last_day,
        **here.inputs,
        "price_classes": (chosen,),
        "customer_class": None if customers == EVERY else customers,
    }
    if region != EVERY:
        inputs["region_id"] = region
    return Chosen(here.district_id or "", found, rows[chosen], inputs, regions)


def _class_name(row: dict[str, Any]) -> str:
    return t(
        "lab.class_with_accounts",
        name=in_words("price_class", row["price_class"]),
        accounts=f"{row['accounts']:,}",
        money=units.money(row["now_cny"]),
    )


def _regions(here: District) -> dict[str, str]:
    name = "name_en" if language() == "en" else "name"
    found = ask(areas, area_kind="region", **here.inputs)
    return {
        row["area_id"]: row[name] or row["name"] or row["area_id"]
        for row in found.iter_rows(named=True)
        if row["area_id"] != here.district_id
    }


def _pick_months(here: District, places: list) -> tuple[date, date]:
    """The first and the last month; at first the last twelve whole ones, at most three years."""
    whole = whole_months(here.first_day, here.last_day)
    months = {begin.isoformat(): (begin, end) for begin, end in whole} or {
        here.first_day.isoformat(): (here.first_day, here.last_day)
    }
    first, last = usual_year(tuple(months.values()))
    ends = {end.isoformat(): begin for begin, (_, end) in months.items()}
    begin = _kept_month("from", places[0], list(months), first.isoformat())
    first_day = date.fromisoformat(begin)
    latest = (first_day + timedelta(MOST_DAYS)).isoformat()
    until = _kept_month(
        "to", places[1], [end for end in ends if begin < end <= latest], last.isoformat()
    )
    return first_day, date.fromisoformat(until)


def _kept_month(key: str, place: Any, options: list[str], usual: str) -> str:  # noqa: ANN401
    widget = f"month_{key}"
    if st.session_state.get(widget) not in options:
        asked = st.query_params.get(key)
        fallback = usual if usual in options else options[-1]
        st.session_state[widget] = asked if asked in options else fallback
    with place:
        chosen = st.selectbox(
            t(f"lab.month_{key}"), options, format_func=lambda day: day[:7], key=widget
        )
    st.query_params[key] = chosen
    return chosen
