"""Simple forecasts as weights on the days before: worked out once, good for every meter.

Calendar and weather are the same for all meters of a place. A least-squares fit on them is linear
in the load, so fit and forecast together come down to one row of weights over the history; ten
thousand meters then cost one product of matrices.
"""

import numpy as np

from queries.forecasting.features import Surroundings, lean
from queries.forecasting.memory import NONE

LINEAR = ("yesterday", "week_ago", "like_days", "over_usual_day", "over_yesterday", "over_mean")
"""Forecasts of ``linear_filters``, in order; the last three are regressions of what has to be added
to the usual day, to yesterday, and to the fading mean of the last days."""
MEDIANS = ("normal_days", "same_kind", "same_freedom")
"""Forecasts of ``median_days``, in order."""
HALF_LIFE_DAYS = 150.0
PENALTY = 0.05
SKIPPED_DAYS = 15
_MEAN_HALF_LIFE_DAYS = 3.0
_SAME_KIND_DAYS = 8
_SAME_FREEDOM_DAYS = 14
_FLAG_SPREAD = 0.4
_TINY = 1e-7
_SLOTS = 24


def linear_filters(around: Surroundings, days: np.ndarray) -> np.ndarray:
    """What every day before counts for in each forecast of LINEAR.

    Args:
        around: Calendar and weather, the days to forecast included.
        days: Rows to forecast, each after SKIPPED_DAYS.

    Returns:
        (LINEAR, days, history), history as long as the last of ``days``; zero from a forecast's own
        day on.
    """
    every = np.arange(days[-1] + 1)
    yesterday, week_ago = _back(every, 1), _back(every, 7)
    usual = _means(around.memory.normal_week[every])
    bases = (usual, yesterday, _fading(every))
    features = _features(around, every)
    plain = [yesterday[days], week_ago[days], _means(around.memory.like[every])[days]]
    fitted = [np.stack([_regression(features, base, day) for day in days]) for base in bases]
    return np.stack([*plain, *fitted])[:, :, :-1]


def median_days(around: Surroundings, day: int) -> tuple[np.ndarray, ...]:
    """Rows whose median foretells ``day``, one array for each of MEDIANS."""
    calendar = around.calendar
    normal = around.memory.normal_week[day]
    kind = np.flatnonzero(calendar.kind[:day] == calendar.kind[day])[-_SAME_KIND_DAYS:]
    free = np.flatnonzero(calendar.is_free[:day] == calendar.is_free[day])[-_SAME_FREEDOM_DAYS:]
    normal = normal[normal != NONE]
    return normal, kind if len(kind) else normal, free if len(free) else normal


def _back(every: np.ndarray, days: int) -> np.ndarray:
    return np.eye(len(every), k=-days)


def _means(chosen: np.ndarray) -> np.ndarray:
    """A mean over the chosen days as weights; yesterday where none is chosen."""
    weights = np.zeros((len(chosen), len(chosen)))
    rows, places = np.nonzero(chosen != NONE)
    np.add.at(weights, (rows, chosen[rows, places]), 1.0)
    total = weights.sum(axis=1, keepdims=True)
    yesterday = np.eye(len(chosen), k=-1)
    return np.where(total > 0.0, weights / np.maximum(total, 1.0), yesterday)


def _fading(every: np.ndarray) -> np.ndarray:
    age = every[:, None] - 1.0 - every[None, :]
    weights = np.where(age >= 0.0, 0.5 ** (np.maximum(age, 0.0) / _MEAN_HALF_LIFE_DAYS), 0.0)
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), _TINY)


def _features(around: Surroundings, every: np.ndarray) -> np.ndarray:
    """Calendar and temperature of whole days, (days, columns): the same for every slot."""
    slots = _SLOTS if around.temperature is None else around.temperature.served.shape[1]
    # Of a load of zero the columns of the recent load are zero: they fall away.
    columns = lean(around, np.zeros((len(every), slots)), every)
    is_shared = [not name.startswith("recent.") for name in columns.names]
    return columns.values[:, :, is_shared].mean(axis=1)


def _regression(features: np.ndarray, base: np.ndarray, day: int) -> np.ndarray:
    """Weights (days,) of base + exponentially weighted ridge of (load − base) on the features.

    With standardised features Z, day weights w and G = Z'wZ + penalty, the fitted addition is
    (1 + z G⁻¹ Z') w (load − base), a row of weights on the load.
    """
    learnt = np.arange(SKIPPED_DAYS, day)
    weight = 0.5 ** ((day - 1.0 - learnt) / HALF_LIFE_DAYS)
    weight /= weight.sum()
    known = features[learnt]
    mean = weight @ known
    spread = np.sqrt(weight @ np.square(known - mean))
    is_flag = np.isin(known, (0.0, 1.0)).all(axis=0)
    never_moved = spread < _TINY
    spread = np.where(is_flag, np.maximum(spread, _FLAG_SPREAD), spread)
    spread[never_moved] = np.inf
    scaled, today = (known - mean) / spread, (features[day] - mean) / spread
    normal = (scaled * weight[:, None]).T @ scaled + PENALTY * np.eye(len(mean))
    additions = (1.0 + scaled @ np.linalg.solve(normal, today)) * weight
    found = base[day] - additions @ base[learnt]
    found[learnt] += additions
    return found
