"""Whom to ask: does the order in which a list ranks customers save more than chance?

Every customer of a campaign is scored as the list scores it (``uplift_by_habit``), by a regression
that did not see it (cross-fitting), so that the curve is honest.
"""

from dataclasses import dataclass

import numpy as np

from queries.customers.uplift_by_habit import learn_by_habit

LEAST_CUSTOMERS = 150
"""In each arm, below which nothing is learnt: four fifths of them teach at a time."""
TOO_FEW, NOT_TOLD, TOLD = "too_few_customers", "not_told_apart", "told_apart"
_FOLDS = 5
_DRAWS = 400
_INTERVAL = (0.025, 0.975)
STEPS = 20


@dataclass(frozen=True, slots=True)
class Uplift:
    """What a campaign teaches of whom to ask.

    Attributes:
        status: TOLD where the curve lies above chance for certain; else why nothing is learnt.
        score: Foretold change of every customer by the offer, below zero a saving (customers,).
        asked_share: Shares of the customers, the largest savings foretold first, (steps,).
        saved, low, high: Saved by asking these [energy a day over all customers], with a 95 %
            interval.
        chance: The same for as many drawn by lot.
        qini: Mean of ``saved`` − ``chance`` over the shares (Radcliffe 2007), and its interval.
    """

    status: str
    score: np.ndarray
    asked_share: np.ndarray
    saved: np.ndarray
    low: np.ndarray
    high: np.ndarray
    chance: np.ndarray
    qini: tuple[float, float, float]


def learn_uplift(
    habits: np.ndarray,
    mean_kwh: np.ndarray,
    is_offered: np.ndarray,
    change_kwh: np.ndarray,
    seed: int = 1,
) -> Uplift:
    """Learn from a campaign.

    Args:
        habits: What is known of customers before it (customers, habits); NaN: not known.
        mean_kwh: Of each, its mean day before it.
        is_offered: Who was sent it, by lot.
        change_kwh: Of the mean day of each, after its own history was taken off.
        seed: Of the folds and the bootstrap.
    """
    count = len(change_kwh)
    if min(is_offered.sum(), (~is_offered).sum()) < LEAST_CUSTOMERS:
        nothing = np.zeros(0)
        scores, qini = np.full(count, np.nan), (np.nan, np.nan, np.nan)
        return Uplift(TOO_FEW, scores, nothing, nothing, nothing, nothing, nothing, qini)
    random = np.random.default_rng(seed)
    share = _cross_fitted(habits, is_offered, change_kwh / mean_kwh, random)
    score = share * mean_kwh
    order = np.argsort(score, kind="stable")
    sent = float(is_offered.mean())
    # What asking one would save, unbiased for every customer (Horvitz & Thompson 1952).
    each = np.where(is_offered, -change_kwh / sent, change_kwh / (1 - sent))[order]
    times = np.vstack([np.ones(count), random.poisson(1.0, (_DRAWS, count))])
    places = np.rint(np.linspace(0, count, STEPS + 1)).astype(int)
    total = np.hstack([np.zeros((len(times), 1)), (times * each).cumsum(axis=1)])[:, places]
    weight = np.hstack([np.zeros((len(times), 1)), times.cumsum(axis=1)])[:, places]
    curves = total / weight[:, -1:]
    asked = places / count
    chance = curves[:, -1:] * asked
    qini = (curves - chance).mean(axis=1)
    low, high = np.quantile(curves[1:], _INTERVAL, axis=0)
    qini_low, qini_high = np.quantile(qini[1:], _INTERVAL)
    return Uplift(
        TOLD if qini_low > 0 else NOT_TOLD,
        score,
        asked,
        curves[0],
        low,
        high,
        chance[0],
        (float(qini[0]), float(qini_low), float(qini_high)),
    )


def _cross_fitted(
    habits: np.ndarray, is_offered: np.ndarray, change: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Foretold change of every customer, a share of its use, learnt without it."""
    fold = np.zeros(len(change), int)
    for arm in (is_offered, ~is_offered):
        own = np.flatnonzero(arm)
        fold[random.permutation(own)] = np.arange(len(own)) % _FOLDS
    score = np.zeros(len(change))
    for number in range(_FOLDS):
        held = fold == number
        learnt = learn_by_habit(habits[~held], is_offered[~held], change[~held])
        if learnt is not None:
            score[held] = learnt.of(habits[held])[0]
    return score
