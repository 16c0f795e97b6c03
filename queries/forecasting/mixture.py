"""Several forecasts in one: who was right lately counts more, and nobody is forgotten."""

from dataclasses import dataclass, field

import numpy as np

HALF_LIFE_DAYS = 14.0
SHARPNESS = 12.0
UNIFORM_SHARE = 0.05
_FAR = 4.0
"""A day on which an expert errs by more than four times the usual counts as four times."""


@dataclass
class Mixture:
    """Exponentially weighted average forecaster (Cesa-Bianchi & Lugosi 2006, ch. 2), discounted.

    An expert's loss is its mean absolute error of the last weeks relative to the best expert's, so
    that the weights do not depend on how predictable a series is.

    Attributes:
        experts: How many forecasts are mixed.
    """

    experts: int
    loss: np.ndarray = field(init=False)
    days: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.loss = np.zeros(self.experts)

    def weights(self, available: np.ndarray) -> np.ndarray:
        """Weights that add up to 1, of the experts that are ``available``."""
        weights = np.ones(self.experts)
        if self.days > 0.0:
            loss = self.loss / self.days
            best = max(float(loss[available].min()), 1e-9)
            weights = np.exp(-SHARPNESS * np.clip(loss / best - 1.0, 0.0, 50.0))
        weights = np.where(available, weights, 0.0)
        weights = weights / weights.sum()
        return (1.0 - UNIFORM_SHARE) * weights + UNIFORM_SHARE * available / available.sum()

    def mix(self, forecasts: np.ndarray) -> np.ndarray:
        """One forecast (slots,) of ``forecasts`` (experts, slots); NaN experts are left out."""
        available = np.asarray(np.isfinite(forecasts).all(axis=1))
        return self.weights(available) @ np.where(available[:, None], forecasts, 0.0)

    def learn(self, forecasts: np.ndarray, seen: np.ndarray) -> None:
        """Hold the experts against what was seen, (slots,) on the model's scale with NaN."""
        known = np.isfinite(seen)
        if not known.any():
            return
        error = np.abs(forecasts[:, known] - seen[known]).mean(axis=1)
        worst = np.nanmax(error)
        far = _FAR * float(self.loss.mean()) / self.days if self.days > 1.0 else np.inf
        fading = 0.5 ** (1.0 / HALF_LIFE_DAYS)
        self.loss = self.loss * fading + np.minimum(np.nan_to_num(error, nan=worst), far)
        self.days = self.days * fading + 1.0
