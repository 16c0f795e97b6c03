"""Batteries behind the meter: against the linear programme, by hand, and in a scenario."""

import json
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from typer.testing import CliRunner

from pages.cli import app
from queries.demand.storage_arbitrage import Battery, stored_against_prices
from queries.demand.storage_peak import shaved
from queries.demand.what_if_bills import what_if_bills
from queries.demand.what_if_curve import what_if_curve
from queries.demand.what_if_ledger import what_if_ledger
from queries.demand.what_if_outcome import net_kwh, outcome
from queries.demand.what_if_terms import scenario_of
from queries.demand.what_if_transformers import READS
from queries.lake import open_lake
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.demand.what_if_street import (
    DAYS,
    PEAK_AND_VALLEY,
    before_and_after,
    by_day,
    everyone,
    make_street,
    scenario,
    tariffs,
)

PRICES = st.sampled_from([0.2, 0.3, 0.5, 0.5, 0.9, 1.3])
EXACT = 1e-7  # of the solver, whose own tolerance it is


@st.composite
def days(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, Battery]:
    """Net loads of three days of eight steps, their prices, and a battery."""
    steps = 8
    net = draw(st.lists(st.floats(-2, 4), min_size=3 * steps, max_size=3 * steps))
    if draw(st.booleans()):
        net = np.abs(net).tolist()
    prices = draw(st.lists(PRICES, min_size=3 * steps, max_size=3 * steps))
    battery = Battery(draw(st.floats(0.1, 8)), draw(st.floats(0.1, 4)), draw(st.floats(0.5, 1)))
    feed_in = np.full((3, steps), draw(st.sampled_from([0.0, 0.3, 2.0])))
    return np.reshape(net, (3, steps)), np.reshape(prices, (3, steps)), feed_in, battery


def stored(charged: np.ndarray, discharged: np.ndarray, battery: Battery) -> np.ndarray:
    return np.cumsum(charged * battery.one_way - discharged / battery.one_way, axis=1)


def saved_most(net: np.ndarray, price: np.ndarray, feed_in: np.ndarray, battery: Battery) -> float:
    """What HiGHS saves on one day: from the grid, from the surplus, to the customer."""
    steps, surplus = len(net), np.clip(-net, 0, battery.power)
    lower = np.tril(np.ones((steps, steps)))
    level = np.hstack([lower * battery.one_way, lower * battery.one_way, -lower / battery.one_way])
    most = np.concatenate([battery.power - surplus, surplus, np.clip(net, 0, battery.power)])
    found = linprog(
        np.concatenate([price, np.minimum(feed_in, price), -price]),
        A_ub=np.vstack([level, -level]),
        b_ub=np.concatenate([np.full(steps, battery.capacity), np.zeros(steps)]),
        bounds=np.column_stack([np.zeros(3 * steps), most]),
        method="highs",
    )
    return -found.fun


def lowest_level(load: np.ndarray, battery: Battery) -> float:
    """The lowest highest step HiGHS finds."""
    steps = len(load)
    lower, one, none = np.tril(np.ones((steps, steps))), np.eye(steps), np.zeros((steps, 1))
    level = np.hstack([lower * battery.one_way, -lower / battery.one_way, none])
    found = linprog(
        np.append(np.zeros(2 * steps), 1.0),
        A_ub=np.vstack([level, -level, np.hstack([one, -one, none - 1])]),
        b_ub=np.concatenate([np.full(steps, battery.capacity), np.zeros(steps), -load]),
        bounds=[(0, battery.power)] * (2 * steps) + [(0, None)],
        method="highs",
    )
    return found.fun


@settings(max_examples=60, deadline=None)
@given(days())
def test_nobody_saves_more_than_the_linear_programme_nor_less(given_days):
    net, prices, feed_in, battery = given_days
    kind = np.array([2, 0, 1])
    found = stored_against_prices(net, kind, prices, feed_in, battery)
    for row, own in enumerate(kind):
        best = saved_most(net[row], prices[own], feed_in[own], battery)
        assert found.gained[row] == pytest.approx(best, abs=EXACT)
        assert found.bound[row] == pytest.approx(best, abs=EXACT)


