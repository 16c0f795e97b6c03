"""What yesterday's error says of today's: the last step of a forecast."""

from dataclasses import dataclass, field

import numpy as np

HALF_LIFE_DAYS = 60.0
PRIOR = 10.0
_MOST = 0.15
_END_SHARE = 0.125
_SPREAD_DAYS = 30


@dataclass
class Correction:
    """Least squares of the error on yesterday's: its mean, at the same slot, at the day's end.

    Shared by all slots, discounted, and drawn towards no correction at all by a ridge prior worth
    ten days; errors count up to 15 % of the load, so that a dropout teaches nothing.

    Attributes:
        slots: Values a day.
    """

    slots: int
    matrix: np.ndarray = field(init=False)
    right: np.ndarray = field(init=False)
    errors: list[np.ndarray] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.matrix, self.right = np.eye(3) * PRIOR, np.zeros(3)

    def of(self, error: np.ndarray | None = None) -> np.ndarray:
        """What to add to the next day, (slots,).

        Args:
            error: The error of the day before, if it is not the last one learnt: further ahead it
                is what was expected of it.
        """
        if error is None:
            if not self.errors:
                return np.zeros(self.slots)
            error = self.errors[-1]
        return self._columns(error) @ np.linalg.solve(self.matrix, self.right)

    def learn(self, error: np.ndarray) -> None:
        """Take in the error (seen − forecast before correction) of a day, (slots,), NaN unknown."""
        error = np.clip(np.nan_to_num(error), -_MOST, _MOST)
        if self.errors:
            columns = self._columns(self.errors[-1])
            usual = max(float(np.mean(np.square(self.errors[-_SPREAD_DAYS:]))), 1e-9)
            fading = 0.5 ** (1.0 / HALF_LIFE_DAYS)
            shrink = np.eye(3) * PRIOR * (1.0 - fading)
            self.matrix = self.matrix * fading + columns.T @ columns / (usual * self.slots) + shrink
            self.right = self.right * fading + columns.T @ error / (usual * self.slots)
        self.errors = [*self.errors[-_SPREAD_DAYS:], error]

    def _columns(self, error: np.ndarray) -> np.ndarray:
        end = error[-max(1, round(self.slots * _END_SHARE)) :].mean()
        ones = np.ones(self.slots)
        return np.stack([ones * error.mean(), error, ones * end], axis=1)
