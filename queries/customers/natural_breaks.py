"""Where a quantity parts into low and high, or low, middle and high, by itself."""

import numpy as np

_MOST_POINTS = 400
"""Values beyond so many are taken together by quantile: the cut moves by less than the spread of
a four-hundredth of the customers."""


def natural_breaks(values: np.ndarray, levels: int) -> tuple[float, ...]:
    """Cuts between ``levels`` groups whose values lie as close together as can be.

    The optimum of k-means in one dimension (Fisher, "On grouping for maximum homogeneity", 1958;
    Jenks' natural breaks): every pair of cuts is looked at, so that no start decides.

    Args:
        values: (n,), no NaN.
        levels: 2 or 3.

    Returns:
        Cuts halfway between the neighbours they part, ascending; fewer than ``levels`` − 1 where
        there are fewer different values than levels.

    >>> natural_breaks(np.array([1.0, 1.2, 0.9, 5.0, 5.2]), 2)
    (3.1,)
    """
    points, weights = _grouped(np.sort(np.asarray(values, dtype=np.float64)))
    if len(points) < levels:
        return tuple(((points[:-1] + points[1:]) / 2).tolist())
    count = np.concatenate([[0.0], weights.cumsum()])
    total = np.concatenate([[0.0], (weights * points).cumsum()])
    last = len(points)

    def between(first: np.ndarray | int, end: np.ndarray | int) -> np.ndarray:
        """Sum of squares between groups that the points ``first`` to ``end`` add as one group."""
        return (total[end] - total[first]) ** 2 / (count[end] - count[first])

    inner = np.arange(1, last)
    if levels == 2:
        places = [int(inner[np.argmax(between(0, inner) + between(inner, last))])]
    else:
        low, high = np.triu_indices(last - 1, 1)
        low, high = inner[low], inner[high]
        best = np.argmax(between(0, low) + between(low, high) + between(high, last))
        places = [int(low[best]), int(high[best])]
    return tuple(float((points[at - 1] + points[at]) / 2) for at in places)


def _grouped(ascending: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Different values with how often they occur, or means of equal parts of them."""
    points, weights = np.unique(ascending, return_counts=True)
    if len(points) <= _MOST_POINTS:
        return points, weights.astype(np.float64)
    parts = np.array_split(ascending, _MOST_POINTS)
    means, where = np.unique([part.mean() for part in parts], return_inverse=True)
    return means, np.bincount(where, [len(part) for part in parts])
