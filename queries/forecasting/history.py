"""What is known of a series: days as rows, gaps filled from its own past, dropouts set aside."""

from dataclasses import dataclass

import numpy as np

from queries.forecasting.medians import median_of_known

_REFERENCE_DAYS = 10
_SPREAD_DAYS = 60
_FIRST_DAYS = 7
_LEAST_SHARE_SEEN = 0.25
_FAR = 8.0
_FAR_AT_LEAST = 0.2
_SPREAD_AT_LEAST = 0.015
_CLEARLY_POSITIVE = 0.02


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale a model works on, and back.

    Loads that stay well above zero are multiplicative: logarithms, ``is_log``. Others (a feeder
    that exports at noon, one meter with standstills) are taken as shares of ``unit``.
    """

    is_log: bool
    unit: float

    def of(self, load: np.ndarray) -> np.ndarray:
        """``load`` on the scale; where it is not positive, a logarithm is missing."""
        if not self.is_log:
            return load / self.unit
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log(np.where(load > 0.0, load, np.nan) / self.unit)

    def back(self, scaled: np.ndarray) -> np.ndarray:
        """The load in its own unit."""
        return (np.exp(scaled) if self.is_log else scaled) * self.unit


@dataclass(frozen=True, slots=True)
class History:
    """A series as models see it.

    Attributes:
        scale: What ``learnt`` and ``filled`` are on.
        learnt: (days, slots) what may be learnt from, NaN where unknown or set aside.
        filled: (days, slots) the same without gaps.
    """

    scale: Scale
    learnt: np.ndarray
    filled: np.ndarray


def history_of(load: np.ndarray, known: int) -> History:
    """The history of ``load`` (days, slots), on the scale of its first ``known`` days.

    Raises:
        ValueError: Nothing but zeros, or nothing at all, was read on these days.
    """
    scale = scale_of(load[:known])
    return History(scale, *filled_from_the_past(scale.of(load)))


def scale_of(load: np.ndarray) -> Scale:
    """The scale that fits ``load`` (days, slots), NaN where nothing was read.

    Raises:
        ValueError: Not a single value, or nothing but zeros.
    """
    values = load[np.isfinite(load)]
    unit = float(np.mean(np.abs(values))) if len(values) else 0.0
    if unit == 0.0:
        raise ValueError("the load has no value other than zero; there is nothing to forecast.")
    return Scale(bool(np.quantile(values, 0.01) > _CLEARLY_POSITIVE * unit), unit)


def filled_from_the_past(scaled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What may be learnt from, and the same without gaps; both (days, slots).

    A gap takes the median shape of the days before at the level of its own day; a day with less
    than a quarter of its readings takes the same weekday of the week before, moved by how much the
    day before differed from a week earlier. A reading farther from its expected place than eight
    times the usual spread (and 20 %) is a dropout and treated as a gap, unless the day before was
    off in the same way: then the load has changed. Only the days up to a reading's own are looked
    at, so nothing changes when more days arrive; the first week alone is completed by itself.
    """
    days, slots = scaled.shape
    learnt, filled = scaled.copy(), scaled.copy()
    shapes = np.full((days, slots), np.nan)
    usual = np.full((days, slots), np.nan)
    before = np.zeros(slots)
    first = median_of_known(scaled[:_FIRST_DAYS])
    first = np.where(np.isfinite(first), first, median_of_known(scaled[:_FIRST_DAYS].ravel()))
    for day in range(days):
        seen = scaled[day]
        if day < _FIRST_DAYS:
            filled[day] = np.where(np.isfinite(seen), seen, first)
        else:
            expected = _expected_shape(shapes, day)
            off = seen - expected
            level = median_of_known(off)
            off = off - level
            limit = _limit(usual[max(0, day - _SPREAD_DAYS) : day])
            goes_on = (np.abs(before) > limit / 2.0) & (np.sign(before) == np.sign(off))
            is_out = (np.abs(off) > limit) & ~goes_on
            if np.isfinite(off).mean() < _LEAST_SHARE_SEEN:
                is_out[:], level = True, np.nan
            usual[day] = np.where(is_out, np.nan, off)
            learnt[day] = np.where(is_out, np.nan, seen)
            before = np.nan_to_num(off)
            if np.isfinite(level):
                filled[day] = np.where(np.isfinite(learnt[day]), seen, expected + level)
            else:
                filled[day] = _like_last_week(filled, day)
        if np.isfinite(seen).mean() > 0.5:
            shapes[day] = seen - median_of_known(seen)
    return learnt, filled


def _expected_shape(shapes: np.ndarray, day: int) -> np.ndarray:
    """Median shape of the days before; the same weekday of the last two weeks counts twice."""
    same = [shapes[day - back : day - back + 1] for back in (7, 14) if day >= back]
    expected = median_of_known(np.vstack([shapes[max(0, day - _REFERENCE_DAYS) : day], *same]))
    return np.where(np.isfinite(expected), expected, 0.0)


def _limit(usual: np.ndarray) -> np.ndarray:
    spread = 1.4826 * median_of_known(np.abs(usual))
    spread = np.where(np.isfinite(spread), spread, 0.1)
    return np.maximum(_FAR * np.maximum(spread, _SPREAD_AT_LEAST), _FAR_AT_LEAST)


def _like_last_week(filled: np.ndarray, day: int) -> np.ndarray:
    moved = np.median(filled[day - 1] - filled[day - 8]) if day >= 8 else 0.0
    return filled[day - 7] + np.clip(moved, -0.5, 0.5)
