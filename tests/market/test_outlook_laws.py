"""The outlook's arithmetic, by hand and by law."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.market.assumptions import read_assumptions
from queries.market.base_year import BaseYear, base_year
from queries.market.history import History
from queries.market.outlook import project_groups
from queries.market.outlook_backtest import backtest, until
from queries.market.outlook_parts import logarithmic_mean, parts_of
from tests.market.calm import calm
from tests.market.synthetic_history import history

HOURS = 8760
# Made once: a history remembers its base year.
HOMES = history({"households": 50.0})
MIXED = history({"A": 20.0, "C": 80.0, "F": 40.0, "households": 60.0})


def _base(past: History) -> BaseYear:
    found = base_year(past, 7)
    assert found is not None
    return found


def _year(past: History, given, year: int = -1) -> dict:
    found = project_groups(past, _base(past), given, "all")
    return found.filter(pl.col("month").is_null()).row(year, named=True)


def test_without_growth_and_at_mean_weather_next_year_is_like_this_one():
    row = _year(history({"C": 100.0, "households": 50.0}), calm())
    # 2033 has as many days as 2023 and no more rest days matter to a constant load.
    assert row["energy_p50_kwh"] == pytest.approx(150 * HOURS, rel=1e-9)
    assert row["peak_p50_kw"] == pytest.approx(150.0, rel=1e-9)
    assert row["energy_growth_share"] == pytest.approx(0.0, abs=1e-12)


def test_a_leap_year_has_a_day_more():
    row = _year(history({"C": 100.0}), calm(), year=0)  # 2024
    assert row["energy_p50_kwh"] == pytest.approx(100 * (HOURS + 24), rel=1e-9)


def test_an_elasticity_of_one_half_makes_four_per_cent_growth_two():
    given = calm(economy={"secondary_growth_share": 0.04}, elasticity={"secondary": 0.5}, years=10)
    row = _year(history({"C": 100.0}), given)
    assert row["energy_p50_kwh"] == pytest.approx(100 * HOURS * 1.04 ** (0.5 * 10), rel=1e-9)


def test_households_follow_income_people_and_price_not_industry():
    given = calm(
        economy={
            "secondary_growth_share": 0.1,
            "income_growth_share": 0.05,
            "population_growth_share": -0.01,
            "price_growth_share": 0.02,
        },
        elasticity={"households": 0.8, "population": 1.0, "price_households": -0.15},
        efficiency={"households_share": 0.01},
        years=1,
    )
    factor = 1.05**0.8 * 0.99 * 1.02**-0.15 * 0.99
    row = _year(history({"households": 100.0}), given)
    assert row["energy_p50_kwh"] == pytest.approx(100 * (HOURS + 24) * factor, rel=1e-9)


def test_half_a_vehicle_more_a_household_takes_a_thousand_kilowatt_hours_each():
    given = calm(vehicles={"final_share": 0.5, "energy_kwh": 2000.0})
    row = _year(history({"households": 100.0}, points=100), given)
    assert row["energy_p50_kwh"] - 100 * HOURS == pytest.approx(100 * 0.5 * 2000, rel=1e-9)


def test_roofs_take_from_the_grid_only_what_is_used_behind_the_meter():
    given = calm(
        solar={
            "final_kw_per_household": 2.0,
            "full_load_hours": 1000.0,
            "self_used_share": 0.4,
        }
    )
    row = _year(history({"households": 100.0}, points=10), given)
    assert 100 * HOURS - row["energy_p50_kwh"] == pytest.approx(10 * 2.0 * 1000 * 0.4, rel=1e-9)


def test_charging_in_the_evening_raises_an_evening_peak_and_managed_charging_less():
    evening = np.full(96, 50.0)
    evening[72:84] = 100.0  # 18 to 21 o'clock
    past = history({"households": evening})
    cars = {"final_share": 1.0, "energy_kwh": 3650.0, "home_share": 1.0}
    unmanaged = _year(past, calm(vehicles=cars))["peak_p50_kw"]
    managed = _year(past, calm(vehicles=cars, policy={"managed_charging": True}))["peak_p50_kw"]
    # 100 vehicles × 10 kWh a day, 13 of 101 parts of it from 19 to 20 o'clock.
    assert unmanaged == pytest.approx(100 + 1000 * 13 / 101, rel=0.01)
    assert 100 < managed < unmanaged


def test_demand_response_takes_its_share_off_the_peak_in_ten_years():
    given = calm(policy={"demand_response": True, "demand_response_share": 0.05})
    assert _year(history({"C": 100.0}), given)["peak_p50_kw"] == pytest.approx(95.0, rel=1e-9)


def _heated(days: int = 731) -> History:
    day = np.arange(days)
    noise = np.random.default_rng(3).normal(0, 2.5, days)
    temperature_c = 12 - 14 * np.cos(2 * np.pi * (day - 15) / 365) + noise
    heating_kw = 4.0 * np.maximum(14.0 - temperature_c, 0.0)
    cooling_kw = 5.0 * np.maximum(temperature_c - 22.0, 0.0)
    daily = 100.0 + heating_kw + cooling_kw
    return history(
        {"households": np.repeat(daily[:, None], 96, axis=1)},
        days=days,
        temperature_c=temperature_c,
    )


def test_the_mean_of_the_weather_years_is_the_base_year_at_normal_weather():
    past = _heated()
    row = _year(past, calm(draws=2000))
    assert row["energy_p50_kwh"] == pytest.approx(row["base_year_kwh"], rel=0.01)
    assert row["energy_p10_kwh"] < row["energy_p50_kwh"] < row["energy_p90_kwh"]


def test_a_warmer_climate_takes_heating_and_adds_cooling():
    past = _heated()
    parts = parts_of(past, _base(past), calm(weather={"warming_k_per_decade": 1.0}))
    weather = parts.filter(pl.col("part") == "weather")["energy_kwh"]
    temperature_c = past.temperature_c[0]
    heating_days = (temperature_c < 13.5).sum() / 2
    cooling_days = (temperature_c > 21.5).sum() / 2
    expected = 24 * (5.0 * cooling_days - 4.0 * heating_days)
    assert weather[-1] == pytest.approx(expected, rel=0.1)


_SHARES = st.floats(-0.05, 0.1)


@settings(max_examples=25, deadline=None)
@given(
    growth=_SHARES,
    price=_SHARES,
    saved=st.floats(0, 0.04),
    cars=st.floats(0, 1.5),
    roofs=st.floats(0, 3),
)
def test_what_makes_it_grow_adds_up_to_the_whole(growth, price, saved, cars, roofs):
    past = MIXED
    given = calm(
        economy={"secondary_growth_share": growth, "price_growth_share": price},
        efficiency={"tertiary_share": saved},
        vehicles={"final_share": cars},
        solar={"final_kw_per_household": roofs},
    )
    parts = parts_of(past, _base(past), given)
    year = parts.filter(pl.col("year") == parts["year"].max())
    amounts = dict(year.select("part", "energy_kwh").iter_rows())
    total = amounts.pop("total")
    assert sum(amounts.values()) == pytest.approx(total, rel=1e-9)
    # With nothing left to chance every draw is the central course.
    assert _year(past, given)["energy_p50_kwh"] == pytest.approx(total, rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    spread=st.floats(0, 0.05),
    customers=st.floats(0, 0.5),
)
def test_quantiles_stand_in_their_order_and_the_seed_makes_the_draws(seed, spread, customers):
    past = MIXED
    text = f"seed = {seed}\ndraws = 100\n[economy]\nyearly_spread_share = {spread}\n"
    given = read_assumptions(f"{text}customer_spread_share = {customers}")
    first = project_groups(past, _base(past), given, "sector")
    for name, unit in (("energy", "kwh"), ("peak", "kw")):
        low, middle, high = (first[f"{name}_{q}_{unit}"] for q in ("p10", "p50", "p90"))
        assert (low <= middle).all()
        assert (middle <= high).all()
    assert first.equals(project_groups(past, _base(past), given, "sector"))


@settings(max_examples=15, deadline=None)
@given(fewer=st.floats(0, 2), more=st.floats(0, 2))
def test_more_vehicles_never_take_less_energy(fewer, more):
    past = HOMES
    low, high = sorted((fewer, more))
    rows = [
        _year(past, read_assumptions(f"draws = 100\n[vehicles]\nfinal_share = {share}"))
        for share in (low, high)
    ]
    for column in ("energy_p10_kwh", "energy_p50_kwh", "energy_p90_kwh", "peak_p50_kw"):
        assert rows[0][column] <= rows[1][column] + 1e-6


def test_a_few_large_customers_make_an_outlook_less_sure_than_many_small_ones():
    def width(points: int) -> float:
        given = calm(economy={"customer_spread_share": 0.1}, draws=1000)
        row = _year(history({"C": 100.0}, points=points), given)
        return math.log(row["energy_p90_kwh"] / row["energy_p10_kwh"])

    # √100 = 10 times: the root of the sum of squared shares is 1 / √points.
    assert width(1) / width(100) == pytest.approx(10.0, rel=0.05)


@given(first=st.floats(0.1, 1e6), second=st.floats(0.1, 1e6))
def test_the_logarithmic_mean_lies_between_the_geometric_and_the_arithmetic_one(first, second):
    mean = float(logarithmic_mean(np.array([first]), np.array([second]))[0])
    assert math.sqrt(first * second) * (1 - 1e-9) <= mean <= (first + second) / 2 * (1 + 1e-9)


def test_a_backtest_knows_nothing_of_the_year_it_foretells():
    past = _heated()
    poisoned = history(
        {"households": np.where(np.arange(731)[:, None] < 365, past.load_kw[0], 1e6)},
        days=731,
        temperature_c=past.temperature_c[0],
    )
    given = calm()
    honest, other = backtest(past, given), backtest(poisoned, given)
    foretold = ["energy_p10_kwh", "energy_p50_kwh", "energy_p90_kwh", "peak_p50_kw"]
    assert honest.select(foretold).equals(other.select(foretold))
    assert not honest["energy_kwh"].equals(other["energy_kwh"])
    assert (
        until(past, 12).weather["R"]["service_date"].max()
        == pl.Series([past.months[12]]).dt.offset_by("-1d")[0]
    )


def test_a_load_that_stays_the_same_is_foretold_to_the_kilowatt_hour():
    found = backtest(history({"C": 100.0}, days=731), calm())
    year = found.filter(pl.col("month").is_null()).row(0, named=True)
    assert year["energy_error_share"] == pytest.approx(0.0, abs=1e-9)
    # The year before had a day less.
    assert year["year_before_error_share"] == pytest.approx(-24 / (HOURS + 24), rel=1e-9)
    assert year["peak_error_share"] == pytest.approx(0.0, abs=1e-9)


def test_one_year_is_not_enough_for_a_backtest():
    assert backtest(history({"C": 100.0}), calm()).is_empty()
    assert base_year(until(history({"C": 100.0}), 11), 7) is None
