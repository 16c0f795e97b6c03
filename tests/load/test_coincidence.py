"""Peaks that fall together, or do not."""

from contextlib import closing
from datetime import date

import numpy as np
import polars as pl
import pytest

from queries.lake import open_lake
from queries.load.coincidence import coincidence
from queries.random_groups import draw_groups
from queries.scope import EVERYTHING

DAY = date(2024, 6, 3)
HOURLY = {"first_day": DAY, "last_day": DAY, "step_minutes": 60}


def of(customer_class):
    return {"area_kind": "customer_class", "area_id": customer_class}


def _peak_at(hour, others=0):
    return [4000 if at == hour else others for at in range(24)]


@pytest.fixture(scope="module")
def lake(new_lake, take, register, day_row):
    """Classes of customers whose peaks are known."""
    random = np.random.default_rng(7)
    classes = {
        "alternating": [_peak_at(7), _peak_at(19)],
        "alike": [_peak_at(19, others=1000)] * 3,
        "silent": [[0] * 24] * 2,
        "chance": [random.exponential(1000, 24).astype(int).tolist() for _ in range(12)],
        # one of eleven is not read at the peak of all, then two
        "one unread": [*[_peak_at(19, others=1000)] * 10, [*[1000] * 19, None, *[1000] * 4]],
        "two unread": [*[_peak_at(19, others=1000)] * 9, *[[*[1000] * 19, None, *[1000] * 4]] * 2],
    }
    settings = new_lake()
    points = {
        f"{name} {n}": values for name, days in classes.items() for n, values in enumerate(days)
    }
    register(
        settings,
        usage_points=[
            {"usage_point_id": point, "customer_class": point.rpartition(" ")[0]}
            for point in points
        ],
    )
    take(settings, pl.concat(day_row(values, point=point) for point, values in points.items()))
    with closing(open_lake(settings, EVERYTHING)) as opened:
        yield opened


def test_two_customers_who_peak_at_different_hours_need_half_the_sum_of_their_peaks(lake):
    one, two = coincidence(lake, **HOURLY, **of("alternating")).rows(named=True)
    assert (one["group_size"], two["group_size"]) == (1, 2)
    assert one["coincidence_share"] == pytest.approx(1)
    assert one["load_factor_share"] == pytest.approx(1 / 24)
    assert (two["groups"], two["coincidence_share"]) == (1, pytest.approx(0.5))
    assert two["load_factor_share"] == pytest.approx(2 / 24)


def test_customers_who_live_alike_all_peak_together(lake):
    answer = coincidence(lake, **HOURLY, **of("alike"))
    assert answer["group_size"].to_list() == [1, 2, 3]
    assert answer["coincidence_share"].to_list() == pytest.approx([1, 1, 1])
    assert answer["load_factor_share"].to_list() == pytest.approx([27 / 24 / 4] * 3)


def test_a_group_that_draws_nothing_has_no_coincidence(lake):
    answer = coincidence(lake, **HOURLY, **of("silent"))
    assert answer["groups"].to_list() == [0, 0]
    assert answer["coincidence_share"].to_list() == [None, None]


def test_coincidence_lies_between_one_in_so_many_and_one_and_falls(lake):
    answer = coincidence(lake, **HOURLY, **of("chance"), group_sizes=tuple(range(1, 13)))
    for row in answer.rows(named=True):
        low, high = row["coincidence_low_share"], row["coincidence_high_share"]
        assert 1 / row["group_size"] <= low <= high <= 1 + 1e-6, "loads are Float32"
    shares = answer["coincidence_share"]
    assert shares[0] > shares[3] > shares[11]


def test_who_was_not_read_is_scaled_in_as_long_as_little_is_missing(lake):
    by_peak = {
        name: coincidence(lake, **HOURLY, **of(name), group_sizes=())
        for name in ("one unread", "two unread")
    }
    [scaled] = by_peak["one unread"].rows(named=True)
    means = np.array([27 / 24] * 10 + [1.0])
    expected_kw = 40 * means.sum() / means[:10].sum()
    assert scaled["coincidence_share"] == pytest.approx(expected_kw / 41)
    [dropped] = by_peak["two unread"].rows(named=True)
    assert dropped["coincidence_share"] == pytest.approx(11 / 38), "the hour of the peak is missing"


def test_the_same_seed_draws_the_same_groups_whatever_else_is_drawn():
    sizes, members = draw_groups(9, (2, 5, 9, 20), groups_of_each=4, seed=3)
    assert sizes.tolist() == [2] * 4 + [5] * 4 + [9]
    assert members.sum(axis=1).tolist() == sizes.tolist(), "nobody is in a group twice"
    _, of_five = draw_groups(9, (5,), groups_of_each=4, seed=3)
    assert (of_five == members[4:8]).all()
    _, others = draw_groups(9, (5,), groups_of_each=4, seed=4)
    assert (of_five != others).any()


def test_where_nobody_reported_there_are_no_groups(lake):
    assert coincidence(lake, **HOURLY, **of("nobody")).is_empty()
