"""The days to come: tomorrow from what is known, each further day from the forecast before it."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from queries.forecasting.backtest import WARM_UP_DAYS
from queries.forecasting.bands import QUANTILES
from queries.forecasting.day_ahead import LEAST_DAYS, DayAheadModel
from queries.forecasting.features import Surroundings
from queries.forecasting.history import History

MOST_DAYS = 14
TRIED_EVERY_DAYS = 3


@dataclass(frozen=True, slots=True)
class Ahead:
    """A forecast from one evening.

    Attributes:
        origin: Row of the first day foretold.
        quantiles: (days, slots, QUANTILES) in the series' unit.
        warm_up: (days, slots, QUANTILES) day-ahead forecasts of the days just before, made without
            knowing them: the recent accuracy.
        weights: What each expert counted for, adding up to 1.
    """

    origin: int
    quantiles: np.ndarray
    warm_up: np.ndarray
    weights: np.ndarray

    @property
    def median(self) -> np.ndarray:
        """(days, slots), the forecast itself."""
        return self.quantiles[:, :, QUANTILES.index(0.5)]

    @property
    def median_of_warm_up(self) -> np.ndarray:
        """(days, slots), the forecasts of the days just before."""
        return self.warm_up[:, :, QUANTILES.index(0.5)]


def warm_up_start(origin: int) -> int:
    """Row of the first of the recent days on which a forecast of ``origin`` is tried."""
    return max(min(origin, LEAST_DAYS), origin - WARM_UP_DAYS)


@threadpool_limits.wrap(limits=1)
def ahead(  # noqa: PLR0913 - what it is made from
    around: Surroundings,
    load: np.ndarray,
    origin: int,
    days: int = 7,
    *,
    fits_trees: bool = True,
    history: History | None = None,
) -> Ahead:
    """Forecast ``days`` days from row ``origin`` on, by what is known before it.

    Bands of further days are as much wider as forecasts that far ahead were worse in the weeks
    before.

    Args:
        around: Calendar and weather of history and of the days to come.
        load: (days, slots); what it holds from ``origin`` on is not looked at.
        origin: Row of the first day to foretell.
        days: At most MOST_DAYS.
        fits_trees: Without boosted trees it is faster and somewhat worse.
        history: As of ``DayAheadModel``, of what is known before ``origin``.

    Raises:
        TooShortError: Less than LEAST_DAYS of history.
    """
    load = load.copy()
    load[origin:] = np.nan
    model = DayAheadModel(around, load, fits_trees, history)
    start = warm_up_start(origin)
    model.start(start)
    errors: list[np.ndarray] = []
    warm_up = []
    for day in range(start, origin):
        if days > 1 and (day - start) % TRIED_EVERY_DAYS == 0 and day + days <= origin:
            tried = _path(model, day, days)
            errors.append(np.abs(tried - model.learnt[day : day + days]).mean(axis=1))
        experts = model.experts(day)
        mixed = model.mixture.mix(experts)
        quantiles = model.bands.around(
            mixed + model.correction.of(), is_special=model.is_special(day)
        )
        warm_up.append(quantiles)
        model.learn(day, experts, mixed, quantiles)
    path = _path(model, origin, days)
    wider = wider_by_lead(errors, days)
    found = [
        model.bands.around(
            path[lead], is_special=model.is_special(origin + lead), wider=float(wider[lead])
        )
        for lead in range(days)
    ]
    return Ahead(
        origin=origin,
        quantiles=model.scale.back(np.stack(found)),
        warm_up=model.scale.back(
            np.stack(warm_up) if warm_up else np.empty((0, load.shape[1], len(QUANTILES)))
        ),
        weights=model.mixture.weights(np.ones(model.mixture.experts, dtype=bool)),
    )


def _path(model: DayAheadModel, origin: int, days: int) -> np.ndarray:
    """The middle of the next days (days, slots), each built on the one before."""
    filled = model.filled.copy()
    error: np.ndarray | None = None
    found = []
    for day in range(origin, origin + days):
        experts = model.experts(day) if day == origin else model.experts_from(filled, day)
        error = model.correction.of(error)
        filled[day] = model.mixture.mix(experts) + error
        found.append(filled[day])
    return np.stack(found)


def wider_by_lead(errors: list[np.ndarray], days: int) -> np.ndarray:
    """How much worse each further day was, never less than the day before.

    Args:
        errors: (days,) mean absolute errors by lead, one array a trial.
        days: How many ahead.
    """
    if not errors:
        return np.sqrt(np.arange(1, days + 1))
    mean = np.nanmedian(np.stack(errors), axis=0)
    ratio = mean / max(float(mean[0]), 1e-9)
    return np.maximum.accumulate(np.where(np.isfinite(ratio), np.maximum(ratio, 1.0), 1.0))
