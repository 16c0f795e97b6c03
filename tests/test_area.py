"""What belongs to an area: customers in it, never the meters that check them."""

from contextlib import closing
from datetime import date
from typing import Any

import pytest

from queries.area import NO_REGION
from queries.home.glance import glance
from queries.lake import open_lake
from queries.load.areas import areas
from queries.load.coverage import load_coverage
from queries.load.curve import load_curve
from queries.load.summary import load_summary
from queries.scope import EVERYTHING, Scope

DAY = date(2025, 6, 3)
ONE_DAY: dict[str, Any] = {"first_day": DAY, "last_day": DAY}
WITHIN_EAST = Scope("e", "planner", regions=frozenset({"east"}))


@pytest.fixture(scope="module")
def settings(new_lake, take, register, day_row):
    """A town of two regions and a village; each customer draws another power of ten.

    The transformer of the town's east has a meter, and so has its feeder; what the two check is
    the east's 11 Wh and a little loss. Nobody registered the stray meter.
    """
    made = new_lake()
    point = "usage_point_id"
    check = {"metering_purpose": "check", "feeder_id": "F"}
    register(
        made,
        regions=[
            {"region_id": "town"},
            {"region_id": "east", "parent_region_id": "town"},
            {"region_id": "west", "parent_region_id": "town"},
            {"region_id": "village"},
        ],
        substations=[{"substation_id": "S", "region_id": "east"}],
        feeders=[{"feeder_id": "F", "substation_id": "S"}],
        transformers=[{"transformer_id": "T", "feeder_id": "F", "transformer_meter_id": "T-M"}],
        usage_points=[
            {point: "A", "customer_id": "a", "transformer_id": "T", "customer_class": "public"},
            {point: "B", "customer_id": "b", "transformer_id": "T", "customer_class": "industrial"},
            {point: "C", "customer_id": "c", "region_id": "west", "customer_class": "public"},
            {point: "D", "customer_id": "d", "region_id": "village", "customer_class": "public"},
            {point: "E", "customer_id": "e", "metering_purpose": "settlement"},
            {point: "T-M", "transformer_id": "T", **check},
            {point: "F-M", **check},
        ],
    )
    energy = {"A": 1, "B": 10, "C": 100, "D": 1000, "E": 10_000, "stray": 100_000}
    rows = [day_row({0: wh}, point=name, day=DAY) for name, wh in energy.items()]
    take(made, *rows, *(day_row({0: 12}, point=name, day=DAY) for name in ("T-M", "F-M")))
    return made


@pytest.fixture
def lake(settings):
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


def _wh(lake, **area) -> int | None:
    energy = load_summary(lake, **ONE_DAY, **area)["energy_kwh"].item()
    return None if energy is None else round(energy * 1000)


AREAS = [
    ("all", None, 111_111),
    ("region", "east", 11),
    ("region", "town", 111),
    ("region", NO_REGION, 110_000),
    ("substation", "S", 11),
    ("feeder", "F", 11),
    ("transformer", "T", 11),
    ("customer_class", "public", 1101),
    ("customer_id", "a", 1),
    ("usage_point_id", "A", 1),
    ("usage_point_id", "stray", 100_000),
]


@pytest.mark.parametrize(("kind", "area_id", "expected"), AREAS)
def test_a_meter_that_checks_a_transformer_or_a_feeder_is_in_no_sum(lake, kind, area_id, expected):
    assert _wh(lake, area_kind=kind, area_id=area_id) == expected


def test_a_meter_that_checks_can_be_looked_at_by_its_own_number(lake):
    assert _wh(lake, area_kind="usage_point_id", area_id="T-M") == 12
    assert _wh(lake, area_kind="usage_point_id", area_id="F-M", region_id="village") == 12


@pytest.mark.parametrize(
    ("region_id", "kind", "area_id", "expected"),
    [
        ("town", "all", None, 111),
        ("village", "all", None, 1000),
        (NO_REGION, "all", None, 110_000),
        ("town", "customer_class", "public", 101),
        (NO_REGION, "customer_id", "e", 10_000),
        ("town", "region", "west", 100),
        ("village", "region", "west", None),
        ("village", "feeder", "F", None),
        ("nowhere", "all", None, None),
    ],
)
def test_an_area_is_cut_to_the_region_asked_about(lake, region_id, kind, area_id, expected):
    assert _wh(lake, region_id=region_id, area_kind=kind, area_id=area_id) == expected


def test_a_scope_is_never_widened_by_the_region_asked_about(settings):
    with closing(open_lake(settings, WITHIN_EAST)) as lake:
        assert _wh(lake) == _wh(lake, region_id="town") == _wh(lake, region_id="east") == 11
        assert _wh(lake, region_id="west") is None
        assert _wh(lake, region_id=NO_REGION) is None


def test_regions_that_lie_in_each_other_are_one(new_lake, take, register, day_row):
    made = new_lake()
    register(
        made,
        regions=[
            {"region_id": "r", "parent_region_id": "s"},
            {"region_id": "s", "parent_region_id": "r"},
        ],
        usage_points=[{"usage_point_id": "P", "region_id": "r"}],
    )
    take(made, day_row({0: 5}, point="P", day=DAY))
    with closing(open_lake(made, EVERYTHING)) as lake:
        assert _wh(lake, region_id="s") == 5


def test_a_glance_counts_customers_and_their_meters_only(lake):
    now = glance(lake, region_id="east").row(0, named=True)
    counted = (now["registered_points"], now["reading_points"], now["customers"])
    assert counted == (2, 2, 2)
    everywhere = glance(lake).row(0, named=True)
    counted = tuple(everywhere[name] for name in ("registered_points", "reading_points"))
    assert counted == (5, 6), "the stray meter reports and is in no register"


def test_readings_that_a_check_meter_lacks_are_not_the_customers(new_lake, take, register, day_row):
    made = new_lake()
    check = {"usage_point_id": "T-M", "metering_purpose": "check"}
    register(made, usage_points=[{"usage_point_id": "A"}, check])
    take(made, day_row([1] * 24, point="A", day=DAY))
    with closing(open_lake(made, EVERYTHING)) as lake:
        assert load_coverage(lake, **ONE_DAY)["readings_share"].to_list() == [1.0]
        hours = load_curve(lake, **ONE_DAY)
        assert hours["readings_share"].to_list() == [1.0] * 24
        due = "select sum(due_points), sum(silent_points) from completeness"
        assert lake.sql(due).fetchall() == [(2, 1)], "but collection owes them"


def test_lists_of_areas_hold_what_lies_in_the_region(lake):
    found = {
        kind: areas(lake, area_kind=kind, region_id="town").select("area_id", "usage_points").rows()
        for kind in ("region", "feeder", "customer_class", "customer_id")
    }
    assert found == {
        "region": [("east", 2), ("west", 1)],
        "feeder": [("F", 2)],
        "customer_class": [("industrial", 1), ("public", 2)],
        "customer_id": [("a", 1), ("b", 1), ("c", 1)],
    }
    assert areas(lake, area_kind="region")["area_id"].to_list() == ["east", "village", "west"]
    nowhere = areas(lake, area_kind="usage_point_id", region_id=NO_REGION)
    assert nowhere["area_id"].to_list() == ["E"]


def test_the_list_of_usage_points_names_check_meters_as_such_behind_the_others(lake):
    points = areas(lake, area_kind="usage_point_id", region_id="east")
    assert points.select("area_id", "usage_points", "is_check").rows() == [
        ("A", 1, False),
        ("B", 1, False),
        ("F-M", 0, True),
        ("T-M", 0, True),
    ]
