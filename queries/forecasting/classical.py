"""The classical baseline: a seasonal ARIMA of the days' levels, and the shape of like days."""

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from statsmodels.tsa.statespace.sarimax import SARIMAX

from queries.forecasting.features import Surroundings
from queries.forecasting.special_days import MIDWEEK

ORDER, SEASONAL_ORDER = (0, 1, 1), (0, 1, 1, 7)
"""The airline model (Box & Jenkins 1976, ch. 9) with a week for its year."""
LEARNT_DAYS = 366
LEAST_DAYS = 28
"""Less than four weeks tell no weekday from chance."""
TERMS = ("holiday", "holiday_at_weekend", "day_off", "make_up_workday", "cooling", "heating")
"""Regressors: a festival's own days by what they would be without it, weekdays given free beside
one, weekends worked for them; degrees [K] of the day's mean above and below where the response
bends."""
_ITERATIONS = 12
_LIKE_DAYS = 3


@dataclass
class Classical:
    """Forecasts of the scale's level by SARIMAX, of a day's shape by the mean of like days.

    Attributes:
        around: Calendar and weather of all days, those to come included.
        filled: (days, slots) on the model's scale, without gaps.
        known: How many of the days are known; later ones are not looked at.
        level, terms: Mean and regressors of every day.
        kept: Places of the TERMS that the last fit has slopes of.
        fitted, filtered: statsmodels' results: of the days learnt from, and carried on to the last
            known day with the same parameters.
    """

    around: Surroundings
    filled: np.ndarray
    known: int
    level: np.ndarray = field(init=False)
    terms: np.ndarray = field(init=False)
    kept: np.ndarray = field(init=False)
    fitted: Any = field(init=False)
    filtered: Any = field(init=False)
    _begin: int = field(init=False)

    def __post_init__(self) -> None:
        self.level = self.filled.mean(axis=1)
        self.terms = day_terms(self.around, len(self.filled))

    def fit(self, until: int, *, with_errors: bool = False) -> None:
        """Learn from a year before the row ``until``; ``with_errors`` the slopes' errors as well.

        Raises:
            ValueError: less than LEAST_DAYS of history.
        """
        if until < LEAST_DAYS:
            raise ValueError(f"{until} days of history; at least {LEAST_DAYS} are needed.")
        self._begin = max(0, until - LEARNT_DAYS)
        # A term that was the same on all these days says nothing of itself.
        self.kept = np.flatnonzero(np.ptp(self.terms[self._begin : until], axis=0) > 0.0)
        with warnings.catch_warnings():
            # That it stopped before the last digit was settled is meant.
            warnings.simplefilter("ignore")
            self.fitted = self._model(until).fit(
                disp=False, maxiter=_ITERATIONS, cov_type="approx" if with_errors else "none"
            )
            self.filtered = self._model(self.known).filter(self.fitted.params, cov_type="none")

    def path(self, day: int, days: int) -> np.ndarray:
        """The ``days`` days from row ``day`` on, (days, slots), by what is known before it.

        All of them among the ``known``, or the first one right after them.
        """
        at = day - self._begin
        if day < self.known and days == 1:
            level = self.filtered.fittedvalues[at : at + 1]
        elif day + days <= self.known:
            level = self.filtered.predict(at, at + days - 1, dynamic=0)
        else:
            level = self.filtered.forecast(days, exog=self._exog(slice(day, day + days)))
        return level[:, None] + np.stack([self._shape(day, row) for row in range(day, day + days)])

    def _model(self, until: int) -> SARIMAX:
        own = slice(self._begin, until)
        return SARIMAX(
            self.level[own],
            exog=self._exog(own),
            order=ORDER,
            seasonal_order=SEASONAL_ORDER,
            concentrate_scale=True,
        )

    def _exog(self, rows: slice) -> np.ndarray | None:
        return self.terms[rows][:, self.kept] if len(self.kept) else None

    def _shape(self, day: int, row: int) -> np.ndarray:
        """How the slots of ``row`` lie about its level, from days of its kind before ``day``."""
        kind = self.around.calendar.kind
        alike = np.flatnonzero(kind[:day] == kind[row])[-_LIKE_DAYS:]
        if not len(alike):
            alike = np.arange(max(0, day - 7), day)
        shapes = self.filled[alike] - self.level[alike, None]
        return shapes.mean(axis=0)


def day_terms(around: Surroundings, days: int) -> np.ndarray:
    """TERMS of every day, (days, terms); without weather the degrees are zero."""
    calendar = around.calendar
    off, weekday = calendar.is_holiday[:days], calendar.weekday[:days] < 5
    festival = calendar.rank[:days] > 0
    flags = [
        off & festival & weekday,
        off & festival & ~weekday,
        off & ~festival & weekday,
        calendar.is_make_up[:days] & (calendar.kind[:days] == MIDWEEK),
    ]
    degrees = [np.zeros(days), np.zeros(days)]
    if around.temperature is not None:
        mean = around.temperature.served[:days].mean(axis=1)
        low, high = around.temperature.lean_knots
        degrees = [np.maximum(0.0, mean - high), np.maximum(0.0, low - mean)]
    return np.stack([*flags, *degrees], axis=1).astype(float)
