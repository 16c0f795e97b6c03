"""The page of advice: one usage point's list, each piece with its arithmetic; why not the rest."""

import json
from typing import Any

import polars as pl
import streamlit as st

from pages import units
from pages.advice_charts import day_lines
from pages.advice_words import (
    assumption_of,
    how_much,
    kind_name,
    title_of,
    what_to_do,
    why_not,
)
from pages.charts import current_look
from pages.districts import District
from pages.figures import figure, figures
from pages.inputs import kept_select
from pages.session import ask
from pages.tables import show_table
from pages.text import language, t
from queries.customers.advice import advice
from queries.customers.advice_bill import advice_bill
from queries.customers.advice_curve import advice_curve
from queries.customers.offer_candidate_ids import offer_candidate_ids
from queries.load.areas import areas

_SHEET = {"lamps": (0, 5000, 1), "hours_per_day": (0.0, 24.0, 0.5), "old_w": (1.0, 1000.0, 1.0)}
_SHEET |= {"new_w": (1.0, 1000.0, 1.0), "lamp_cny": (0.0, 5000.0, 5.0)}
"""Inputs of the lighting sheet: smallest, largest, step."""
_KEPT, _NEXT = "advice_sheet", "advice_next"


def ask_for(point: str) -> None:
    """Open the advice of this usage point when the page is drawn again."""
    st.session_state[_NEXT] = point
    st.rerun()


def take_next() -> None:
    """Set the page to the usage point that was asked for, before its widgets are drawn."""
    point = st.session_state.pop(_NEXT, None)
    if point:
        st.session_state["point"] = point
        st.session_state["advice_section"] = "one"
        st.session_state.pop("advice_list_rows", None)


def pick_point(here: District) -> tuple[str, str | None] | None:
    """One usage point by name, and its customer; None where there is none."""
    found = ask(areas, area_kind="usage_point_id", **here.inputs).filter(~pl.col("is_check"))
    rows = {row["area_id"]: row for row in found.iter_rows(named=True)}
    if not rows:
        return None

    def name(point: str) -> str:
        own = rows[point]["name_en"] if language() == "en" else None
        return " · ".join(filter(None, (point, own or rows[point]["name"])))

    point = kept_select("point", t("area_kind.usage_point_id"), list(rows), name)
    customers = dict(ask(offer_candidate_ids, **here.inputs).iter_rows())
    return point, customers.get(point)


def sheet_of(point: str) -> dict[str, Any]:
    """What was typed into the lighting sheet of this usage point; nothing: it is estimated."""
    return dict(st.session_state.get(_KEPT, {}).get(point, {}))


def show_advice(asked: dict[str, Any]) -> None:
    """Tiles, every piece of advice, and why the other kinds are none."""
    found = ask(advice, **asked)
    if found.is_empty():
        st.info(t("advice.nothing"), icon=":material/inbox:")
        return
    given = found.filter(status="advised")
    _tiles(found, given)
    for place, row in enumerate(given.iter_rows(named=True)):
        with st.expander(title_of(row), expanded=place == 0):
            _one(row, asked, is_first=place == 0)
    if given.is_empty():
        st.info(t("advice.none_given"), icon=":material/inbox:")
    others = found.filter(pl.col("status") != "advised")
    if not others.is_empty():
        st.subheader(t("advice.others"))
        lines = [
            t("advice.other", kind=kind_name(row), reason=why_not(row))
            for row in others.iter_rows(named=True)
        ]
        st.markdown("\n".join(lines))


def _tiles(found: pl.DataFrame, given: pl.DataFrame) -> None:
    best = given.row(0, named=True) if given.height else None
    free = given.filter(pl.col("cost_cny").is_null())
    with figures():
        figure(
            t("advice.bill_of_year"),
            units.money(found["before_cny"][0]),
            help_text=t("advice.bill_note"),
        )
        figure(t("advice.pieces"), f"{given.height}", help_text=t("advice.pieces_note"))
        if best is not None:
            figure(
                t("advice.best"),
                units.money(best["saving_cny"]),
                beside=t(f"advice_kind.{best['kind']}"),
            )
        if free.height:
            figure(
                t("advice.best_free"),
                units.money(free["saving_cny"][0]),
                beside=t(f"advice_kind.{free['kind'][0]}"),
            )


def _one(row: dict[str, Any], asked: dict[str, Any], *, is_first: bool) -> None:
    """One piece: the sentences, and on demand the bill and the day before and after."""
    st.markdown(what_to_do(row))
    st.markdown(how_much(row))
    st.caption(assumption_of(row))
    if row["kind"] == "lighting":
        _lighting_sheet(row, asked["usage_point_id"])
    key = f"advice_open_{asked['usage_point_id']}_{row['kind']}"
    if st.toggle(t("advice.arithmetic"), value=is_first, key=key):
        _arithmetic(row["kind"], asked)


def _arithmetic(kind: str, asked: dict[str, Any]) -> None:
    bill = ask(advice_bill, kind=kind, **asked)
    parts = [_part(part, period) for part, period in bill.select("part", "period").rows()]
    table = bill.select(
        pl.Series("bill_part", parts, dtype=pl.String),
        "before_cny",
        "after_cny",
        "saving_cny",
    )
    curve = ask(advice_curve, kind=kind, **asked)
    left, right = st.columns([1.3, 1]) if not curve.is_empty() else (st.container(), None)
    with left:
        show_table(table)
        st.caption(t("advice.adds_up"))
    if right is None:
        return
    with right:
        for day_kind in curve["day_kind"].unique(maintain_order=True):
            st.caption(t("advice.mean_day", kind=t(f"day_kind.{day_kind}")))
            st.altair_chart(
                day_lines(curve.filter(day_kind=day_kind), look=current_look()), theme=None
            )


def _part(part: str, period: str | None) -> str:
    """``电量电费 · 高峰``; energy charges beside the time of use say so."""
    name = t(f"charge_kind.{part}")
    if part != "energy":
        return name
    return f"{name} · {t(f'period_of_day.{period}') if period else t('advice.all_hours')}"


def _lighting_sheet(row: dict[str, Any], point: str) -> None:
    """Lamps, hours, watts and prices, to be replaced by who has counted them."""
    said = json.loads(row["figures"])
    with st.popover(t("advice.sheet"), icon=":material/lightbulb:"):
        st.caption(t("advice.sheet_note"))
        with st.form(f"sheet_{point}", border=False):
            for name, (low, high, step) in _SHEET.items():
                st.number_input(
                    t(f"advice_sheet.{name}"),
                    min_value=low,
                    max_value=high,
                    step=step,
                    value=type(low)(said[name]),
                    key=f"sheet_{point}_{name}",
                )
            # Before the page is drawn again, so that all of it is of the new sheet.
            st.form_submit_button(t("advice.sheet_apply"), on_click=_keep_sheet, args=(point,))


def _keep_sheet(point: str) -> None:
    typed = {name: st.session_state[f"sheet_{point}_{name}"] for name in _SHEET}
    st.session_state.setdefault(_KEPT, {})[point] = typed
