"""Changes of what customers want, made in place, and what each does to the energy."""

import numpy as np

from ingest.simulated.loads.demand import Demand

_HOURS_PER_SLOT = 0.25


def copied(demand: Demand) -> Demand:
    """A demand of its own arrays, which may be changed in place."""
    return Demand(demand.active_w.copy(), demand.reactive_var.copy())


def energy_wh(power_w: np.ndarray) -> float:
    """Energy of mean powers [Wh]."""
    return float(power_w.sum(dtype=np.float64)) * _HOURS_PER_SLOT


def scale(demand: Demand, first_slot: int, last_slot: int, factor: float | np.ndarray) -> float:
    """Multiply the slots from ``first_slot`` to before ``last_slot``; the change of energy [Wh].

    ``factor`` is one number or one a slot; reactive power follows in proportion.
    """
    active_w = demand.active_w[first_slot:last_slot]
    before_wh = energy_wh(active_w)
    active_w *= factor
    demand.reactive_var[first_slot:last_slot] *= factor
    return energy_wh(active_w) - before_wh


def add(demand: Demand, first_slot: int, added_w: np.ndarray) -> float:
    """Add power from ``first_slot`` on, at the power factor that is there; the energy [Wh].

    Power that is negative takes away, at most what is there.
    """
    slots = slice(first_slot, first_slot + added_w.size)
    before_w = demand.active_w[slots]
    after_w = np.maximum(before_w + added_w, np.float32(0)).astype(np.float32)
    ratio = np.divide(after_w, before_w, out=np.ones_like(after_w), where=before_w > 0)
    changed_wh = energy_wh(after_w) - energy_wh(before_w)
    demand.reactive_var[slots] *= ratio
    before_w[:] = after_w
    return changed_wh
