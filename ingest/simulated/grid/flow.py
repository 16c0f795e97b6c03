"""Voltages, currents and losses by linearised DistFlow, for all slots at once.

Baran & Wu, "Optimal capacitor placement on radial distribution systems", IEEE Trans. Power
Delivery 4 (1989) 725: along a line of impedance r + jx that carries P + jQ the squared voltage
falls by 2 (rP + xQ) − (r² + x²)(P² + Q²)/V², and r (P² + Q²)/V² is lost. Linearised, as in their
"Network reconfiguration in distribution systems", ibid. 1401, the quadratic term and the loss
within P and Q are left out; at a drop of 5 % the voltage is 0.14 % too high.

Every sum over customers runs in their order and element by element, so that a result does not
depend on how much is computed together.
"""

from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np

from ingest.simulated.grid.place import Feeder
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.span import Span
from queries.schema import SLOTS_PER_DAY

_BLOCK = 8192  # slots; the powers and drops of a phase's customers stay in the cache
_STEP_KV = 10.5 * 0.0125
_TARGET_KV, _LOWEST_KV, _HIGHEST_KV = 10.35, 10.2, 10.5
_HOURS = (0, 3, 6, 8, 11, 13, 16, 19, 21, 24)
_DAILY_KV = (0.14, 0.17, 0.10, -0.04, -0.12, -0.03, -0.08, -0.16, -0.05, 0.14)
"""How the 110 kV network moves the busbar over a day, before the tap changer corrects it."""
_KNOT_SLOTS = 12
_SLOTS_PER_HOUR = 4


@dataclass(frozen=True, slots=True, eq=False)
class LowVoltage:
    """What an area's network does to the voltage.

    Attributes:
        voltage_v: Line to neutral at every customer's meter, float32 (customers, 3, slots);
            NaN on phases that the customer has not.
        loss_w: In the lines, all phases together, float32 (slots,), never negative.
    """

    voltage_v: np.ndarray
    loss_w: np.ndarray


def low_voltage(  # noqa: PLR0913, PLR0917 - a network, its loads and its source
    resistance_ohm: np.ndarray,
    reactance_ohm: np.ndarray,
    active_w: np.ndarray,
    reactive_var: np.ndarray,
    phase_shares: np.ndarray,
    source_v: np.ndarray,
) -> LowVoltage:
    """Voltages at an area's customers and the loss in its lines.

    On every phase V_c² = V_0² − 2 Σ (R_cc' P_c' + X_cc' Q_c') over the customers c' on it, and the
    loss is Σ (P_c Σ R_cc' P_c' + Q_c Σ R_cc' Q_c') / V_0². The neutral of the shared lines is
    earthed at many places and carries only the imbalance: it counts neither in the voltage nor in
    the loss, so phases do not move each other.

    Args:
        resistance_ohm: Of ``network.common_path``, (customers, customers).
        reactance_ohm: The same.
        active_w: Through every usage point, (customers, slots); negative: fed back.
        reactive_var: The same.
        phase_shares: Share of each customer's power on each phase, (customers, 3).
        source_v: Line to neutral at the busbar, the same on all phases, (slots,).
    """
    customers, slots = active_w.shape
    voltage_v = np.full((customers, 3, slots), np.nan, dtype=np.float32)
    loss_w = np.zeros(slots, dtype=np.float32)
    squared = (source_v * source_v).astype(np.float32)
    for phase in range(3):
        on_it = np.flatnonzero(phase_shares[:, phase])
        if not on_it.size:
            continue
        share = phase_shares[on_it, phase, None].astype(np.float32)
        resistance = resistance_ohm[np.ix_(on_it, on_it)].astype(np.float32)
        reactance = reactance_ohm[np.ix_(on_it, on_it)].astype(np.float32)
        for start in range(0, slots, _BLOCK):
            block = slice(start, start + _BLOCK)
            active = active_w[on_it, block].astype(np.float32) * share
            reactive = reactive_var[on_it, block].astype(np.float32) * share
            drop = _weighted_sums(resistance, active)
            lost = active * drop
            lost += reactive * _weighted_sums(resistance, reactive)
            drop += _weighted_sums(reactance, reactive)
            drop *= -2
            drop += squared[block]
            voltage_v[on_it, phase, block] = np.sqrt(np.maximum(drop, 0, out=drop), out=drop)
            loss_w[block] += np.maximum(reduce(np.add, lost), 0) / squared[block]
    return LowVoltage(voltage_v, loss_w)


