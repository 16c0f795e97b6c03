"""What a planner supposes as the page keeps it, and the scenario it makes."""

from datetime import date
from decimal import Decimal
from typing import Any

import streamlit as st

from pages.conditions import Fields, take_conditions
from pages.districts import District
from pages.field_words import words_of
from pages.scenario_box import Shelf
from pages.session import ask
from queries.billing.price_classes import price_classes
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs
from queries.customers.portrait_fields import RETURNS as RULE_FIELDS
from queries.demand.dear_hours import Hours, with_dear_hours
from queries.demand.what_if_kinds import Heating, Roofs, Storage, Vehicles
from queries.demand.what_if_supply import Supply, Uncertain
from queries.demand.what_if_terms import (
    Answer,
    Condition,
    Growth,
    NewTariff,
    Saving,
    WeatherShift,
    WhatIf,
)
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
    "segment": [],
    "technology": 0,
    "model": "arcturus",
    "substitution": -0.1,
    "vehicles": 0,
    "charging": "unmanaged",
    "vehicle_kwh": 5.5,
    "vehicle_kw": 7.0,
    "roofs": 0,
    "roof_kw": 5.0,
    "storages": 0,
    "storage_of": "homes",
    "storage_for": "arbitrage",
    "storage_kwh": 10.0,
    "storage_kw": 5.0,
    "storage_back": 90,
    "heatings": 0,
    "heating_kwh": 0.06,
    "heating_below": 16.0,
    "summer_k": 0.0,
    "winter_k": 0.0,
    "saving": 0,
    "growth": 0,
    "purchase_cny": 0.3749,
    "purchase_times": 1.0,
    "purchase_hours": (17, 22),
    "loss": 5.0,
    "carbon": 0.5366,
    "off_answer": 50,
    "off_uptake": 30,
    "off_vehicle": 20,
    "off_heating": 20,
}
"""What stands in the widgets at first: nothing is supposed."""
PRICE_CLASS = "price_class"
KEY = "what_if_{}"
HOME = "residential"
PILOT = "pilot"
"""In the place of a model: a pilot of one's own."""
BUSINESSES = ("commercial", "industrial", "agricultural", "public")
STORAGE_OF = {"homes": (HOME,), "businesses": BUSINESSES}
_SUMMER, _WINTER = (6, 7, 8), (12, 1, 2)
_PER_CENT = 100.0
_HOUR = 60
_SLOTS_PER_HOUR = 4


def _take(found: Scenario) -> None:
    known = found.content["inputs"]
    for name, usual in USUAL.items():
        value = known.get(name, usual)
        st.session_state[KEY.format(name)] = tuple(value) if isinstance(usual, tuple) else value
    take_conditions(segment_fields(), known.get("segment", []))
    st.session_state[PRICE_CLASS] = known[PRICE_CLASS]


SCENARIOS = Shelf("what_if", _take)
"""Where scenarios of this page are kept."""


def segment_fields() -> Fields:
    """What a segment of those who answer may ask for."""
    return Fields("what_if_segment", RULE_FIELDS, words_of(), begins_with=0)


def inputs_now() -> dict[str, Any]:
    """What stands in the widgets: what a scenario keeps."""
    held = {name: st.session_state.get(KEY.format(name), usual) for name, usual in USUAL.items()}
    return held | {PRICE_CLASS: st.session_state.get(PRICE_CLASS)}


def days_of_scenarios(here: District) -> tuple[date, date]:
    """The last whole year there is, or what there is."""
    whole = whole_months(here.first_day, here.last_day)
    return usual_year(whole) if whole else (here.first_day, here.last_day)


def usual_tariffs(here: District, days: tuple[date, date]) -> dict[str, str]:
    """The tariff of most customers of each price class."""
    found = ask(price_classes, first_day=days[0], last_day=days[1], **here.inputs)
    return {
        row["price_class"]: row["tariff_code"]
        for row in found.iter_rows(named=True)
        if row["price_class"] and row["tariff_code"]
    }


