"""Bands that keep their promise: quantiles of past errors, widened or narrowed day by day."""

from dataclasses import dataclass, field

import numpy as np

QUANTILES = (0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975)
LOWER, UPPER = QUANTILES.index(0.1), QUANTILES.index(0.9)
COVERAGE = 0.8
_WINDOW_DAYS = 60
_SLOT_HALF_LIFE_DAYS = 15.0
_STEP = 0.6
_LEAST_SPECIAL_DAYS = 6
_SPECIAL_FACTOR = 1.5
_FIRST_SPREAD = 0.05


@dataclass
class Bands:
    """Conformal prediction with feedback on its width.

    Errors are divided by the usual error of their slot of the day and their sort of day, so that
    all slots of two months say together how errors spread; the 80 % band's width then follows its
    own success, as in adaptive conformal inference (Gibbs & Candès 2021), here multiplicatively.

    Attributes:
        slots: Values a day.
    """

    slots: int
    spread: np.ndarray = field(init=False)
    special: list[float] = field(init=False, default_factory=list)
    ratios: list[np.ndarray] = field(init=False, default_factory=list)
    width: float = field(init=False, default=1.0)
    days: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.spread = np.full(self.slots, _FIRST_SPREAD)

    def around(self, forecast: np.ndarray, *, is_special: bool, wider: float = 1.0) -> np.ndarray:
        """Quantiles (slots, QUANTILES) on the model's scale, ascending.

        Args:
            forecast: (slots,) the middle.
            is_special: A holiday or a day beside one, whose errors are larger.
            wider: Factor on the band, of forecasts more than a day ahead.
        """
        ratios = np.concatenate(self.ratios) if self.ratios else np.array([-1.5, 0.0, 1.5])
        ratios = ratios[np.isfinite(ratios)]
        offsets = np.quantile(ratios, QUANTILES) if len(ratios) else np.zeros(len(QUANTILES))
        factor = self.width * wider * (self._special_factor() if is_special else 1.0)
        return forecast[:, None] + self.spread[:, None] * factor * offsets[None, :]

    def learn(self, quantiles: np.ndarray, seen: np.ndarray, *, is_special: bool) -> None:
        """Hold the bands of a day, as ``around`` gave them, against what was seen (slots,)."""
        known = np.isfinite(seen)
        if not known.any():
            return
        middle = quantiles[:, QUANTILES.index(0.5)]
        error = np.where(known, seen - middle, np.nan)
        relative = error / self.spread
        if is_special:
            self.special.append(float(np.nanmean(np.abs(relative))))
            relative = relative / self._special_factor()
        self.ratios = [*self.ratios[-(_WINDOW_DAYS - 1) :], relative]
        inside = (seen >= quantiles[:, LOWER]) & (seen <= quantiles[:, UPPER])
        self.width *= float(np.exp(_STEP * (COVERAGE - inside[known].mean())))
        if not is_special:
            share = max(1.0 / (self.days + 1.0), 1.0 - 0.5 ** (1.0 / _SLOT_HALF_LIFE_DAYS))
            size = np.where(known, np.abs(np.nan_to_num(error)), self.spread)
            far = 4.0 * self.spread if self.days else np.inf
            self.spread = (1.0 - share) * self.spread + share * np.minimum(size, far)
            self.spread = np.maximum(self.spread, 1e-6)
            self.days += 1

    def _special_factor(self) -> float:
        if len(self.special) < _LEAST_SPECIAL_DAYS:
            return _SPECIAL_FACTOR
        return float(np.clip(np.mean(self.special[-20:]), 1.0, 4.0))
