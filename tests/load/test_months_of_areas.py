"""What is cut from whole months of an area is what its days say, and nothing of before stays."""

from contextlib import closing
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from queries.grid.areas import grid_areas
from queries.grid.head_loads import head_loads
from queries.grid.measures import measures
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope
from queries.settings import Settings
from tests.load.small_grid import measurements, take_in

MAY, JUNE = date(2024, 5, 31), date(2024, 6, 1)
PERIODS = [(MAY, JUNE), (JUNE, JUNE), (MAY, MAY), (date(2024, 4, 30), date(2024, 6, 30))]
POINTS = pl.Series(["A", "B"])
MANY = pl.concat([POINTS, pl.Series([f"none {number}" for number in range(100)])])
"""More than are held by months: these are read as asked for."""
VOLTS = {MAY: 230.0, JUNE: 240.0}


@pytest.fixture(scope="module")
def settings(new_lake, register, day_row) -> Settings:
    """A and B in area T on the last day of May and the first of June; B has two registers."""
    settings = new_lake()
    place = {"region_id": "R", "transformer_id": "T", "feeder_id": "F"}
    register(
        settings,
        regions=[{"region_id": "R"}],
        feeders=[{"feeder_id": "F"}],
        transformers=[{"transformer_id": "T", "feeder_id": "F", "rated_capacity_kva": 50.0}],
        usage_points=[{"usage_point_id": point, **place} for point in POINTS],
    )
    for size, (day, volts) in enumerate(VOLTS.items(), start=1):
        rows = (
            day_row([size] * 96, point=point, day=day, interval=15, channel=channel)
            for point, channel in (("A", "import"), ("B", "export.1"), ("B", "export.2"))
        )
        voltages = measurements([("A", "voltage_a_v", [volts] * 96)], day)
        take_in(settings, pl.concat(rows), voltages)
    return settings


@pytest.fixture
def lake(settings):
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


@pytest.mark.parametrize("period", PERIODS)
def test_profiles_of_a_few_points_are_the_same_cut_from_months(lake, period):
    cut = head_loads(lake, POINTS, *period)
    straight = head_loads(lake, MANY, *period)
    assert cut.sort(cut.columns).equals(straight.sort(straight.columns))
    days = (period[1] - period[0]).days + 1
    assert cut.height == 3 * sum(MAY <= period[0] + timedelta(n) <= JUNE for n in range(days))


def test_numbered_registers_come_with_their_channel(lake):
    fed_back = head_loads(lake, POINTS, MAY, JUNE, channels=("export",))
    assert fed_back["channel"].unique().sort().to_list() == ["export.1", "export.2"]
    assert fed_back["day"].unique().sort().to_list() == [0, 1]


@pytest.mark.parametrize("period", PERIODS)
def test_voltages_of_a_few_points_are_the_same_cut_from_months(lake, period):
    cut = measures(lake, "voltage", POINTS, first_day=period[0], last_day=period[1])
    straight = measures(lake, "voltage", MANY, first_day=period[0], last_day=period[1])
    assert np.array_equal(cut, straight[: len(POINTS)], equal_nan=True)
    assert set(cut[0, 0][~np.isnan(cut[0, 0])]) == {
        volts for day, volts in VOLTS.items() if period[0] <= day <= period[1]
    }


def test_an_area_that_was_registered_since_is_there(new_lake, register):
    """What is held belongs to one state of the lake."""
    settings = new_lake()
    register(settings, usage_points=[{"usage_point_id": "A", "transformer_id": "T"}])
    with closing(open_lake(settings, EVERYTHING)) as before:
        assert grid_areas(before, "transformer")["area_id"].to_list() == ["T"]
    register(settings, usage_points=[{"usage_point_id": "B", "transformer_id": "U"}])
    with closing(open_lake(settings, EVERYTHING)) as after:
        assert grid_areas(after, "transformer")["area_id"].to_list() == ["T", "U"]
        assert grid_areas(after, "transformer", area_id="U").height == 1


def test_areas_out_of_sight_are_not_among_those_held(settings, lake):
    assert grid_areas(lake, "transformer").height == 1
    elsewhere = Scope("n", "planner", regions=frozenset({"other"}))
    with closing(open_lake(settings, elsewhere)) as opened:
        assert grid_areas(opened, "transformer").is_empty()
        assert grid_areas(opened, "transformer", area_id="T").is_empty()
