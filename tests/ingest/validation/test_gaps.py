"""Estimates of one meter's gaps, worked by hand and by law."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.validation.gaps import Days, Difference, Ladder, estimate, shared

LADDER = Ladder(
    interpolation_minutes=120, like_days=4, reach_days=28, least_like_days=2, count_wh=10
)
ALL_ALIKE = np.zeros(60, dtype=bool)


def days_of(values, *, kinds=ALL_ALIKE, dark=(), estimated=()):
    """Hourly days; None is missing and wanted."""
    held = np.array([[0 if v is None else v for v in day] for day in values])
    wanted = np.array([[v is None for v in day] for day in values])
    is_dark, trusted = np.zeros_like(wanted), ~wanted
    for day, hour in dark:
        is_dark[day, hour] = True
    for day, hour in estimated:
        trusted[day, hour] = False
    return Days(held, ~wanted, trusted, wanted, is_dark, kinds[: len(values)], 60)


def flat(wh=100):
    return [wh] * 24


def with_gap(day, first, last):
    return [None if first <= hour <= last else wh for hour, wh in enumerate(day)]


def test_two_hours_are_bridged_by_a_straight_line_between_their_neighbours():
    day = flat()
    day[10], day[13] = 100, 400
    [found] = estimate(days_of([with_gap(day, 11, 12)]), [], LADDER)
    assert (found.method, found.energy_wh.tolist()) == ("interpolation", [200, 300])


def test_three_hours_are_taken_from_the_nearest_days_of_the_same_kind():
    workdays, rest = (flat(100), flat(200), flat(300), flat(400)), flat(9_000)
    values = [*workdays, rest, with_gap(flat(), 6, 8), rest]
    kinds = np.array([False] * 4 + [True, False, True])
    [found] = estimate(days_of(values, kinds=kinds), [], LADDER)
    assert (found.method, found.like_days) == ("like_day", (0, 1, 2, 3))
    assert found.energy_wh.tolist() == [250, 250, 250]


def test_a_gap_at_the_edge_of_what_is_known_has_no_second_neighbour_and_no_line():
    assert estimate(days_of([with_gap(flat(), 23, 23)]), [], LADDER) == []


def test_the_neighbour_of_a_line_is_never_itself_an_estimate():
    days = days_of([with_gap(flat(), 5, 5)], estimated=[(0, 4)])
    assert estimate(days, [], LADDER) == []


def test_one_like_day_is_no_evidence_and_the_gap_stays_missing():
    values = [flat(), with_gap(flat(), 3, 9)]
    assert estimate(days_of(values), [], LADDER) == []


def test_a_whole_day_between_two_registers_gets_what_they_say_in_the_shape_of_like_days():
    shape = [100] * 12 + [300] * 12  # 4 800 Wh
    values = [shape, shape, [None] * 24, shape]
    [found] = estimate(days_of(values), [Difference(2, 2, 9_600.0, 1.0)], LADDER)
    assert found.method == "like_day_by_register"
    assert found.energy_wh.tolist() == [200] * 12 + [600] * 12
    assert (found.unscaled_wh, found.register_wh) == (4_800.0, 9_600.0)


def test_two_gaps_of_a_day_share_what_the_register_leaves_by_their_own_size():
    day = flat()
    values = with_gap(with_gap(day, 2, 3), 20, 20)
    rest = Difference(0, 0, 21 * 100 + 600, 1.0)
    morning, evening = estimate(days_of([values]), [rest], LADDER)
    assert morning.energy_wh.tolist() == [200, 200]
    assert evening.energy_wh.tolist() == [200]
    assert morning.method == evening.method == "interpolation_by_register"


def test_a_guess_within_one_count_of_the_register_stands_as_it_is():
    day = with_gap(flat(), 11, 12)
    for register_wh, ratio, expected in ((2_405.0, 1, 200), (2_500.0, 1, 300), (2_900.0, 60, 200)):
        rest = Difference(0, 0, register_wh, float(ratio))
        [found] = estimate(days_of([day]), [rest], LADDER)
        assert found.energy_wh.sum() == expected


def test_a_register_that_stood_still_says_that_what_is_missing_was_zero():
    values = [flat(), flat(), [None] * 24, flat()]
    [found] = estimate(days_of(values), [Difference(2, 2, 0.0, 1.0)], LADDER)
    assert found.energy_wh.tolist() == [0] * 24


def test_without_like_days_the_register_difference_is_spread_evenly():
    values = [[None] * 24, flat()]
    [found] = estimate(days_of(values), [Difference(0, 0, 2_400.0, 1.0)], LADDER)
    assert (found.method, found.energy_wh.tolist()) == ("register", [100] * 24)


def test_a_register_below_what_was_read_is_not_believed():
    day = with_gap(flat(), 11, 12)
    [found] = estimate(days_of([day]), [Difference(0, 0, 1_000.0, 1.0)], LADDER)
    assert (found.method, found.energy_wh.tolist()) == ("interpolation", [100, 100])


def test_a_difference_over_several_days_fills_all_of_them_together():
    values = [flat(), flat(), [None] * 24, [None] * 24, flat()]
    found = estimate(days_of(values), [Difference(2, 3, 9_600.0, 1.0)], LADDER)
    assert [one.day for one in found] == [2, 3]
    assert sum(int(one.energy_wh.sum()) for one in found) == 9_600


def test_an_outage_that_the_meter_reported_is_zero_and_not_interpolated():
    day = with_gap(flat(), 10, 13)
    values = [flat(), flat(), day, flat()]
    dark = [(2, 10), (2, 11), (2, 12)]
    found = estimate(days_of(values, dark=dark), [], LADDER)
    assert [(one.method, one.energy_wh.tolist()) for one in found] == [
        ("outage", [0, 0, 0]),
        ("like_day", [100]),
    ]


def test_an_outage_does_not_swallow_energy_that_the_register_counted():
    values = [with_gap(flat(), 10, 12)]
    dark = [(0, hour) for hour in (10, 11, 12)]
    [found] = estimate(days_of(values, dark=dark), [Difference(0, 0, 2_400.0, 1.0)], LADDER)
    assert (found.method, found.energy_wh.tolist()) == ("register", [100, 100, 100])


@given(
    total=st.integers(0, 10**8),
    weights=st.lists(st.floats(0.01, 1e6), min_size=1, max_size=96),
)
def test_shares_add_up_to_the_whole_and_none_is_negative(total, weights):
    parts = shared(total, np.array(weights))
    assert parts.sum() == total
    assert (parts >= 0).all()


readings = st.lists(st.integers(0, 5_000), min_size=24, max_size=24)
gaps = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 23), st.integers(1, 30)), max_size=6)


@settings(max_examples=80, deadline=None)
@given(
    truth=st.lists(readings, min_size=5, max_size=5), lost=gaps, ratio=st.sampled_from([1.0, 40.0])
)
def test_intervals_add_up_to_the_register_to_one_count_wherever_registers_are(truth, lost, ratio):
    flat_wh = np.array(truth)
    is_lost = np.zeros(flat_wh.size, dtype=bool)
    for day, hour, length in lost:
        is_lost[day * 24 + hour : day * 24 + hour + length] = True
    values = [
        [None if is_lost[d * 24 + h] else int(flat_wh[d, h]) for h in range(24)] for d in range(5)
    ]
    count_wh = LADDER.count_wh * ratio
    counted = np.floor(np.cumsum(flat_wh.sum(axis=1)) / count_wh) * count_wh
    differences = [
        Difference(day, day, float(wh), ratio)
        for day, wh in enumerate(np.diff(counted, prepend=0.0))
    ]
    days = days_of(values)
    filled = days.values.copy()
    for one in estimate(days, differences, LADDER):
        assert days.wanted[one.day, one.first : one.last + 1].all(), "what was read is not touched"
        assert (one.energy_wh >= 0).all()
        filled[one.day, one.first : one.last + 1] = one.energy_wh
    for difference in differences:
        day = difference.first_day
        if days.wanted[day].any():
            assert filled[day].sum() == pytest.approx(difference.energy_wh, abs=count_wh + 0.5)
