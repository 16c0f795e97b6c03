"""Readings due and there, counted by hand."""

from contextlib import closing
from datetime import date

import pytest

from queries.lake import open_lake
from queries.scope import EVERYTHING

FIRST, SECOND, THIRD = (date(2024, 6, day) for day in (3, 4, 5))
FULL = [1] * 24


@pytest.fixture
def counted():
    """(day, channel, region, due, complete, silent, expected, actual, estimated) of every row."""

    def rows(settings):
        with closing(open_lake(settings, EVERYTHING)) as lake:
            return lake.sql(
                "select service_date, channel, region_id, due_points, complete_points, "
                "silent_points, expected_slots, actual_slots, estimated_slots "
                "from completeness order by all"
            ).fetchall()

    return rows


def _point(name, region="R", **more):
    return {"usage_point_id": name, "region_id": region, **more}


def test_a_registered_meter_that_says_nothing_is_due_and_silent(
    empty_settings, take, register, day_row, counted
):
    register(empty_settings, usage_points=[_point("P1"), _point("P2")])
    take(empty_settings, day_row(FULL, day=FIRST))
    assert counted(empty_settings) == [(FIRST, "import", "R", 2, 1, 1, 48, 24, 0)]


def test_a_meter_of_ten_minutes_is_due_in_the_half_hours_it_is_stored_in(
    empty_settings, take, register, day_row, counted
):
    register(
        empty_settings,
        usage_points=[_point("P1"), _point("P2")],
        meters=[{"meter_id": "M2", "usage_point_id": "P2", "interval_minutes": 10}],
    )
    take(empty_settings, day_row(FULL, day=FIRST))
    assert counted(empty_settings) == [(FIRST, "import", "R", 2, 1, 1, 24 + 48, 24, 0)]


def test_a_meter_that_no_register_knows_is_due_from_its_first_to_its_last_reading(
    empty_settings, take, day_row, counted
):
    take(empty_settings, day_row(FULL, day=FIRST), day_row(FULL, day=THIRD))
    take(empty_settings, day_row(FULL, day=THIRD, point="P2"))
    assert counted(empty_settings) == [
        (FIRST, "import", "", 1, 1, 0, 24, 24, 0),
        (SECOND, "import", "", 1, 0, 1, 24, 0, 0),
        (THIRD, "import", "", 2, 2, 0, 48, 48, 0),
    ]


def test_a_closed_point_is_due_until_it_was_closed(
    empty_settings, take, register, day_row, counted
):
    register(empty_settings, usage_points=[_point("P1"), _point("P2"), _point("P3")])
    for day in (FIRST, SECOND):
        take(empty_settings, day_row(FULL, day=day))
    take(empty_settings, day_row(FULL, day=FIRST, point="P2"))
    register(
        empty_settings,
        usage_points=[
            _point("P2", status="closed", valid_from=SECOND),
            _point("P3", status="closed"),
        ],
    )
    assert counted(empty_settings) == [
        (FIRST, "import", "R", 2, 2, 0, 48, 48, 0),
        (SECOND, "import", "R", 1, 1, 0, 24, 24, 0),
    ]


def test_an_estimate_is_not_an_actual_reading(empty_settings, take, day_row, counted):
    take(empty_settings, day_row(FULL, day=FIRST, letters={0: "E", 1: "S"}))
    assert counted(empty_settings) == [(FIRST, "import", "", 1, 0, 0, 24, 22, 2)]


def test_a_generator_that_only_exports_is_not_missed_in_import(
    empty_settings, take, register, day_row, counted
):
    register(empty_settings, usage_points=[_point("P1"), _point("PV")])
    take(empty_settings, day_row(FULL, day=FIRST))
    take(empty_settings, day_row(FULL, day=FIRST, point="PV", channel="export"))
    assert counted(empty_settings) == [
        (FIRST, "export", "R", 1, 1, 0, 24, 24, 0),
        (FIRST, "import", "R", 1, 1, 0, 24, 24, 0),
    ]


def test_an_earlier_day_that_comes_later_makes_the_days_between_due(
    empty_settings, take, register, day_row, counted
):
    register(empty_settings, usage_points=[_point("P1"), _point("P2")])
    take(empty_settings, day_row(FULL, day=THIRD), day_row(FULL, day=THIRD, point="P2"))
    take(empty_settings, day_row(FULL, day=FIRST))
    assert counted(empty_settings) == [
        (FIRST, "import", "R", 2, 1, 1, 48, 24, 0),
        (SECOND, "import", "R", 2, 0, 2, 48, 0, 0),
        (THIRD, "import", "R", 2, 2, 0, 48, 48, 0),
    ]


def test_each_region_is_due_while_it_collects(empty_settings, take, register, day_row, counted):
    register(
        empty_settings,
        usage_points=[_point("P1"), _point("P2", "S"), _point("P3", "S")],
    )
    far = date(2019, 1, 1)
    take(empty_settings, day_row(FULL, day=far), day_row(FULL, day=FIRST, point="P2"))
    assert counted(empty_settings) == [
        (far, "import", "R", 1, 1, 0, 24, 24, 0),
        (FIRST, "import", "S", 2, 1, 1, 48, 24, 0),
    ]


def test_a_point_that_moves_to_another_region_is_counted_there(
    empty_settings, take, register, day_row, counted
):
    register(empty_settings, usage_points=[_point("P1")])
    take(empty_settings, day_row(FULL, day=FIRST))
    register(empty_settings, usage_points=[_point("P1", "S")])
    assert [row[2] for row in counted(empty_settings)] == ["S"]


def test_another_interval_changes_what_a_gap_before_it_was_due(
    empty_settings, take, day_row, counted
):
    hours = [day_row(FULL, day=day) for day in (FIRST, THIRD)]
    quarters = day_row([1] * 96, day=date(2024, 6, 6), interval=15)
    take(empty_settings, *hours)
    take(empty_settings, quarters)
    gap = [row for row in counted(empty_settings) if row[0] == SECOND]
    assert gap == [(SECOND, "import", "", 1, 0, 1, 96, 0, 0)]
