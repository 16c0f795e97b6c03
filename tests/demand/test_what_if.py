"""Scenarios on a street whose loads repeat every day: laws, and changes worked by hand."""

import json
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pages.cli import app
from queries.billing.tariff_text import write_tariff
from queries.billing.tariffs import known_tariffs
from queries.demand.what_if_bills import what_if_bills
from queries.demand.what_if_curve import what_if_curve
from queries.demand.what_if_days import what_if_days
from queries.demand.what_if_groups import what_if_groups
from queries.demand.what_if_lots import lots
from queries.demand.what_if_outcome import outcome
from queries.demand.what_if_terms import WhatIfError, scenario_of
from queries.demand.what_if_transformers import READS, what_if_transformers
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.demand.what_if_street import (
    DAYS,
    HOMES,
    PEAK_AND_VALLEY,
    before_and_after,
    by_day,
    everyone,
    make_street,
    scenario,
    tariffs,
)


@pytest.fixture(scope="module")
def street_lake(
    new_lake: Callable[..., Settings], register: Callable, take: Callable, day_row: Callable
) -> Settings:
    return make_street(new_lake, register, take, day_row)


@pytest.fixture
def lake(street_lake: Settings):
    with closing(open_lake(street_lake, EVERYTHING, reads=READS)) as opened:
        yield opened


def test_where_nothing_is_supposed_nothing_changes(lake):
    before, after = before_and_after(lake, scenario())
    assert before | {"state": ""} == after | {"state": ""}
    assert before["energy_kwh"] == pytest.approx(sum_of_street(lake))
    bills = what_if_bills(lake, scenario=scenario())
    assert set(bills["change_cny"]) == {Decimal("0.00")}


def sum_of_street(lake: DuckDBPyConnection) -> float:
    [(energy,)] = lake.sql("select sum(energy_wh) / 1000 from daily_totals").fetchall()
    return float(energy)


@pytest.mark.parametrize("model", ["arcturus", "constant_elasticity", "prism"])
def test_at_unchanged_prices_nobody_answers(lake, model):
    same = write_tariff(known_tariffs()["liaoning_residential"])
    text = scenario(
        tariffs=[{"price_class": "residential", "tariff": same}],
        answers=everyone(model=model),
    )
    found = outcome(scenario_of(text), lake)
    assert not found.after.added.any()
    assert (found.then.total_fen == found.now.total_fen).all()


def test_at_four_to_one_a_tenth_of_the_peak_moves_to_the_valley(lake):
    text = scenario(tariffs=tariffs(), answers=everyone())
    read = by_day(lake, "home 3", text, "energy_kwh")
    after = by_day(lake, "home 3", text)
    # ln 4 · 0.065 + 0.011
    assert after[:, 68:84].sum() == pytest.approx(read[:, 68:84].sum() * (1 - 0.1011), rel=1e-3)
    assert after.sum() == pytest.approx(read.sum(), abs=DAYS * 0.001)
    assert (after[:, :68] >= read[:, :68]).all()


def test_an_elastic_home_takes_less_in_the_peak_and_keeps_its_energy(lake):
    text = scenario(tariffs=tariffs(), answers=everyone(model="constant_elasticity"))
    for name in HOMES:
        read, after = by_day(lake, name, text, "energy_kwh"), by_day(lake, name, text)
        assert after.sum() == pytest.approx(read.sum(), abs=DAYS * 0.001)
        assert after[:, 68:84].sum() < read[:, 68:84].sum()


def test_a_pilot_of_ones_own_moves_the_ratio_of_peak_to_rest_and_keeps_the_day(lake):
    text = scenario(tariffs=tariffs(), answers=everyone(substitution=-0.1))
    read = by_day(lake, "home 3", text, "energy_kwh")
    after = by_day(lake, "home 3", text)
    is_peak = np.zeros(96, bool)
    is_peak[68:84] = True
    before_ratio = read[:, is_peak].sum(axis=1) / read[:, ~is_peak].sum(axis=1)
    after_ratio = after[:, is_peak].sum(axis=1) / after[:, ~is_peak].sum(axis=1)
    assert after_ratio == pytest.approx(before_ratio * 4**-0.1, rel=2e-3)
    assert after.sum(axis=1) == pytest.approx(read.sum(axis=1), abs=0.05)
    _, summary = before_and_after(lake, text)
    assert (summary["other_class"], summary["outside_evidence"]) == (0, 0)


def test_a_segment_nobody_is_known_to_be_in_does_not_answer(lake):
    at_night = [{"column": "night_share", "test": "at_least", "value": 0.0}]
    text = scenario(tariffs=tariffs(), answers=everyone(segment=at_night))
    assert not outcome(scenario_of(text), lake).after.added.any(), "no home has a portrait here"
    wrong = [{"column": "shoe_size", "test": "at_least", "value": 40}]
    with pytest.raises(WhatIfError, match="shoe_size"):
        outcome(scenario_of(scenario(tariffs=tariffs(), answers=everyone(segment=wrong))), lake)


