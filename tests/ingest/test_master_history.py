"""The dated history of reference tables: what was true when, and since when it was known."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ingest.master.history import OPEN_BEGINNING, as_of, increment
from queries.schema import CUSTOMERS, METERS

STAMPS = ("known_from", "known_until", "batch_id")
T0 = datetime(2024, 5, 1, 2, tzinfo=UTC)
TODAY = date(2024, 5, 1)


def day(number: int) -> date:
    return date(2024, 1, number)


def meters(*rows: tuple) -> pl.DataFrame:
    """Rows of (meter, usage point, first day, end); the ratios are left unsaid."""
    return pl.DataFrame(
        rows,
        schema={
            "meter_id": pl.String,
            "usage_point_id": pl.String,
            "valid_from": pl.Date,
            "valid_to": pl.Date,
        },
        orient="row",
    )


def arrive(current: pl.DataFrame | None, rows: pl.DataFrame, *, hour: int = 0, **inputs):
    table = inputs.pop("table", METERS)
    settings = {
        "known_at": T0 + timedelta(hours=hour),
        "batch_id": f"batch-{hour}",
        "effective_day": TODAY,
        "is_full": False,
    }
    if current is None:
        current = pl.DataFrame(schema=table.schema)
    return increment(current, rows, table=table, **(settings | inputs))


def periods(frame: pl.DataFrame) -> list[tuple]:
    now = frame.filter(pl.col("known_until").is_null()).sort("meter_id", "valid_from")
    return now.select("usage_point_id", "valid_from", "valid_to").rows()


def test_a_meter_that_moves_ends_its_old_period_on_the_day_of_the_move():
    before = arrive(None, meters(("m", "shop", day(1), None)))
    after = arrive(before, meters(("m", "farm", day(20), None)), hour=1)
    assert periods(after) == [("shop", day(1), day(20)), ("farm", day(20), None)]
    closed = after.filter(pl.col("known_until").is_not_null())
    assert closed.select("usage_point_id", "valid_to", "known_from", "known_until").rows() == [
        ("shop", None, T0, T0 + timedelta(hours=1))
    ]


def test_a_correction_of_the_same_first_day_leaves_what_was_believed_before():
    before = arrive(None, meters(("m", "shop", day(1), None)))
    after = arrive(before, meters(("m", "farm", day(1), None)), hour=1)
    assert periods(after) == [("farm", day(1), None)]
    believed = as_of(after, day=day(9), known_at=T0 + timedelta(minutes=30))
    assert believed["usage_point_id"].to_list() == ["shop"]


def test_a_period_inside_a_longer_one_splits_it():
    before = arrive(None, meters(("m", "shop", day(1), None)))
    after = arrive(before, meters(("m", "farm", day(5), day(9))), hour=1)
    assert periods(after) == [
        ("shop", day(1), day(5)),
        ("farm", day(5), day(9)),
        ("shop", day(9), None),
    ]


def test_a_change_learnt_late_goes_in_before_the_one_that_followed_it():
    rows = meters(("m", "shop", day(1), None), ("m", "mill", day(20), None))
    after = arrive(arrive(None, rows), meters(("m", "farm", day(10), None)), hour=1)
    assert periods(after) == [
        ("shop", day(1), day(10)),
        ("farm", day(10), day(20)),
        ("mill", day(20), None),
    ]


def test_the_order_of_rows_in_a_file_is_of_no_account():
    rows = meters(("m", "mill", day(20), None), ("m", "shop", day(1), None))
    assert_frame_equal(arrive(None, rows), arrive(None, rows.reverse()))


def test_an_end_date_that_arrives_later_closes_the_period():
    before = arrive(None, meters(("m", "shop", day(1), None)))
    after = arrive(before, meters(("m", "shop", day(1), day(15))), hour=1)
    assert periods(after) == [("shop", day(1), day(15))]


def test_an_undated_row_holds_since_ever_when_new_and_from_its_arrival_when_it_changes_something():
    before = arrive(None, meters(("m", "shop", None, None)))
    assert periods(before) == [("shop", OPEN_BEGINNING, None)]
    after = arrive(before, meters(("m", "farm", None, None)), hour=1)
    assert periods(after) == [("shop", OPEN_BEGINNING, TODAY), ("farm", TODAY, None)]


def test_an_undated_row_with_an_end_closes_what_is_known():
    before = arrive(None, meters(("m", "shop", day(1), None)))
    after = arrive(before, meters(("m", "shop", None, day(15))), hour=1)
    assert periods(after) == [("shop", day(1), day(15))]


def test_a_complete_dump_ends_the_meters_it_no_longer_lists():
    before = arrive(None, meters(("m", "shop", day(1), None), ("n", "farm", day(1), None)))
    after = arrive(before, meters(("m", "shop", day(1), None)), hour=1, is_full=True)
    assert periods(after) == [("shop", day(1), None), ("farm", day(1), TODAY)]
    again = arrive(after, meters(("m", "shop", day(1), None)), hour=2, is_full=True)
    assert_frame_equal(again, after)


def test_a_meter_whose_row_was_refused_does_not_end():
    before = arrive(None, meters(("m", "shop", day(1), None), ("n", "farm", day(1), None)))
    after = arrive(
        before,
        meters(("m", "shop", day(1), None)),
        hour=1,
        is_full=True,
        listed=pl.DataFrame({"meter_id": ["m", "n"]}),
    )
    assert_frame_equal(after, before)


def test_an_empty_complete_dump_is_refused():
    before = arrive(None, meters(("m", "shop", day(1), None)))
    with pytest.raises(ValueError, match="every key would end"):
        arrive(before, before.select(meters().columns).clear(), hour=1, is_full=True)


def test_a_column_that_a_file_does_not_carry_keeps_its_value():
    ratio = meters(("m", "shop", day(1), None)).with_columns(current_ratio=40.0)
    after = arrive(arrive(None, ratio), meters(("m", "farm", day(9), None)), hour=1)
    assert after.filter(pl.col("known_until").is_null())["current_ratio"].to_list() == [40.0, 40.0]
    emptied = meters(("m", "farm", day(9), None)).with_columns(
        current_ratio=pl.lit(None, pl.Float64)
    )
    emptied = arrive(after, emptied, hour=2)
    assert as_of(emptied, day=day(9))["current_ratio"].to_list() == [None]


def test_knowledge_cannot_be_backdated():
    before = arrive(None, meters(("m", "shop", day(1), None)), hour=5)
    with pytest.raises(ValueError, match="what was known then cannot be changed"):
        arrive(before, meters(("m", "farm", day(1), None)), hour=4)


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="end before they begin"):
        arrive(None, meters(("m", "shop", day(9), day(2))))


DAYS = st.none() | st.integers(1, 12).map(day)
PERIODS = st.tuples(DAYS, DAYS).filter(lambda p: p[0] is None or p[1] is None or p[0] < p[1])
ROWS = st.builds(
    lambda key, content, period: (key, content, *period),
    st.sampled_from(["m", "n"]),
    st.sampled_from(["shop", "farm", "mill", None]),
    PERIODS,
)
FILES = st.tuples(
    st.lists(ROWS, min_size=1, max_size=6), st.booleans(), st.integers(1, 12).map(day)
)


def arrivals(files, **inputs) -> list[pl.DataFrame]:
    states, state = [], None
    for hour, (rows, is_full, effective_day) in enumerate(files):
        state = arrive(
            state,
            meters(*rows),
            hour=hour,
            is_full=is_full,
            effective_day=effective_day,
            **inputs,
        )
        states.append(state)
    return states


@settings(max_examples=20, deadline=None)
@given(st.lists(FILES, min_size=1, max_size=3))
def test_replaying_the_last_file_changes_nothing(files):
    after = arrivals(files)[-1]
    rows, is_full, effective_day = files[-1]
    again = arrive(after, meters(*rows), hour=9, is_full=is_full, effective_day=effective_day)
    assert_frame_equal(again, after)


@settings(max_examples=20, deadline=None)
@given(st.lists(FILES, min_size=1, max_size=3), st.sampled_from([1.0, 2.0, None]))
def test_replaying_a_file_that_says_less_than_is_known_changes_nothing(files, ratio):
    rows, is_full, effective_day = files[-1]
    before = arrivals(files[:-1])[-1] if files[1:] else None
    inputs = {"is_full": is_full, "effective_day": effective_day}
    partial = meters(*rows).drop("usage_point_id")
    partial = partial.with_columns(current_ratio=pl.lit(ratio, pl.Float64))
    after = arrive(before, partial, hour=8, **inputs)
    assert_frame_equal(arrive(after, partial, hour=9, **inputs), after)


@settings(max_examples=20, deadline=None)
@given(st.lists(FILES, min_size=1, max_size=3))
def test_on_any_day_at_most_one_row_is_known_of_a_key(files):
    after = arrivals(files)[-1]
    for hour in range(len(files)):
        for number in range(1, 14):
            true = as_of(after, day=day(number), known_at=T0 + timedelta(hours=hour))
            assert true["meter_id"].is_unique().all()
    assert (after["valid_to"].is_null() | (after["valid_from"] < after["valid_to"])).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(FILES, min_size=2, max_size=3))
def test_what_was_known_once_stays_answerable(files):
    states = arrivals(files)
    for hour, state in enumerate(states):
        for number in (1, 6, 13):
            then = as_of(state, day=day(number))
            later = as_of(states[-1], day=day(number), known_at=T0 + timedelta(hours=hour))
            columns = [name for name in METERS.names if name != "known_until"]
            assert_frame_equal(then.select(columns), later.select(columns))


@settings(max_examples=20, deadline=None)
@given(
    st.lists(ROWS, min_size=1, max_size=6).map(lambda rows: [r for r in rows if r[0] == "m"]),
    st.lists(ROWS, min_size=1, max_size=6).map(lambda rows: [r for r in rows if r[0] == "n"]),
)
def test_files_about_different_meters_may_arrive_in_either_order(left, right):
    one, other = meters(*left), meters(*right)
    there = arrive(arrive(None, one), other)
    back = arrive(arrive(None, other), one)
    assert_frame_equal(there, back)


@settings(max_examples=20, deadline=None)
@given(st.lists(ROWS.filter(lambda row: row[2]), min_size=1, max_size=6))
def test_each_day_belongs_to_the_row_that_began_last(rows):
    rows = list({(row[0], row[2]): row for row in rows}.values())
    after = arrive(None, meters(*rows))
    for number in range(1, 14):
        true = as_of(after, day=day(number))
        for key in ("m", "n"):
            speaking = [
                row
                for row in rows
                if row[0] == key and row[2] <= day(number) and (not row[3] or day(number) < row[3])
            ]
            expected = [max(speaking, key=lambda row: row[2])[1]] if speaking else []
            assert true.filter(meter_id=key)["usage_point_id"].to_list() == expected


def test_every_reference_table_keeps_a_history():
    rows = pl.DataFrame(
        {"customer_id": ["1"], "name": ["王"]},
    ).with_columns(valid_from=pl.lit(None, pl.Date), valid_to=pl.lit(None, pl.Date))
    after = arrive(None, rows, table=CUSTOMERS)
    assert after.schema == CUSTOMERS.schema
