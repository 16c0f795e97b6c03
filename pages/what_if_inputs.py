"""What a planner supposes, in switches and sliders."""

from datetime import date
from typing import Any, get_args

import streamlit as st

from pages.conditions import edit_conditions
from pages.inputs import in_words, kept_select
from pages.text import language, t
from pages.what_if_scenario import (
    HOME,
    KEY,
    PILOT,
    PRICE_CLASS,
    STORAGE_OF,
    USUAL,
    segment_fields,
)
from queries.demand.response_models import response_models
from queries.demand.what_if_kinds import Charging, Purpose

_TABS = ("prices", "answer", "vehicles", "roofs", "storage", "heat", "more", "supply")


def pick_inputs(classes: list[str]) -> None:
    """All inputs, a tab a subject; what was chosen stands in the session.

    Args:
        classes: Price classes whose prices can be changed.
    """
    for name, usual in USUAL.items():
        st.session_state.setdefault(KEY.format(name), usual)
    prices, *others = st.tabs([t(f"what_if.{name}") for name in _TABS])
    with prices:
        _pick_prices(classes)
    pickers = (
        _pick_answer,
        _pick_vehicles,
        _pick_roofs,
        _pick_storage,
        _pick_heat,
        _pick_more,
        _pick_supply,
    )
    for place, pick in zip(others, pickers, strict=True):
        with place:
            pick()


def _pick_prices(classes: list[str]) -> None:
    first = [HOME] if HOME in classes else []
    ordered = [*first, *(one for one in classes if one not in first)]
    who, switch, months, hours, times = st.columns(
        [1.6, 1.5, 2.2, 2.2, 1.6], vertical_alignment="bottom"
    )
    with who:
        kept_select(
            PRICE_CLASS,
            t("what_if.whose_prices"),
            ordered,
            lambda one: in_words("price_class", one),
        )
    with switch:
        is_dear = st.toggle(t("what_if.dear"), key=KEY.format("dear"))
    with months:
        st.multiselect(
            t("what_if.months"),
            range(1, 13),
            format_func=_month,
            key=KEY.format("dear_months"),
            disabled=not is_dear,
        )
    with hours:
        st.slider(
            t("what_if.hours"),
            0,
            24,
            key=KEY.format("dear_hours"),
            format="%d:00",
            disabled=not is_dear,
        )
    with times:
        _times("dear_times", 1.0, 8.0, is_on=is_dear)
    _, switch, begin, until, times = st.columns(
        [1.6, 1.5, 2.2, 2.2, 1.6], vertical_alignment="bottom"
    )
    with switch:
        is_cheap = st.toggle(t("what_if.cheap"), key=KEY.format("cheap"))
    for place, name in ((begin, "cheap_from"), (until, "cheap_until")):
        with place:
            _whole_hour(name, is_on=is_cheap)
    with times:
        _times("cheap_times", 0.1, 1.0, is_on=is_cheap)


def _month(number: int) -> str:
    return f"{date(2000, number, 1):%b}" if language() == "en" else f"{number}月"


def _times(name: str, low: float, high: float, *, is_on: bool) -> None:
    st.number_input(
        t("what_if.times"),
        min_value=low,
        max_value=high,
        step=0.1,
        format="%.1f",
        key=KEY.format(name),
        disabled=not is_on,
        help=t("what_if.times_note"),
    )


def _whole_hour(name: str, *, is_on: bool) -> None:
    st.slider(t(f"what_if.{name}"), 0, 24, key=KEY.format(name), format="%d:00", disabled=not is_on)


def _share(name: str, most: int = 100, least: int = 0) -> None:
    st.slider(t(f"what_if.{name}_share"), least, most, key=KEY.format(name), format="%d %%")


def _pick_answer() -> None:
    who, device, model, own = st.columns([2, 2, 2, 1.2])
    with who:
        _share("answer")
    with device:
        _share("technology")
    known = response_models()
    with model:
        name = "name_en" if language() == "en" else "name_zh"
        st.selectbox(
            t("what_if.model"),
            [*known, PILOT],
            format_func=lambda code: (
                t("what_if.model_pilot") if code == PILOT else getattr(known[code], name)
            ),
            key=KEY.format("model"),
        )
    with st.expander(t("what_if.segment"), icon=":material/filter_alt:"):
        st.caption(t("what_if.segment_note"))
        st.session_state[KEY.format("segment")] = edit_conditions(segment_fields())
    if st.session_state[KEY.format("model")] == PILOT:
        with own:
            _number("substitution", -2.0, 0.0, 0.005, format="%.3f")
        st.caption(t("what_if.pilot_note"))
        return
    st.caption(t("what_if.model_note", source=known[st.session_state[KEY.format("model")]].source))


