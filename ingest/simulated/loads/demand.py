"""What customers want of the grid before anything is planted: the type all load models return."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Demand:
    """Mean power in every slot of the span, float32 (slots,).

    Attributes:
        active_w: Consumption [W], never negative.
        reactive_var: Reactive power drawn [var]; negative where it is over-compensated.
    """

    active_w: np.ndarray
    reactive_var: np.ndarray
