"""Forecasts to beat: the same hour before, and the regression every paper compares with."""

import time

import numpy as np

from queries.forecasting.backtest import Backtest
from queries.forecasting.bands import QUANTILES
from queries.forecasting.features import Surroundings

VANILLA_YEARS = 3
_REFIT_DAYS = 28
_CORRECTION_DAYS = 365


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
    """Tao Hong's vanilla regression (Hong 2010, Short Term Electric Load Forecasting, eq. 4.16).

    Load on trend, month, weekday × slot, and a cubic in temperature × month and × slot, with
    yesterday's residual at the same slot and its mean added by a second regression; fitted anew
    every four weeks on up to three years. Without temperature the calendar terms alone.
    """
    begin = time.perf_counter()
    found = []
    for start in range(first, last + 1, _REFIT_DAYS):
        end = min(start + _REFIT_DAYS, last + 1)
        known = np.arange(max(0, start - VANILLA_YEARS * 366), start)
        design = _vanilla_design(around, np.arange(known[0], end), load.shape[1])
        slopes = _fitted(design[: len(known)], load[known])
        plain = design @ slopes
        residual = load[known[0] : end] - plain
        found.append(plain[len(known) :] + _corrected(residual, len(known)))
    return _point(first, np.concatenate(found), time.perf_counter() - begin)


def _point(first: int, forecast: np.ndarray, seconds: float) -> Backtest:
    quantiles = np.repeat(forecast[..., None], len(QUANTILES), axis=2)
    return Backtest(first, quantiles, seconds, 0.0)


def _vanilla_design(around: Surroundings, rows: np.ndarray, slots: int) -> np.ndarray:
    calendar = around.calendar
    slot = np.tile(np.arange(slots), len(rows))
    month = np.repeat([calendar.days[row].month - 1 for row in rows], slots)
    weekday = np.repeat(calendar.weekday[rows], slots)
    trend = np.repeat(rows.astype(float), slots)[:, None] / 365.0
    columns = [trend, _one_hot(month, 12), _one_hot(weekday * slots + slot, 7 * slots)]
    if around.temperature is not None:
        degree = around.temperature.served[rows].ravel()[:, None] / 10.0
        for power in (degree, degree**2, degree**3):
            columns += [_one_hot(month, 12) * power, _one_hot(slot, slots) * power]
    return np.concatenate(columns, axis=1).reshape(len(rows), slots, -1)


def _one_hot(code: np.ndarray, size: int) -> np.ndarray:
    return np.eye(size)[code]


def _fitted(design: np.ndarray, load: np.ndarray) -> np.ndarray:
    flat, target = design.reshape(-1, design.shape[-1]), load.ravel()
    known = np.isfinite(target)
    gram = flat[known].T @ flat[known]
    # The dummies of month and weekday × slot overlap: a hair of ridge picks one solution.
    gram[np.diag_indices_from(gram)] += 1e-6 * np.trace(gram) / len(gram)
    return np.linalg.solve(gram, flat[known].T @ target[known])


def _corrected(residual: np.ndarray, known: int) -> np.ndarray:
    """What yesterday's residual adds, (days after ``known``, slots)."""
    filled = np.nan_to_num(residual)
    before = filled[:-1]
    columns = np.stack([before, np.repeat(before.mean(axis=1)[:, None], filled.shape[1], 1)], -1)
    train = slice(max(0, known - 1 - _CORRECTION_DAYS), known - 1)
    slopes = _fitted(columns[train], residual[1:][train])
    return columns[known - 1 :] @ slopes
