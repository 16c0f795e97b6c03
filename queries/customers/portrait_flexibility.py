"""What a usage point could move out of peak periods without forgoing what it always does."""

import numpy as np

CONSTANT_QUANTILE = 0.1
"""Of the days of a month: the load of an hour that nine of ten of them reach is taken as fixed."""


def flexible_kwh(load_kw: np.ndarray, base_kw: np.ndarray, peak: np.ndarray) -> np.ndarray:
    """Energy in peak periods that is neither base load nor there every day [kWh], (points,).

    Of every hour of a whole day it is what is above both the day's base load (mean of its three
    lowest hours) and the load of that hour that nine of ten days of the month reach, times the
    part of the hour in a peak period. Fridges and shift work are no flexibility, nor is cooling
    that runs every day; a wash, a charge, a batch that some days have and others not is. So it is
    what could move by its pattern, not what its owner would agree to. The definition is Fenggu's
    own.

    Args:
        load_kw: Mean load of every hour of a month's days, (points, days, 24); NaN: not known.
        base_kw: Base load of the days, (points, days).
        peak: Part of every hour in a peak period [0–1], (days, 24); NaN: no calendar.
    """
    if np.isnan(peak).any():
        return np.full(len(load_kw), np.nan)
    is_whole = np.all(~np.isnan(load_kw), axis=2)
    days = is_whole.sum(axis=1)
    hours = np.flatnonzero(peak.sum(axis=0) > 0)
    whole = np.where(is_whole[:, :, None], load_kw[:, :, hours], np.nan)
    ordered = np.sort(whole, axis=1)  # unknown days last
    rank = np.maximum(np.floor(CONSTANT_QUANTILE * (days - 1)).astype(int), 0)
    fixed = np.take_along_axis(ordered, rank[:, None, None], axis=1)
    above = whole - np.maximum(fixed, base_kw[:, :, None])
    moving = np.where(is_whole[:, :, None], np.maximum(above, 0.0), 0.0)
    return np.where(days > 0, np.einsum("pdh,dh->p", moving, peak[:, hours]), np.nan)
