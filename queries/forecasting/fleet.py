"""Tomorrow's load of every meter at once: few simple forecasts, weighted meter by meter."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from queries.forecasting.bands import QUANTILES
from queries.forecasting.day_ahead import LEAST_DAYS, TooShortError
from queries.forecasting.features import Surroundings
from queries.forecasting.fleet_filters import LINEAR, MEDIANS, linear_filters, median_days
from queries.forecasting.fleet_gaps import filled_like_days, without_spikes
from queries.forecasting.medians import median_across

EXPERTS = (*LINEAR, *MEDIANS)
WARM_UP_DAYS = 28
"""Days before the first forecast on which each meter's weights and errors are learnt."""
HALF_LIFE_DAYS = 14.0
SHARPNESS = 15.0
_FAR = 2.0
"""An error counts up to twice what the meter usually errs by or was expected to take."""
_AT_ONCE = 1 << 20
"""Values foretold together, the warm-up's included: it bounds the memory."""
_MEDIAN_AT_ONCE = 1 << 13
"""Columns whose median is taken together: they stay in the processor's cache."""
_SPREAD_PRIOR_DAYS = 5.0
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class FleetForecast:
    """Day-ahead forecasts of many meters, float32, in the unit of their load.

    Attributes:
        first: Row of the first day foretold.
        median: (meters, days, slots); NaN for a meter of which nothing was read before the day.
        quantiles: (meters, days, slots, QUANTILES), ascending, the median in their middle; NaN
            beside it for a meter that was not read in the warm-up. None if not asked for.
        expected: (meters, days, slots) the mean of what may come. Of a household, whose load is
            low at most times and high at few, it lies above the median; means add up to the mean
            of a sum, medians do not. None without quantiles.
        weights: (meters, EXPERTS) on the last day, adding up to 1.
    """

    first: int
    median: np.ndarray
    quantiles: np.ndarray | None
    weights: np.ndarray
    expected: np.ndarray | None = None


@threadpool_limits.wrap(limits=1)
def fleet_forecast(
    around: Surroundings,
    load: np.ndarray,
    first: int,
    last: int | None = None,
    *,
    with_quantiles: bool = False,
) -> FleetForecast:
    """Forecast the rows ``first`` to ``last`` of every meter, each from the end of the day before.

    A gap takes the mean of the last days of its kind, moved to the level of its own day; a reading
    far beyond the week before and the rest of its day is taken for a gap. Nine forecasts (EXPERTS)
    stand for each meter; what one errs by in the last weeks, against the best of them, decides its
    weight, as in ``mixture``. A meter that never ran backwards is not foretold to. Everything is
    additive, so zeros and export are as good as any load.

    Bands are quantiles of the meter's own errors in the last WARM_UP_DAYS, by the usual error of
    each slot.

    Args:
        around: Calendar and weather that all meters share, the days to forecast included. The
            temperature counts by the mean of a day: its slots need not be the load's.
        load: (meters, days, slots), NaN where nothing was read; a day's own values and later ones
            do not enter its forecast.
        first: Row of the first day to foretell.
        last: Row of the last one, included; ``first`` if None. ``load`` reaches to the day before.
        with_quantiles: Bands too, which takes little longer.

    Raises:
        TooShortError: Less than LEAST_DAYS + WARM_UP_DAYS of history before ``first``.
        ValueError: ``load`` ends or ``around`` ends before it must.
    """
    last = first if last is None else last
    check_span(around, load, first, last)
    meters, _, slots = load.shape
    days = np.arange(first - WARM_UP_DAYS, last + 1)
    filters = linear_filters(around, days).astype(np.float32)
    medians = [median_days(around, int(day)) for day in days]
    foretold = last - first + 1
    median = np.empty((meters, foretold, slots), np.float32)
    weights = np.empty((meters, len(EXPERTS)), np.float32)
    quantiles = (
        np.empty((meters, foretold, slots, len(QUANTILES)), np.float32) if with_quantiles else None
    )
    expected = np.empty_like(median) if with_quantiles else None
    for block in blocks(meters, len(days) * slots):
        seen = without_spikes(by_day(load[block], last))
        filled, known_from = filled_like_days(seen[:-1], around.memory.like)
        experts = experts_of(filled, filters, medians)
        truth = seen[days[0] :]
        mean, by_weight = mixed(experts, truth)
        weights[block] = by_weight[-1]
        mean = never_below(mean, seen, days)
        mean[days[:, None] <= known_from[None, :]] = np.nan
        median[block] = mean[WARM_UP_DAYS:].transpose(1, 0, 2)
        if quantiles is not None and expected is not None:
            beside = mean[WARM_UP_DAYS:] + usual_errors(mean, truth)
            beside = never_below(beside, seen, days[WARM_UP_DAYS:])
            expected[block] = beside.transpose(1, 0, 2)
            bands = banded(mean, truth)
            quantiles[block] = never_below(bands, seen, days[WARM_UP_DAYS:]).transpose(1, 0, 2, 3)
    return FleetForecast(first, median, quantiles, weights, expected)


