"""The tip of a load: what is drawn in so few hours that it could be moved, with an interval."""

from dataclasses import dataclass

import numpy as np

TIP_SHARE = 0.01
"""Of the hours: the level that so many exceed is the foot of the tip; 88 hours of a year."""
LEAST_READ_SHARE = 0.75
"""Of the hours of a period, below which nothing is said of a group."""

_HOURS_PER_WEEK = 168
_DRAWS = 300
_INTERVAL = (0.025, 0.975)
_TAIL_SHARE = 0.08  # a resampled year's tip lies within the highest so many hours


@dataclass(frozen=True, slots=True)
class Tip:
    """The tips of groups; NaN where too little was read.

    Attributes:
        maximum_kw: The highest hour.
        tip_kw: The highest hour over the level that one hour in a hundred exceeds.
        low_kw, high_kw: The 95 % interval of ``tip_kw``.
        tip_kwh: Energy above that level, which would have to be moved or saved.
    """

    maximum_kw: np.ndarray
    tip_kw: np.ndarray
    low_kw: np.ndarray
    high_kw: np.ndarray
    tip_kwh: np.ndarray


def peak_tip(load_kw: np.ndarray, seed: int = 1) -> Tip:
    """The tip of every row of hourly loads, (groups, hours); NaN is not read.

    The interval is of the Poisson bootstrap over weeks, which are nearly independent: another year
    has some of these weeks more than once and some not at all.
    """
    groups, hours = load_kw.shape
    week = np.arange(hours) // _HOURS_PER_WEEK
    random = np.random.default_rng(seed)
    times = np.vstack([np.ones(week[-1] + 1), random.poisson(1.0, (_DRAWS, week[-1] + 1))])
    found = np.full((5, groups), np.nan)
    for group, own in enumerate(load_kw):
        read = np.flatnonzero(~np.isnan(own))
        if len(read) < LEAST_READ_SHARE * hours:
            continue
        tail = read[np.argsort(-own[read])][: max(int(_TAIL_SHARE * len(read)), 1)]
        counted = times[:, week[tail]].cumsum(axis=1)
        total = times @ np.bincount(week[read], minlength=times.shape[1])
        foot = own[tail][(counted > TIP_SHARE * total[:, None]).argmax(axis=1)]
        top = own[tail][(counted > 0).argmax(axis=1)]
        tip = np.maximum(top - foot, 0)
        low, high = np.quantile(tip[1:], _INTERVAL)
        above = np.maximum(own[read] - foot[0], 0).sum()
        found[:, group] = top[0], tip[0], low, high, above
    return Tip(*found)
