"""A dictionary of daily load shapes: as few as can tell every day within a stated error."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import AgglomerativeClustering, KMeans

from queries.run import QuestionError

MOST_ERROR_SHARE = 0.25
"""Squared distance of a day from its shape, over the squared size of the shape [0–1]."""
WITHIN_SHARE = 0.9
"""Of the days must lie within that error."""
MOST_SHAPES = 48

_FIRST = 4
_SEED = 0
_HOURS, _DIGITS = 24, 4


class ShapeError(QuestionError):
    """A text is no dictionary of shapes."""


@dataclass(frozen=True, slots=True)
class ShapeDictionary:
    """Shapes as hourly shares of the day's energy.

    Attributes:
        shapes: (shapes, 24), each adding up to 1; the most frequent first.
        days: How many of the days it was made of are nearest to each.
        within_share: Of those days, how many lie within MOST_ERROR_SHARE.
    """

    shapes: np.ndarray
    days: np.ndarray
    within_share: float

    def nearest(self, days: np.ndarray) -> np.ndarray:
        """Number of the nearest shape of every day (days, 24), each adding up to 1."""
        return _distances(days, self.shapes).argmin(axis=1)

    def error_share(self, days: np.ndarray) -> np.ndarray:
        """Squared distance of every day from its nearest shape, over the squared size of that."""
        return _errors(days, self.shapes)


def shapes_text(shapes: Sequence[Sequence[float]]) -> str:
    """Shapes as JSON, four digits of every hourly share: a dictionary to look days up in."""
    rounded = [[round(share, _DIGITS) for share in one] for one in shapes]
    return json.dumps(rounded, separators=(",", ":"))


def read_shapes(text: str) -> np.ndarray:
    """The shapes of ``shapes_text``, (shapes, 24), each adding up to 1.

    Raises:
        ShapeError: It is none.
    """
    try:
        shapes = np.array(json.loads(text), dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise ShapeError(f"the shapes are no list of lists of numbers: {error}") from error
    totals = shapes.sum(axis=1, keepdims=True) if shapes.ndim == 2 else np.zeros(1)
    if shapes.ndim != 2 or shapes.shape[1] != _HOURS or not (totals > 0).all():
        raise ShapeError(
            f"the shapes have the form {shapes.shape}; expected a row of {_HOURS} hourly shares "
            "for each. Give the hour_shares of customers/day_shapes as JSON."
        )
    return shapes / totals


def shape_dictionary(days: np.ndarray) -> ShapeDictionary:
    """The dictionary of some days.

    K-means with as many shapes as it takes for WITHIN_SHARE of the days to lie within the error
    bound; then shapes that are next to each other are taken together as long as that holds (the
    adaptive k-means of Kwac, Flora & Rajagopal, "Household energy consumption segmentation using
    hourly data", IEEE Transactions on Smart Grid 5(1), 2014).

    Args:
        days: Hourly energy of whole days with some use, (days, 24), any unit.

    Raises:
        ValueError: A day is not whole, or has no use.
    """
    totals = days.sum(axis=1, keepdims=True)
    if not (np.isfinite(totals).all() and (totals > 0).all()):
        raise ValueError("a day has a missing hour or no use; give whole days with some use.")
    shares = days / totals
    shapes = shares.mean(axis=0, keepdims=True)
    different = len(np.unique(shares.round(6), axis=0))  # a closed shop has the same day all year
    many = min(_FIRST, different)
    while _within(shares, shapes) < WITHIN_SHARE and many <= min(MOST_SHAPES, different):
        fitted = KMeans(many, n_init=2, random_state=_SEED).fit(shares)  # type: ignore[arg-type]
        shapes = np.asarray(fitted.cluster_centers_)
        many = many + max(2, many // 3)
    shapes = _merged(shares, shapes)
    nearest = _distances(shares, shapes).argmin(axis=1)
    counts = np.bincount(nearest, minlength=len(shapes))
    order = np.argsort(-counts, kind="stable")
    return ShapeDictionary(shapes[order], counts[order], _within(shares, shapes))


def _merged(shares: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """The fewest shapes that still tell enough days, each the mean of the days of its parts."""
    nearest = _distances(shares, shapes).argmin(axis=1)
    enough = min(WITHIN_SHARE, _within(shares, shapes))
    for fewer in range(1, len(shapes)):
        groups = (
            AgglomerativeClustering(fewer).fit_predict(shapes)
            if fewer > 1
            else np.zeros(len(shapes), dtype=int)
        )
        of_days = groups[nearest]
        merged = np.stack([shares[of_days == group].mean(axis=0) for group in range(fewer)])
        if _within(shares, merged) >= enough:
            return merged
    return shapes


def _within(shares: np.ndarray, shapes: np.ndarray) -> float:
    return float((_errors(shares, shapes) <= MOST_ERROR_SHARE).mean())


def _errors(shares: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    distances = _distances(shares, shapes)
    nearest = distances.argmin(axis=1)
    sizes = (shapes**2).sum(axis=1)[nearest]
    return np.maximum(distances[np.arange(len(shares)), nearest], 0.0) / sizes


def _distances(shares: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Squared, (days, shapes)."""
    return (
        (shares**2).sum(axis=1)[:, None] - 2 * shares @ shapes.T + (shapes**2).sum(axis=1)[None, :]
    )
