"""What a pilot changed: treated customers against control, before against after.

``ln(load_it) = customer_i + time_t + change · treated_i · after_t + noise``. Effects of customers
and times are taken out by alternating means (exact at once where nothing is missing; Guimarães &
Portugal 2010), and errors are clustered by customer: days of one household are not independent
(Bertrand, Duflo & Mullainathan 2004).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

LEAST_CUSTOMERS = 10
"""In each arm, below which errors clustered by customer cannot be trusted."""
CONFIDENCE = 0.95
_MOST_ROUNDS = 2_000
_TINY = 1e-11


class PilotError(ValueError):
    """A pilot cannot be estimated; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Pilot:
    """What was measured.

    Attributes:
        load_kw: Mean load in the hours looked at, (customers, times); NaN where not read. What is
            not positive has no logarithm and counts as not read.
        is_treated: Who got the price, (customers,).
        is_after: Times at which it held, (times,).
    """

    load_kw: np.ndarray
    is_treated: np.ndarray
    is_after: np.ndarray


@dataclass(frozen=True, slots=True)
class PilotEffect:
    """What the price did.

    Attributes:
        change_share: Of the load in the hours looked at, of the average treated customer; negative
            is less.
        low_share, high_share: 95 % interval.
        log_change, standard_error: The same as logarithms.
        treated, control: Customers that were compared.
        left_out: Customers not read both before and after.
    """

    change_share: float
    low_share: float
    high_share: float
    log_change: float
    standard_error: float
    treated: int
    control: int
    left_out: int


def pilot_effect(pilot: Pilot) -> PilotEffect:
    """Difference in differences with effects of customers and times.

    Raises:
        PilotError: too few customers in an arm, or no time before or after.
    """
    log_load = np.log(np.where(pilot.load_kw > 0, pilot.load_kw, np.nan))
    is_known = ~np.isnan(log_load)
    if not pilot.is_after.any() or pilot.is_after.all():
        raise PilotError("the pilot needs times before and times after the price changed.")
    is_used = is_known[:, pilot.is_after].any(axis=1) & is_known[:, ~pilot.is_after].any(axis=1)
    treated = pilot.is_treated[is_used]
    counts = int(treated.sum()), int((~treated).sum()), int((~is_used).sum())
    if min(counts[:2]) < LEAST_CUSTOMERS:
        raise PilotError(
            f"{counts[0]} treated and {counts[1]} control customers were read before and after; "
            f"{LEAST_CUSTOMERS} of each are needed."
        )
    log_load, is_known = log_load[is_used], is_known[is_used]
    policy = (treated[:, None] & pilot.is_after[None, :]).astype(np.float64)
    own = _without_effects(np.stack([np.nan_to_num(log_load), policy]), is_known)
    change, error = _clustered(own[0], own[1], is_known)
    reach = error * float(stats.t.ppf((1 + CONFIDENCE) / 2, len(treated) - 1))
    low, middle, high = (float(np.expm1(change + side * reach)) for side in (-1, 0, 1))
    return PilotEffect(middle, low, high, change, error, *counts)


def _without_effects(values: np.ndarray, is_known: np.ndarray) -> np.ndarray:
    """``values`` (…, customers, times) less the means of customers and of times, where known."""
    left = np.where(is_known, values, 0.0)
    by_customer = np.maximum(is_known.sum(axis=1, keepdims=True), 1)
    by_time = np.maximum(is_known.sum(axis=0, keepdims=True), 1)
    for _ in range(_MOST_ROUNDS):
        left = np.where(is_known, left - left.sum(axis=-1, keepdims=True) / by_customer, 0.0)
        of_times = left.sum(axis=-2, keepdims=True) / by_time
        left = np.where(is_known, left - of_times, 0.0)
        if np.abs(of_times).max() < _TINY:
            break
    return left


def _clustered(
    outcome: np.ndarray, policy: np.ndarray, is_known: np.ndarray
) -> tuple[float, float]:
    """Slope of ``outcome`` on ``policy``, and its error clustered by rows."""
    squares = float((policy**2).sum())
    if squares < _TINY:
        raise PilotError("treated and control customers were read at no common time.")
    change = float((outcome * policy).sum()) / squares
    scores = (policy * (outcome - change * policy)).sum(axis=1)
    clusters, known = len(outcome), int(is_known.sum())
    # Customers' effects lie within clusters and cost no degree of freedom (Cameron & Miller 2015).
    parameters = is_known.any(axis=0).sum() + 1
    correction = clusters / (clusters - 1) * (known - 1) / (known - parameters)
    return change, float(np.sqrt(correction * (scores**2).sum())) / squares
