"""Day totals and cubes of a few days, worked out by hand."""

from datetime import date

import polars as pl

from queries.day_classes import month_classes
from queries.derived.daily_totals import daily_totals
from queries.derived.load_cubes import load_cubes
from queries.schema import SLOTS

MONDAY, TUESDAY, NEXT_MONDAY = (date(2024, 6, day) for day in (3, 4, 17))


def _rows(day_row, *days):
    stamp = {"service_month": "2024-06", "batch_id": "b"}
    frame = pl.concat(day_row(values, day=day, letters=letters) for day, values, letters in days)
    return frame.with_columns(pl.lit(value).alias(name) for name, value in stamp.items())


def test_a_day_has_its_sum_its_first_largest_slot_and_its_doubts_apart(day_row):
    rows = _rows(day_row, (MONDAY, {0: 3, 5: 9, 7: 9, 8: 1}, {8: "E"}))
    total = daily_totals(rows, profile_version=4).row(0, named=True)
    assert (total["energy_wh"], total["maximum_wh"], total["maximum_slot"]) == (22, 9, 20)
    assert (total["actual_slots"], total["estimated_slots"], total["expected_slots"]) == (3, 1, 24)
    assert total["profile_version"] == 4


def test_a_year_of_the_largest_slots_does_not_overflow(day_row):
    rows = _rows(day_row, (MONDAY, [2**31 - 1] * 24, None))
    assert daily_totals(rows, profile_version=0)["energy_wh"].to_list() == [24 * (2**31 - 1)]


def test_a_cube_adds_the_days_of_a_class_and_keeps_their_largest_and_estimated_part(day_row):
    rows = _rows(
        day_row,
        (MONDAY, {0: 3, 1: 5}, {1: "E"}),
        (NEXT_MONDAY, {0: 4}, None),
        (TUESDAY, {0: 100}, None),
    ).with_columns(pl.lit(24).alias("due_slots"))
    cubes = load_cubes(rows, classes=month_classes("2024-06", "CN"), profile_version=0)
    mondays = cubes.filter(pl.col("day_class") == "1")
    values = {row[0]: row[1:] for row in mondays.select("statistic", "t0000", "t0100").rows()}
    assert values["sum"] == (7, 5)
    assert values["maximum"] == (4, 5)
    assert values["estimated"][1] == 5
    assert set(mondays["days"]) == {2}
    assert set(mondays["missing_slots"]) == {48 - 3}
    sums = cubes.filter(pl.col("statistic") == "sum")
    assert sums.select(pl.sum_horizontal(pl.col(SLOTS).sum())).item() == 112


def test_a_slot_that_was_never_read_is_null_in_the_cube(day_row):
    rows = _rows(day_row, (MONDAY, {0: 3}, None)).with_columns(pl.lit(24).alias("due_slots"))
    cubes = load_cubes(rows, classes=month_classes("2024-06", "CN"), profile_version=0)
    assert cubes["t0100"].to_list() == [None, None]