def _pick_vehicles() -> None:
    who, when, energy, power = st.columns([1.6, 3.2, 1, 1], vertical_alignment="bottom")
    with who:
        _share("vehicles")
    with when:
        st.segmented_control(
            t("what_if.charging"),
            get_args(Charging),
            format_func=lambda one: t(f"what_if.charging_{one}"),
            key=KEY.format("charging"),
            required=True,
        )
    with energy:
        st.number_input(
            t("what_if.vehicle_kwh"), 0.0, 50.0, step=0.5, key=KEY.format("vehicle_kwh")
        )
    with power:
        st.number_input(t("what_if.vehicle_kw"), 2.0, 22.0, step=0.5, key=KEY.format("vehicle_kw"))
    st.caption(t("what_if.vehicles_note"))


def _pick_roofs() -> None:
    who, size = st.columns([4, 2], vertical_alignment="bottom")
    with who:
        _share("roofs")
    with size:
        st.number_input(t("what_if.roof_kw"), 1.0, 50.0, step=0.5, key=KEY.format("roof_kw"))
    st.caption(t("what_if.roofs_note"))


def _number(name: str, low: float, high: float, step: float, **given: Any) -> None:  # noqa: ANN401 - of the widget
    st.number_input(t(f"what_if.{name}"), low, high, step=step, key=KEY.format(name), **given)


def _pick_storage() -> None:
    whose, who, purpose = st.columns([1.2, 2, 2.4], vertical_alignment="bottom")
    with whose:
        st.selectbox(
            t("what_if.storage_of"),
            list(STORAGE_OF),
            format_func=lambda one: t(f"what_if.storage_of_{one}"),
            key=KEY.format("storage_of"),
        )
    with who:
        _share("storages")
    with purpose:
        st.selectbox(
            t("what_if.storage_for"),
            get_args(Purpose),
            format_func=lambda one: t(f"what_if.storage_for_{one}"),
            key=KEY.format("storage_for"),
        )
    holds, power, back = st.columns(3, vertical_alignment="bottom")
    with holds:
        _number("storage_kwh", 1.0, 5000.0, 1.0)
    with power:
        _number("storage_kw", 0.5, 5000.0, 0.5)
    with back:
        _share("storage_back", 100, 50)
    st.caption(t("what_if.storage_note"))


def _pick_heat() -> None:
    who, energy, below = st.columns([2.4, 1.6, 1.6], vertical_alignment="bottom")
    with who:
        _share("heatings")
    with energy:
        _number("heating_kwh", 0.0, 1.0, 0.01, help=t("what_if.heating_kwh_note"))
    with below:
        _number("heating_below", 5.0, 22.0, 0.5)
    for place, name in zip(st.columns(2), ("summer_k", "winter_k"), strict=True):
        with place:
            st.slider(
                t(f"what_if.{name}"), -6.0, 6.0, step=0.5, format="%+.1f K", key=KEY.format(name)
            )
    st.caption(t("what_if.heat_note"))


def _pick_more() -> None:
    less, more = st.columns(2)
    with less:
        _share("saving", 50)
    with more:
        _share("growth", 100, -50)


def _pick_supply() -> None:
    price, times, hours, loss, carbon = st.columns(
        [1.2, 1.2, 2, 1, 1.2], vertical_alignment="bottom"
    )
    with price:
        _number("purchase_cny", 0.0, 5.0, 0.01, format="%.4f")
    with times:
        _number("purchase_times", 0.0, 10.0, 0.1, format="%.1f")
    with hours:
        st.slider(
            t("what_if.purchase_hours"), 0, 24, key=KEY.format("purchase_hours"), format="%d:00"
        )
    with loss:
        _number("loss", 0.0, 50.0, 0.5, format="%.1f")
    with carbon:
        _number("carbon", 0.0, 2.0, 0.01, format="%.4f")
    for place, name in zip(
        st.columns(4), ("off_answer", "off_uptake", "off_vehicle", "off_heating"), strict=True
    ):
        with place:
            st.slider(t(f"what_if.{name}"), 0, 90, key=KEY.format(name), format="± %d %%")
    st.caption(t("what_if.supply_note"))
