"""Scenarios of heating, other weather, what energy costs and emits, and how far all may be off."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.lake import append, publish, writing
from queries.demand.what_if_draw import FIGURES, bands, what_if_draw
from queries.demand.what_if_duration import what_if_duration
from queries.demand.what_if_ledger import what_if_ledger
from queries.demand.what_if_outcome import net_kwh, outcome
from queries.demand.what_if_terms import WhatIfError, scenario_of
from queries.demand.what_if_transformers import READS
from queries.lake import open_lake
from queries.schema import PORTRAITS
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.demand.what_if_street import (
    DAYS,
    before_and_after,
    by_day,
    everyone,
    make_street,
    scenario,
    tariffs,
)

HOURS = 24


@pytest.fixture(scope="module")
def street_lake(
    new_lake: Callable[..., Settings], register: Callable, take: Callable, day_row: Callable
) -> Settings:
    """Home 1 takes 2 kWh a day more for every kelvin below 15 °C; home 2 heats already."""
    made = make_street(new_lake, register, take, day_row)
    heating = {"heating_below_c": 15.0, "heating_kwh_per_k": 2.0, "heating_likelihood": 0.1}
    rows = [
        {"usage_point_id": "home 1", "response_status": "fitted", **heating},
        {"usage_point_id": "home 2", "response_status": "few_days", "heating_likelihood": 0.9},
    ]
    same = {
        "month": "2025-01",
        "customer_id": "x",
        "district_id": "town",
        "first_day": date(2025, 1, 1),
        "last_day": date(2025, 1, 31),
        "lake_sequence": 1,
        "received_at": datetime(2025, 2, 1, tzinfo=UTC),
    }
    known = set(PORTRAITS.schema)
    frame = pl.DataFrame(
        [{k: v for k, v in (same | one).items() if k in known} for one in rows],
        schema=PORTRAITS.schema,
    )
    with writing(made) as writer:
        append(writer, PORTRAITS, frame)
        publish(writer)
    return made


@pytest.fixture(scope="module")
def lake(street_lake: Settings):
    with closing(open_lake(street_lake, EVERYTHING, reads=READS)) as opened:
        yield opened


def more(lake, name: str, text: str):
    """What a customer takes more by day."""
    return by_day(lake, name, text).sum(axis=1) - by_day(lake, name, text, "energy_kwh").sum(axis=1)


def test_a_home_heats_by_the_degree_hour_unless_it_does_already(lake):
    text = scenario(heatings=everyone(kwh_per_degree_hour=0.06, balance_c=16.0))
    # it is 0 °C all the time: 16 K · 0.06 kWh an hour
    for name, kwh in (("home 1", 0.96 * HOURS), ("home 2", 0), ("home 3", 0.96 * HOURS)):
        assert more(lake, name, text) == pytest.approx(kwh, abs=0.01)
    _, after = before_and_after(lake, text)
    assert after["heats_already"] == 1


def test_in_a_colder_winter_a_home_takes_more_by_its_own_slope(lake):
    colder = [{"kelvin": -5.0, "months": [1, 2]}]
    text = scenario(shifts=colder)
    assert more(lake, "home 1", text) == pytest.approx(2.0 * 5, abs=0.01)
    assert more(lake, "home 3", text) == pytest.approx(0, abs=1e-9)
    _, after = before_and_after(lake, text)
    assert after["responding"] == 1
    both = scenario(shifts=colder, heatings=everyone(kwh_per_degree_hour=0.1, balance_c=16.0))
    assert more(lake, "home 3", both) == pytest.approx(2.1 * HOURS, abs=0.01)


def test_a_warm_winter_takes_no_home_below_nothing(lake):
    text = scenario(shifts=[{"kelvin": 15.0, "months": [1]}])
    assert by_day(lake, "home 1", text).sum() == 0


@pytest.mark.parametrize("shift", [{"kelvin": 0.0, "months": [1]}, {"kelvin": 9.0, "months": [7]}])
def test_a_shift_of_nothing_changes_exactly_nothing(lake, shift):
    found = outcome(scenario_of(scenario(shifts=[shift])), lake)
    assert not found.after.added.any()
    assert (found.now.total_fen == found.then.total_fen).all()


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.floats(-15, 15), st.floats(0, 1), st.floats(0, 0.3))
def test_heat_and_cold_are_accounted_for(lake, kelvin, share, kwh):
    text = scenario(
        tariffs=tariffs(),
        answers=everyone(),
        shifts=[{"kelvin": kelvin, "months": [1]}],
        heatings=[{"uptake_share": share, "kwh_per_degree_hour": kwh}],
        storages=[{"uptake_share": share}],
    )
    book = what_if_ledger(lake, scenario=text)
    assert book["energy_kwh"].sum() == pytest.approx(0, abs=1e-6)
    [weather] = book.filter(part="weather")["energy_kwh"]
    assert weather * kelvin <= 0


def test_without_a_sky_nobody_can_heat(lake):
    with pytest.raises(WhatIfError, match="temperature"):
        outcome(scenario_of(scenario(heatings=everyone(customer_classes=["commercial"]))), lake)


def test_energy_is_bought_with_its_losses_and_emits_what_it_says(lake):
    supply = {"purchase_cny_per_kwh": 0.4, "loss_share": 0.2, "carbon_kg_per_kwh": 0.5}
    flat = scenario(vehicles=everyone(), supply=supply)
    before, after = before_and_after(lake, flat)
    for state in (before, after):
        assert float(state["purchase_cny"]) == pytest.approx(state["energy_kwh"] * 0.5, abs=0.01)
        assert state["carbon_kg"] == pytest.approx(state["energy_kwh"] * 0.5)
        assert state["margin_cny"] == state["owed_cny"] - state["purchase_cny"]
    dear = scenario(vehicles=everyone(), supply=supply | {"dear_times": 3.0, "dear_hours": [0, 24]})
    [_, dearer] = before_and_after(lake, dear)
    assert float(dearer["purchase_cny"]) == pytest.approx(float(after["purchase_cny"]) * 3, abs=0.1)
    # what it costs is no reason to work out the loads again
    assert outcome(scenario_of(flat), lake) is outcome(scenario_of(dear), lake)


def test_the_duration_curve_begins_at_the_peak_and_ends_after_all_hours(lake):
    text = scenario(vehicles=everyone())
    curve = what_if_duration(lake, scenario=text)
    before, after = before_and_after(lake, text)
    assert curve["load_kw"][0] == pytest.approx(before["peak_kw"])
    assert curve["load_after_kw"][0] == pytest.approx(after["peak_kw"])
    assert curve["hours"][-1] == DAYS * HOURS
    net = net_kwh(outcome(scenario_of(text), lake), is_after=True)
    assert curve["load_after_kw"][-1] == pytest.approx(net.min() * 4)
    for name in ("load_kw", "load_after_kw"):
        assert curve[name].is_sorted(descending=True)
    spread = (net.max(axis=1) - net.min(axis=1)).max() * 4
    assert after["peak_valley_kw"] == pytest.approx(spread)


def test_draws_can_be_drawn_again_and_lie_within_their_bounds(lake):
    text = scenario(
        tariffs=tariffs(),
        answers=[{"uptake_share": 0.5}],
        vehicles=[{"uptake_share": 0.5}],
        uncertain={"uptake": [0.9, 1.1], "strength": [0.2, 0.4]},
    )
    first = pl.concat(what_if_draw(lake, scenario=text, number=one) for one in range(6))
    again = pl.concat(what_if_draw(lake, scenario=text, number=one) for one in range(6))
    assert first.equals(again)
    assert first["uptake_factor"].is_between(0.9, 1.1).all()
    assert first["strength_factor"].is_between(0.2, 0.4).all()
    found = bands(first)
    assert found["figure"].to_list() == list(FIGURES)
    assert (found["p10"] <= found["p50"]).all()
    assert (found["p50"] <= found["p90"]).all()
    assert found["p90"][1] > found["p10"][1]


def test_where_nothing_is_uncertain_every_draw_is_the_scenario(lake):
    sure = {one: [1.0, 1.0] for one in ("strength", "uptake", "vehicle_energy", "heating")}
    kind = everyone(charging="smart", valley=(0, 28))
    text = scenario(tariffs=tariffs(), answers=everyone(), vehicles=kind, uncertain=sure)
    _, after = before_and_after(lake, text)
    [drawn] = what_if_draw(lake, scenario=text, number=3).iter_rows(named=True)
    for name in FIGURES:
        assert drawn[name] == after[name]


def test_an_answer_of_no_strength_is_none_and_one_of_twice_is_twice(lake):
    moved = []
    for strength in (0.0, 1.0, 2.0):
        text = scenario(tariffs=tariffs(), answers=everyone(strength=strength))
        after, read = by_day(lake, "home 3", text), by_day(lake, "home 3", text, "energy_kwh")
        moved.append((read - after)[:, 68:84].sum())
    assert moved[0] == 0
    assert moved[2] == pytest.approx(2 * moved[1], rel=0.01)
