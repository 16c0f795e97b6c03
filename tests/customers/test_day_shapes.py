"""The dictionary of daily shapes: few, true within a bound, the same for large and small."""

from contextlib import closing
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.customers.day_shapes import day_shapes
from queries.customers.own_shapes import own_shapes
from queries.customers.shape_dictionary import (
    MOST_ERROR_SHARE,
    MOST_SHAPES,
    WITHIN_SHARE,
    ShapeError,
    read_shapes,
    shape_dictionary,
    shapes_text,
)
from queries.customers.shape_use import shape_use
from queries.lake import open_lake
from queries.run import QuestionError
from queries.scope import EVERYTHING

_EVENING = np.array([1.0] * 18 + [6.0] * 4 + [1.0] * 2)
_NIGHT = np.array([6.0] * 6 + [1.0] * 18)
_MONDAY = date(2024, 6, 3)


def _days(count: int, noise: float = 0.05) -> np.ndarray:
    rng = np.random.default_rng(1)
    planted = np.where((np.arange(count) % 3 == 0)[:, None], _NIGHT, _EVENING)
    return planted * rng.uniform(0.5, 20, (count, 1)) * np.exp(rng.normal(0, noise, (count, 24)))


def test_two_ways_to_live_are_two_shapes_whatever_the_size():
    found = shape_dictionary(_days(90))
    assert found.days.tolist() == [60, 30]
    assert found.within_share == 1.0
    assert found.shapes[0] == pytest.approx(_EVENING / _EVENING.sum(), abs=0.01)
    assert found.shapes[1] == pytest.approx(_NIGHT / _NIGHT.sum(), abs=0.01)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.integers(2, 80))
def test_the_days_lie_within_the_bound_or_there_are_as_many_shapes_as_may_be(seed, count):
    days = np.random.default_rng(seed).exponential(1.0, (count, 24)) + 1e-3
    found = shape_dictionary(days)
    assert found.shapes.sum(axis=1) == pytest.approx(1.0)
    assert found.days.sum() == count
    assert found.within_share >= WITHIN_SHARE or len(found.shapes) >= min(MOST_SHAPES, count) / 2


def test_a_day_with_a_missing_hour_has_no_shape():
    with pytest.raises(ValueError, match="missing hour"):
        shape_dictionary(np.array([[np.nan] + [1.0] * 23]))


def test_shapes_of_a_lake_tell_how_often_and_at_how_many(new_lake, take, day_row):
    lake = new_lake()
    rows = [
        day_row([int(100 * hour) for hour in hours], point=point, day=_MONDAY + timedelta(n))
        for point, hours in (("E1", _EVENING), ("E2", 2 * _EVENING), ("N", _NIGHT))
        for n in range(7)
    ]
    take(lake, pl.concat(rows))
    with closing(open_lake(lake, EVERYTHING)) as opened:
        found = day_shapes(opened, first_day=_MONDAY, last_day=_MONDAY + timedelta(6))
    assert found["days_share"].to_list() == pytest.approx([2 / 3, 1 / 3])
    assert found["usage_points"].to_list() == [2, 1]
    assert found["highest_hour"].to_list()[0] in range(18, 22)
    assert found["rest_day_share"].to_list() == pytest.approx([2 / 7, 2 / 7])
    assert found["days"].to_list() == [21, 21]
    assert found["own_within_share"].to_list() == [1.0, 1.0]


def test_a_dictionary_is_written_and_read_again():
    shapes = shape_dictionary(_days(90)).shapes
    assert read_shapes(shapes_text(shapes.tolist())) == pytest.approx(shapes, abs=1e-4)


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", "[[1, 2]]", '[["a"]]', "{}", "[]", "[[0" + ", 0" * 23 + "]]"]
)
def test_what_is_no_dictionary_is_refused(text):
    with pytest.raises(ShapeError, match=r"hourly shares|no list"):
        read_shapes(text)


@pytest.fixture(scope="module")
def village(new_lake, take, register, day_row):
    """Two homes with evenings, a shop with nights, and a home that changes on Thursday."""
    lake = new_lake()
    kinds = {"E1": "residential", "E2": "residential", "N": "commercial", "X": "residential"}
    register(
        lake,
        usage_points=[
            {"usage_point_id": point, "customer_class": kind} for point, kind in kinds.items()
        ],
    )
    rows = [
        day_row([int(100 * hour) for hour in hours], point=point, day=_MONDAY + timedelta(n))
        for point, hours in (("E1", _EVENING), ("E2", 2 * _EVENING), ("N", _NIGHT))
        for n in range(7)
    ]
    rows += [
        day_row(
            [int(100 * hour) for hour in (_EVENING if n < 3 else _NIGHT)],
            point="X",
            day=_MONDAY + timedelta(n),
        )
        for n in range(7)
    ]
    take(lake, pl.concat(rows))
    return lake


WEEK = {"first_day": _MONDAY, "last_day": _MONDAY + timedelta(6)}
BOTH = shapes_text([(_EVENING / _EVENING.sum()).tolist(), (_NIGHT / _NIGHT.sum()).tolist()])


def test_classes_use_the_shapes_that_their_customers_have(village):
    with closing(open_lake(village, EVERYTHING)) as opened:
        found = shape_use(opened, dictionary=BOTH, **WEEK)
    rows = {(row["group_id"], row["shape"]): row for row in found.iter_rows(named=True)}
    assert rows["residential", 0]["days_share"] == pytest.approx(17 / 21)
    assert rows["residential", 1]["days_share"] == pytest.approx(4 / 21)
    assert rows["commercial", 1]["days_share"] == 1.0
    assert rows["residential", 0]["usage_points"] == 3
    assert set(found["within_share"]) == {1.0}


def test_a_home_that_changes_has_another_shape_from_that_day_on(village):
    with closing(open_lake(village, EVERYTHING)) as opened:
        found = own_shapes(opened, usage_point_id="X", dictionary=BOTH, **WEEK)
    assert found["shape"].to_list() == [0, 0, 0, 1, 1, 1, 1]
    assert found["distance_share"].to_list() == pytest.approx([0.0] * 7, abs=1e-3)
    assert found["is_within"].all()
    # 20 hours of 100 Wh and 4 of 600 Wh
    assert found["energy_kwh"][0] == pytest.approx(4.4)
    assert found["service_date"].to_list() == [_MONDAY + timedelta(n) for n in range(7)]


def test_a_day_unlike_every_shape_is_said_to_be(village):
    night = shapes_text([(_NIGHT / _NIGHT.sum()).tolist()])
    with closing(open_lake(village, EVERYTHING)) as opened:
        found = own_shapes(opened, usage_point_id="E1", dictionary=night, **WEEK)
        used = shape_use(opened, dictionary=night, **WEEK)
    # over the night's squares, 6 × 6² + 18: the evening is as far off as 6 and 4 hours of 5 are
    shares = _EVENING / _EVENING.sum(), _NIGHT / _NIGHT.sum()
    far = ((shares[0] - shares[1]) ** 2).sum() / (shares[1] ** 2).sum()
    assert far > MOST_ERROR_SHARE
    assert found["distance_share"].to_list() == pytest.approx([far] * 7, rel=1e-2)
    assert not found["is_within"].any()
    homes = used.filter(pl.col("group_id") == "residential")
    assert homes["within_share"].to_list() == pytest.approx([4 / 21])


def test_segments_use_shapes_only_with_a_model(village):
    with (
        closing(open_lake(village, EVERYTHING)) as opened,
        pytest.raises(QuestionError, match="need a model"),
    ):
        shape_use(opened, dictionary=BOTH, by="segment", **WEEK)
