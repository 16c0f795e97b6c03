"""Transformers on the map: loading, growth and loss of each, and what hangs together."""

from contextlib import closing
from datetime import date, timedelta

import polars as pl
import pytest

from queries.lake import open_lake
from queries.load.grid_lines import grid_lines
from queries.load.grid_map import YEAR, grid_map
from queries.scope import EVERYTHING, Scope

LAST = date(2025, 6, 30)
DAYS = 4


@pytest.fixture(scope="module")
def settings(new_lake, register, take, day_row):
    """T grew from 40 to 48 kWh a day within a year and sells 36; U is new; V stands nowhere."""
    made = new_lake()
    register(
        made,
        regions=[{"region_id": "R"}, {"region_id": "Q"}],
        substations=[
            {
                "substation_id": "S",
                "region_id": "R",
                "name": "北变",
                "longitude": 120.0,
                "latitude": 39.0,
            }
        ],
        feeders=[{"feeder_id": "F", "substation_id": "S"}],
        transformers=[
            {
                "transformer_id": "T",
                "feeder_id": "F",
                "transformer_meter_id": "M",
                "rated_capacity_kva": 10.0,
                "longitude": 120.01,
                "latitude": 39.01,
            },
            {"transformer_id": "U", "feeder_id": "F", "longitude": 120.02, "latitude": 39.0},
            {"transformer_id": "V"},
        ],
        network_nodes=[
            {
                "network_node_id": "N1",
                "transformer_id": "T",
                "longitude": 120.011,
                "latitude": 39.011,
            },
            {
                "network_node_id": "N2",
                "transformer_id": "T",
                "parent_network_node_id": "N1",
                "longitude": 120.012,
                "latitude": 39.012,
            },
        ],
        usage_points=[
            {
                "usage_point_id": "M",
                "transformer_id": "T",
                "metering_purpose": "check",
                "region_id": "R",
            },
            {"usage_point_id": "A", "transformer_id": "T", "region_id": "R"},
            {"usage_point_id": "B", "transformer_id": "U", "region_id": "R"},
            {"usage_point_id": "C", "transformer_id": "V", "region_id": "Q"},
        ],
    )
    rows = []
    for back in range(DAYS):
        day = LAST - timedelta(days=back)
        rows += [
            day_row([2000] * 24, point="M", day=day),
            day_row([1500] * 24, point="A", day=day),
            day_row([1000] * 24, point="B", day=day),
            day_row([1666] * 23 + [40_000 - 23 * 1666], point="M", day=day - YEAR),
        ]
    take(made, pl.concat(rows))
    return made


@pytest.fixture
def lake(settings):
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


def at(lake, transformer):
    found = grid_map(lake, last_day=LAST, loading_days=2, energy_days=DAYS)
    return found.filter(pl.col("transformer_id") == transformer).row(0, named=True)


def test_growth_is_against_the_same_weekdays_a_year_before(lake):
    found = at(lake, "T")
    assert found["net_mean_kw"] == pytest.approx(2.0)
    assert found["year_growth_share"] == pytest.approx(48 / 40 - 1, rel=1e-3)
    assert (LAST - YEAR).weekday() == LAST.weekday()


def test_where_there_was_nothing_a_year_before_growth_is_not_known(lake):
    assert at(lake, "U")["year_growth_share"] is None
    assert at(lake, "U")["net_mean_kw"] == pytest.approx(1.0)


def test_loss_and_loading_are_those_of_the_area(lake):
    found = at(lake, "T")
    assert found["loss_share"] == pytest.approx((48 - 36) / 48)
    assert found["complete_days"] == DAYS
    assert found["loading_share"] == pytest.approx(2.0 / 0.95 / 10)
    assert at(lake, "U")["loss_share"] is None  # no meter stands there
    assert at(lake, "U")["loading_share"] is None  # nobody knows what it can carry


def test_a_transformer_without_coordinates_is_in_the_answer_but_has_no_place(lake):
    found = at(lake, "V")
    assert (found["longitude"], found["latitude"], found["usage_points"]) == (None, None, 1)


def test_lines_lead_from_the_substation_and_along_the_poles_of_a_feeder(lake):
    feeders = grid_lines(lake)
    assert feeders.select("kind", "line_id").rows() == [("feeder", "T"), ("feeder", "U")]
    assert feeders["name"].to_list() == ["北变", "北变"]
    inside = grid_lines(lake, feeder_id="F").filter(pl.col("kind") == "low_voltage")
    first, second = inside.iter_rows(named=True)
    assert (first["longitude"], first["to_longitude"]) == (120.01, 120.011)  # the transformer
    assert (second["longitude"], second["to_longitude"]) == (120.011, 120.012)  # its parent


def test_a_planner_sees_the_transformers_of_the_own_region_only(settings):
    with closing(open_lake(settings, Scope("q", "planner", regions=frozenset({"Q"})))) as opened:
        assert grid_map(opened, last_day=LAST)["transformer_id"].to_list() == ["V"]
        assert grid_lines(opened, feeder_id="F").is_empty()
