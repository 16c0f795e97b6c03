"""The dictionary of daily shapes: few, true within a bound, the same for large and small."""

from contextlib import closing
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.customers.day_shapes import day_shapes
from queries.customers.shape_dictionary import MOST_SHAPES, WITHIN_SHARE, shape_dictionary
from queries.lake import open_lake
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
