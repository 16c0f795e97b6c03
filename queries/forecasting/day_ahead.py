"""The day-ahead model: regressions and trees around two simple forecasts, mixed as they succeed."""

from dataclasses import dataclass, field

import numpy as np

from queries.forecasting.bands import Bands
from queries.forecasting.correction import Correction
from queries.forecasting.features import (
    Surroundings,
    full,
    lean,
    tree,
    usual_day,
)
from queries.forecasting.history import History, Scale, history_of
from queries.forecasting.mixture import Mixture
from queries.forecasting.regression import SlotRegressions
from queries.forecasting.trees import Trees, grown

LEAN_HALF_LIVES_DAYS = (150.0, 400.0)
LEAN_PENALTIES = (0.003, 0.05, 0.2)
FULL_HALF_LIFE_DAYS = 400.0
FULL_PENALTIES = (0.01, 0.05, 0.2, 0.6)
BASES = ("usual", "yesterday")
"""What regressions and trees correct: the mean of the last seven normal days, or yesterday."""
SKIPPED_DAYS = 15
"""The first days of a history, of which too little came before to learn from them."""
LEAST_DAYS = 35
REGRESSION_EVERY_DAYS = 7
TREES_EVERY_DAYS = 28
MOST_TREE_DAYS = 4 * 366
_BEYOND = 0.25


class TooShortError(ValueError):
    """A history is too short to learn a forecast from."""


def check_length(first: int) -> None:
    """Say what is needed where there is too little before the row ``first``.

    Raises:
        TooShortError: Fewer than LEAST_DAYS.
    """
    if first < LEAST_DAYS:
        raise TooShortError(
            f"{first} days of history before the first forecast; at least {LEAST_DAYS} are "
            "needed. Begin later or give an earlier history."
        )