def check_span(around: Surroundings, load: np.ndarray, first: int, last: int) -> None:
    """Say what is missing of history, load or calendar to foretell the rows first to last."""
    if first < LEAST_DAYS + WARM_UP_DAYS:
        raise TooShortError(
            f"{first} days of history before the first forecast; at least "
            f"{LEAST_DAYS + WARM_UP_DAYS} are needed. Begin later or give an earlier history."
        )
    if load.ndim != 3 or load.shape[1] < last or len(around.calendar.days) <= last:
        raise ValueError(
            f"the load is {load.shape} and the calendar {len(around.calendar.days)} days long; to "
            f"forecast day {last}, give (meters, at least {last}, slots) and {last + 1} days."
        )


def blocks(meters: int, values: int) -> Iterator[slice]:
    """Meters at once, each with so many values to foretell."""
    size = max(1, _AT_ONCE // values)
    return (slice(start, min(meters, start + size)) for start in range(0, meters, size))


def by_day(load: np.ndarray, last: int) -> np.ndarray:
    """(last + 1, meters, slots) of which the last day is blank."""
    meters, _, slots = load.shape
    seen = np.full((last + 1, meters, slots), np.nan, np.float32)
    seen[:last] = load[:, :last].transpose(1, 0, 2)
    return seen


def experts_of(
    filled: np.ndarray, filters: np.ndarray, medians: list[tuple[np.ndarray, ...]]
) -> np.ndarray:
    """(EXPERTS, days, meters, slots)."""
    days = filters.shape[1]
    values = filled.reshape(len(filled), -1)
    found = np.empty((len(EXPERTS), days, values.shape[1]), np.float32)
    linear = found[: len(LINEAR)].reshape(-1, values.shape[1])
    np.matmul(filters.reshape(len(linear), -1), values, out=linear)
    for start in range(0, values.shape[1], _MEDIAN_AT_ONCE):
        part = slice(start, start + _MEDIAN_AT_ONCE)
        for day, sets in enumerate(medians):
            for at, rows in enumerate(sets, len(LINEAR)):
                found[at, day, part] = median_across([values[row, part] for row in rows])
    return found.reshape(len(EXPERTS), days, *filled.shape[1:])


def mixed(experts: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One forecast (days, meters, slots) of each day, and its weights (days, meters, EXPERTS)."""
    known = np.isfinite(truth)
    error = np.abs(experts - np.where(known, truth, 0.0))
    error = np.einsum("etms,tms->etm", error, known.astype(np.float32))
    count = known.sum(axis=2)
    level = np.abs(experts).mean(axis=3).max(axis=0)
    loss, values = np.zeros(error[:, 0].shape), np.zeros(count[0].shape)
    fading = 0.5 ** (1.0 / HALF_LIFE_DAYS)
    found = np.empty_like(truth)
    weights = np.empty_like(error.transpose(1, 0, 2))
    for day in range(len(truth)):
        relative = loss / np.maximum(values, 1.0)
        relative = relative / np.maximum(relative.min(axis=0), _TINY) - 1.0
        weights[day] = np.exp(-SHARPNESS * np.clip(relative, 0.0, 50.0))
        weights[day] /= weights[day].sum(axis=0)
        found[day] = np.einsum("em,ems->ms", weights[day], experts[:, day])
        usual = np.maximum(loss.mean(axis=0) / np.maximum(values, 1.0), level[day]) * count[day]
        far = np.where(usual > 0.0, _FAR * usual, np.inf)
        loss = loss * fading + np.minimum(error[:, day], far)
        values = values * fading + count[day]
    return found, weights.transpose(0, 2, 1)


def never_below(forecast: np.ndarray, seen: np.ndarray, days: np.ndarray) -> np.ndarray:
    """No less than zero for a meter that had never been below zero before the day.

    Args:
        forecast: (days, meters, slots, …).
        seen: (all days, meters, slots).
        days: Rows of ``forecast``, consecutive.
    """
    before = np.fmin.reduce(seen[: days[0]], axis=0)
    lowest = np.fmin.accumulate(np.concatenate([before[None], seen[days[:-1]]]), axis=0)
    floor = np.where(np.fmin.reduce(lowest, axis=2) >= 0.0, np.float32(0.0), -np.inf)
    shape = floor.shape + (1,) * (forecast.ndim - 2)
    return np.maximum(forecast, floor.reshape(shape))


def banded(mixed: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Quantiles (days, meters, slots, QUANTILES) about forecasts of the days after the warm-up."""
    error = truth - mixed
    days = len(mixed) - WARM_UP_DAYS
    found = np.empty((days, *mixed.shape[1:], len(QUANTILES)), np.float32)
    for day in range(days):
        spread, offsets = _spread_and_offsets(error[day : day + WARM_UP_DAYS])
        found[day] = spread[:, :, None] * offsets[:, None, :]
        found[day] += mixed[day + WARM_UP_DAYS][:, :, None]
    return found


def usual_errors(mixed: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean error (days, meters, slots) of the weeks before each day after the warm-up.

    A slot's own is drawn to the meter's; zero for a meter that was not read.
    """
    error = truth - mixed
    found = []
    for day in range(len(mixed) - WARM_UP_DAYS):
        window = error[day : day + WARM_UP_DAYS]
        known = np.isfinite(window)
        total, count = np.where(known, window, 0.0).sum(axis=0), known.sum(axis=0)
        usual = total.sum(axis=1) / np.maximum(count.sum(axis=1), 1)
        total += _SPREAD_PRIOR_DAYS * usual[:, None]
        found.append(total / (count + _SPREAD_PRIOR_DAYS))
    return np.stack(found).astype(np.float32)


def _spread_and_offsets(error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Usual error (meters, slots), drawn to the meter's own; quantiles of errors in its units."""
    known = np.isfinite(error)
    size = np.where(known, np.abs(error), 0.0)
    count = known.sum(axis=0)
    usual = size.sum(axis=(0, 2)) / np.maximum(count.sum(axis=1), 1)
    spread = (size.sum(axis=0) + _SPREAD_PRIOR_DAYS * usual[:, None]) / (count + _SPREAD_PRIOR_DAYS)
    spread = np.maximum(spread, _TINY).astype(np.float32)
    ratios = np.where(known, error / spread, np.inf).transpose(1, 0, 2)
    ratios = np.sort(ratios.reshape(len(ratios), -1), axis=1)
    ratios[count.sum(axis=1) == 0] = np.nan
    place = np.array(QUANTILES) * np.maximum(count.sum(axis=1) - 1, 0)[:, None]
    low = np.floor(place).astype(int)
    below = np.take_along_axis(ratios, low, axis=1)
    above = np.take_along_axis(ratios, np.ceil(place).astype(int), axis=1)
    offsets = below + (place - low) * (above - below)
    middle = QUANTILES.index(0.5)
    offsets[:, :middle] = np.minimum(offsets[:, :middle], 0.0)
    offsets[:, middle] = 0.0
    offsets[:, middle + 1 :] = np.maximum(offsets[:, middle + 1 :], 0.0)
    return spread, offsets
