"""Districts: what a planner switches between."""

from contextlib import closing
from datetime import date

import pytest

from queries.area import NO_REGION
from queries.home.data_sets import data_sets
from queries.home.districts import districts
from queries.lake import open_lake
from queries.scope import EVERYTHING, Scope


@pytest.fixture(scope="module")
def settings(new_lake, take, register, day_row):
    """An older district without regions, and a simulated one of two, with a transformer's meter."""
    made = new_lake()
    inner = {"parent_region_id": "new"}
    register(
        made,
        regions=[
            {"region_id": "old", "name": "旧区", "name_en": "Old", "is_simulated": False},
            {"region_id": "new", "name": "新区", "name_en": "New", "is_simulated": True},
            {"region_id": "new-1", "name": "一所", **inner},
            {"region_id": "new-2", "name": "二所", **inner},
        ],
        usage_points=[
            {"usage_point_id": "P0", "region_id": "old"},
            {"usage_point_id": "P1", "region_id": "new-1"},
            {"usage_point_id": "P2", "region_id": "new-2"},
            {"usage_point_id": "P3", "region_id": "new-2"},
            {"usage_point_id": "P1-M", "region_id": "new-1", "metering_purpose": "check"},
        ],
    )
    first, last = date(2024, 6, 3), date(2024, 6, 4)
    take(
        made,
        *(day_row([1] * 24, point="P0", day=date(2016, 1, day)) for day in (1, 2)),
        day_row([1] * 24, point="P1", day=first),
        day_row([1] * 24, point="P1-M", day=first),
        day_row([1] * 24, point="P2", day=last, letters={0: "E"}),
    )
    return made


def _rows(settings, scope, *columns):
    with closing(open_lake(settings, scope)) as lake:
        return districts(lake).select(columns).rows()


def test_a_district_is_a_region_with_all_inside_it_and_the_latest_stands_first(settings):
    columns = ("district_id", "name", "name_en", "is_simulated", "first_day", "last_day")
    assert _rows(settings, EVERYTHING, *columns) == [
        ("new", "新区", "New", True, date(2024, 6, 3), date(2024, 6, 4)),
        ("old", "旧区", "Old", False, date(2016, 1, 1), date(2016, 1, 2)),
    ]


def test_a_district_counts_its_meters_and_how_complete_they_are(settings):
    columns = ("usage_points", "check_meters", "readings", "actual_share", "estimated_share")
    new, old = _rows(settings, EVERYTHING, *columns)
    assert old == (1, 0, 48, 1.0, 0.0)
    # The first region read on the 3rd only: P1 and its check meter, all there. The second read on
    # the 4th only: 23 actual and one estimated of P2's, nothing of the silent P3.
    assert new == (2, 1, 72, pytest.approx(71 / 96), pytest.approx(1 / 96))


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        ({"new"}, ["new"]),
        ({"new-2"}, ["new-2"]),
        ({"new-1", "new-2", "old"}, ["new-2", "new-1", "old"]),
    ],
)
def test_who_sees_a_part_has_that_part_for_a_district(settings, regions, expected):
    scope = Scope("p", "planner", regions=frozenset(regions))
    assert [row[0] for row in _rows(settings, scope, "district_id")] == expected


def test_a_district_with_a_simulated_part_is_simulated(new_lake, take, register, day_row):
    made = new_lake()
    register(
        made,
        regions=[
            {"region_id": "r"},
            {"region_id": "s", "parent_region_id": "r", "is_simulated": True},
        ],
        usage_points=[{"usage_point_id": "P1", "region_id": "r"}],
    )
    take(made, day_row({0: 5}, point="P1"))
    assert _rows(made, EVERYTHING, "district_id", "is_simulated") == [("r", True)]


def test_a_region_that_moved_counts_where_it_is_now(new_lake, take, register, day_row):
    made = new_lake()
    moved = date(2024, 1, 1)
    register(
        made,
        regions=[
            {"region_id": "before"},
            {"region_id": "after"},
            {"region_id": "r", "parent_region_id": "before", "valid_to": moved},
            {"region_id": "r", "parent_region_id": "after", "valid_from": moved},
        ],
        usage_points=[{"usage_point_id": "P1", "region_id": "r"}],
    )
    take(made, day_row({0: 5}, point="P1"))
    assert _rows(made, EVERYTHING, "district_id") == [("after",)]


def test_what_no_register_knows_is_a_district_without_a_name(new_lake, take, register, day_row):
    made = new_lake()
    take(made, day_row({0: 5}, point="stray"))
    assert _rows(made, EVERYTHING, "district_id", "name", "usage_points") == [(NO_REGION, None, 1)]
    register(made, usage_points=[{"usage_point_id": "P1", "region_id": "unnamed"}])
    take(made, day_row({0: 5}, point="P1"))
    columns = ("district_id", "usage_points")
    assert _rows(made, EVERYTHING, *columns) == [(NO_REGION, 1), ("unnamed", 1)]


def test_regions_that_lie_in_each_other_are_one_district(new_lake, take, register, day_row):
    made = new_lake()
    register(
        made,
        regions=[
            {"region_id": "r", "parent_region_id": "s"},
            {"region_id": "s", "parent_region_id": "r"},
        ],
        usage_points=[
            {"usage_point_id": "P1", "region_id": "r"},
            {"usage_point_id": "P2", "region_id": "s"},
        ],
    )
    take(made, day_row({0: 5}, point="P1"), day_row({0: 5}, point="P2"))
    assert _rows(made, EVERYTHING, "district_id", "usage_points") == [("r", 2)]


def test_data_sets_say_it_by_region(settings):
    with closing(open_lake(settings, EVERYTHING)) as lake:
        found = data_sets(lake).select("region_id", "usage_points", "readings").rows()
    assert found == [("new-1", 1, 48), ("new-2", 1, 24), ("old", 1, 48)]
