"""Typical days, the peak by class, heating and cooling shares, savings, of a town that is known."""

from contextlib import closing
from datetime import date

import numpy as np
import polars as pl
import pytest

from queries.lake import open_lake
from queries.load.electric_heating import electric_heating, heating_likelihood
from queries.load.peak_contribution import peak_contribution
from queries.load.peak_hours import highest, peak_hours
from queries.load.saving_potential import saving_potential
from queries.load.temperature_shares import temperature_shares
from queries.load.typical_days import typical_days
from queries.scope import EVERYTHING, Scope
from tests.load.town_with_weather import (
    COOLING_ABOVE_C,
    COOLING_KWH_PER_K,
    FIRST,
    HEATING_BELOW_C,
    HEATING_KWH_PER_K,
    HOMES,
    LAST,
    outdoor_c,
)

PERIOD = {"first_day": FIRST, "last_day": LAST}
YEAR = {"first_day": date(2024, 1, 1), "last_day": LAST}


@pytest.fixture(scope="module")
def lake(town_settings):
    with closing(open_lake(town_settings, EVERYTHING)) as opened:
        yield opened


def test_heating_and_cooling_of_homes_are_found_and_shops_have_none(lake):
    shops, homes = temperature_shares(lake, **PERIOD).rows(named=True)
    assert (shops["group_id"], shops["model"]) == ("commercial", "none")
    assert homes["heating_below_c"] == pytest.approx(HEATING_BELOW_C, abs=0.5)
    assert homes["cooling_above_c"] == pytest.approx(COOLING_ABOVE_C, abs=0.5)
    assert homes["heating_kwh_per_k"] == pytest.approx(HOMES * HEATING_KWH_PER_K, rel=0.02)
    assert homes["cooling_kwh_per_k"] == pytest.approx(HOMES * COOLING_KWH_PER_K, rel=0.05)
    kelvin = np.maximum(HEATING_BELOW_C - outdoor_c(), 0).mean() * 365.25
    assert homes["heating_kwh"] == pytest.approx(HOMES * HEATING_KWH_PER_K * kelvin, rel=0.02)
    assert homes["heating_low_share"] < homes["heating_share"] < homes["heating_high_share"]
    parts = homes["base_kwh"] + homes["heating_kwh"] + homes["cooling_kwh"]
    assert parts == pytest.approx(homes["energy_kwh"])


def test_a_planner_of_a_region_inside_has_the_weather_of_the_one_around(town_settings):
    town_only = Scope("t", "planner", regions=frozenset({"in_country"}))
    with closing(open_lake(town_settings, town_only)) as lake:
        found = temperature_shares(lake, **PERIOD)
    assert set(found["status"]) == {"fitted"}
    nobody = Scope("x", "planner", regions=frozenset())
    with closing(open_lake(town_settings, nobody)) as lake:
        assert lake.table("weather").pl().is_empty()


def test_the_typical_day_is_the_one_that_was_made(lake):
    found = typical_days(lake, **YEAR)
    shops = found.filter(customer_class="commercial", season="spring", day_kind="workday")
    # Weights of the hours: 7 × 0.5, 10 × 1, 5 × 2, 2 × 0.75, together 25.
    ratio = shops["class_ratio"].to_list()
    assert ratio[3] == pytest.approx(0.5 * 24 / 25, rel=0.01)
    assert ratio[19] == pytest.approx(2 * 24 / 25, rel=0.01)
    # All shops have the same shape: the band over customers is narrow.
    assert (shops["high_ratio"] - shops["low_ratio"]).to_numpy().max() < 0.05
    assert set(found["usage_points"]) == {8, 6}


def test_a_class_of_four_has_no_band(lake):
    found = typical_days(lake, **YEAR, area_kind="usage_point_id", area_id="S1")
    assert found["low_ratio"].null_count() == found.height
    assert found["class_ratio"].null_count() == 0


def test_parts_of_the_peak_add_up_to_it_and_equal_shapes_have_no_diversity(lake):
    found = peak_contribution(lake, **YEAR)
    *groups, whole = found.rows(named=True)
    assert whole["group_id"] == "all"
    assert sum(row["peak_kw"] for row in groups) == pytest.approx(whole["peak_kw"])
    assert sum(row["energy_share"] for row in groups) == pytest.approx(1)
    shops = next(row for row in groups if row["group_id"] == "commercial")
    assert shops["diversity_factor"] == pytest.approx(1, abs=0.06)
    # Homes cool on the hottest days, at the hours at which all peak.
    homes = next(row for row in groups if row["group_id"] == "residential")
    assert homes["peak_share"] > homes["energy_share"]
    assert homes["coincidence_share"] > shops["coincidence_share"] * 0.9


def test_the_highest_hours_come_first_and_their_groups_add_up(lake):
    found = peak_hours(lake, **YEAR, top_hours=5)
    assert found["rank"].to_list() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found["total_kw"].is_sorted(descending=True)
    sums = found.group_by("rank", maintain_order=True).agg(pl.col("load_share").sum())
    sums = sums["load_share"]
    assert sums.to_list() == pytest.approx([1] * 5)
    assert {at.hour for at in found["standard_start"]} <= set(range(17, 22))


def test_equal_loads_are_ranked_by_time_and_zero_is_no_peak():
    assert highest(np.array([1.0, 3.0, 0.0, 3.0]), 4).tolist() == [1, 3, 0]


def test_homes_that_take_half_a_kilowatt_hour_a_kelvin_are_likelier_heated_than_not(lake):
    found = electric_heating(lake, **PERIOD)
    assert found.height == HOMES
    assert found["heating_likelihood"].to_numpy().min() > 0.5
    assert found["heating_kwh_per_k"].to_list() == pytest.approx([0.5] * HOMES, rel=0.05)
    assert heating_likelihood(np.array([0.35]), np.array([0.0]))[0] == pytest.approx(0.5)


def test_savings_of_too_few_alike_are_not_guessed(lake):
    found = {row["group_id"]: row for row in saving_potential(lake, **YEAR).rows(named=True)}
    assert found["residential"]["judged_points"] == HOMES
    assert found["residential"]["excess_standby_kwh"] >= 0
    shops = found["commercial"]
    assert (shops["judged_points"], shops["excess_standby_kwh"]) == (0, None)
    for row in found.values():
        assert row["avoidable_low_kw"] <= row["avoidable_kw"] * 1.2
        assert row["base_low_kwh"] < row["base_kwh"] < row["base_high_kwh"]
