"""The table of kinds, and what holds for every kind of customer."""

from dataclasses import replace

import numpy as np
import pytest

from ingest.master.fields import CODES
from ingest.simulated.loads.kinds import KINDS, medium_voltage_mix, mix_of_area
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.economy import GROUPS
from tests.ingest.simulated.a_year import YEAR, customers, demand, setting, traits

AREA_KINDS = ("urban", "suburban", "rural", "street", "industrial")
OTHERS = [name for name in KINDS if name != "household"]
LOAD_FACTORS = {
    "shop": (0.20, 0.45),
    "restaurant": (0.18, 0.35),
    "office": (0.15, 0.32),
    "hotel": (0.28, 0.50),
    "school": (0.15, 0.32),
    "campus": (0.15, 0.35),
    "workshop": (0.18, 0.35),
    "plant_one_shift": (0.18, 0.35),
    "plant_two_shift": (0.35, 0.50),
    "plant_three_shift": (0.55, 0.80),
    "hospital": (0.45, 0.75),
    "data_room": (0.80, 0.95),
    "large_hotel": (0.30, 0.55),
    "office_tower": (0.18, 0.35),
    "irrigation": (0.03, 0.15),
    "street_lighting": (0.35, 0.50),
    "dairy_farm": (0.18, 0.30),
}


@pytest.mark.parametrize("area_kind", AREA_KINDS)
def test_the_shares_of_an_area_sum_to_one_and_each_is_supplied_at_low_voltage(area_kind):
    mix = mix_of_area(area_kind)
    assert sum(mix.values()) == pytest.approx(1, abs=1e-12)
    assert not any(KINDS[name].is_medium_voltage for name in mix)


def test_the_shares_at_medium_voltage_sum_to_one_and_each_is_supplied_there():
    mix = medium_voltage_mix()
    assert sum(mix.values()) == pytest.approx(1, abs=1e-12)
    assert all(KINDS[name].is_medium_voltage for name in mix)


def test_fifteen_customers_at_medium_voltage_hold_a_hospital_and_a_data_room():
    mix = medium_voltage_mix()
    assert int(15 * mix["hospital"]) == int(15 * mix["data_room"]) == 1


def test_every_kind_lives_somewhere():
    places = {name for kind in AREA_KINDS for name in mix_of_area(kind)} | set(medium_voltage_mix())
    assert places == set(KINDS)


def test_an_unknown_area_is_told_apart():
    with pytest.raises(ValueError, match=r"'desert'.*urban, suburban"):
        mix_of_area("desert")


def test_kinds_have_classes_of_the_lake_and_prices_of_china():
    prices = {"residential", "residential_shared", "agricultural"}
    prices |= {"industrial_commercial", "industrial_commercial_two_part"}
    for name, kind in KINDS.items():
        assert kind.name == name
        assert kind.customer_class in CODES["customer_class"]
        assert kind.price_code in prices
        assert kind.economy_group is None or kind.economy_group in GROUPS


def test_schools_pay_what_households_pay_together_and_farms_their_own_price():
    assert {KINDS[name].price_code for name in ("school", "campus")} == {"residential_shared"}
    assert {KINDS[name].price_code for name in ("irrigation", "dairy_farm")} == {"agricultural"}


@pytest.mark.parametrize("name", KINDS)
def test_power_is_finite_never_negative_and_never_above_what_is_connected(name):
    for number in range(3):
        drawn = traits(name, number)
        wanted = demand(name, drawn, number)
        for power in (wanted.active_w, wanted.reactive_var):
            assert power.dtype == np.float32
            assert power.shape == (YEAR.slots,)
            assert np.isfinite(power).all()
        assert wanted.active_w.min() >= 0
        assert wanted.active_w.max() <= 1000 * drawn.connected_kw * (1 + 1e-6)


@pytest.mark.parametrize("name", OTHERS)
def test_the_same_stream_gives_the_same_power(name):
    first, again = (demand(name, traits(name)) for _ in range(2))
    assert np.array_equal(first.active_w, again.active_w)
    assert np.array_equal(first.reactive_var, again.reactive_var)


@pytest.mark.parametrize("name", OTHERS)
def test_a_customer_has_a_trade_of_its_own(name):
    for number in range(30):
        trade = traits(name, number).trade
        assert trade.zh
        assert trade.en
        assert trade.industry_code.isdigit()
        assert trade.economy_group is None or trade.economy_group in GROUPS


@pytest.mark.parametrize("name", OTHERS)
def test_low_voltage_ends_at_160_kw_and_medium_voltage_begins_above(name):
    kind = KINDS[name]
    sizes = [
        kind.draw(stream(2, name, number), area).connected_kw
        for number in range(40)
        for area in AREA_KINDS
    ]
    low, high = (160, 2000) if kind.is_medium_voltage else (1, 160)
    assert low <= min(sizes)
    assert max(sizes) <= high


@pytest.mark.parametrize(("name", "bounds"), LOAD_FACTORS.items())
def test_the_usual_load_factor_of_a_kind(name, bounds):
    power = customers(name, 9).reshape(9, -1)
    usual = np.median(power.mean(axis=1) / power.max(axis=1))
    assert bounds[0] < usual < bounds[1]


def test_the_longer_the_shifts_the_higher_the_load_factor():
    def usual(name):
        power = customers(name, 9).reshape(9, -1)
        return np.median(power.mean(axis=1) / power.max(axis=1))

    assert usual("plant_one_shift") < usual("plant_two_shift") < usual("plant_three_shift")


@pytest.mark.parametrize("name", ["shop", "office", "hotel", "hospital", "office_tower"])
def test_ten_degrees_more_in_summer_cost_more(name):
    usual = setting()
    hot = replace(
        usual.weather,
        temperature_c=usual.weather.temperature_c + 10,
        slow_temperature_c=usual.weather.slow_temperature_c + 10,
    )
    july = slice(182 * 96, 213 * 96)
    for number in range(3):
        drawn = traits(name, number)
        before = demand(name, drawn, number).active_w[july].sum(dtype=float)
        after = demand(name, drawn, number, replace(usual, weather=hot)).active_w[july]
        assert after.sum(dtype=float) > 1.05 * before
