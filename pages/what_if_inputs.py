"""What a planner supposes, in switches and sliders, and the scenario they make."""

from datetime import date
from decimal import Decimal
from typing import Any

import streamlit as st

from pages.districts import District
from pages.inputs import in_words, kept_select
from pages.scenario_box import Shelf
from pages.session import ask
from pages.text import language, t
from queries.billing.price_classes import price_classes
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs
from queries.demand.dear_hours import Hours, with_dear_hours
from queries.demand.response_models import response_models
from queries.demand.what_if_kinds import Roofs, Vehicles
from queries.demand.what_if_terms import Answer, Growth, NewTariff, Saving, WhatIf
from queries.periods import usual_year, whole_months
from queries.scenarios import Scenario

USUAL: dict[str, Any] = {
    "dear": False,
    "dear_months": [1, 12],
    "dear_hours": (18, 21),
    "dear_times": 4.0,
    "cheap": False,
    "cheap_from": 23,
    "cheap_until": 7,
    "cheap_times": 0.5,
    "answer": 30,
    "technology": 0,
    "model": "arcturus",
    "vehicles": 0,
    "charging": "unmanaged",
    "vehicle_kwh": 5.5,
    "vehicle_kw": 7.0,
    "roofs": 0,
    "roof_kw": 5.0,
    "saving": 0,
    "growth": 0,
}
"""What stands in the widgets at first: nothing is supposed."""
_CLASS = "price_class"
_KEY = "what_if_{}"
_PER_CENT = 100.0
_HOUR = 60
_SLOTS_PER_HOUR = 4
_HOME = "residential"


def _take(found: Scenario) -> None:
    for name, value in found.content["inputs"].items():
        if name == _CLASS:
            st.session_state[_CLASS] = value
        elif name in USUAL:
            st.session_state[_KEY.format(name)] = value if name != "dear_hours" else tuple(value)


SCENARIOS = Shelf("what_if", _take)
"""Where scenarios of this page are kept."""


def inputs_now() -> dict[str, Any]:
    """What stands in the widgets: what a scenario keeps."""
    held = {name: st.session_state.get(_KEY.format(name), usual) for name, usual in USUAL.items()}
    return held | {_CLASS: st.session_state.get(_CLASS)}


def pick_scenario(here: District) -> WhatIf | None:
    """The scenario of the widgets; None where nobody has a tariff."""
    for name, usual in USUAL.items():
        st.session_state.setdefault(_KEY.format(name), usual)
    whole = whole_months(here.first_day, here.last_day)
    first_day, last_day = usual_year(whole) if whole else (here.first_day, here.last_day)
    tariffs = _tariffs(here, first_day, last_day)
    if not tariffs:
        return None
    prices, answer, cars, roofs, more = st.tabs(
        [t(f"what_if.{name}") for name in ("prices", "answer", "vehicles", "roofs", "more")]
    )
    with prices:
        chosen = _pick_prices(list(tariffs))
    with answer:
        _pick_answer()
    with cars:
        _pick_vehicles()
    with roofs:
        _pick_roofs()
    with more:
        _pick_more()
    return _scenario(here, (first_day, last_day), chosen, tariffs[chosen])


def _tariffs(here: District, first_day: date, last_day: date) -> dict[str, str]:
    """The tariff of most customers of each price class."""
    found = ask(price_classes, first_day=first_day, last_day=last_day, **here.inputs)
    return {
        row["price_class"]: row["tariff_code"]
        for row in found.iter_rows(named=True)
        if row["price_class"] and row["tariff_code"]
    }


def _pick_prices(classes: list[str]) -> str:
    first = [_HOME] if _HOME in classes else []
    ordered = [*first, *(one for one in classes if one not in first)]
    who, switch, months, hours, times = st.columns(
        [1.6, 1.2, 2.4, 2.2, 1.6], vertical_alignment="bottom"
    )
    with who:
        chosen = kept_select(
            _CLASS, t("what_if.whose_prices"), ordered, lambda one: in_words("price_class", one)
        )
    with switch:
        is_dear = st.toggle(t("what_if.dear"), key=_KEY.format("dear"))
    with months:
        st.multiselect(
            t("what_if.months"),
            range(1, 13),
            format_func=_month,
            key=_KEY.format("dear_months"),
            disabled=not is_dear,
        )
    with hours:
        st.slider(
            t("what_if.hours"),
            0,
            24,
            key=_KEY.format("dear_hours"),
            format="%d:00",
            disabled=not is_dear,
        )
    with times:
        _times("dear_times", 1.0, 8.0, is_on=is_dear)
    _, switch, begin, until, times = st.columns(
        [1.6, 1.2, 2.4, 2.2, 1.6], vertical_alignment="bottom"
    )
    with switch:
        is_cheap = st.toggle(t("what_if.cheap"), key=_KEY.format("cheap"))
    for place, name in ((begin, "cheap_from"), (until, "cheap_until")):
        with place:
            _whole_hour(name, is_on=is_cheap)
    with times:
        _times("cheap_times", 0.1, 1.0, is_on=is_cheap)
    return chosen


def _month(number: int) -> str:
    return f"{date(2000, number, 1):%b}" if language() == "en" else f"{number}月"