@settings(max_examples=60, deadline=None)
@given(days())
def test_a_battery_holds_what_it_can_gives_what_is_taken_and_never_costs(
    given_days,
):
    net, prices, feed_in, battery = given_days
    found = stored_against_prices(net, np.arange(3), prices, feed_in, battery)
    level = stored(found.charged, found.discharged, battery)
    assert (level >= -EXACT).all()
    assert (level <= battery.capacity + EXACT).all()
    assert level[:, -1] == pytest.approx(0, abs=EXACT)
    after = net + found.charged - found.discharged
    assert (after >= np.minimum(net, 0) - EXACT).all()
    assert (found.gained >= -EXACT).all()


@settings(max_examples=30, deadline=None)
@given(days())
def test_at_one_price_there_is_nothing_to_gain(given_days):
    net, _, _, battery = given_days
    flat = np.full_like(net, 0.5)
    found = stored_against_prices(np.abs(net), np.arange(3), flat, flat, battery)
    assert not found.charged.any()
    assert not found.discharged.any()


@settings(max_examples=60, deadline=None)
@given(days())
def test_the_level_held_is_the_lowest_to_a_thousandth(given_days):
    net, _, _, battery = given_days
    found = shaved(net, battery)
    for row, load in enumerate(net):
        best = lowest_level(load, battery)
        assert found.bound[row] - EXACT <= best <= found.level[row] + EXACT
        assert found.level[row] <= best * 1.001 + EXACT
    after = net + found.charged - found.discharged
    assert (after <= found.level[:, None] + EXACT).all()
    assert (found.level <= np.maximum(net.max(axis=1), 0) + EXACT).all()
    level = stored(found.charged, found.discharged, battery)
    assert (level >= -EXACT).all()
    assert (level <= battery.capacity + EXACT).all()
    assert level[:, -1] == pytest.approx(0, abs=EXACT)


@pytest.mark.parametrize(("capacity", "level"), [(5.0, 2.0), (1.0, 3.0)])
def test_a_peak_of_one_step_is_held_down_by_power_or_by_what_is_stored(capacity, level):
    load = np.array([[0.0, 0.0, 4.0, 0.0]])
    found = shaved(load, Battery(capacity, 2.0, 1.0), most_gap_share=1e-9)
    assert found.level == pytest.approx([level])


@pytest.fixture(scope="module")
def street_lake(
    new_lake: Callable[..., Settings], register: Callable, take: Callable, day_row: Callable
) -> Settings:
    return make_street(new_lake, register, take, day_row)


@pytest.fixture
def lake(street_lake: Settings):
    with closing(open_lake(street_lake, EVERYTHING, reads=READS)) as opened:
        yield opened


def test_a_home_buys_its_evening_in_the_valley(lake):
    text = scenario(tariffs=tariffs(), storages=everyone())
    read, after = by_day(lake, "home 1", text, "energy_kwh"), by_day(lake, "home 1", text)
    # 0.4 + 2.0 + 3.0 + 0.4 kWh from 17 to 21 o'clock, a ninth more for what is lost
    assert after[:, 68:84] == pytest.approx(0.0, abs=0.001)
    assert after.sum() - read.sum() == pytest.approx(DAYS * 5.8 * (1 / 0.9 - 1), abs=0.05)
    plain = what_if_bills(lake, scenario=scenario(tariffs=tariffs()))
    owed = what_if_bills(lake, scenario=text)
    of_home = pl.col("usage_point_id") == "home 1"
    saved = plain.filter(of_home)["owed_cny"][0] - owed.filter(of_home)["owed_cny"][0]
    assert float(saved) == pytest.approx(DAYS * 5.8 * (0.8 - 0.2 / 0.9), abs=0.05)


def test_what_a_battery_holds_bounds_what_it_gives(lake):
    text = scenario(tariffs=tariffs(), storages=everyone(capacity_kwh=2.0, efficiency_share=0.81))
    read, after = by_day(lake, "home 1", text, "energy_kwh"), by_day(lake, "home 1", text)
    less = (read - after)[:, 68:84].sum(axis=1)
    assert less == pytest.approx(2.0 * 0.9, abs=0.001)
    assert (after - read)[:, :68].sum(axis=1) == pytest.approx(2.0 / 0.9, abs=0.001)


