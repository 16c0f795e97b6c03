"""Which customers to move to which phase, on phases worked out by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.load.phase_moves import Move, best_moves, moved, weighted_imbalance

STRICT = {"most_moves": 3, "least_gain_share": 0.01}
A, B, C = range(3)


def steady(*amperes):
    """Currents that stay the same for two hours."""
    return np.repeat(np.array(amperes, dtype=float)[:, None], 2, axis=1)


def test_the_one_customer_whose_move_makes_the_phases_alike_is_named():
    # 20, 10, 0 A; on A hang a customer of 10 A and one of 4 A
    found = best_moves(steady(20, 10, 0), steady(4, 10), [A, A], **STRICT)
    assert found == [Move(member=1, from_phase=A, to_phase=C)]


def test_two_moves_are_found_where_one_alone_does_not_help():
    # three alike on A: after one move a phase is still empty
    current_a, members = steady(30, 0, 0), steady(10, 10, 10)
    found = best_moves(current_a, members, [A, A, A], **STRICT)
    assert len(found) == 2
    for move in found:
        current_a = moved(current_a, members[move.member], move)
    assert weighted_imbalance(current_a) == 0


def test_where_the_phases_are_alike_nobody_is_moved():
    assert best_moves(steady(10, 10, 10), steady(5, 5, 5), [A, B, C], **STRICT) == []


def test_a_move_that_gains_too_little_is_not_proposed():
    lenient = {**STRICT, "least_gain_share": 0.0}
    args = (steady(100, 99, 98), steady(1), [A])
    assert best_moves(*args, **STRICT) != [] or best_moves(*args, **lenient) != []
    assert best_moves(*args, **{**STRICT, "least_gain_share": 0.05}) == []


def test_who_uses_at_night_is_not_moved_for_an_imbalance_by_day():
    by_day = np.array([[20.0, 5.0], [0.0, 5.0], [10.0, 5.0]])
    members = np.array([[0.0, 4.0], [10.0, 0.0]])
    found = best_moves(by_day, members, [A, A], most_moves=1, least_gain_share=0.01)
    assert found == [Move(member=1, from_phase=A, to_phase=B)]


def test_hours_in_which_a_phase_was_not_measured_do_not_count():
    current_a = np.array([[20.0, np.nan], [10.0, 0.0], [0.0, 50.0]])
    assert weighted_imbalance(current_a) == 1.0
    assert np.isnan(weighted_imbalance(np.full((3, 2), np.nan)))


amperes = st.floats(0.0, 50.0).map(lambda value: round(value, 2))


@given(
    st.lists(st.tuples(amperes, amperes), min_size=1, max_size=5),
    st.lists(st.integers(0, 2), min_size=5, max_size=5),
    st.lists(st.tuples(amperes, amperes), min_size=3, max_size=3),
)
def test_the_best_single_move_is_that_of_trying_them_all(members, phases, others):
    member_a, hangs = np.array(members), phases[: len(members)]
    current_a = np.array(others)
    for one, phase in zip(member_a, hangs, strict=True):
        current_a[phase] += one
    found = best_moves(current_a, member_a, hangs, most_moves=1, least_gain_share=0.0)
    before = weighted_imbalance(current_a)
    tried = [
        weighted_imbalance(moved(current_a, member_a[n], Move(n, hangs[n], target)))
        for n, target in product(range(len(hangs)), range(3))
        if target != hangs[n]
    ]
    after = before
    for move in found:
        now = moved(current_a, member_a[move.member], move)
        assert now.sum() == pytest.approx(current_a.sum())  # nobody's current is lost
        after = weighted_imbalance(now)
    if not np.isnan(before):
        assert after == pytest.approx(min([before, *(t for t in tried if not np.isnan(t))]))
