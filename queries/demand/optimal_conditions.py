"""What must hold of bills, at prices and at the corners of boxes of prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np

LOSERS_SHARE = 0.05
"""Of the customers, whose bills may rise by more than the cap."""
_NOTICEABLE = 1e-9


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold of bills.

    Attributes:
        now_cny: What each customer that counts owes now, (customers,).
        constant_cny, slope: Of the bills of the same.
        is_low: Whether each is a low user.
        most_rise: At most so many of them may rise by more than ``rise_share``.
        rise_share, low_rise_share: None: no such condition.
    """

    now_cny: np.ndarray
    constant_cny: np.ndarray
    slope: np.ndarray
    is_low: np.ndarray
    rise_share: float | None
    low_rise_share: float | None

    @property
    def most_rise(self) -> int:
        """So many may rise by more than the cap."""
        return floor(LOSERS_SHARE * len(self.now_cny) + _NOTICEABLE)

    def hold(self, prices: np.ndarray) -> np.ndarray:
        """Whether the bills at each of the prices (tries, periods) keep the conditions."""
        return self.may_hold([prices])

    def may_hold(self, corners: Sequence[np.ndarray]) -> np.ndarray:
        """Whether they may, where each bill may be the least of those at several prices."""
        found = np.ones(len(corners[0]), bool)
        if self.low_rise_share is not None and self.is_low.any():
            found &= ~self._is_over(corners, self.low_rise_share, self.is_low).any(axis=1)
        if self.rise_share is not None and len(self.now_cny):
            at = np.flatnonzero(found)
            is_over = self._is_over([one[at] for one in corners], self.rise_share, None)
            found[at] = is_over.sum(axis=1) <= self.most_rise
        return found

    def _is_over(
        self, corners: Sequence[np.ndarray], share: float, rows: np.ndarray | None
    ) -> np.ndarray:
        own = slice(None) if rows is None else rows
        room = (1 + share) * self.now_cny[own] * (1 + _NOTICEABLE) - self.constant_cny[own]
        slope = self.slope[own].T
        is_over = np.ones((len(corners[0]), slope.shape[1]), bool)
        for prices in corners:
            is_over &= prices @ slope > room
        return is_over

    def rise(self, bills_cny: np.ndarray) -> np.ndarray:
        """Rise of bills as shares of what is owed now."""
        return bills_cny / self.now_cny - 1

    def worst(self, bills_cny: np.ndarray) -> float:
        """The rise that at most a twentieth of the customers exceed."""
        rise = np.sort(self.rise(bills_cny))
        return float(rise[len(rise) - 1 - self.most_rise]) if len(rise) else 0.0