def _times(name: str, low: float, high: float, *, is_on: bool) -> None:
    st.number_input(
        t("what_if.times"),
        min_value=low,
        max_value=high,
        step=0.1,
        format="%.1f",
        key=_KEY.format(name),
        disabled=not is_on,
        help=t("what_if.times_note"),
    )


def _whole_hour(name: str, *, is_on: bool) -> None:
    st.slider(
        t(f"what_if.{name}"), 0, 24, key=_KEY.format(name), format="%d:00", disabled=not is_on
    )


def _share(name: str, most: int = 100, least: int = 0) -> None:
    st.slider(t(f"what_if.{name}_share"), least, most, key=_KEY.format(name), format="%d %%")


def _pick_answer() -> None:
    who, device, model = st.columns([2, 2, 2])
    with who:
        _share("answer")
    with device:
        _share("technology")
    known = response_models()
    with model:
        name = "name_en" if language() == "en" else "name_zh"
        st.selectbox(
            t("what_if.model"),
            list(known),
            format_func=lambda code: getattr(known[code], name),
            key=_KEY.format("model"),
        )
    st.caption(t("what_if.model_note", source=known[st.session_state[_KEY.format("model")]].source))


def _pick_vehicles() -> None:
    who, when, energy, power = st.columns([1.6, 3.2, 1, 1], vertical_alignment="bottom")
    with who:
        _share("vehicles")
    with when:
        st.segmented_control(
            t("what_if.charging"),
            ["unmanaged", "valley", "smart"],
            format_func=lambda one: t(f"what_if.charging_{one}"),
            key=_KEY.format("charging"),
            required=True,
        )
    with energy:
        st.number_input(
            t("what_if.vehicle_kwh"), 0.0, 50.0, step=0.5, key=_KEY.format("vehicle_kwh")
        )
    with power:
        st.number_input(t("what_if.vehicle_kw"), 2.0, 22.0, step=0.5, key=_KEY.format("vehicle_kw"))
    st.caption(t("what_if.vehicles_note"))


def _pick_roofs() -> None:
    who, size = st.columns([4, 2], vertical_alignment="bottom")
    with who:
        _share("roofs")
    with size:
        st.number_input(t("what_if.roof_kw"), 1.0, 50.0, step=0.5, key=_KEY.format("roof_kw"))
    st.caption(t("what_if.roofs_note"))


def _pick_more() -> None:
    less, more = st.columns(2)
    with less:
        _share("saving", 50)
    with more:
        _share("growth", 100, -50)


def _scenario(here: District, days: tuple[date, date], price_class: str, code: str) -> WhatIf:
    held = inputs_now()
    tariff = known_tariffs()[code]
    moved = with_dear_hours(tariff, _dear(held), _cheap(held))
    new = (
        () if moved is tariff else (NewTariff(price_class=price_class, tariff=write_tariff(moved)),)
    )
    part = {name: held[name] / _PER_CENT for name in USUAL if isinstance(USUAL[name], int)}
    valley = held["cheap_from"] % 24, held["cheap_until"] % 24 or 24
    classes = (_HOME,)
    return WhatIf(
        first_day=days[0],
        last_day=days[1],
        **here.inputs,
        tariffs=new,
        answers=(
            Answer(
                customer_classes=_answering(price_class),
                model=held["model"],
                uptake_share=part["answer"],
                technology_share=part["technology"],
            ),
        )
        if new and held["answer"]
        else (),
        vehicles=(
            Vehicles(
                customer_classes=classes,
                uptake_share=part["vehicles"],
                energy_kwh=held["vehicle_kwh"],
                power_kw=held["vehicle_kw"],
                charging=held["charging"],
                valley=(valley[0] * _SLOTS_PER_HOUR, valley[1] * _SLOTS_PER_HOUR),
            ),
        )
        if held["vehicles"]
        else (),
        roofs=(
            Roofs(
                customer_classes=classes, uptake_share=part["roofs"], capacity_kw=held["roof_kw"]
            ),
        )
        if held["roofs"]
        else (),
        savings=(Saving(customer_classes=classes, saving_share=part["saving"]),)
        if held["saving"]
        else (),
        growth=(Growth(customer_class=_HOME, growth_share=part["growth"]),)
        if held["growth"]
        else (),
    )


def _answering(price_class: str) -> tuple[str, ...]:
    """Whose answer is asked for: homes, or the businesses whose prices change."""
    if price_class.startswith(_HOME):
        return (_HOME,)
    return ("commercial", "industrial", "agricultural", "public")


def _dear(held: dict[str, Any]) -> Hours | None:
    begin, until = held["dear_hours"]
    if not held["dear"] or begin == until or not held["dear_months"]:
        return None
    months = frozenset(held["dear_months"])
    times = Decimal(f"{held['dear_times']:.1f}")
    return Hours(begin * _HOUR, until * _HOUR, times, months)


def _cheap(held: dict[str, Any]) -> Hours | None:
    begin, until = held["cheap_from"] % 24, held["cheap_until"] % 24 or 24
    if not held["cheap"] or begin == until % 24:
        return None
    return Hours(begin * _HOUR, until * _HOUR, Decimal(f"{held['cheap_times']:.1f}"))
