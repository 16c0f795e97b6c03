"""What is known of many meters at once: gaps filled from each one's own past, spikes set aside."""

import numpy as np

from queries.forecasting.memory import NONE

_SEEN_SHARE = 0.25
_SPIKE = 20.0
_SPIKE_SHARE = 0.1
_DAYS_BEFORE = 7


def without_spikes(seen: np.ndarray) -> np.ndarray:
    """The load (days, meters, slots) with NaN for readings nobody should learn from.

    A spike is more than 20 times the largest of the week before, on a day on which at most a tenth
    of the readings is: a load that begins goes on for longer. No day looks at later ones.
    """
    # By slot first: a reduction along the short last axis takes three times as long.
    largest = np.stack([np.fmax.reduce(np.abs(day.T.copy()), axis=0) for day in seen])
    before = np.full_like(largest, np.nan)
    for back in range(1, _DAYS_BEFORE + 1):
        np.fmax(before[back:], largest[:-back], out=before[back:])
    days, meters = np.nonzero((largest > _SPIKE * before) & (before > 0.0))
    is_far = np.abs(seen[days, meters]) > _SPIKE * before[days, meters, None]
    is_far[is_far.mean(axis=1) > _SPIKE_SHARE] = False
    found = seen.copy() if len(days) else seen
    found[days, meters] = np.where(is_far, np.nan, seen[days, meters])
    return found


def filled_like_days(seen: np.ndarray, like: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The load without gaps, and from when on each meter is known; no day looks at later ones.

    Args:
        seen: (days, meters, slots), NaN where nothing was read.
        like: (days or more, k) rows of earlier days of the same kind, NONE for nothing.

    Returns:
        (days, meters, slots); and (meters,) the first row with a quarter of its readings, as many
        as there are days if there is none. Days before it bear its own shape.
    """
    slots = seen.shape[2]
    is_seen = np.isfinite(seen)
    read = is_seen.sum(axis=2, dtype=np.uint16)
    is_known = read >= max(1.0, _SEEN_SHARE * slots)
    known_from = np.where(is_known.any(axis=0), is_known.argmax(axis=0), len(seen))
    filled = seen.copy()
    _begin(filled, is_seen, known_from)
    for day in np.flatnonzero((read < slots).any(axis=1)):
        meters = np.flatnonzero((read[day] < slots) & (day > known_from))
        if not len(meters):
            continue
        chosen = like[day][like[day] != NONE]
        chosen = chosen if len(chosen) else np.array([day - 1])
        expected = sum(filled[row, meters] for row in chosen) / np.float32(len(chosen))
        there, values = is_seen[day, meters], seen[day, meters]
        off = np.where(there, values - expected, 0.0).sum(axis=1)
        level = np.where(is_known[day, meters], off / np.maximum(read[day, meters], 1), 0.0)
        filled[day, meters] = np.where(there, values, expected + level[:, None])
    return filled, known_from


def _begin(filled: np.ndarray, is_seen: np.ndarray, known_from: np.ndarray) -> None:
    """Fill each meter's days up to its first known one with that one; zeros if there is none."""
    never = known_from == len(filled)
    filled[:, never] = 0.0
    late = np.flatnonzero(~never & ((known_from > 0) | ~is_seen[0].all(axis=1)))
    if not len(late):
        return
    start = filled[known_from[late], late]
    there = np.isfinite(start)
    level = np.where(there, start, 0.0).sum(axis=1) / there.sum(axis=1)
    start = np.where(there, start, level[:, None])
    for day in range(int(known_from[late].max()) + 1):
        among = late[known_from[late] >= day]
        shape = start[known_from[late] >= day]
        filled[day, among] = np.where(is_seen[day, among], filled[day, among], shape)
