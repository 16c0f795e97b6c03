"""Forecasts to beat, tried over days that have passed."""

import time

import numpy as np

from queries.forecasting.backtest import Backtest
from queries.forecasting.bands import QUANTILES
from queries.forecasting.classical import Classical
from queries.forecasting.features import Surroundings
from queries.forecasting.history import history_of
from queries.forecasting.vanilla import REFIT_DAYS, Vanilla


def naive(load: np.ndarray, first: int, last: int, days_before: int) -> Backtest:
    """The same slot ``days_before`` days earlier (1 or 7); where it is missing, a week before that.

    Args:
        load: (days, slots).
        first: First row to foretell.
        last: Last one.
        days_before: 1: naive 24 h, 7: naive 168 h.
    """
    rows = np.arange(first, last + 1)
    found = np.full((len(rows), load.shape[1]), np.nan)
    for back in (days_before, 7, 14, 21):
        there = rows >= back
        earlier = np.where(there[:, None], load[np.maximum(rows - back, 0)], np.nan)
        found = np.where(np.isfinite(found), found, earlier)
    return _point(first, found, 0.0)


def vanilla(around: Surroundings, load: np.ndarray, first: int, last: int) -> Backtest:
    """Tao Hong's vanilla regression, fitted anew every four weeks on up to three years."""
    begin = time.perf_counter()
    model = Vanilla(around, load[: last + 1])
    found = []
    for day in range(first, last + 1):
        if (day - first) % REFIT_DAYS == 0:
            model.fit(day)
        found.append(model.path(day, 1)[0])
    return _point(first, np.stack(found), time.perf_counter() - begin)


def classical(around: Surroundings, load: np.ndarray, first: int, last: int) -> Backtest:
    """A seasonal ARIMA of the days' levels, fitted anew every four weeks on the year before."""
    begin = time.perf_counter()
    known = history_of(load[: last + 1], first)
    model = Classical(around, known.filled, last + 1)
    found = []
    for day in range(first, last + 1):
        if (day - first) % REFIT_DAYS == 0:
            model.fit(day)
        found.append(known.scale.back(model.path(day, 1)[0]))
    return _point(first, np.stack(found), time.perf_counter() - begin)


def _point(first: int, forecast: np.ndarray, seconds: float) -> Backtest:
    quantiles = np.repeat(forecast[..., None], len(QUANTILES), axis=2)
    return Backtest(first, quantiles, seconds, 0.0)
