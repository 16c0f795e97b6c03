"""The week ahead of every meter at once: each further day from the forecast before it."""

import numpy as np
from threadpoolctl import threadpool_limits

from queries.forecasting.bands import QUANTILES
from queries.forecasting.features import Surroundings
from queries.forecasting.fleet import (
    WARM_UP_DAYS,
    FleetForecast,
    banded,
    blocks,
    by_day,
    check_span,
    experts_of,
    mixed,
    never_below,
    usual_errors,
)
from queries.forecasting.fleet_filters import linear_filters, median_days
from queries.forecasting.fleet_gaps import filled_like_days, without_spikes

_TRIAL_DAYS_BACK = (14, 10)
"""How long before the origin it is tried out how much worse further days get."""
MOST_DAYS = min(_TRIAL_DAYS_BACK)
_MOST_WIDER = 4.0


@threadpool_limits.wrap(limits=1)
def fleet_ahead(
    around: Surroundings, load: np.ndarray, origin: int, days: int = 7
) -> FleetForecast:
    """Forecast ``days`` days of every meter from the end of the day before ``origin``.

    The first day is ``fleet_forecast``'s. A further day is made in the same way, with the same
    weights, from a history that the forecasts of the days between complete. Its band is as much
    wider as forecasts so far ahead were worse for all meters together two weeks ago.

    Args:
        around: Calendar and weather that all meters share, the days to forecast included.
        load: (meters, days, slots), NaN where nothing was read; what it holds from ``origin`` on is
            not looked at.
        origin: Row of the first day to foretell.
        days: How many; at most MOST_DAYS, so that the trials lie in the past.

    Returns:
        ``first`` is ``origin``; ``median``, ``quantiles`` and ``expected`` have ``days`` days.

    Raises:
        TooShortError, ValueError: As ``fleet_forecast``; or too many days.
    """
    last = origin + days - 1
    check_span(around, load, origin, origin)
    if not 1 <= days <= MOST_DAYS or len(around.calendar.days) <= last:
        raise ValueError(
            f"{days} days from row {origin} of {len(around.calendar.days)}; give 1 to "
            f"{MOST_DAYS} that the calendar reaches."
        )
    meters, _, slots = load.shape
    warm_up = np.arange(origin - WARM_UP_DAYS, origin + 1)
    filters = linear_filters(around, warm_up).astype(np.float32)
    medians = [median_days(around, int(day)) for day in warm_up]
    starts = (*(origin - back for back in _TRIAL_DAYS_BACK), origin)
    steps = {start: _Steps(around, start, days) for start in starts} if days > 1 else {}
    shape = (meters, days, slots, len(QUANTILES))
    quantiles = np.empty(shape, np.float32)
    errors = np.empty((meters, slots), np.float32)
    weights, off = [], np.zeros((days, 2))
    for block in blocks(meters, len(warm_up) * slots):
        seen = without_spikes(by_day(load[block], origin))
        filled, known_from = filled_like_days(seen[:-1], around.memory.like)
        experts = experts_of(filled, filters, medians)
        mean, by_weight = mixed(experts, seen[warm_up[0] :])
        mean = never_below(mean, seen, warm_up)
        mean[warm_up[:, None] <= known_from[None, :]] = np.nan
        first = never_below(banded(mean, seen[warm_up[0] :]), seen, warm_up[-1:])[0]
        quantiles[block, 0] = first
        errors[block] = usual_errors(mean, seen[warm_up[0] :])[0]
        weights.append(by_weight[-1])
        for start, step in steps.items():
            at = start - warm_up[0]
            path = step.path(filled, mean[at], by_weight[at])
            if start == origin:
                quantiles[block, 1:, :, QUANTILES.index(0.5)] = path[1:].transpose(1, 0, 2)
            else:
                _add_errors(off, path, seen[start : start + days])
    floor = _floor(load[:, :origin])
    _fill_further(quantiles, off, floor)
    median = quantiles[..., QUANTILES.index(0.5)]
    expected = np.maximum(median + errors[:, None], floor)
    return FleetForecast(origin, median, quantiles, np.concatenate(weights), expected)


class _Steps:
    """The days after the first of one origin: their filters reach over the days between."""

    def __init__(self, around: Surroundings, origin: int, days: int) -> None:
        self.origin = origin
        further = np.arange(origin + 1, origin + days)
        self.filters = linear_filters(around, further).astype(np.float32)
        self.medians = [median_days(around, int(day)) for day in further]

    def path(self, filled: np.ndarray, first: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(days, meters, slots) from the first day's forecast on.

        Args:
            filled: (history, meters, slots); rows from the origin on are not looked at.
            first: (meters, slots) of the first day.
            weights: (meters, EXPERTS) on that day.
        """
        days = 1 + len(self.medians)
        history = np.concatenate(
            [filled[: self.origin], np.empty((days, *first.shape), np.float32)]
        )
        history[self.origin] = np.nan_to_num(first)
        found = [first]
        for lead in range(1, days):
            at = self.origin + lead
            own = self.filters[:, lead - 1 : lead, :at]
            experts = experts_of(history[:at], own, [self.medians[lead - 1]])[:, 0]
            history[at] = np.einsum("me,ems->ms", weights, experts)
            found.append(np.where(np.isnan(first), np.float32(np.nan), history[at]))
        return np.stack(found)


def _add_errors(off: np.ndarray, path: np.ndarray, seen: np.ndarray) -> None:
    """Add each lead's errors, relative to the meter's on the first day, and how many they are."""
    known = np.isfinite(path) & np.isfinite(seen)
    count = known.sum(axis=2)
    error = np.where(known, np.abs(path - seen), 0.0).sum(axis=2) / np.maximum(count, 1)
    usual = error.mean(axis=0)
    counts = (count > 0).all(axis=0) & (usual > 0.0)
    # Every meter weighs the same, whatever it takes.
    off[:, 0] += (error[:, counts] / usual[counts]).sum(axis=1)
    off[:, 1] += counts.sum()


def _floor(known: np.ndarray) -> np.ndarray:
    """(meters, 1, 1): zero for a meter that never ran backwards."""
    lowest = np.fmin.reduce(known.reshape(len(known), -1), axis=1)
    return np.where(lowest >= 0.0, np.float32(0.0), np.float32(-np.inf))[:, None, None]


def _fill_further(quantiles: np.ndarray, off: np.ndarray, floor: np.ndarray) -> None:
    """Bands of the days after the first, none below its meter's floor."""
    middle = QUANTILES.index(0.5)
    relative = off[:, 0] / np.maximum(off[:, 1], 1.0)
    wider = relative / relative[0] if relative[0] > 0.0 else np.ones(len(off))
    wider = np.maximum.accumulate(np.clip(wider, 1.0, _MOST_WIDER)).astype(np.float32)
    about = quantiles[:, 0] - quantiles[:, 0, :, middle, None]
    for lead in range(1, quantiles.shape[1]):
        median = quantiles[:, lead, :, middle, None]
        quantiles[:, lead] = np.maximum(median + wider[lead] * about, floor)
