"""Forecasts of days that have passed, each made with what was known the evening before."""

import time
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from queries.forecasting.bands import QUANTILES
from queries.forecasting.day_ahead import LEAST_DAYS, DayAheadModel
from queries.forecasting.features import Surroundings

WARM_UP_DAYS = 60
"""Days before the first reported one on which weights and bands find their size."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """Forecasts of consecutive days.

    Attributes:
        first: Row of the first day.
        quantiles: (days, slots, QUANTILES) in the series' unit.
        fit_seconds, predict_seconds: Where the time went.
    """

    first: int
    quantiles: np.ndarray
    fit_seconds: float
    predict_seconds: float

    @property
    def median(self) -> np.ndarray:
        """(days, slots), the forecast itself."""
        return self.quantiles[:, :, QUANTILES.index(0.5)]


@threadpool_limits.wrap(limits=1)
def backtest(
    around: Surroundings, load: np.ndarray, first: int, last: int, *, fits_trees: bool = True
) -> Backtest:
    """Day-ahead forecasts of the rows ``first`` to ``last``, both included.

    Every day is foretold from the end of the day before; the model learns as days become known.

    Raises:
        TooShortError: Less than LEAST_DAYS before ``first``.
    """
    model = DayAheadModel(around, load, fits_trees)
    begin = time.perf_counter()
    start = max(min(first, LEAST_DAYS), first - WARM_UP_DAYS)
    model.start(start)
    fit_seconds = time.perf_counter() - begin
    predict_seconds = 0.0
    found = []
    for day in range(start, last + 1):
        begin = time.perf_counter()
        experts = model.experts(day)
        mixed = model.mixture.mix(experts)
        quantiles = model.bands.around(
            mixed + model.correction.of(), is_special=model.is_special(day)
        )
        predict_seconds += time.perf_counter() - begin
        if day >= first:
            found.append(quantiles)
        begin = time.perf_counter()
        model.learn(day, experts, mixed, quantiles)
        fit_seconds += time.perf_counter() - begin
    return Backtest(first, model.scale.back(np.stack(found)), fit_seconds, predict_seconds)