def scenario_of_inputs(
    here: District, days: tuple[date, date], tariffs: dict[str, str], inputs: dict[str, Any]
) -> WhatIf:
    """The scenario that some inputs, now or as they were saved, make of a district.

    Args:
        here: The district.
        days: Of the readings it is worked out on.
        tariffs: The usual one of each price class.
        inputs: As ``inputs_now``; what is missing is as usual.
    """
    held = USUAL | inputs
    price_class = held[PRICE_CLASS] if held[PRICE_CLASS] in tariffs else next(iter(tariffs))
    new = _new_tariffs(held, price_class, tariffs[price_class])
    return WhatIf(
        first_day=days[0],
        last_day=days[1],
        **here.inputs,
        tariffs=new,
        answers=_answers(held, price_class) if new else (),
        vehicles=_vehicles(held),
        roofs=_roofs(held),
        storages=_storages(held),
        heatings=_heatings(held),
        shifts=tuple(
            WeatherShift(kelvin=held[name], months=months)
            for name, months in (("summer_k", _SUMMER), ("winter_k", _WINTER))
            if held[name]
        ),
        savings=(Saving(saving_share=held["saving"] / _PER_CENT),) if held["saving"] else (),
        growth=(Growth(customer_class=HOME, growth_share=held["growth"] / _PER_CENT),)
        if held["growth"]
        else (),
        supply=Supply(
            purchase_cny_per_kwh=held["purchase_cny"],
            dear_times=held["purchase_times"],
            dear_hours=tuple(held["purchase_hours"]),
            loss_share=held["loss"] / _PER_CENT,
            carbon_kg_per_kwh=held["carbon"],
        ),
        uncertain=Uncertain(
            strength=_around(held["off_answer"]),
            uptake=_around(held["off_uptake"]),
            vehicle_energy=_around(held["off_vehicle"]),
            heating=_around(held["off_heating"]),
        ),
    )


def _around(per_cent: int) -> tuple[float, float]:
    return 1 - per_cent / _PER_CENT, 1 + per_cent / _PER_CENT


def _new_tariffs(held: dict[str, Any], price_class: str, code: str) -> tuple[NewTariff, ...]:
    tariff = known_tariffs()[code]
    moved = with_dear_hours(tariff, _dear(held), _cheap(held))
    if moved is tariff:
        return ()
    return (NewTariff(price_class=price_class, tariff=write_tariff(moved)),)


def _answers(held: dict[str, Any], price_class: str) -> tuple[Answer, ...]:
    """Whose answer is asked for: homes, or the businesses whose prices change."""
    if not held["answer"]:
        return ()
    return (
        Answer(
            customer_classes=(HOME,) if price_class.startswith(HOME) else BUSINESSES,
            segment=tuple(Condition.model_validate(one) for one in held["segment"]),
            **_how(held),
            uptake_share=held["answer"] / _PER_CENT,
            technology_share=held["technology"] / _PER_CENT,
        ),
    )


def _how(held: dict[str, Any]) -> dict[str, Any]:
    """The model by which they answer, or what a pilot of one's own told."""
    if held["model"] == PILOT:
        return {"substitution": held["substitution"]}
    return {"model": held["model"]}


def _vehicles(held: dict[str, Any]) -> tuple[Vehicles, ...]:
    if not held["vehicles"]:
        return ()
    begin, end = held["cheap_from"] % 24, held["cheap_until"] % 24 or 24
    return (
        Vehicles(
            uptake_share=held["vehicles"] / _PER_CENT,
            energy_kwh=held["vehicle_kwh"],
            power_kw=held["vehicle_kw"],
            charging=held["charging"],
            valley=(begin * _SLOTS_PER_HOUR, end * _SLOTS_PER_HOUR),
        ),
    )


def _roofs(held: dict[str, Any]) -> tuple[Roofs, ...]:
    if not held["roofs"]:
        return ()
    return (Roofs(uptake_share=held["roofs"] / _PER_CENT, capacity_kw=held["roof_kw"]),)


def _storages(held: dict[str, Any]) -> tuple[Storage, ...]:
    if not held["storages"]:
        return ()
    return (
        Storage(
            customer_classes=STORAGE_OF[held["storage_of"]],
            uptake_share=held["storages"] / _PER_CENT,
            capacity_kwh=held["storage_kwh"],
            power_kw=held["storage_kw"],
            efficiency_share=held["storage_back"] / _PER_CENT,
            purpose=held["storage_for"],
        ),
    )


def _heatings(held: dict[str, Any]) -> tuple[Heating, ...]:
    if not held["heatings"]:
        return ()
    return (
        Heating(
            uptake_share=held["heatings"] / _PER_CENT,
            kwh_per_degree_hour=held["heating_kwh"],
            balance_c=held["heating_below"],
        ),
    )


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
