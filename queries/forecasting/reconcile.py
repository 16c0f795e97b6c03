"""Forecasts of parts made to add up to the forecast of the whole."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.linalg import cho_factor, cho_solve, get_lapack_funcs
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from queries.forecasting.bands import QUANTILES
from queries.forecasting.memory import NONE

Sums = Sequence[tuple[int, Sequence[int]]]
"""Which node (first) is the sum of which others, such as ``[(0, [1, 2]), (2, [3, 4, 5])]``. A whole
may be cut more than once: by region and again by class."""
_LEAST = 1e-10
"""No error variance counts as less than this share of the largest: a node between two that are
surer by more could not be told from none."""
_PASSES = 3
"""Each takes away what rounding has left of the one before."""
_SAME = 1e-9


def sums_of_parents(parent: np.ndarray) -> list[tuple[int, list[int]]]:
    """The sums of a tree.

    Args:
        parent: (nodes,) index of the node each belongs to, NONE for a top.

    Raises:
        ValueError: A parent is no node, or nodes belong to each other in a circle.
    """
    parent = np.asarray(parent)
    if len(parent) and (parent.min() < NONE or parent.max() >= len(parent)):
        raise ValueError(
            f"parents from {parent.min()} to {parent.max()} of {len(parent)} nodes; give an index "
            f"from 0 to {len(parent) - 1}, or {NONE} for a top."
        )
    above = parent
    for _ in range(len(parent)):
        if (above == NONE).all():
            break
        above = np.where(above == NONE, NONE, parent[above])
    else:
        if len(parent):
            around = np.flatnonzero(above != NONE).tolist()
            raise ValueError(f"nodes {around} never reach a top; their parents form a circle.")
    return [
        (int(whole), np.flatnonzero(parent == whole).tolist())
        for whole in np.unique(parent[parent != NONE])
    ]


def error_variances(errors: np.ndarray) -> np.ndarray:
    """Mean squared error of each node's recent forecasts, (nodes,), its unit squared.

    Args:
        errors: (nodes, …) seen − forecast, NaN unknown. A node of which nothing is known is trusted
            least: it takes the largest of the others, or 1 if there are none.
    """
    flat = errors.reshape(len(errors), -1)
    known = np.isfinite(flat)
    count = known.sum(axis=1)
    mean = np.square(np.where(known, flat, 0.0)).sum(axis=1) / np.maximum(count, 1)
    most = mean[count > 0].max() if (count > 0).any() else 1.0
    return np.where(count > 0, mean, most)


def shrunk_covariance(errors: np.ndarray) -> np.ndarray:
    """Covariance (nodes, nodes) of forecast errors, correlations drawn to zero by their doubt.

    For few nodes with many errors; of thousands of meters take ``error_variances``.

    Source: Schäfer & Strimmer 2005, target D, as Wickramasuriya et al. 2019 use it; about zero, not
    about the mean, since a steady error is an error too.

    Args:
        errors: (nodes, …) seen − forecast; a value is left out where any node's is NaN.
    """
    flat = errors.reshape(len(errors), -1)
    flat = flat[:, np.isfinite(flat).all(axis=0)]
    variance = error_variances(errors)
    count = flat.shape[1]
    if count < 2:
        return np.diag(variance)
    size = np.sqrt(np.square(flat).mean(axis=1))
    scaled = flat / np.where(size > 0.0, size, 1.0)[:, None]
    correlation = scaled @ scaled.T / count
    doubt = (np.square(scaled) @ np.square(scaled).T / count - np.square(correlation)) / (count - 1)
    beside = ~np.eye(len(errors), dtype=bool)
    total = np.square(correlation)[beside].sum()
    share = float(np.clip(doubt[beside].sum() / total, 0.0, 1.0)) if total > 0.0 else 1.0
    correlation = np.where(beside, (1.0 - share) * correlation, 1.0)
    return correlation * np.sqrt(variance[:, None] * variance[None, :])


@threadpool_limits.wrap(limits=1)
def reconciled(forecast: np.ndarray, sums: Sums, covariance: np.ndarray) -> np.ndarray:
    """The forecasts nearest to those given among all that add up.

    Each node gives way by how badly it was foretold lately: minimum trace reconciliation, with
    variances alone "WLS_var" (Wickramasuriya, Athanasopoulos & Hyndman 2019), written as a
    projection on the sums so that one inverse has their number and not the number of parts:
    ``y − W C' (C W C')⁻¹ C y``. What already adds up is left alone, so unbiased forecasts stay
    unbiased. A forecast may turn negative: a load may.

    Squared errors decide. The median of one household lies below its mean, so that single meters
    give up a little of their absolute error for areas and the whole to gain.

    Args:
        forecast: (nodes, …), all in one unit: an hour's load of every region, say. A node that is
            NaN throughout is worked out from the others, as the rest of a feeder's customers
            beside the large ones.
        sums: Which node is the sum of which others.
        covariance: Of forecast errors: (nodes,) variances or (nodes, nodes).

    Returns:
        As ``forecast``, float64; every sum holds to 1e-9 of the largest value.

    Raises:
        ValueError: Sizes do not fit, a forecast is NaN in part, or the sums do not tell an unknown
            node.
    """
    forecast = np.asarray(forecast, dtype=np.float64)
    values = forecast.reshape(len(forecast), -1)
    rules = _rules(len(values), sums)
    unknown = np.asarray(np.isnan(values).all(axis=1))
    spread = _spread(covariance, values, unknown)
    from_unknown, from_known = rules[:, unknown], rules[:, ~unknown]
    told = _left_null(from_unknown) @ from_known if unknown.any() else rules
    moved = _projected(values[~unknown], told, spread)
    found = np.empty_like(values)
    found[~unknown] = moved
    if unknown.any():
        found[unknown] = np.linalg.lstsq(from_unknown, -from_known @ moved, rcond=None)[0]
    return found.reshape(forecast.shape)


def reconciled_bands(quantiles: np.ndarray, sums: Sums, covariance: np.ndarray) -> np.ndarray:
    """Bands around forecasts that add up: each is shifted with its middle and keeps its width.

    The medians add up; the other quantiles do not and should not, because the errors of parts
    cancel in part.

    Args:
        quantiles: (nodes, …, QUANTILES). A node that is NaN throughout has a median only.
        sums: As for ``reconciled``.
        covariance: As for ``reconciled``.
    """
    middle = QUANTILES.index(0.5)
    before = np.asarray(quantiles, dtype=np.float64)
    median = reconciled(before[..., middle], sums, covariance)
    found = before + (median - before[..., middle])[..., None]
    found[..., middle] = median
    return found


def _rules(nodes: int, sums: Sums) -> np.ndarray:
    """(sums, nodes): whole minus parts, zero for whatever adds up."""
    rules = np.zeros((len(sums), nodes))
    for row, (whole, parts) in enumerate(sums):
        named = [whole, *parts]
        if len(set(named)) < max(2, len(named)) or not 0 <= min(named) <= max(named) < nodes:
            raise ValueError(
                f"node {whole} as the sum of {list(parts)}, of {nodes} nodes: name each once, from "
                f"0 to {nodes - 1}, the whole not among its parts."
            )
        rules[row, list(parts)] = -1.0
        rules[row, whole] = 1.0
    return rules


def _spread(covariance: np.ndarray, values: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Covariance of the known nodes, with a floor, its largest variance 1."""
    nodes = len(values)
    if covariance.shape not in {(nodes,), (nodes, nodes)}:
        raise ValueError(
            f"the covariance is {covariance.shape}; {nodes} forecasts need ({nodes},) variances or "
            f"({nodes}, {nodes})."
        )
    partly = np.flatnonzero(~unknown & ~np.isfinite(values).all(axis=1)).tolist()
    if partly:
        raise ValueError(
            f"forecasts of nodes {partly} are missing in part; fill them, or make them NaN "
            "throughout to have them worked out from the others."
        )
    chosen = (
        covariance[~unknown] if covariance.ndim == 1 else covariance[np.ix_(~unknown, ~unknown)]
    )
    variance = chosen if chosen.ndim == 1 else np.diagonal(chosen)
    if not np.isfinite(chosen).all() or (variance < 0.0).any():
        raise ValueError("a variance is negative or not a number; see error_variances.")
    most = max(float(variance.max(initial=0.0)), np.finfo(float).tiny)
    scaled = chosen / most
    if chosen.ndim == 1:
        return np.maximum(scaled, _LEAST)
    return scaled + _LEAST * np.eye(len(scaled))