def test_batteries_are_near_the_optimum_and_say_so(lake):
    for purpose in ("arbitrage", "own_peak", "system_peak"):
        text = scenario(tariffs=tariffs(), storages=everyone(purpose=purpose, power_kw=1.5))
        before, after = before_and_after(lake, text)
        assert before["storage_gap_share"] is None
        assert 0 <= after["storage_gap_share"] <= 0.001


def test_a_customers_own_peak_is_held_on_every_day(lake):
    text = scenario(storages=everyone(purpose="own_peak", capacity_kwh=2.0, efficiency_share=1.0))
    read, after = by_day(lake, "home 1", text, "energy_kwh"), by_day(lake, "home 1", text)
    # 3 kW for an hour and 2 kW before it: 2 kWh take both to 1.5 kW
    assert read.max() == pytest.approx(0.75)
    assert after.max(axis=1) == pytest.approx(0.375, abs=0.002)


def test_together_batteries_hold_the_highest_load_of_all(lake):
    kind = {"capacity_kwh": 3.0, "power_kw": 2.0, "purpose": "system_peak"}
    text = scenario(storages=everyone(**kind))
    found = outcome(scenario_of(text), lake)
    before, after = (net_kwh(found, is_after=one).max(axis=1) for one in (False, True))
    # three of 2 kW against the shop's 10 kW hour at noon: 9 kWh would be enough for more
    assert before.max() - after.max() == pytest.approx(6.0 / 4, abs=0.005)
    assert (after <= before + 1e-9).all()
    assert found.after.ledger.fed_in_kwh > 0
    lost = found.after.ledger.lost_kwh
    assert lost > 0
    alone = outcome(scenario_of(scenario(storages=everyone(**kind, uptake_share=0))), lake)
    assert not alone.after.added.any()


@settings(max_examples=10, deadline=None)
@given(
    st.sampled_from(["arbitrage", "own_peak", "system_peak"]),
    st.floats(0, 1),
    st.floats(0.5, 20),
    st.floats(0.5, 1),
)
def test_losses_are_accounted_for_beside_everything_else(lake_once, purpose, share, kwh, back):
    store = {
        "purpose": purpose,
        "uptake_share": share,
        "capacity_kwh": kwh,
        "efficiency_share": back,
    }
    text = scenario(
        tariffs=tariffs(), vehicles=[{}], roofs=everyone(capacity_kw=3.0), storages=[store]
    )
    book = what_if_ledger(lake_once, scenario=text)
    assert book["energy_kwh"].sum() == pytest.approx(0, abs=1e-6)
    [lost] = book.filter(part="lost")["energy_kwh"]
    assert lost >= -1e-6


@pytest.fixture(scope="module")
def lake_once(street_lake: Settings):
    with closing(open_lake(street_lake, EVERYTHING, reads=READS)) as opened:
        yield opened


def test_what_a_roof_would_feed_in_is_kept_for_the_evening(lake):
    roof = everyone(capacity_kw=2.0, performance_share=0.8)
    alone = scenario(tariffs=tariffs(), roofs=roof)
    both = scenario(tariffs=tariffs(), roofs=roof, storages=everyone())
    # 0.1 kWh a quarter of an hour from 10 to 14 o'clock is left over, for nothing
    fed_in = by_day(lake, "home 1", alone, "fed_in_kwh").sum(axis=1)
    assert fed_in == pytest.approx(1.6, abs=0.01)
    assert by_day(lake, "home 1", both, "fed_in_kwh").sum(axis=1) == pytest.approx(0, abs=0.01)
    bought = (
        by_day(lake, "home 1", both)[:, :68].sum() - by_day(lake, "home 1", alone)[:, :68].sum()
    )
    assert bought == pytest.approx(DAYS * (5.8 / 0.9 - 1.6), abs=0.5)


def test_the_bill_with_a_battery_is_that_of_the_price_command(lake, tmp_path):
    text = scenario(tariffs=tariffs(), vehicles=everyone(), storages=everyone())
    curve = what_if_curve(lake, scenario=text, usage_point_id="home 3")
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
    [owed] = bills.filter(pl.col("usage_point_id") == "home 3")["owed_cny"]
    assert Decimal(str(json.loads(told.stdout)["total"])) == owed
