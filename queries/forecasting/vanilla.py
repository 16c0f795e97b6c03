"""Tao Hong's vanilla regression, the benchmark most papers on load forecasting compare with.

Source: Hong 2010, Short Term Electric Load Forecasting, eq. 4.16.
"""

from dataclasses import dataclass, field

import numpy as np

from queries.forecasting.features import Surroundings

YEARS = 3
REFIT_DAYS = 28
_CORRECTION_DAYS = 365
_RIDGE = 1e-6


@dataclass
class Vanilla:
    """Load on trend, month, weekday × slot, and a cubic in temperature × month and × slot.

    Yesterday's residual at the same slot and its mean are added by a second regression. Without
    temperature the calendar terms alone.

    Attributes:
        around: Calendar and weather of all days, those to come included.
        load: (days, slots) in the series' unit, NaN where unknown.
    """

    around: Surroundings
    load: np.ndarray
    shared: np.ndarray = field(init=False)
    own: np.ndarray = field(init=False)
    plain: np.ndarray = field(init=False)
    slopes: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.shared, self.own = _design(self.around, *self.load.shape)

    def fit(self, until: int) -> None:
        """Learn from up to three years before the row ``until``."""
        begin = max(0, until - YEARS * 366)
        known = slice(begin, until)
        common, by_slot = _fitted(self.shared[known], self.own[known], self.load[known])
        self.plain = self.shared @ common + np.einsum("dsk,sk->ds", self.own, by_slot)
        residual = self.load - self.plain
        columns = _residual_columns(np.nan_to_num(residual[:-1]))
        train = slice(max(begin, until - 1 - _CORRECTION_DAYS), until - 1)
        self.slopes = _least_squares(columns[train], residual[1:][train])

    def path(self, day: int, days: int) -> np.ndarray:
        """The ``days`` days from row ``day`` on, (days, slots); what comes later is not looked at.

        A residual to come is what is expected of it.
        """
        residual = np.nan_to_num(self.load[day - 1] - self.plain[day - 1])
        found = []
        for row in range(day, day + days):
            residual = _residual_columns(residual[None])[0] @ self.slopes
            found.append(self.plain[row] + residual)
        return np.stack(found)


def _design(around: Surroundings, days: int, slots: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns whose slopes all slots share, and those of which each slot has its own.

    Kept apart they make a matrix of arrow shape: sixty columns a slot in place of a thousand.
    """
    calendar, rows = around.calendar, np.arange(days)
    month = np.eye(12)[[calendar.days[row].month - 1 for row in rows]]
    weekday = np.eye(7)[calendar.weekday[rows]]
    shared = [rows[:, None] / 365.0, month]
    own = [weekday]
    each = (days, slots)
    parts = [[np.broadcast_to(c[:, None], (*each, c.shape[1])) for c in of] for of in (shared, own)]
    if around.temperature is not None:
        degree = around.temperature.served[rows] / 10.0
        for power in (degree, degree**2, degree**3):
            parts[0].append(month[:, None] * power[:, :, None])
            parts[1].append(power[:, :, None])
    both = [np.concatenate(part, axis=2) for part in parts]
    return both[0], both[1]


def _fitted(shared: np.ndarray, own: np.ndarray, load: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares: slopes (shared,) and (slots, own), by Schur's complement of the slots' own."""
    known = np.isfinite(load)
    rows = np.concatenate([shared, own, np.nan_to_num(load)[:, :, None]], axis=2)
    rows = np.ascontiguousarray((rows * known[:, :, None]).transpose(1, 0, 2))
    products = rows.transpose(0, 2, 1) @ rows
    many = shared.shape[2]
    whole = products.sum(axis=0)
    common, right = whole[:many, :many], whole[:many, -1]
    cross, each, each_right = (
        products[:, :many, many:-1],
        products[:, many:-1, many:-1],
        products[:, many:-1, -1:],
    )
    # The dummies of month and weekday × slot overlap: a hair of ridge picks one solution.
    columns = many + own.shape[2] * len(products)
    hair = _RIDGE * (np.trace(common) + np.trace(each, axis1=1, axis2=2).sum()) / columns
    each = each + hair * np.eye(own.shape[2])
    by_slot = np.linalg.solve(each, np.concatenate([cross.transpose(0, 2, 1), each_right], axis=2))
    left = common + hair * np.eye(many) - (cross @ by_slot[:, :, :-1]).sum(axis=0)
    slopes = np.linalg.solve(left, right - (cross @ by_slot[:, :, -1:]).sum(axis=0)[:, 0])
    return slopes, by_slot[:, :, -1] - by_slot[:, :, :-1] @ slopes


def _residual_columns(before: np.ndarray) -> np.ndarray:
    """Of residuals (days, slots): at the same slot, and of the whole day, (days, slots, 2)."""
    mean = np.repeat(before.mean(axis=1)[:, None], before.shape[1], axis=1)
    return np.stack([before, mean], axis=-1)


def _least_squares(columns: np.ndarray, target: np.ndarray) -> np.ndarray:
    flat, values = columns.reshape(-1, columns.shape[-1]), target.ravel()
    known = np.isfinite(values)
    gram = flat[known].T @ flat[known]
    gram[np.diag_indices_from(gram)] += _RIDGE * np.trace(gram) / len(gram)
    return np.linalg.solve(gram, flat[known].T @ values[known])
