"""A battery against the highest load of a day: the lowest level it can be held to.

Whether a level can be held is told by charging whenever there is room below it: no other schedule
ever holds more. The lowest one lies between a level that was held and one that could not be; the
search ends when both are as near as asked for, so how near it is to the optimum is known.
"""

from dataclasses import dataclass

import numpy as np

from queries.demand.storage_arbitrage import Battery

MOST_GAP_SHARE = 0.0005
_MOST_STEPS = 60
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Shaved:
    """What batteries do to hold a load down.

    Attributes:
        charged, discharged: At the terminals, (rows, slots) [energy].
        level: The highest slot afterwards, (rows,) [energy].
        bound: No schedule holds the load below it, (rows,).
    """

    charged: np.ndarray
    discharged: np.ndarray
    level: np.ndarray
    bound: np.ndarray


def shaved(load: np.ndarray, battery: Battery, most_gap_share: float = MOST_GAP_SHARE) -> Shaved:
    """The schedule that holds the highest slot of each row lowest; empty at begin and end.

    Of all that hold the level, it charges as late and as little as it can.

    Args:
        load: Without the battery; below 0 is fed in, (rows, slots) [energy].
        battery: Each row's.
        most_gap_share: Of the level; the level found is at most so far above the lowest.
    """
    level = np.maximum(load.max(axis=1), 0.0)
    bound = np.maximum(level - battery.power, 0.0)
    # A level just held costs nothing to try; what it is tried on is only the rows still open.
    is_held = _holds(load.T, bound, battery)
    level = np.where(is_held, bound, level)
    for _ in range(_MOST_STEPS):
        own = np.flatnonzero(level - bound > most_gap_share * level)
        if not own.size:
            break
        middle = (level[own] + bound[own]) / 2
        holds = _holds(load[own].T, middle, battery)
        level[own[holds]] = middle[holds]
        bound[own[~holds]] = middle[~holds]
    charged, discharged = _late(load, level, battery)
    return Shaved(charged, discharged, level, bound)


def _holds(load: np.ndarray, level: np.ndarray, battery: Battery) -> np.ndarray:
    """Whether each row, here a column, can be held at its level."""
    moved = _stored(level - load, battery)
    stored = np.zeros(load.shape[1])
    lowest = np.zeros_like(stored)
    for step in moved:
        stored += step
        np.minimum(stored, battery.capacity, out=stored)
        np.minimum(lowest, stored, out=lowest)
    return lowest >= -_NEAR * battery.capacity


def _stored(room: np.ndarray, battery: Battery) -> np.ndarray:
    """What goes into the store, where there is room, and comes out of it, where there is none."""
    one_way = battery.one_way
    return np.where(room > 0, np.minimum(room, battery.power) * one_way, room / one_way)


def _late(load: np.ndarray, level: np.ndarray, battery: Battery) -> tuple[np.ndarray, np.ndarray]:
    """Charged and discharged by slot: never more is stored than will be needed."""
    moved = _stored(level[:, None] - load, battery)
    needed = np.zeros((load.shape[1] + 1, len(load)))
    for slot in range(load.shape[1] - 1, -1, -1):
        needed[slot] = np.maximum(needed[slot + 1] - moved[:, slot], 0)
    out = np.maximum(-moved, 0)
    into = np.zeros_like(moved)
    stored = np.zeros(len(load))
    for slot in range(load.shape[1]):
        wanted = np.maximum(needed[slot + 1] - stored, 0)
        into[:, slot] = np.where(moved[:, slot] > 0, np.minimum(wanted, moved[:, slot]), 0)
        stored += into[:, slot] - out[:, slot]
    return into / battery.one_way, out * battery.one_way
