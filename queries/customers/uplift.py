"""Whom to ask: who changes because of an offer, learnt from a campaign with a control group.

Two regressions, one an arm, foretell the change of a customer with and without the offer; their
difference is its uplift (the two-model or T-learner, Künzel et al. 2019, PNAS 116). Both are ridge
regressions of a handful of columns: with a few hundred customers anything richer learns the noise.
Every customer is scored by regressions that did not see it (cross-fitting), so that the curve is
honest.
"""

from dataclasses import dataclass

import numpy as np

LEAST_CUSTOMERS = 150
"""In each arm, below which nothing is learnt: the difference of two regressions is noisy."""
TOO_FEW, NOT_TOLD, TOLD = "too_few_customers", "not_told_apart", "told_apart"
_FOLDS = 5
_RIDGE = 10.0
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
    columns: np.ndarray, is_offered: np.ndarray, change: np.ndarray, seed: int = 1
) -> Uplift:
    """Learn from a campaign.

    Args:
        columns: What is known of customers before it, (customers, columns), no NaN.
        is_offered: Who was sent it, by lot.
        change: Of the energy of each, after its own history was taken off (customers,).
        seed: Of the folds and the bootstrap.
    """
    count = len(change)
    if min(is_offered.sum(), (~is_offered).sum()) < LEAST_CUSTOMERS:
        nothing = np.zeros(0)
        scores, qini = np.full(count, np.nan), (np.nan, np.nan, np.nan)
        return Uplift(TOO_FEW, scores, nothing, nothing, nothing, nothing, nothing, qini)
    random = np.random.default_rng(seed)
    score = _cross_fitted(columns, is_offered, change, random)
    order = np.argsort(score, kind="stable")
    share = float(is_offered.mean())
    # What asking one would save, unbiased for every customer (Horvitz & Thompson 1952).
    each = np.where(is_offered, -change / share, change / (1 - share))[order]
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


def foretold_change(
    columns: np.ndarray, is_offered: np.ndarray, change: np.ndarray, new: np.ndarray
) -> np.ndarray:
    """Change by the offer of customers that were not in the campaign, ``new`` as ``columns``."""
    arms = [_ridge(columns[arm], change[arm], new) for arm in (is_offered, ~is_offered)]
    return arms[0] - arms[1]


def _cross_fitted(
    columns: np.ndarray, is_offered: np.ndarray, change: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    fold = np.zeros(len(change), int)
    for arm in (is_offered, ~is_offered):
        own = np.flatnonzero(arm)
        fold[random.permutation(own)] = np.arange(len(own)) % _FOLDS
    score = np.zeros(len(change))
    for number in range(_FOLDS):
        held = fold == number
        score[held] = foretold_change(
            columns[~held], is_offered[~held], change[~held], columns[held]
        )
    return score


def _ridge(columns: np.ndarray, outcome: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Foretold outcome of ``new``; columns count by their spread, the constant is free."""
    middle, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    scaled = (columns - middle) / spread
    gram = scaled.T @ scaled + _RIDGE * np.eye(scaled.shape[1])
    slopes = np.linalg.solve(gram, scaled.T @ (outcome - outcome.mean()))
    return outcome.mean() + (new - middle) / spread @ slopes
