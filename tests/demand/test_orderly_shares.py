"""Sharing a shortage out: by hand, against a search, and the laws of a fair roster."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.demand.orderly_shares import by_load, share_out

NOBODY_CALLED = np.zeros(3, dtype=int)


def test_each_gives_the_same_share_of_its_load_until_it_has_no_more():
    # a tenth of 100, 200 and 300 kW is 60 kW; the first has 4 kW, so the others give 56 of 500
    quota = by_load(60.0, np.array([4.0, 100.0, 100.0]), np.array([100.0, 200.0, 300.0]))
    assert quota == pytest.approx([4.0, 56 * 200 / 500, 56 * 300 / 500])


def test_nobody_avoids_before_everybody_has_shifted():
    available = np.array([[10.0, 0.0, 20.0], [50.0, 50.0, 0.0], [5.0, 5.0, 5.0]])
    load = np.array([100.0, 100.0, 200.0])
    few = share_out(24.0, available, load, NOBODY_CALLED)
    # 8 % of 300 kW: 8 and 16
    assert few.quota_kw == pytest.approx(np.array([[8.0, 0, 16.0], [0, 0, 0], [0, 0, 0]]))
    more = share_out(70.0, available, load, NOBODY_CALLED)
    assert more.quota_kw == pytest.approx(np.array([[10.0, 0, 20.0], [20.0, 20.0, 0], [0, 0, 0]]))
    assert few.uncovered_kw == more.uncovered_kw == 0.0


def test_what_nobody_can_give_is_said():
    found = share_out(100.0, np.full((3, 3), 10.0), np.full(3, 50.0), NOBODY_CALLED)
    assert found.quota_kw.sum() == pytest.approx(90.0)
    assert found.uncovered_kw == pytest.approx(10.0)


def test_who_was_called_on_fewer_days_comes_first():
    available = np.array([[30.0, 30.0, 30.0]])
    found = share_out(40.0, available, np.full(3, 100.0), np.array([2, 0, 1]))
    assert found.quota_kw == pytest.approx(np.array([[0.0, 30.0, 10.0]]))


def test_rotation_evens_out_over_days():
    called = np.zeros(4, dtype=int)
    for _ in range(20):
        found = share_out(50.0, np.full((1, 4), 50.0), np.full(4, 100.0), called)
        called = called + (found.quota_kw[0] > 0)
    assert called.max() - called.min() <= 1


@st.composite
def _customers(draw):
    count = draw(st.integers(1, 6))
    sizes = st.floats(0, 100).map(lambda kw: round(kw, 2))
    available = np.array([draw(st.lists(sizes, min_size=count, max_size=count)) for _ in range(3)])
    load = np.array(draw(st.lists(st.floats(1, 500), min_size=count, max_size=count)))
    called = np.array(draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)))
    return available, load, called


@settings(deadline=None)
@given(_customers(), st.floats(0, 2000))
def test_quotas_cover_the_shortage_exactly_or_say_what_is_missing(customers, need):
    available, load, called = customers
    found = share_out(need, available, load, called)
    assert found.quota_kw.sum() + found.uncovered_kw == pytest.approx(need, abs=1e-6)
    assert (found.quota_kw <= available + 1e-9).all()
    assert (found.quota_kw >= 0).all()
    if found.uncovered_kw > 1e-6:
        assert found.quota_kw == pytest.approx(available)


@settings(deadline=None)
@given(_customers(), st.floats(0, 1000), st.floats(0, 1000))
def test_a_larger_shortage_never_asks_less_of_anybody(customers, need, further):
    less, more = (share_out(one, *customers).quota_kw for one in (need, need + further))
    assert (more >= less - 1e-6).all()


@settings(deadline=None)
@given(_customers(), st.floats(0.1, 1000))
def test_among_equals_whoever_gives_less_per_load_has_no_more_to_give(customers, need):
    available, load, _ = customers
    own = np.flatnonzero(available[0] > 0)
    quota = by_load(need, available[0, own], load[own])
    shares = quota / load[own]
    for one in np.flatnonzero(shares < shares.max(initial=0.0) * (1 - 1e-9)):
        assert quota[one] == pytest.approx(available[0, own][one])
