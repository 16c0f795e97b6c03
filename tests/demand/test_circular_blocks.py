"""Blocks of a day: the dynamic programme against every way to cut."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.demand.circular_blocks import blocks_of, circular_blocks
from queries.run import QuestionError

_SOON = settings(max_examples=120, deadline=None)
_VALUES = st.lists(st.integers(-5, 5).map(float) | st.floats(-100, 100), min_size=3, max_size=10)


def _every_way(values, most_blocks, least_length):
    """Least squares over all cuts, one by one."""
    points = len(values)
    best = ((values - values.mean()) ** 2).sum()
    for count in range(2, most_blocks + 1):
        for cuts in combinations(range(points), count):
            parts = [
                np.roll(values, -begin)[: (end - begin) % points]
                for begin, end in zip(cuts, (*cuts[1:], cuts[0]), strict=True)
            ]
            if min(map(len, parts)) >= least_length:
                best = min(best, sum(((p - p.mean()) ** 2).sum() for p in parts))
    return best


@_SOON
@given(_VALUES, st.integers(1, 5), st.integers(1, 4))
def test_no_way_to_cut_is_better(values, most_blocks, least_length):
    values = np.array(values)
    length = min(least_length, len(values))
    found = circular_blocks(values, most_blocks, length)
    least = _every_way(values, most_blocks, length)
    # what a block more saves below a thousand-millionth is left
    assert found.within == pytest.approx(least, abs=1e-8 * max(found.total, 1))


@_SOON
@given(st.integers(0, 2**31), st.integers(2, 8), st.integers(1, 6), st.integers(0, 47))
def test_where_the_clock_begins_does_not_matter(seed, most_blocks, least_length, turn):
    values = np.random.default_rng(seed).normal(0, 1, 48)
    found = circular_blocks(values, most_blocks, least_length)
    turned = circular_blocks(np.roll(values, turn), most_blocks, least_length)
    assert sorted((at + turn) % 48 for at in found.starts) == list(turned.starts)


@_SOON
@given(st.integers(0, 2**31), st.integers(1, 8), st.integers(1, 12))
def test_blocks_are_as_few_and_as_long_as_was_asked_and_their_squares_are_told(
    seed, most_blocks, least_length
):
    values = np.random.default_rng(seed).normal(0, 1, 96).cumsum()
    found = circular_blocks(values, most_blocks, least_length)
    assert len(found.starts) <= most_blocks
    lengths = np.diff([*found.starts, found.starts[0] + 96]) if found.starts else [96]
    assert min(lengths) >= least_length
    again = blocks_of(found.numbers(96), values)
    assert again.within == pytest.approx(found.within, rel=1e-9, abs=1e-9)
    assert again.starts == found.starts


def test_a_valley_over_midnight_is_one_block():
    load = np.array([1.0] * 7 + [5.0] * 14 + [1.0] * 3)
    found = circular_blocks(load, 4, 1)
    assert (found.starts, found.within) == ((7, 21), pytest.approx(0, abs=1e-12))


def test_an_even_day_is_not_cut():
    assert circular_blocks(np.full(24, 3.0), 6, 1).starts == ()
    assert circular_blocks(np.full(24, 3.0), 6, 1).explained_share == 1.0


@pytest.mark.parametrize(
    ("values", "blocks", "length", "told"),
    [([1.0, np.nan], 2, 1, "has no load"), ([1.0, 2.0], 2, 3, "do not fit"),
     ([1.0, 2.0], 0, 1, "do not fit")],
)  # fmt: skip
def test_what_cannot_be_cut_is_refused(values, blocks, length, told):
    with pytest.raises(QuestionError, match=told):
        circular_blocks(np.array(values), blocks, length)
