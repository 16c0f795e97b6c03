"""What a planner asks of the optimiser of prices: whose, what to lower, and what must hold."""

from datetime import date
from typing import Any

import streamlit as st

from pages.districts import District
from pages.inputs import in_words, kept_select
from pages.session import ask
from pages.text import language, t
from queries.billing.price_classes import price_classes
from queries.demand.optimal_calendars import BEST, BLOCKS, TODAY
from queries.demand.optimal_terms import HOURS, USUAL_PURCHASE_CNY_PER_KWH, Problem
from queries.demand.response_models import response_models
from queries.periods import usual_year, whole_months

_HOME = "residential"
_KEY = "optimal_{}"
_PER_CENT = 100
_USUAL: dict[str, Any] = {
    "uptake": 30,
    "rise": 10,
    "by_policy": False,
    "least_ratio": 2.0,
    "most_ratio": 6.0,
    "sharp": (1.2, 1.5),
    "low_on": False,
    "low_kwh": 1200,
    "low_rise": 5,
    "technology": False,
    "model": "arcturus",
}


def pick_problem(here: District) -> Problem | None:
    """The problem of the widgets; None where nobody has a tariff."""
    for name, usual in _USUAL.items():
        st.session_state.setdefault(_KEY.format(name), usual)
    whole = whole_months(here.first_day, here.last_day)
    days = usual_year(whole) if whole else (here.first_day, here.last_day)
    classes = _classes(here, days)
    if not classes:
        return None
    who, aim_place, hours, uptake, rise = st.columns(
        [1.5, 1.6, 1.7, 1.6, 1.6], vertical_alignment="bottom"
    )
    with who:
        chosen = kept_select(
            "price_class", t("optimal.whose"), classes, lambda one: in_words("price_class", one)
        )
    with aim_place:
        aim = kept_select(
            "aim", t("optimal.aim"), ["peak", "cost"], lambda one: t(f"optimal.{one}")
        )
    with hours:
        named = [TODAY, BEST, *(f"blocks_{count}" for count in BLOCKS)]
        periods = kept_select("hours", t("optimal.hours"), named, hours_name)
    with uptake:
        _share("uptake", 100)
    with rise:
        _share("rise", 50)
    purchase = _conditions(aim, is_home=chosen == _HOME)
    return _problem(here, days, {"price_class": chosen, "aim": aim, "periods": periods}, purchase)


def hours_name(code: str) -> str:
    """How hours are called: today's, the best, or so many blocks."""
    if code.startswith("blocks_"):
        return t("optimal.blocks", blocks=code.removeprefix("blocks_"))
    return t(f"optimal.hours_{code}")


def _classes(here: District, days: tuple[date, date]) -> list[str]:
    found = ask(price_classes, first_day=days[0], last_day=days[1], **here.inputs)
    known = [
        row["price_class"]
        for row in found.iter_rows(named=True)
        if row["price_class"] and row["tariff_code"]
    ]
    return sorted(known, key=lambda one: one != _HOME)


def _share(name: str, most: int) -> None:
    st.slider(
        t(f"optimal.{name}"),
        0,
        most,
        key=_KEY.format(name),
        format="%d %%",
        help=t(f"optimal.{name}_note"),
    )


def _conditions(aim: str, *, is_home: bool) -> tuple[float, ...]:
    """More conditions; what energy costs to buy by hour."""
    with st.expander(t("optimal.conditions"), icon=":material/rule:"):
        ratios, low, answer = st.columns(3, gap="large")
        with ratios:
            _ratios(is_home=is_home)
        with low:
            st.toggle(t("optimal.low_on"), key=_KEY.format("low_on"))
            st.number_input(
                t("optimal.low_kwh"),
                min_value=0,
                max_value=100_000,
                step=100,
                key=_KEY.format("low_kwh"),
            )
            _share("low_rise", 50)
        with answer:
            _answer()
        return _purchase() if aim == "cost" else USUAL_PURCHASE_CNY_PER_KWH


def _ratios(*, is_home: bool) -> None:
    policy_key = _KEY.format("by_policy")
    if st.session_state.get("optimal_ratio_for") != is_home:
        # the policy means trade; homes begin where answers were tried
        st.session_state[policy_key] = not is_home
        st.session_state["optimal_ratio_for"] = is_home
    st.toggle(t("optimal.by_policy"), key=policy_key, help=t("optimal.by_policy_note"))
    least, most = st.columns(2)
    for place, name in ((least, "least_ratio"), (most, "most_ratio")):
        with place:
            st.number_input(
                t(f"optimal.{name}"),
                min_value=1.5,
                max_value=12.0,
                step=0.5,
                format="%.1f",
                key=_KEY.format(name),
                disabled=name == "least_ratio" and st.session_state[policy_key],
            )
    st.slider(t("optimal.sharp"), 1.0, 2.5, step=0.05, key=_KEY.format("sharp"), format="%.2f")


def _answer() -> None:
    known = {code: one for code, one in response_models().items() if one.form != "ces"}
    name = "name_en" if language() == "en" else "name_zh"
    st.selectbox(
        t("what_if.model"),
        list(known),
        format_func=lambda code: getattr(known[code], name),
        key=_KEY.format("model"),
    )
    st.toggle(t("optimal.technology"), key=_KEY.format("technology"))
    st.caption(t("optimal.model_note"))


def _purchase() -> tuple[float, ...]:
    """An editable price of every hour."""
    st.markdown(t("optimal.purchase"))
    table = {f"{hour:02d}": [price] for hour, price in enumerate(USUAL_PURCHASE_CNY_PER_KWH)}
    edited = st.data_editor(
        table,
        hide_index=True,
        key=_KEY.format("purchase"),
        column_config={
            name: st.column_config.NumberColumn(
                name, min_value=0.0, max_value=10.0, format="%.2f", required=True
            )
            for name in table
        },
    )
    return tuple(float(edited[f"{hour:02d}"][0]) for hour in range(HOURS))


def _problem(
    here: District, days: tuple[date, date], chosen: dict[str, Any], purchase: tuple[float, ...]
) -> Problem:
    held = {name: st.session_state[_KEY.format(name)] for name in _USUAL}
    least = None if held["by_policy"] else held["least_ratio"]
    return Problem(
        first_day=days[0],
        last_day=days[1],
        **here.inputs,
        **chosen,
        purchase_cny_per_kwh=purchase,
        model=held["model"],
        uptake_share=held["uptake"] / _PER_CENT,
        has_technology=held["technology"],
        least_ratio=least,
        most_ratio=max(held["most_ratio"], least or 0),
        least_sharp_times=held["sharp"][0],
        most_sharp_times=held["sharp"][1],
        bill_rise_share=held["rise"] / _PER_CENT,
        low_use_kwh=held["low_kwh"],
        low_rise_share=held["low_rise"] / _PER_CENT if held["low_on"] else None,
    )
