"""Distribution transformers of 10/0.4 kV: standard sizes, losses and voltage drop.

No-load and load losses [W] and impedance of the series S11, connection Dyn11, as in GB/T 6451-2008.
"""

from dataclasses import dataclass

import numpy as np

LOW_KV = 0.4
"""Rated line-to-line voltage of the low-voltage side."""


@dataclass(frozen=True, slots=True)
class _Rating:
    no_load_w: float
    load_w: float
    impedance_share: float


_RATINGS = {
    30: _Rating(100, 630, 0.04),
    50: _Rating(130, 910, 0.04),
    63: _Rating(150, 1090, 0.04),
    80: _Rating(180, 1310, 0.04),
    100: _Rating(200, 1580, 0.04),
    125: _Rating(240, 1890, 0.04),
    160: _Rating(280, 2310, 0.04),
    200: _Rating(340, 2730, 0.04),
    250: _Rating(400, 3200, 0.04),
    315: _Rating(480, 3830, 0.04),
    400: _Rating(570, 4520, 0.04),
    500: _Rating(680, 5410, 0.04),
    630: _Rating(810, 6200, 0.045),
    800: _Rating(980, 7500, 0.045),
    1000: _Rating(1150, 10_300, 0.045),
    1250: _Rating(1360, 12_000, 0.045),
}
_LARGEST_KVA = 1250


def standard_rating_kva(kva: float) -> float:
    """The smallest standard size of at least ``kva``; above 1250 kVA several of 1250 side by side.

    >>> standard_rating_kva(101.0), standard_rating_kva(1300.0)
    (125.0, 2500.0)
    """
    if kva <= _LARGEST_KVA:
        return float(next(size for size in _RATINGS if size >= kva))
    return float(-(-kva // _LARGEST_KVA) * _LARGEST_KVA)


def low_side_v(voltage_kv: np.ndarray, tap_kv: float) -> np.ndarray:
    """Line-to-neutral voltage [V] at the low-voltage side of an ideal transformer.

    Args:
        voltage_kv: Line to line, at the medium-voltage side.
        tap_kv: Position of the tap changer: the voltage that gives 400 V.
    """
    return voltage_kv * (1000 * LOW_KV / (3**0.5 * tap_kv))


def transformer(
    rated_kva: float, active_w: np.ndarray, reactive_var: np.ndarray, primary_v: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Voltage behind a transformer, line to neutral [V], and its loss [W]; all (slots,).

    The three phases are taken as loaded alike. Drop as in ``flow.low_voltage``, over the short
    circuit's impedance; the load loss grows with the square of the current, that of the iron with
    the square of the voltage, and stays without load.

    Args:
        rated_kva: A size that ``standard_rating_kva`` returns.
        active_w: What it delivers, over three phases; negative: it feeds back.
        reactive_var: The same.
        primary_v: As ``low_side_v`` gives it.
    """
    units = round(rated_kva / _LARGEST_KVA) if rated_kva > _LARGEST_KVA else 1
    rating = _RATINGS[round(rated_kva / units)]
    rated_va = 1000.0 * rated_kva
    rated_v = 1000 * LOW_KV / 3**0.5
    resistance_share = units * rating.load_w / rated_va
    reactance_share = (rating.impedance_share**2 - resistance_share**2) ** 0.5
    ohm = 3 * rated_v**2 / rated_va
    squared = primary_v * primary_v
    drop = active_w * (resistance_share * ohm / 3) + reactive_var * (reactance_share * ohm / 3)
    secondary_v = np.sqrt(np.maximum(squared - 2 * drop, 0.0))
    loading_squared = (active_w * active_w + reactive_var * reactive_var) / squared
    loss_w = squared * (units * rating.no_load_w / rated_v**2) + loading_squared * (
        units * rating.load_w * rated_v**2 / rated_va**2
    )
    return secondary_v, loss_w
