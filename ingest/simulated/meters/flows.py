"""Energy in whole watt-hours through a usage point, slot by slot."""

from dataclasses import dataclass

import numpy as np

from ingest.simulated.loads.demand import Demand

_HOURS_PER_SLOT = 0.25


@dataclass(frozen=True, slots=True)
class Flows:
    """Energy of every slot by direction, int32 (slots,), never negative [Wh, varh]."""

    import_wh: np.ndarray
    export_wh: np.ndarray
    reactive_import_varh: np.ndarray
    reactive_export_varh: np.ndarray


def flows(demand: Demand, generated_w: np.ndarray | None) -> Flows:
    """Demand and generation behind the meter as energy through it; every slot is netted.

    Parts of a watt-hour are carried to the next slot, so that a running total is never off by
    more than half a watt-hour.
    """
    active = demand.active_w if generated_w is None else demand.active_w - generated_w
    return Flows(
        whole_wh(np.maximum(active, 0.0)),
        whole_wh(np.maximum(-active, 0.0)),
        whole_wh(np.maximum(demand.reactive_var, 0.0)),
        whole_wh(np.maximum(-demand.reactive_var, 0.0)),
    )


def whole_wh(power_w: np.ndarray) -> np.ndarray:
    """Mean power (slots,) [W, ≥ 0] as int32 energy [Wh], rounded on the running total."""
    if not power_w.any():
        return np.zeros(power_w.size, dtype=np.int32)
    running = np.cumsum(power_w, dtype=np.float64) * _HOURS_PER_SLOT
    return np.diff(np.floor(running + 0.5), prepend=0.0).astype(np.int32)
