"""A ridge regression for every slot of the day at once, which forgets slowly and learns daily."""

from dataclasses import dataclass, field

import numpy as np

_FLAG_SPREAD = 0.4
"""A 0/1 flag counts as if it spread like a weekday's: a rare one is trusted less, not more."""
_TINY = 1e-7
_ROBUST = 2.5
"""Residuals beyond 2.5 robust standard deviations weigh in inverse proportion (Huber)."""


@dataclass
class SlotRegressions:
    """Weighted sums of squares of features and target, one matrix a slot.

    The target is what has to be added to a base forecast. Adding days is cheap, and the same sums
    serve every penalty.

    Attributes:
        flags: How many of the first features are 0/1 flags.
        half_life_days: After how many days a day counts half.
        penalties: Of the ridge, in units of the standardised features' variance.
    """

    flags: int
    half_life_days: float
    penalties: tuple[float, ...]
    sums: np.ndarray = field(init=False)
    coefficients: np.ndarray = field(init=False)
    residual_scale: np.ndarray = field(init=False)

    def start(self, features: np.ndarray, target: np.ndarray) -> None:
        """Learn from a history.

        Args:
            features: (days, slots, columns).
            target: (days, slots), NaN where nothing can be learnt.
        """
        rows = self._rows(features, target)
        days = len(features)
        age = days - 1 - np.arange(days)
        weights = 0.5 ** (age / self.half_life_days)[None, :] * np.isfinite(target).T
        self.sums = _products(rows, weights)
        self._solve()
        middle = self.coefficients[len(self.penalties) // 2]
        residual = np.abs(rows[..., -1] - np.einsum("hdk,hk->hd", rows[..., :-1], middle))
        known = np.where(weights > 0.0, residual, np.nan)
        scale = 1.4826 * np.nanmedian(known, axis=1)
        self.residual_scale = np.where(np.isfinite(scale), scale, np.nanmedian(scale))
        self.sums = _products(rows, weights * self._trust(residual))
        self._solve()

    def add(self, features: np.ndarray, target: np.ndarray, forecast: np.ndarray) -> None:
        """Learn from days that have become known.

        Args:
            features: (days, slots, columns) of them.
            target: (days, slots).
            forecast: (days, slots) what had been foretold of the target, to tell dropouts.
        """
        weights = np.isfinite(target).T * self._trust(np.abs(np.nan_to_num(target - forecast)).T)
        fading = 0.5 ** (len(features) / self.half_life_days)
        self.sums = self.sums * fading + _products(self._rows(features, target), weights)
        self._solve()

    def predict(self, features: np.ndarray) -> np.ndarray:
        """What to add to the base, (penalties, days, slots)."""
        slopes = self.coefficients[:, :, 1:]
        return np.einsum("dhk,phk->pdh", features, slopes) + self.coefficients[:, None, :, 0]

    def _trust(self, residual: np.ndarray) -> np.ndarray:
        far = _ROBUST * self.residual_scale[:, None]
        return np.minimum(1.0, far / np.maximum(residual, 1e-12))

    def _rows(self, features: np.ndarray, target: np.ndarray) -> np.ndarray:
        one = np.ones((*target.shape, 1))
        rows = np.concatenate([one, features, np.nan_to_num(target)[..., None]], axis=-1)
        return np.ascontiguousarray(rows.transpose(1, 0, 2))

    def _solve(self) -> None:
        weight = self.sums[:, 0, 0]
        mean = self.sums[:, 0, 1:] / weight[:, None]
        covariance = self.sums[:, 1:, 1:] / weight[:, None, None]
        covariance = covariance - mean[:, :, None] * mean[:, None, :]
        spread = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2)[:, :-1], 0.0))
        never_moved = spread < _TINY
        spread[:, : self.flags] = np.maximum(spread[:, : self.flags], _FLAG_SPREAD)
        spread[never_moved] = np.inf
        matrix = covariance[:, :-1, :-1] / (spread[:, :, None] * spread[:, None, :])
        right = (covariance[:, :-1, -1] / spread)[..., None]
        identity = np.eye(matrix.shape[1])
        found = []
        for penalty in self.penalties:
            slopes = np.linalg.solve(matrix + penalty * identity, right)[..., 0] / spread
            offset = mean[:, -1] - np.einsum("hk,hk->h", mean[:, :-1], slopes)
            found.append(np.concatenate([offset[:, None], slopes], axis=1))
        self.coefficients = np.stack(found)


def _products(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (rows * weights[..., None]).transpose(0, 2, 1) @ rows
