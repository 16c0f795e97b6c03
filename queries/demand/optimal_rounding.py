"""Prices in whole steps that keep every condition, near prices that do not end."""

from itertools import product

import numpy as np

from queries.demand.optimal_frame import Frame
from queries.demand.optimal_search import Search
from queries.demand.optimal_terms import UNIT_PER_CNY

_NEAR = (-1, 0, 1)
_NOTICEABLE = 1e-9


def rounded_prices(
    search: Search, frame: Frame, prices: np.ndarray, least_ratio: float
) -> np.ndarray:
    """Neighbours of ``prices`` in whole steps that keep all conditions, the best first.

    Returns:
        Steps of 0.0001, (found, periods); of those whose aim is the same to nine digits the one
        whose revenue is nearest to the target comes first.
    """
    whole = np.rint(prices * UNIT_PER_CNY).astype(np.int64)
    near = whole + np.array(list(product(_NEAR, repeat=len(prices))))
    near = near[keeps_ratios(search, frame, near, least_ratio)]
    tried = near / UNIT_PER_CNY
    money = search.money
    off = np.abs(money.revenue(tried) / money.target_cny - 1)
    holds = (off <= search.problem.revenue_tolerance_share) & search.conditions.hold(tried)
    near, tried, off = near[holds], tried[holds], off[holds]
    if not len(near):
        return near
    aims = search.moments.at(money.response.factors(money.slot_prices(tried, 1.0)))
    order = np.lexsort((off, np.round(aims / aims.min(), 9)))
    return near[order]


def keeps_ratios(search: Search, frame: Frame, steps: np.ndarray, least_ratio: float) -> np.ndarray:
    """Whether prices in whole steps (tries, periods) keep the bounds of their ratios."""
    problem = search.problem
    by_name = dict(zip(frame.periods, steps.T.astype(np.float64), strict=True))
    peak, valley = by_name["peak"], by_name["valley"]
    found = (peak >= least_ratio * valley * (1 - _NOTICEABLE)) & (valley > 0)
    found &= peak <= problem.most_ratio * valley * (1 + _NOTICEABLE)
    if "flat" in by_name:
        step, flat = problem.least_step_times * (1 - _NOTICEABLE), by_name["flat"]
        found &= (step * valley <= flat) & (step * flat <= peak)
    if "sharp" in by_name:
        found &= by_name["sharp"] >= problem.least_sharp_times * peak * (1 - _NOTICEABLE)
        found &= by_name["sharp"] <= problem.most_sharp_times * peak * (1 + _NOTICEABLE)
    if "deep_valley" in by_name:
        found &= by_name["deep_valley"] <= valley
        found &= by_name["deep_valley"] >= problem.least_deep_share * valley * (1 - _NOTICEABLE)
    return found
