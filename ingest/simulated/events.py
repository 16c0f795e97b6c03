"""Things switched on for a while, as mean power in the slots they touch."""

import numpy as np

_STEPS_PER_W = 1024.0
"""Powers are multiples of this part of a watt: sums of them are exact, so that what was switched
on and off again leaves an exact zero."""


def mean_power_w(
    start: np.ndarray, duration: np.ndarray, power_w: np.ndarray, slots: int
) -> np.ndarray:
    """Mean power of events in every slot, float64 (slots,) [W]; events may overlap.

    Args:
        start: When each event begins (events,) [slots from the span's first, with fractions].
        duration: How long it lasts (events,) [slots].
        power_w: Its power (events,) [W].
        slots: Slots of the span; what lies outside is cut off.
    """
    edges = np.concatenate([start, start + duration]).clip(0.0, slots)
    slot = edges.astype(np.int64)
    steps = np.rint(np.concatenate([power_w, -power_w], dtype=np.float64) * _STEPS_PER_W)
    # A step counts in its slot by the share of the slot that is left, from the next one on fully.
    later = np.rint(steps * (edges - slot))
    changes = np.bincount(slot, steps - later, minlength=slots + 2)
    changes[1:] += np.bincount(slot, later, minlength=slots + 1)
    return np.cumsum(changes[:slots]) / _STEPS_PER_W
