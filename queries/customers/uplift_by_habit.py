"""What an offer brings whom: the uplift of a finished trial, as far as it can be told apart.

The change of each customer, less what its history foretells, over its own mean use, is regressed
on the arm, on what is known of it from before, and on the two together (Lin 2013, Annals of
Applied Statistics 7). What stands with the arm is the uplift, what stands with both says whose is
larger. Whether anybody is told apart is asked first, of all habits together (Wald with HC3 errors,
MacKinnon & White 1985), and only where the trial as a whole shows a change: so without an effect
something is claimed no more often than the one test allows. Then each coefficient is shrunk towards
nobody being different, by as much as their errors say is noise (empirical Bayes, Efron & Morris
1973, JASA 68).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from queries.customers.offer_effect import CONFIDENCE

LEAST_CUSTOMERS = 100
"""In each arm, below which nobody is told apart."""
_HIGHEST_CHANGE = 0.5
"""A change of a customer's energy over its mean use counts at most so much: one that moved in or
out is not the offer's."""
_FARTHEST = 2.5
"""Standard deviations from the trial's mean, beyond which a habit counts no further."""


@dataclass(frozen=True, slots=True)
class ByHabit:
    """Uplift as a line over habits.

    Attributes:
        middle, spread: Of each habit in the trial (habits,).
        mean: Change of the mean customer, as a share of its use; below zero a saving.
        slopes: Of each habit, shrunk, per standard deviation (habits,).
        variance: Of the mean and the slopes before they were shrunk (1 + habits, 1 + habits): the
            width of the distribution is itself a guess from a handful of slopes, so an interval
            that trusted it would be too narrow.
        p_value: That nobody differs.
        t: Half a 95 % interval in standard errors.
    """

    middle: np.ndarray
    spread: np.ndarray
    mean: float
    slopes: np.ndarray
    variance: np.ndarray
    p_value: float
    t: float

    @property
    def is_told_apart(self) -> bool:
        """Whether customers differ for certain."""
        return self.p_value <= 1 - CONFIDENCE and bool(np.any(self.slopes))

    def of(self, habits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Expected change of customers (share of their use), with its 95 % interval.

        Args:
            habits: (customers, habits); NaN counts as the trial's mean.
        """
        scaled = self._scaled(habits)
        value = self.mean + scaled @ self.slopes
        row = np.hstack([np.ones((len(scaled), 1)), scaled])
        error = np.sqrt(np.einsum("ij,jk,ik->i", row, self.variance, row))
        return value, value - self.t * error, value + self.t * error

    def _scaled(self, habits: np.ndarray) -> np.ndarray:
        scaled = (habits - self.middle) / self.spread
        return np.clip(np.nan_to_num(scaled, nan=0.0), -_FARTHEST, _FARTHEST)


def learn_by_habit(
    habits: np.ndarray, is_offered: np.ndarray, change: np.ndarray
) -> ByHabit | None:
    """Learn from a trial; None where an arm has too few customers.

    Args:
        habits: Of every customer, from before it was sent (customers, habits); NaN: not known.
        is_offered: Who was sent it, by lot.
        change: Of each, over its own mean use, after its history was taken off.
    """
    if min(is_offered.sum(), (~is_offered).sum()) < LEAST_CUSTOMERS:
        return None
    middle, spread = _of_columns(habits)
    scaled = np.clip(np.nan_to_num((habits - middle) / spread), -_FARTHEST, _FARTHEST)
    # Centred once more, so that what stands with the arm alone is the mean customer's.
    scaled -= scaled.mean(axis=0)
    arm = is_offered.astype(np.float64)[:, None]
    design = np.hstack([np.ones_like(arm), arm, scaled, arm * scaled])
    outcome = np.clip(change, -_HIGHEST_CHANGE, _HIGHEST_CHANGE)
    coefficients, variance = _fit(design, outcome)
    count = habits.shape[1]
    places = np.array([1, *range(2 + count, 2 + 2 * count)])
    found, errors = coefficients[places], variance[np.ix_(places, places)]
    free = len(outcome) - design.shape[1]
    # A habit that nobody is known by has no slope, and none to be tested.
    known = max(int(np.linalg.matrix_rank(errors[1:, 1:])), 1)
    wald = found[1:] @ np.linalg.pinv(errors[1:, 1:]) @ found[1:] / known
    return ByHabit(
        middle,
        spread,
        float(found[0]),
        _shrunk(found[1:], errors[1:, 1:], known),
        errors,
        float(stats.f.sf(wald, known, free)),
        float(stats.t.ppf((1 + CONFIDENCE) / 2, free)),
    )


def _of_columns(habits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of each habit where it is known; of one nobody has, 0 and 1."""
    is_known = ~np.isnan(habits)
    count = np.maximum(is_known.sum(axis=0), 1)
    middle = np.where(is_known, habits, 0.0).sum(axis=0) / count
    square = np.where(is_known, habits - middle, 0.0) ** 2
    spread = np.sqrt(square.sum(axis=0) / count)
    return middle, np.where(spread > 0, spread, 1.0)


def _fit(design: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares with HC3 errors."""
    inverse = np.linalg.pinv(design.T @ design)
    coefficients = inverse @ design.T @ outcome
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    residual = (outcome - design @ coefficients) / (1 - np.minimum(leverage, 0.99))
    first = design @ inverse
    return coefficients, (first * residual[:, None] ** 2).T @ first


def _shrunk(slopes: np.ndarray, errors: np.ndarray, known: int) -> np.ndarray:
    """Slopes as if ``known`` of them were drawn from one normal distribution about 0.

    Its width is that which the slopes have beyond their errors (by moments).
    """
    width = max(float((slopes @ slopes - np.trace(errors)) / known), 0.0)
    prior = width * np.eye(len(slopes))
    return prior @ np.linalg.pinv(prior + errors) @ slopes