def test_a_ratio_that_was_never_tried_is_answered_by_nobody_and_said(lake):
    mild = PEAK_AND_VALLEY.replace("0.80", "0.30")
    text = scenario(tariffs=[{"price_class": "residential", "tariff": mild}], answers=everyone())
    _, after = before_and_after(lake, text)
    assert after["outside_evidence"] == len(HOMES)
    assert not outcome(scenario_of(text), lake).after.added.any()


def test_vehicles_charge_what_they_drive_and_when_they_are_told(lake):
    for charging, valley, slots in (
        ("valley", (92, 28), [92, 93, 94, 95]),
        ("smart", (0, 28), list(range(28))),
    ):
        car = everyone(charging=charging, valley=valley, energy_kwh=7.0)
        text = scenario(vehicles=car)
        added = by_day(lake, "home 1", text) - by_day(lake, "home 1", text, "energy_kwh")
        assert added.sum(axis=1) == pytest.approx(7.0, abs=0.05)
        # 7 kW for an hour, or 1 kW for seven
        expected = 7.0 / len(slots)
        assert added[:, slots] == pytest.approx(expected, abs=0.001)


def test_vehicles_that_nobody_manages_come_home_in_the_evening(lake):
    text = scenario(vehicles=everyone())
    added = by_day(lake, "home 1", text) - by_day(lake, "home 1", text, "energy_kwh")
    assert added.sum(axis=1) == pytest.approx(5.5, abs=0.05)
    assert added[:, 60:96].sum() > added[:, 12:48].sum()
    assert len({tuple(day) for day in added.round(3)}) > DAYS / 2


def test_a_roof_first_serves_its_home_and_feeds_in_the_rest(lake):
    text = scenario(roofs=everyone(capacity_kw=2.0, performance_share=0.8))
    # 2 kW · 0.8 · 0.5 kW/m²: 0.2 kWh a quarter of an hour, of which the home takes 0.1
    fed_in, after = by_day(lake, "home 1", text, "fed_in_kwh"), by_day(lake, "home 1", text)
    assert fed_in[:, 40:56] == pytest.approx(0.1)
    assert (after[:, 40:56] == 0).all()
    assert fed_in.sum() == pytest.approx(DAYS * 16 * 0.1)


def test_a_roof_needs_a_sky(lake):
    of_shops = everyone(customer_classes=["commercial"])
    with pytest.raises(WhatIfError, match="irradiance"):
        outcome(scenario_of(scenario(roofs=of_shops)), lake)


def test_who_takes_part_also_does_when_more_do():
    names = [f"P{number}" for number in range(2000)]
    drawn = lots(names, "answer", 1)
    assert (drawn < 0.1).mean() == pytest.approx(0.1, abs=0.02)
    assert (lots(names[500:], "answer", 1) == drawn[500:]).all()
    assert abs(np.corrcoef(drawn, lots(names, "vehicle 0", 1))[0, 1]) < 0.1
    assert (lots(names, "answer", 2) != drawn).all()


SHARE = st.floats(0, 1)
MODELS = st.sampled_from(["arcturus", "constant_elasticity", "prism"])


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.tuples(SHARE, SHARE, SHARE, SHARE), st.floats(-0.5, 1), MODELS)
def test_energy_is_accounted_for_to_the_last_unit(lake, shares, growth, model):
    a, b, c, d = shares
    text = scenario(
        tariffs=tariffs(),
        answers=[{"uptake_share": a, "technology_share": b, "model": model}],
        vehicles=[{"uptake_share": c}],
        roofs=[{"uptake_share": d}],
        savings=[{"uptake_share": a, "saving_share": d}],
        growth=[{"customer_class": "commercial", "growth_share": growth}],
    )
    found = outcome(scenario_of(text), lake)
    book = found.after.ledger
    left = book.before_kwh + book.answered_kwh + book.scaled_kwh + book.charged_kwh
    left += book.rounded_kwh - book.made_kwh
    assert book.after_kwh - book.fed_in_kwh == pytest.approx(left, abs=1e-6)
    more = found.after.added.sum() - found.after.fed_in.sum()
    assert book.after_kwh - book.before_kwh - book.fed_in_kwh == pytest.approx(more, abs=1e-6)
    if model != "prism":
        assert abs(book.answered_kwh) < 1e-6
    bills = what_if_bills(lake, scenario=text)
    assert bills["energy_after_kwh"].sum() == pytest.approx(book.after_kwh)


MANY = {
    "answers": [{"uptake_share": 1.0}],
    "vehicles": [{"uptake_share": 1.0}],
    "savings": [{"saving_share": 0.1}],
}