def _weighted_sums(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Σ weights[:, j] values[j] in the order of j; (n, n) and (n, slots) give (n, slots).

    Not a matrix product: its order of summation depends on sizes and on the number of threads.
    """
    total = weights[:, :1] * values[0]
    for j in range(1, len(values)):
        total += weights[:, j : j + 1] * values[j]
    return total


def currents_a(
    active_w: np.ndarray,
    reactive_var: np.ndarray,
    phase_shares: np.ndarray,
    voltage_v: np.ndarray,
) -> np.ndarray:
    """Current by phase, √(P² + Q²) / V, float32 (3, slots), without a sign [A].

    Args:
        active_w: Of one customer, (slots,).
        reactive_var: The same.
        phase_shares: (3,).
        voltage_v: (3, slots); where it is NaN the current is NaN.
    """
    apparent_va = np.sqrt(active_w * active_w + reactive_var * reactive_var)
    shares = np.asarray(phase_shares, dtype=np.float32)[:, None]
    return (shares * apparent_va / voltage_v).astype(np.float32)


def medium_voltage(
    feeder: Feeder, active_w: np.ndarray, reactive_var: np.ndarray, sending_kv: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Line-to-line voltage [kV] at every tap of a feeder and the loss in its trunk [W].

    The phases are taken as loaded alike: V² falls by 2 (rP + xQ) with P and Q of all three, and
    r (P² + Q²) / V² is lost, V being the sending voltage.

    Args:
        feeder: With ``taps_km``: where its areas and then its medium-voltage customers hang.
        active_w: What goes off at every tap, (taps, slots); negative: comes in.
        reactive_var: The same.
        sending_kv: At the substation, (slots,).

    Returns:
        float32 (taps, slots) and float32 (slots,).
    """
    order = np.argsort(feeder.taps_km, kind="stable")
    squared = np.square(1000.0 * sending_kv.astype(np.float64))
    through_w = np.zeros(sending_kv.size)
    through_var = np.zeros(sending_kv.size)
    drops = np.zeros((order.size, sending_kv.size))
    lost = np.zeros(sending_kv.size)
    for at in range(order.size - 1, -1, -1):  # from the far end, gathering what is beyond
        tap = order[at]
        before_km = feeder.taps_km[order[at - 1]] if at else 0.0
        length_km = feeder.taps_km[tap] - before_km
        through_w += active_w[tap]
        through_var += reactive_var[tap]
        resistance = feeder.resistance_ohm_per_km * length_km
        reactance = feeder.reactance_ohm_per_km * length_km
        drops[tap] = 2 * (resistance * through_w + reactance * through_var)
        lost += resistance * (through_w * through_w + through_var * through_var)
    for before, tap in pairwise(order):
        drops[tap] += drops[before]
    voltage_kv = np.sqrt(np.maximum(squared - drops, 0.0)) / 1000
    return voltage_kv.astype(np.float32), (lost / squared).astype(np.float32)


def sending_kv(seed: int, substation_number: int, span: Span) -> np.ndarray:
    """Line-to-line voltage of a substation's busbar, 10.2–10.5 kV, float32 (slots,).

    The network above moves it over the day and from day to day; every hour the tap changer takes
    the step of 1.25 % that brought the last hour nearest to 10.35 kV.
    """
    own = stream(seed, "busbar", substation_number)
    time = np.arange(span.slots + _SLOTS_PER_HOUR)
    knots = np.arange(0, time.size + _KNOT_SLOTS, _KNOT_SLOTS)
    of_day = np.interp(np.arange(SLOTS_PER_DAY) / _SLOTS_PER_HOUR, _HOURS, _DAILY_KV)
    slow_kv = np.interp(time, knots, own.normal(0.0, 0.06, knots.size))
    slow_kv += np.resize(np.roll(of_day, _SLOTS_PER_HOUR), time.size)  # from an hour before
    last_hour_kv = slow_kv[:-_SLOTS_PER_HOUR].reshape(-1, _SLOTS_PER_HOUR).mean(axis=1)
    steps = np.repeat(np.rint(last_hour_kv / _STEP_KV), _SLOTS_PER_HOUR)
    now_kv = _TARGET_KV + slow_kv[_SLOTS_PER_HOUR:] - _STEP_KV * steps
    now_kv += own.normal(0.0, 0.008, now_kv.size)
    return np.clip(now_kv, _LOWEST_KV, _HIGHEST_KV).astype(np.float32)
