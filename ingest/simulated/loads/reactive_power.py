"""Reactive power of motors and transformers, and the capacitors that are to make up for it."""

from dataclasses import dataclass

import numpy as np

_MADE_UP_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Capacitors:
    """A bank of capacitors.

    Attributes:
        step_kvar: Size of a step.
        steps: How many there are; 0: no bank.
        is_automatic: A controller switches them by what is drawn. Without one all are always
            connected, and what is idle at night is over-compensated.
    """

    step_kvar: float = 0.0
    steps: int = 0
    is_automatic: bool = True


NO_CAPACITORS = Capacitors()


def draw_capacitors(stream: np.random.Generator, wanted_kvar: float) -> Capacitors:
    """A bank for a customer that would draw ``wanted_kvar`` at full load.

    Most banks are automatic and large enough; some are fixed, some too small, a few switched off.
    """
    kind, size = stream.random(), stream.uniform(0.85, 1.15)
    if kind < 0.08:
        return NO_CAPACITORS
    if kind < 0.22:
        return Capacitors(step_kvar=wanted_kvar * size * 0.55, steps=1, is_automatic=False)
    too_small = 0.45 if kind < 0.34 else 1.0
    steps = int(stream.integers(6, 13))
    return Capacitors(step_kvar=wanted_kvar * size * too_small / steps, steps=steps)


def lagging_share(power_factor: float) -> float:
    """Reactive over active power of a load of that power factor (tan φ)."""
    return (1 / power_factor**2 - 1) ** 0.5


def compensated(drawn_var: np.ndarray, capacitors: Capacitors) -> np.ndarray:
    """Reactive power behind the bank, float32 (slots,) [var]; negative: over-compensated."""
    if capacitors.steps == 0:
        return drawn_var
    step_var = capacitors.step_kvar * 1e3
    if not capacitors.is_automatic:
        return drawn_var - step_var * capacitors.steps
    # Whole steps below most of what is drawn: an automatic bank does not overshoot.
    connected = np.floor(drawn_var * (_MADE_UP_SHARE / step_var))
    np.clip(connected, 0, capacitors.steps, out=connected)
    connected *= step_var
    return drawn_var - connected