@pytest.mark.parametrize("name", HOMES)
def test_the_bill_is_that_of_the_price_command_on_the_changed_curve(lake, tmp_path, name):
    text = scenario(tariffs=tariffs(), **MANY)
    curve = what_if_curve(lake, scenario=text, usage_point_id=name)
    load, tariff = tmp_path / "load.csv", tmp_path / "tariff.toml"
    curve.select(
        pl.col("local_start").dt.to_string("%Y-%m-%d %H:%M").alias("timestamp"),
        pl.col("energy_after_kwh").alias("kwh"),
    ).write_csv(load)
    tariff.write_text(PEAK_AND_VALLEY, "utf-8")
    command = ["price", "--tariff", str(tariff), "--readings", str(load), "--json"]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.stderr
    bills = what_if_bills(lake, scenario=text)
    [owed] = bills.filter(pl.col("usage_point_id") == name)["owed_cny"]
    assert Decimal(str(json.loads(told.stdout)["total"])) == owed


def test_tiers_by_the_moment_are_billed_from_the_changed_days(lake):
    rates = """rates = [
        { period = "peak", prices = ["0.80", "1.00"], limits = ["60"] },
        { period = "valley", prices = ["0.20", "0.40"], limits = ["60"] },
    ]
    tiers = { every = "month", meeting = "chronological" }"""
    tiered = PEAK_AND_VALLEY.replace('periods = { peak = "0.80", valley = "0.20" }', rates)
    text = scenario(tariffs=[{"price_class": "residential", "tariff": tiered}], **MANY)
    found = outcome(scenario_of(text), lake)
    assert found.then.by_rows
    plain = outcome(scenario_of(scenario(tariffs=tariffs(), **MANY)), lake)
    more = (found.then.total_fen - plain.then.total_fen) / 100
    kwh = what_if_bills(lake, scenario=text)["energy_after_kwh"].to_numpy()
    is_home = (found.before.lab.points["customer_class"] == "residential").to_numpy()
    assert more[is_home] == pytest.approx(np.maximum(kwh[is_home] - 60, 0) * 0.2, abs=0.02)


@pytest.mark.parametrize(
    ("supposed", "named"),
    [
        ({"vehicles": [{"uptake_share": 1.5}]}, "vehicles.0.uptake_share"),
        ({"vehicles": [{"valley": [0, 0]}]}, "valley"),
        ({"answers": [{"model": "hope"}]}, "hope"),
        ({"tariffs": [*tariffs(), *tariffs()]}, "residential"),
        ({"batteries": []}, "batteries"),
        ({"last_day": "2024-01-01"}, "last_day"),
    ],
)
def test_a_scenario_that_cannot_be_says_which_field(supposed, named):
    with pytest.raises(WhatIfError, match=named):
        scenario_of(scenario(**supposed))


def test_the_mean_day_is_that_of_its_customers(lake):
    text = scenario(vehicles=everyone(charging="smart", valley=(0, 28), energy_kwh=7.0))
    days = what_if_days(lake, scenario=text)
    assert set(days["day"]) == {"workday", "rest_day", "peak_day", "peak_day_after"}
    of_workday = days.filter(pl.col("day") == "workday")
    more = (of_workday["load_after_kw"] - of_workday["load_kw"]).to_numpy()
    assert more[:28] == pytest.approx(len(HOMES), abs=0.01)
    assert more[28:] == pytest.approx(0.0, abs=0.01)
    assert what_if_days(lake, scenario=text, months=(7,)).is_empty()
    [number] = set(of_workday["days"])
    # without New Year, the Spring Festival (from the 28th), and the weekends but the 26th, made up
    assert number == 19


def test_winners_and_losers_add_up_to_everyone(lake):
    text = scenario(tariffs=tariffs(), **MANY)
    bills = what_if_bills(lake, scenario=text)
    for group_by in ("customer_class", "size_class", "price_class", "region_id"):
        groups = what_if_groups(lake, scenario=text, group_by=group_by)
        assert groups["accounts"].sum() == bills.height
        assert groups["change_cny"].sum() == bills["change_cny"].sum()
    shop = what_if_groups(lake, scenario=text).filter(pl.col("group") == "commercial")
    assert shop["change_cny"].to_list() == [Decimal("0.00")]


def test_a_transformer_is_overloaded_by_the_vehicles_behind_it(lake):
    text = scenario(vehicles=everyone(charging="valley", valley=(0, 28), power_kw=8.0))
    [one] = what_if_transformers(lake, scenario=text).iter_rows(named=True)
    assert one["peak_kw"] < 20 * 0.95 < one["peak_after_kw"]
    assert one["overload_hours"] == 0.0
    # 5.5 kWh at 8 kW: two whole quarters of an hour and three quarters of the third
    assert one["overload_after_hours"] == DAYS * 0.5
    assert one["loading_after_share"] == pytest.approx(one["peak_after_kw"] / 19)
