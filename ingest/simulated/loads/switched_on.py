"""Things switched on for a while, as mean power in the slots they touch."""

import numpy as np

_STEPS_PER_W = 1024.0
"""Powers are multiples of this part of a watt: sums of them are exact, so that what was switched
on and off again leaves an exact zero."""


def mean_power_w(
    start: np.ndarray, duration: np.ndarray, power_w: np.ndarray, slots: int
) -> np.ndarray:
    """Mean power of events in every slot, float32 [W]; events may overlap.

    Args:
        start: When each event begins (events,) [slots from the span's first, with fractions].
        duration: How long it lasts (events,) [slots].
        power_w: Its power (events,) [W], or several of them (powers, events).
        slots: Slots of the span; what lies outside is cut off.

    Returns:
        (slots,), or (powers, slots).
    """
    edges = np.concatenate([start, start + duration])
    np.clip(edges, 0.0, slots, out=edges)
    slot = edges.astype(np.int64)
    edges -= slot
    powers = np.rint(np.atleast_2d(power_w) * _STEPS_PER_W)
    mean_w = np.empty((len(powers), slots), dtype=np.float32)
    for row, power in zip(mean_w, powers, strict=True):
        steps = np.concatenate([power, -power])
        # A step counts in its slot by the share of it that is left, from the next one on fully.
        later = np.rint(steps * edges)
        steps -= later
        changes = np.bincount(slot, steps, minlength=slots + 1)
        changes[1:] += np.bincount(slot, later, minlength=slots + 1)[:-1]
        np.multiply(np.cumsum(changes[:-1]), 1.0 / _STEPS_PER_W, out=row, casting="same_kind")
    return mean_w.reshape(*power_w.shape[:-1], slots)
