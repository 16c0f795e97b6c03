"""The invented map: proportions, names, coordinates and what of it enters the lake."""

from collections import Counter
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.sample.tables import REFERENCE_READ
from ingest.simulated.grid.addresses import address, medium_voltage_address
from ingest.simulated.grid.layout import AREA_KINDS
from ingest.simulated.grid.network import distance_m
from ingest.simulated.grid.place import Place, areas_of, place
from ingest.simulated.grid.place_tables import place_tables
from queries.schema import check

DAY = date(2024, 1, 1)


def _ratings(areas: int) -> dict[int, float]:
    return dict.fromkeys(range(areas), 100.0)


@pytest.fixture(scope="module")
def district() -> Place:
    return place(1, 600)


def test_600_customers_hang_on_2_substations_8_feeders_and_40_areas(district):
    assert len(district.substations) == 2
    assert Counter(feeder.substation for feeder in district.feeders) == {0: 4, 1: 4}
    assert Counter(area.feeder for area in district.areas) == dict.fromkeys(range(8), 5)
    kinds = Counter(area.kind for area in district.areas)
    assert kinds == {"urban": 16, "suburban": 8, "rural": 8, "street": 5, "industrial": 3}
    # 2.7 % of 600 is 16.2.
    assert sum(feeder.medium_voltage for feeder in district.feeders) == 16


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 3000))
def test_every_customer_has_its_place_in_a_district_of_any_size(seed, customers):
    found = place(seed, customers)
    low = sum(area.customers for area in found.areas)
    assert low + sum(feeder.medium_voltage for feeder in found.feeders) == customers
    assert min(area.customers for area in found.areas) >= 1
    assert len(found.areas) == -(-customers // 15)
    assert len(found.feeders) == -(-len(found.areas) // 5)
    assert len(found.substations) == -(-len(found.feeders) // 4)
    assert {area.kind for area in found.areas} <= set(AREA_KINDS)


def test_a_district_needs_a_customer():
    with pytest.raises(ValueError, match="at least 1"):
        place(1, 0)


def test_plants_gather_on_the_feeder_of_the_industrial_areas(district):
    industrial = [
        feeder.medium_voltage
        for feeder in district.feeders
        if any(area.kind == "industrial" for area in areas_of(district, feeder.number))
    ]
    others = [feeder.medium_voltage for feeder in district.feeders]
    assert max(industrial) == max(others)
    assert max(industrial) >= 2 * np.median(others)


def test_ids_and_names_are_unique_and_ids_sort_by_number_even_when_words_run_out():
    found = place(3, 20_000)
    for things, key in (
        (found.substations, "substation_id"),
        (found.feeders, "feeder_id"),
        (found.areas, "transformer_id"),
    ):
        ids = [getattr(thing, key) for thing in things]
        assert ids == sorted(set(ids))
        assert [thing.number for thing in things] == list(range(len(things)))
        for name in ("name", "name_en"):
            assert len({getattr(thing, name) for thing in things}) == len(things)
    assert any("2" in area.name for area in found.areas)


def test_no_two_customers_share_an_address(district):
    addresses = [address(area, n) for area in district.areas for n in range(area.customers)]
    addresses += [
        medium_voltage_address(feeder, n)
        for feeder in district.feeders
        for n in range(feeder.medium_voltage)
    ]
    assert len(set(addresses)) == 600
    assert all(text.startswith("峰川区") for text in addresses)


@pytest.mark.parametrize("seed", range(8))
def test_the_district_lies_in_the_open_sea(seed):
    found = place(seed, 600)
    nodes = [area.network for area in found.areas]
    longitude = np.concatenate([network.longitude for network in nodes])
    latitude = np.concatenate([network.latitude for network in nodes])
    assert 119.8 < longitude.min() < longitude.max() < 120.2
    assert 38.9 < latitude.min() < latitude.max() < 39.2


def test_trunks_are_2_to_12_km_long_and_longest_in_the_country(district):
    lengths = {feeder.number: max(feeder.taps_km) for feeder in district.feeders}
    assert all(2 <= length <= 12 for length in lengths.values())
    rural = {area.feeder for area in district.areas if area.kind == "rural"}
    urban = {area.feeder for area in district.areas if area.kind == "urban"}
    assert min(lengths[n] for n in rural) > max(lengths[n] for n in urban)


def test_areas_hang_on_the_trunk_in_order_and_plants_after_them(district):
    for feeder in district.feeders:
        areas = areas_of(district, feeder.number)
        assert len(feeder.taps_km) == len(areas) + feeder.medium_voltage
        assert [area.trunk_km for area in areas] == list(feeder.taps_km[: len(areas)])
        assert sorted(feeder.taps_km[: len(areas)]) == list(feeder.taps_km[: len(areas)])


def test_low_voltage_lines_reach_50_to_600_m(district):
    for area in district.areas:
        reach_m = distance_m(area.network.parent, area.network.length_m).max()
        assert 49.5 <= reach_m <= 600.5  # lengths are rounded to 0.1 m


def test_the_same_seed_builds_the_same_district_and_another_seed_another():
    first, again, other = (place_tables(place(s, 200), _ratings(14), DAY) for s in (5, 5, 6))
    for name, frame in first.items():
        assert frame.equals(again[name])
        assert not frame.equals(other[name])


def test_the_tables_have_the_columns_of_the_lake_and_name_only_what_is_there(district):
    tables = place_tables(district, _ratings(40), DAY)
    for name, frame in tables.items():
        check(name, frame, REFERENCE_READ[name])
        assert frame["valid_from"].unique().to_list() == [DAY]
    assert tables["regions"]["is_simulated"].all()
    regions = tables["regions"]["region_id"].to_list()
    assert regions == ["fengchuan", "fengchuan-1", "fengchuan-2"]
    assert tables["regions"]["parent_region_id"].to_list() == [None, "fengchuan", "fengchuan"]
    assert tables["substations"]["region_id"].to_list() == regions[1:]
    for table, column, target in (
        ("feeders", "substation_id", "substations"),
        ("transformers", "feeder_id", "feeders"),
        ("network_nodes", "transformer_id", "transformers"),
    ):
        assert set(tables[table][column]) == set(tables[target][column])
    assert tables["transformers"]["transformer_meter_id"][0] == "FC-T0001-M"
    assert tables["transformers"]["rated_capacity_kva"][0] == 100.0


def test_every_node_hangs_on_a_node_of_its_own_area_or_on_the_busbar(district):
    nodes = place_tables(district, _ratings(40), DAY)["network_nodes"]
    area_of = dict(nodes.select("network_node_id", "transformer_id").iter_rows())
    assert len(area_of) == nodes.height
    pairs = nodes.select("parent_network_node_id", "transformer_id").iter_rows()
    assert all(parent is None or area_of[parent] == area for parent, area in pairs)
