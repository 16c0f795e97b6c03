"""Blocks of charging in quarter-hourly loads: a step up to a level that stays for an hour."""

from dataclasses import dataclass

import numpy as np

LEAST_STEP_KW = 2.6
"""A car takes 3.3 kW or 7 kW at home; two air conditioners and a kettle do not stay above this."""

_PLATEAU = 4  # quarters of an hour after the one in which it begins
_MOST_STEP_KW = 13.0  # three phases of 16 A, and some
_MOST_UNEVEN_SHARE = 0.5  # of the step: by how much the level may wander
_APART = 4  # quarters within which a second step is the same block


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of many points, one entry a block, in the order of points and time.

    Attributes:
        point: Row of the loads.
        slot: Quarter of an hour in which the step is.
        step_kw: The lowest of the level over what was before.
    """

    point: np.ndarray
    slot: np.ndarray
    step_kw: np.ndarray


def charging_blocks(load_kw: np.ndarray) -> Blocks:
    """Blocks that begin in quarter-hourly loads, (points, slots); where a reading is missing, none.

    The step may fall within a quarter of an hour: the level is what follows it, and what was before
    is the quarter before.
    """
    slots = load_kw.shape[1] - _PLATEAU - 1
    if slots < 1:
        return Blocks(np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    before = load_kw[:, :slots]
    low = high = load_kw[:, 2 : slots + 2]
    for offset in range(3, _PLATEAU + 2):
        following = load_kw[:, offset : slots + offset]
        low, high = np.minimum(low, following), np.maximum(high, following)
    step = low - before
    with np.errstate(invalid="ignore"):
        is_block = (step >= LEAST_STEP_KW) & (step <= _MOST_STEP_KW)
        is_block &= high - low <= _MOST_UNEVEN_SHARE * step
    is_new = is_block.copy()
    for offset in range(1, _APART + 1):
        is_new[:, offset:] &= ~is_block[:, :-offset]
    point, slot = np.nonzero(is_new)
    return Blocks(point, slot + 1, step[point, slot].astype(np.float64))
