"""Which period of the tariff a block of the day becomes, and the method that needs no blocks."""

import numpy as np

from queries.customers.natural_breaks import natural_breaks
from queries.demand.circular_blocks import Blocks

MIDDAY = (10 * 60, 15 * 60)
"""When the sun pushes the net load down [min]: a valley there is a deep one (深谷)."""
_BY_LEVELS = {1: ("flat",), 2: ("valley", "peak"), 3: ("valley", "flat", "peak")}
_ROUNDS = 200


def named_blocks(
    blocks: Blocks, load_kw: np.ndarray, *, has_deep_valley: bool = False
) -> np.ndarray:
    """The period of every step: blocks whose means lie together have one.

    Args:
        blocks: How the day is cut.
        load_kw: Mean load of every step, (steps,).
        has_deep_valley: A valley of which more than half lies around midday is a deep one.

    Returns:
        ``valley``, ``flat``, ``peak`` (and ``deep_valley``) by step; a day of one level is flat, of
        two has no flat.
    """
    number = blocks.numbers(len(load_kw))
    length = np.bincount(number)
    mean = (np.bincount(number, load_kw) / length)[number]
    cuts = natural_breaks(mean, min(3, len(length))) if len(length) > 1 else ()
    names = np.array(_BY_LEVELS[len(cuts) + 1])
    found = names[np.searchsorted(cuts, mean)].astype("<U11")
    if has_deep_valley:
        minute = np.arange(len(load_kw)) * (24 * 60 // len(load_kw))
        is_midday = (minute >= MIDDAY[0]) & (minute < MIDDAY[1])
        at_midday = np.bincount(number, is_midday) / length
        found[(found == "valley") & (at_midday[number] > 0.5)] = "deep_valley"
    return found


def peak_membership(load_kw: np.ndarray) -> np.ndarray:
    """Half-trapezoid membership of the peak (半梯形隶属度), 0–1; the valley's is one less it."""
    lowest, highest = load_kw.min(), load_kw.max()
    if highest == lowest:
        return np.full(len(load_kw), 0.5)
    return (load_kw - lowest) / (highest - lowest)


def membership_periods(load_kw: np.ndarray) -> np.ndarray:
    """The method used in practice: memberships gathered around three centres (fuzzy c-means).

    Centres begin at 0, ½ and 1 and move with weights of squared degree (Bezdek 1981, m = 2); each
    step goes to the nearest. Nothing keeps its hours together: that is what it is compared for.
    """
    degree = peak_membership(load_kw)
    if degree.min() == degree.max():
        return np.full(len(degree), "flat", "<U11")
    centres = np.array([0.0, 0.5, 1.0])
    for _ in range(_ROUNDS):
        squares = np.maximum((degree[:, None] - centres) ** 2, 1e-12)
        weight = (1 / squares / (1 / squares).sum(axis=1, keepdims=True)) ** 2
        moved = (weight * degree[:, None]).sum(axis=0) / weight.sum(axis=0)
        if np.abs(moved - centres).max() < 1e-9:
            break
        centres = moved
    nearest = np.abs(degree[:, None] - centres).argmin(axis=1)
    return np.array(["valley", "flat", "peak"], "<U11")[nearest]
