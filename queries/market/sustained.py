"""Loads that last: what a transformer carried for two hours on end."""

import numpy as np

LEAST_SLOTS = 8
"""Two hours: heavy loading (重载) and overload (过载) count when they last as long."""


def sustained(values: np.ndarray) -> np.ndarray:
    """The highest value that was reached for two hours on end, along the last axis (a day).

    That is the largest of the smallest values of all windows; −inf where every window has a gap.

    >>> day = np.zeros(96)
    >>> day[40:47] = 9.0  # an hour and three quarters
    >>> float(sustained(day))
    0.0
    """
    lows = values[..., : values.shape[-1] - LEAST_SLOTS + 1].copy()
    for offset in range(1, LEAST_SLOTS):
        np.minimum(lows, values[..., offset : offset + lows.shape[-1]], out=lows)
    return np.where(np.isnan(lows), -np.inf, lows).max(axis=-1)
