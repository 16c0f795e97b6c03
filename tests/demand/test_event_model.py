"""Whom to call: the solver against trying everything, and what must hold of any plan."""

from itertools import product
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.demand.event_model import SURE_GAP_SHARE, Choice, Limit, Problem, cheapest, most
from queries.demand.event_reduction import UNKNOWN_SPREAD, fulfilment

NAN = float("nan")


def target(problem: Problem, kw: float) -> Problem:
    return problem.with_limit(Limit("target", None, problem.expected_kw, least_kw=kw))


def plan(problem: Problem) -> Choice:
    """The cheapest choice of a problem that has one."""
    found = cheapest(problem)
    assert found is not None
    return found


def largest(problem: Problem) -> Choice:
    found = most(problem)
    assert found is not None
    return found


def best_of_all(problem: Problem, values: np.ndarray) -> float | None:
    """The least sum of ``values`` of every choice that keeps the limits, by trying each."""
    found = []
    for picks in product((0, 1), repeat=len(values)):
        chosen = np.array(picks)
        sums = [float(chosen @ one.weight_kw) for one in problem.limits]
        if all(
            one.least_kw - 1e-6 <= total <= one.most_kw + 1e-6
            for one, total in zip(problem.limits, sums, strict=True)
        ):
            found.append(float(chosen @ values))
    return min(found, default=None)


def test_one_large_customer_is_called_rather_than_many_small_ones_where_calls_cost():
    expected = np.array([10.0, 4.0, 4.0, 4.0])
    by_kw = Problem(expected, cost_cny=expected * 2)
    by_call = Problem(expected, cost_cny=expected * 2 + 5)
    assert plan(target(by_call, 10)).is_called.tolist() == [True, False, False, False]
    # 12 kW of three small ones cost 24 against 20 of the large one, with 8 kW asked two do
    assert plan(target(by_kw, 8)).is_called.sum() == 2
    assert plan(target(by_call, 8)).value == pytest.approx(25)


def test_what_cannot_be_reached_is_no_plan_and_the_most_is_known():
    problem = Problem(np.array([3.0, 5.0]), np.array([1.0, 1.0]))
    rebound = Limit("peak_after", None, np.array([1.5, 2.5]), most_kw=3.0)
    assert cheapest(target(problem.with_limit(rebound), 8)) is None
    reached = largest(problem.with_limit(rebound))
    assert (reached.value, reached.is_called.tolist()) == (5.0, [False, True])
    assert largest(problem.with_limit(rebound).without("peak_after")).value == 8.0


def test_nobody_to_call_reaches_nothing():
    nobody = Problem(np.zeros(0), np.zeros(0))
    assert plan(nobody).value == 0
    assert cheapest(target(nobody, 1)) is None


CUSTOMERS = st.lists(
    st.tuples(
        st.floats(0.1, 20).map(lambda x: round(x, 2)),  # kW
        st.floats(0, 30).map(lambda x: round(x, 2)),  # CNY
        st.booleans(),  # under the feeder
    ),
    min_size=1,
    max_size=9,
)


def problem_of(customers, asked_share: float, room_share: float) -> Problem:
    expected, cost = (np.array([one[n] for one in customers]) for n in (0, 1))
    inside = np.where([one[2] for one in customers], expected * 0.5, 0)
    room = Limit("feeder", "F", inside, most_kw=round(room_share * float(inside.sum()), 3))
    return target(Problem(expected, cost, (room,)), round(asked_share * float(expected.sum()), 3))


@settings(deadline=None, max_examples=40)
@given(CUSTOMERS, st.floats(0.05, 1.0), st.floats(0.0, 1.0))
def test_the_plan_is_as_cheap_as_the_best_of_all_choices(customers, asked_share, room_share):
    problem = problem_of(customers, asked_share, room_share)
    found, best = cheapest(problem), best_of_all(problem, problem.cost_cny)
    assert (found is None) == (best is None)
    if found is not None and best is not None:
        assert found.value == pytest.approx(best, rel=SURE_GAP_SHARE, abs=1e-6)
        assert found.bound <= best + 1e-6
        assert found.gap_share <= SURE_GAP_SHARE


@settings(deadline=None, max_examples=30)
@given(CUSTOMERS, st.floats(0.0, 1.0))
def test_the_most_there_is_is_that_of_all_choices(customers, room_share):
    problem = problem_of(customers, 0.0, room_share)
    least = best_of_all(problem, -problem.expected_kw)
    assert least is not None
    assert largest(problem).value == pytest.approx(-least, rel=SURE_GAP_SHARE)


@settings(deadline=None, max_examples=25)
@given(CUSTOMERS, st.floats(0.05, 0.9), st.floats(0.0, 1.0))
def test_a_limit_less_never_costs_more_and_a_higher_target_never_less(customers, asked, room):
    problem = problem_of(customers, asked, room)
    found = cheapest(problem)
    if found is None:
        return
    slack = 1 + SURE_GAP_SHARE
    assert plan(problem.without("feeder")).value <= found.value * slack + 1e-6
    assert plan(problem.without("target")).value <= found.value + 1e-6
    higher = target(problem, float(problem.limits[-1].least_kw) * 1.1)
    dearer = cheapest(higher)
    assert dearer is None or dearer.value * slack + 1e-6 >= found.value


def test_without_past_events_what_was_agreed_is_expected():
    found = fulfilment(np.full((2, 0), NAN), np.full((2, 0), NAN))
    assert found.expected_share.tolist() == [1.0, 1.0]
    assert found.spread_share.tolist() == [UNKNOWN_SPREAD] * 2


def test_steady_customers_are_known_by_themselves_and_new_ones_by_the_programme():
    """Two that always did 100 % and 20 % of 10 kW: the programme did 60 %, and so will the new."""
    reduction = np.array([[10.0, 10.0, 10.0], [2.0, 2.0, 2.0], [NAN, NAN, NAN]])
    found = fulfilment(reduction, np.full((3, 3), 10.0))
    assert found.programme_share == pytest.approx(0.6)
    assert found.expected_share.tolist() == pytest.approx([1.0, 0.2, 0.6], abs=0.002)
    assert found.events.tolist() == [3, 3, 0]


def test_an_erratic_customer_is_drawn_to_the_programme():
    steady = np.array([[9.0, 10, 11, 10], [4.0, 5, 6, 5], [30.0, -20, 35, 15]])
    found = fulfilment(steady, np.full((3, 4), 10.0))
    own, programme = 1.5, found.programme_share
    assert programme == pytest.approx(1.0)
    assert programme <= found.expected_share[2] < own
    assert found.own_weight[2] < found.own_weight[0]


SHARES = st.lists(
    st.lists(st.one_of(st.just(NAN), st.floats(-2, 4)), min_size=3, max_size=3),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(SHARES)
def test_what_is_expected_lies_between_the_own_past_and_the_programmes(rows):
    share = np.array(rows)
    found = fulfilment(share * 5, np.full(share.shape, 5.0))
    for place, own in enumerate(rows):
        known = [one for one in own if not isnan(one)]
        middle = sum(known) / len(known) if known else found.programme_share
        low, high = sorted((max(middle, 0), found.programme_share))
        assert low - 1e-9 <= found.expected_share[place] <= high + 1e-9
    assert ((found.own_weight >= 0) & (found.own_weight <= 1)).all()
    assert (found.spread_share >= 0).all()
