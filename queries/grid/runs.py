"""The latest value of a series, and since when a condition has held there."""

import numpy as np


def latest_slot(values: np.ndarray) -> np.ndarray:
    """The last slot with a value, along the last axis; −1 where there is none.

    >>> latest_slot(np.array([[1.0, 2.0, np.nan], [np.nan] * 3])).tolist()
    [1, -1]
    """
    is_there = ~np.isnan(values)
    last = values.shape[-1] - 1 - np.argmax(is_there[..., ::-1], axis=-1)
    return np.where(is_there.any(axis=-1), last, -1)


def at_slot(values: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """The value of every series at its slot; NaN where the slot is −1."""
    taken = np.take_along_axis(values, np.maximum(slots, 0)[..., None], axis=-1)[..., 0]
    return np.where(slots >= 0, taken, np.nan)


def run_start(holds: np.ndarray, is_known: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The slot since which ``holds`` has held up to slot ``last``, along the last axis.

    What is not known neither ends a run nor begins one: it starts at the first known slot after
    the last one where it is known not to hold. Where it does not hold at ``last``: −1.

    >>> holds = np.array([[False, True, True, True]])
    >>> run_start(holds, np.ones_like(holds), np.array([3])).tolist()
    [1]
    """
    slots = np.arange(holds.shape[-1])
    upto = slots <= last[..., None]
    broken = np.where(~holds & is_known & upto, slots, -1).max(axis=-1)
    after = (slots > broken[..., None]) & holds & is_known & upto
    start = np.where(after.any(axis=-1), np.argmax(after, axis=-1), -1)
    does_hold = at_slot(np.where(holds & is_known, 1.0, 0.0), last) > 0
    return np.where(does_hold, start, -1)
