"""What makes a real curve restless: machines that switch, batches, and noise that lasts a while."""

import numpy as np

from ingest.simulated.loads.switched_on import mean_power_w

_SLOTS_PER_HOUR = 4
_SHORTEST_SHARE = 0.05
"""No machine is on or off for less than this share of its mean time."""


def autoregressive(stream: np.random.Generator, size: int, persistence: float) -> np.ndarray:
    """Noise of mean 0, variance 1, whose neighbours correlate by ``persistence``; float32 (size,).

    AR(1). The recursion x_t = φ x_(t-1) + e_t is run by doubling,
    1/(1 - φB) = (1 + φB)(1 + φ²B²)(1 + φ⁴B⁴)…, until a term is below 1 %.
    """
    noise = stream.standard_normal(size, dtype=np.float32)
    noise *= (1 - persistence**2) ** 0.5
    lag, weight = 1, persistence
    while weight > 0.01 and lag < size:
        noise[lag:] += weight * noise[:-lag]
        lag, weight = 2 * lag, weight * weight
    return noise


def machines_w(
    stream: np.random.Generator,
    powers_w: tuple[float, ...],
    on_h: float,
    off_h: float,
    slots: int,
) -> np.ndarray:
    """Machines that run for ``on_h`` and rest for ``off_h`` hours on average, float32 (slots,) [W].

    Each switches by itself, its times being exponential; the sum never exceeds that of
    ``powers_w``.
    """
    usual = np.array([on_h, off_h], dtype=np.float32) * _SLOTS_PER_HOUR
    warm_up = 4 * float(usual.sum())  # by then nobody remembers that all began together
    mean = (slots + warm_up) / float(usual.sum())
    cycles = int(mean + 6 * mean**0.5) + 6  # so many that hardly a machine runs out of them
    lasts = stream.standard_exponential((len(powers_w), cycles, 2), dtype=np.float32)
    np.maximum(lasts, _SHORTEST_SHARE, out=lasts)
    lasts *= usual
    times = np.cumsum(lasts.reshape(len(powers_w), -1), axis=1) - warm_up
    powers = np.array(powers_w, dtype=np.float32)[:, None]
    steps = np.tile(np.hstack([-powers, powers]), (1, cycles))
    running = _mean_of_steps(times.ravel(), steps.ravel(), slots) + sum(powers_w)
    return np.maximum(running, 0).astype(np.float32)


def _mean_of_steps(times: np.ndarray, steps: np.ndarray, slots: int) -> np.ndarray:
    """Mean in every slot of a curve that steps up and down at ``times`` [slots], float64 (slots,).

    ``times`` is used up. What steps before the first slot counts from its start on.
    """
    np.clip(times, 0, slots, out=times)
    slot = times.astype(np.int64)
    times -= slot
    # A step within a slot counts there for what is left of it, from the next one on fully.
    later = times * steps
    change = np.bincount(slot, steps - later, slots + 1)
    change[1:] += np.bincount(slot, later, slots + 1)[:-1]
    return np.cumsum(change[:-1])


def batches_w(
    stream: np.random.Generator, power_w: float, stages_h: tuple[float, float, float], slots: int
) -> np.ndarray:
    """A furnace run batch by batch, float32 (slots,) [W].

    Args:
        stream: Of the customer.
        power_w: While it heats up; it is held hot at somewhat less than half of that.
        stages_h: How long heating, holding and unloading last, within a quarter.
        slots: Slots of the time it is run in.
    """
    usual = np.array(stages_h) * _SLOTS_PER_HOUR
    count = int(slots / usual.sum() * 1.1) + 4
    heating, holding, unloading = usual[:, None] * stream.uniform(0.75, 1.25, (3, count))
    lasts = heating + holding + unloading
    begins = np.cumsum(lasts) - lasts - stream.random() * usual.sum()
    held_w = power_w * stream.uniform(0.38, 0.52, count)
    return mean_power_w(
        np.concatenate([begins, begins]),
        np.concatenate([heating, heating + holding]),
        np.concatenate([power_w - held_w, held_w]),
        slots,
    ).astype(np.float32)
