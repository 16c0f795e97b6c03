"""Parts that add up: by hand, against the textbook's formula, and as laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.forecasting.bands import QUANTILES
from queries.forecasting.memory import NONE
from queries.forecasting.reconcile import (
    Sums,
    error_variances,
    reconciled,
    reconciled_bands,
    shrunk_covariance,
    sums_of_parents,
)

_WHOLE = [(0, [1, 2])]


def _tree(random: np.random.Generator, nodes: int) -> np.ndarray:
    """Parents of a random tree of which node 0 is the top."""
    return np.array([NONE, *(random.integers(0, node) for node in range(1, nodes))])


def _summing(parent: np.ndarray) -> np.ndarray:
    """(nodes, leaves) of the textbook: which leaves each node holds."""
    leaves = np.setdiff1d(np.arange(len(parent)), parent)
    matrix = np.zeros((len(parent), len(leaves)))
    for column, leaf in enumerate(leaves):
        node = leaf
        while node != NONE:
            matrix[node, column] = 1.0
            node = parent[node]
    return matrix


def _gap(values: np.ndarray, sums: Sums) -> float:
    return max(float(np.abs(values[w] - values[list(p)].sum(axis=0)).max()) for w, p in sums)


def test_whoever_was_worse_gives_way_more():
    # 100 against 40 + 50: a gap of 10 shared as the variances 1, 1 and 2 are.
    forecast = np.array([[100.0], [40.0], [50.0]])
    found = reconciled(forecast, _WHOLE, np.array([1.0, 1.0, 2.0]))
    np.testing.assert_allclose(found[:, 0], [97.5, 42.5, 55.0], rtol=1e-12)


def test_errors_that_go_together_share_the_gap_by_their_covariance():
    # W C' with C = [1, -1, -1] is [1, -1.5, -2.5]; C W C' is 5: a gap of 10 is shared 2 : 3 : 5.
    covariance = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.5], [0.0, 0.5, 2.0]])
    forecast = np.array([100.0, 40.0, 50.0])
    found = reconciled(forecast, _WHOLE, covariance)
    np.testing.assert_allclose(found, [98.0, 43.0, 55.0], rtol=1e-9)


def test_the_rest_of_a_feeder_is_what_the_large_customers_leave():
    forecast = np.array([[100.0, 90.0], [30.0, 20.0], [np.nan, np.nan]])
    found = reconciled(forecast, _WHOLE, np.array([1.0, 1.0, np.nan]))
    np.testing.assert_allclose(found, [[100.0, 90.0], [30.0, 20.0], [70.0, 70.0]])


def test_an_unknown_rest_hides_no_other_sum():
    # The system is cut by feeder (1, 2) and by class (3, 4); the rest of feeder 2 (6) is unknown.
    sums = [(0, [1, 2]), (0, [3, 4]), (2, [5, 6])]
    forecast = np.array([100.0, 40.0, 50.0, 70.0, 40.0, 20.0, np.nan])
    found = reconciled(forecast, sums, np.ones(7))
    assert _gap(found, sums) < 1e-9
    assert found[5] == pytest.approx(20.0)
    assert found[6] == pytest.approx(found[2] - 20.0)


def test_a_rest_that_no_sum_tells_is_refused():
    forecast = np.array([[np.nan], [1.0], [np.nan]])
    with pytest.raises(ValueError, match="2 nodes are unknown"):
        reconciled(forecast, _WHOLE, np.ones(3))


def test_a_forecast_with_holes_is_refused():
    forecast = np.array([[1.0, 2.0], [1.0, np.nan], [0.0, 1.0]])
    with pytest.raises(ValueError, match=r"nodes \[1\] are missing in part"):
        reconciled(forecast, _WHOLE, np.ones(3))


@pytest.mark.parametrize("sums", [[(0, [0, 1])], [(0, [1, 1])], [(0, [])], [(0, [3])]])
def test_sums_that_are_none_are_refused(sums):
    with pytest.raises(ValueError, match="name each once"):
        reconciled(np.ones(3), sums, np.ones(3))


def test_variances_must_fit_and_be_numbers():
    with pytest.raises(ValueError, match=r"need \(3,\) variances"):
        reconciled(np.ones(3), _WHOLE, np.ones(2))
    with pytest.raises(ValueError, match="negative or not a number"):
        reconciled(np.ones(3), _WHOLE, np.array([1.0, -1.0, 1.0]))


def test_parents_in_a_circle_are_refused():
    with pytest.raises(ValueError, match=r"nodes \[1, 2\]"):
        sums_of_parents(np.array([NONE, 2, 1]))
    with pytest.raises(ValueError, match="index from 0 to 1"):
        sums_of_parents(np.array([NONE, 5]))
    assert sums_of_parents(np.array([NONE, 0, 0, 2, NONE])) == [(0, [1, 2]), (2, [3])]


@settings(max_examples=80, deadline=None)
@given(st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_parts_add_up_however_different_their_sizes(nodes, seed):
    random = np.random.default_rng(seed)
    sums = sums_of_parents(_tree(random, nodes))
    forecast = random.normal(size=(nodes, 24)) * 10.0 ** random.uniform(-3, 6, (nodes, 1))
    variance = 10.0 ** random.uniform(-6, 12, nodes)
    found = reconciled(forecast, sums, variance)
    assert _gap(found, sums) <= 1e-9 * max(1.0, np.abs(found).max())


@settings(max_examples=80, deadline=None)
@given(st.integers(2, 20), st.integers(0, 2**32 - 1))
def test_it_is_the_textbooks_minimum_trace(nodes, seed):
    """S (S' W⁻¹ S)⁻¹ S' W⁻¹ y, Wickramasuriya et al. 2019, theorem 1."""
    random = np.random.default_rng(seed)
    parent = _tree(random, nodes)
    summing = _summing(parent)
    root = random.normal(size=(nodes, nodes))
    full = root @ root.T / nodes + 0.1 * np.eye(nodes)
    forecast = random.normal(size=(nodes, 4))
    for covariance in (np.diagonal(full).copy(), full):
        inverse = np.linalg.inv(np.diag(covariance) if covariance.ndim == 1 else covariance)
        leaves = np.linalg.solve(summing.T @ inverse @ summing, summing.T @ inverse @ forecast)
        found = reconciled(forecast, sums_of_parents(parent), covariance)
        np.testing.assert_allclose(found, summing @ leaves, atol=1e-8)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_what_adds_up_is_left_alone_and_nothing_gets_farther_from_the_truth(nodes, seed):
    random = np.random.default_rng(seed)
    parent = _tree(random, nodes)
    summing, sums = _summing(parent), sums_of_parents(parent)
    truth = summing @ random.normal(100.0, 50.0, (summing.shape[1], 24))
    variance = random.uniform(0.1, 10.0, nodes)
    np.testing.assert_allclose(reconciled(truth, sums, variance), truth, rtol=1e-9, atol=1e-9)
    forecast = truth + random.normal(size=truth.shape) * np.sqrt(variance)[:, None]
    found = reconciled(forecast, sums, variance)
    before = np.square(forecast - truth) / variance[:, None]
    after = np.square(found - truth) / variance[:, None]
    assert (after.sum(axis=0) <= before.sum(axis=0) + 1e-9).all()
    np.testing.assert_allclose(reconciled(found, sums, variance), found, atol=1e-9)


def test_a_sum_told_twice_changes_nothing():
    forecast = np.array([[100.0], [40.0], [50.0]])
    once = reconciled(forecast, _WHOLE, np.ones(3))
    np.testing.assert_allclose(reconciled(forecast, _WHOLE * 2, np.ones(3)), once, rtol=1e-12)


def test_a_node_without_error_hardly_moves_and_no_error_at_all_is_shared_evenly():
    forecast = np.array([100.0, 40.0, 50.0])
    sure = reconciled(forecast, _WHOLE, np.array([0.0, 1.0, 1.0]))
    np.testing.assert_allclose(sure, [100.0, 45.0, 55.0], atol=1e-8)
    none = reconciled(forecast, _WHOLE, np.zeros(3))
    np.testing.assert_allclose(none, [100.0 - 10 / 3, 40.0 + 10 / 3, 50.0 + 10 / 3])


def test_bands_move_with_their_middle_and_keep_their_width():
    random = np.random.default_rng(1)
    bands = np.sort(random.normal(50.0, 5.0, (3, 2, 24, len(QUANTILES))), axis=-1)
    found = reconciled_bands(bands, _WHOLE, np.array([1.0, 2.0, 3.0]))
    middle = QUANTILES.index(0.5)
    assert _gap(found[..., middle], _WHOLE) < 1e-9
    np.testing.assert_allclose(np.diff(found), np.diff(bands), atol=1e-9)
    assert (np.diff(found) >= 0.0).all()


def test_variances_of_errors_are_about_zero_and_the_unknown_is_trusted_least():
    errors = np.array([[3.0, 3.0, np.nan], [1.0, -1.0, 1.0], [np.nan, np.nan, np.nan]])
    np.testing.assert_allclose(error_variances(errors), [9.0, 1.0, 9.0])


def test_covariance_keeps_what_is_sure_and_drops_what_is_chance():
    random = np.random.default_rng(5)
    shared = random.normal(size=(1, 2000))
    sure = np.concatenate([shared, shared]) + 0.5 * random.normal(size=(2, 2000))
    found = shrunk_covariance(sure)
    # Correlation of the two is 1 / (1 + 0.25).
    assert found[0, 1] / found[0, 0] == pytest.approx(0.8, abs=0.03)
    chance = shrunk_covariance(random.normal(size=(30, 20)))
    raw = np.abs(np.corrcoef(random.normal(size=(30, 20))))
    beside = ~np.eye(30, dtype=bool)
    assert np.abs(chance[beside]).mean() < 0.5 * raw[beside].mean()
    assert np.linalg.eigvalsh(chance).min() > 0.0