@dataclass
class DayAheadModel:
    """Forecasts one day after the other, learning from each when it is known.

    Attributes:
        around: Calendar and weather of all days, those to come included.
        load: (days, slots) in the series' own unit; NaN where unknown. Days to come are NaN.
        fits_trees: Without them it is faster and somewhat worse.
        history: What is known of ``load`` on the scale of the days before the first forecast, if
            it has been worked out already.
    """

    around: Surroundings
    load: np.ndarray
    fits_trees: bool = True
    history: History | None = None
    scale: Scale = field(init=False)
    learnt: np.ndarray = field(init=False)
    filled: np.ndarray = field(init=False)
    mixture: Mixture = field(init=False)
    correction: Correction = field(init=False)
    bands: Bands = field(init=False)
    regressions: dict[tuple[str, str, float], SlotRegressions] = field(init=False)
    trees: dict[str, Trees] = field(init=False, default_factory=dict)
    bounds: tuple[float, float] = field(init=False)
    _lean: np.ndarray = field(init=False)
    _full: np.ndarray = field(init=False)
    _tree: np.ndarray = field(init=False)
    _first: int = field(init=False)

    def start(self, first: int) -> None:
        """Learn from the days before ``first``.

        Raises:
            TooShortError: Fewer than LEAST_DAYS of them.
            ValueError: Nothing was read on them.
        """
        check_length(first)
        known = self.history or history_of(self.load, first)
        self.scale, self.learnt, self.filled = known.scale, known.learnt, known.filled
        rows = np.arange(len(self.load))
        lean_columns = lean(self.around, self.filled, rows)
        full_columns = full(self.around, self.filled, rows)
        self._lean, self._full = lean_columns.values, full_columns.values
        self._tree = tree(self.around, self.filled, rows) if self.fits_trees else np.empty(0)
        self._first = first
        slots = self.load.shape[1]
        self.bands, self.correction = Bands(slots), Correction(slots)
        self.regressions = {
            ("lean", base, half): SlotRegressions(lean_columns.flags, half, LEAN_PENALTIES)
            for base in BASES
            for half in LEAN_HALF_LIVES_DAYS
        } | {
            ("full", base, FULL_HALF_LIFE_DAYS): SlotRegressions(
                full_columns.flags, FULL_HALF_LIFE_DAYS, FULL_PENALTIES
            )
            for base in BASES
        }
        history = np.arange(SKIPPED_DAYS, first)
        for (features, base, _), regression in self.regressions.items():
            regression.start(self._features(features)[history], self._target(base, history))
        self._grow(first)
        self.bounds = self._usual_bounds(first)
        self.mixture = Mixture(len(self.experts(first)))

    def experts(self, day: int) -> np.ndarray:
        """What every expert says of ``day``, (experts, slots) on the model's scale.

        Uses ``filled`` before the day, the day's calendar and its served temperature alone.
        """
        return self._experts_of(
            np.array([day]), self._lean[[day]], self._full[[day]], self._tree_of(day)
        )[:, 0]

    def experts_from(self, filled: np.ndarray, day: int) -> np.ndarray:
        """The same where the days before are taken from ``filled``, forecasts among them."""
        rows = np.array([day])
        kept, self.filled = self.filled, filled
        try:
            return self._experts_of(
                rows,
                lean(self.around, filled, rows).values,
                full(self.around, filled, rows).values,
                tree(self.around, filled, rows) if self.fits_trees else np.empty(0),
            )[:, 0]
        finally:
            self.filled = kept

    def is_special(self, day: int) -> bool:
        """A holiday or a day beside one."""
        calendar = self.around.calendar
        return bool(calendar.to_block[day] <= 1 or calendar.since_block[day] <= 1)

    def learn(
        self, day: int, experts: np.ndarray, mixed: np.ndarray, quantiles: np.ndarray
    ) -> None:
        """Take in a day that has become known, with what had been foretold of it."""
        seen = self.learnt[day]
        self.mixture.learn(experts, seen)
        self.correction.learn(seen - mixed)
        self.bands.learn(quantiles, seen, is_special=self.is_special(day))
        known = day + 1 - self._first
        if known % REGRESSION_EVERY_DAYS == 0:
            rows = np.arange(day + 1 - REGRESSION_EVERY_DAYS, day + 1)
            for (features, base, _), regression in self.regressions.items():
                columns = self._features(features)[rows]
                middle = regression.predict(columns)[len(regression.penalties) // 2]
                regression.add(columns, self._target(base, rows), middle)
            self.bounds = self._usual_bounds(day + 1)
        if known % TREES_EVERY_DAYS == 0:
            self._grow(day + 1)

    def _experts_of(
        self, rows: np.ndarray, lean_: np.ndarray, full_: np.ndarray, tree_: np.ndarray
    ) -> np.ndarray:
        families: dict[str, list[np.ndarray]] = {"lean": [], "full": [], "trees": []}
        columns = {"lean": lean_, "full": full_}
        bases = {base: self._base(base, rows) for base in BASES}
        for (features, base, _), regression in self.regressions.items():
            families[features] += list(bases[base] + regression.predict(columns[features]))
        families["trees"] = [
            bases[base] + trees.predict(tree_) for base, trees in self.trees.items()
        ]
        every = [forecast for family in families.values() for forecast in family]
        means = [np.mean(family, axis=0) for family in families.values() if family]
        both = [np.mean(means[:2], axis=0), np.mean(means[1:], axis=0), np.mean(means, axis=0)]
        low, high = self.bounds if hasattr(self, "bounds") else (-np.inf, np.inf)
        usual = bases["usual"]
        return np.clip(np.stack([*every, *means, *both]), usual + low, usual + high)

    def _features(self, name: str) -> np.ndarray:
        return self._lean if name == "lean" else self._full

    def _tree_of(self, day: int) -> np.ndarray:
        return self._tree[[day]] if self.fits_trees else np.empty(0)

    def _base(self, base: str, rows: np.ndarray) -> np.ndarray:
        if base == "usual":
            return usual_day(self.around, self.filled, rows)
        return self.filled[rows - 1]

    def _target(self, base: str, rows: np.ndarray) -> np.ndarray:
        return self.learnt[rows] - self._base(base, rows)

    def _grow(self, until: int) -> None:
        if self.fits_trees:
            rows = np.arange(max(SKIPPED_DAYS, until - MOST_TREE_DAYS), until)
            self.trees = {
                base: grown(self._tree[rows], self._target(base, rows), base) for base in BASES
            }

    def _usual_bounds(self, until: int) -> tuple[float, float]:
        """How far from the usual day a forecast may go: somewhat farther than the load ever did."""
        off = self._target("usual", np.arange(SKIPPED_DAYS, until))
        low, high = float(np.nanmin(off)), float(np.nanmax(off))
        return low - _BEYOND * (high - low), high + _BEYOND * (high - low)