def _left_null(matrix: np.ndarray) -> np.ndarray:
    """Rows that turn ``matrix`` (sums, unknown) to nothing: what the sums say of known nodes."""
    columns = matrix.shape[1]
    left, size, _ = np.linalg.svd(matrix)
    rank = int((size > _SAME).sum())
    if rank < columns:
        raise ValueError(
            f"{columns} nodes are unknown and the sums tell {rank} of them; leave the others out "
            "or give their forecasts."
        )
    return left[:, rank:].T


def _projected(values: np.ndarray, rules: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """The nearest values (nodes, slots) on which every rule comes to zero."""
    if not rules.any():
        return values
    sparse = csr_array(rules)
    plain = (sparse @ sparse.T).toarray()
    kept = _independent(plain)
    sparse, plain = sparse[kept], plain[np.ix_(kept, kept)]
    weighted = sparse * spread if spread.ndim == 1 else sparse @ spread
    by_error = _shared(_dense(weighted @ sparse.T))
    for _ in range(_PASSES):
        values = values - weighted.T @ by_error(sparse @ values)
    # Shared evenly, next to nothing: what rounding has left.
    return values - sparse.T @ _shared(plain)(sparse @ values)


def _shared(normal: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Solves by ``normal``, whose rows differ by powers of ten as meters and a system do."""
    size = np.sqrt(np.diagonal(normal))[:, None]
    factor = cho_factor(normal / (size * size.T))
    return lambda off: cho_solve(factor, off / size) / size


def _independent(products: np.ndarray) -> np.ndarray:
    """Rows that do not follow from others, as a sum of sums does, by the products of all rows."""
    # Cholesky with pivoting (Higham 2002, ch. 10.3) puts the rows that count first.
    (pivoted,) = get_lapack_funcs(("pstrf",), (products,))
    _, order, rank, _ = pivoted(products, tol=_SAME)
    return np.sort(order[:rank] - 1)


def _dense(matrix: np.ndarray | csr_array) -> np.ndarray:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
