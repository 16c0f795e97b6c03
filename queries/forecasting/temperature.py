"""Temperature as a load feels it: today's as served, the days before as observed."""

from dataclasses import dataclass

import numpy as np

from queries.forecasting.memory import Memory, mean_of

_DAY_KNOTS = (0.1, 0.3, 0.5, 0.7, 0.9)
_LEAN_KNOTS = (0.35, 0.65)


@dataclass(frozen=True, slots=True)
class Temperature:
    """Temperatures (days, slots) [°C] without gaps, and the bends of a load's response to them.

    Attributes:
        served: What is known of a day before it begins: the forecast, or what stands for it.
        observed: What a day's temperature turned out to be; of a day to come, the same as served.
        knots, slot_knots, lean_knots: Where the response may bend [°C]: quantiles of daily means
            and of single values, of the days known when the model was made.
    """

    served: np.ndarray
    observed: np.ndarray
    knots: np.ndarray
    slot_knots: np.ndarray
    lean_knots: np.ndarray


def temperature_of(served: np.ndarray, observed: np.ndarray, known_days: int) -> Temperature:
    """Temperatures with bends from the first ``known_days`` days alone.

    Args:
        served: (days, slots) [°C], NaN where nothing was served: the mean of the two days before
            stands in.
        observed: (days, slots) [°C], NaN where nothing was observed: served, else the last value.
        known_days: Days of which everything is known.
    """
    observed = _without_gaps(np.where(np.isfinite(observed), observed, served))
    recent = mean_of(observed, _two_before(len(observed)))
    recent[0] = observed[0]
    served = np.where(np.isfinite(served), served, recent)
    known = observed[:known_days]
    means = known.mean(axis=1)
    return Temperature(
        served=served,
        observed=observed,
        knots=np.quantile(means, _DAY_KNOTS),
        slot_knots=np.quantile(known, _DAY_KNOTS),
        lean_knots=np.quantile(means, _LEAN_KNOTS),
    )


def two_days_before(observed: np.ndarray) -> np.ndarray:
    """The mean of the two days before stands for a day's temperature: no forecast at all."""
    served = mean_of(_without_gaps(observed), _two_before(len(observed)))
    served[0] = observed[0]
    return served


def lean_columns(of: Temperature, rows: np.ndarray, memory: Memory) -> dict[str, np.ndarray]:
    """How today differs from the last week and from yesterday, straight and beyond two bends.

    Returns:
        Columns (rows, slots) or (rows, 1).
    """
    week = memory.normal_week[rows]
    yesterday = np.maximum(rows - 1, 0)
    means = of.observed.mean(axis=1, keepdims=True)
    today, today_mean = of.served[rows], of.served[rows].mean(axis=1, keepdims=True)
    columns = {
        "over_week": today - mean_of(of.observed, week),
        "over_yesterday": today - of.observed[yesterday],
        "mean_over_week": today_mean - mean_of(means, week),
        "mean_over_yesterday": today_mean - means[yesterday],
    }
    for at, knot in enumerate(of.lean_knots):
        above, above_slots = np.maximum(0.0, means - knot), np.maximum(0.0, of.observed - knot)
        now, now_slots = np.maximum(0.0, today_mean - knot), np.maximum(0.0, today - knot)
        columns[f"mean_above_{at}_over_week"] = now - mean_of(above, week)
        columns[f"mean_above_{at}_over_yesterday"] = now - above[yesterday]
        columns[f"above_{at}_over_week"] = now_slots - mean_of(above_slots, week)
    return columns


def full_columns(of: Temperature, rows: np.ndarray, memory: Memory) -> dict[str, np.ndarray]:
    """A response bent at five temperatures: of the day's mean, of the slot, of the last hours.

    Returns:
        Columns (rows, slots) or (rows, 1).
    """
    week = memory.week[rows]
    yesterday, before = np.maximum(rows - 1, 0), np.maximum(rows - 2, 0)
    means = of.observed.mean(axis=1, keepdims=True)
    mean = of.served[rows].mean(axis=1, keepdims=True)
    lagged = np.vstack([means[:1], means[:-1]])
    columns: dict[str, np.ndarray] = {}
    day_now = _bent(mean, of.knots)
    day_all, slot_all = _bent(means, of.knots), _bent(of.observed, of.slot_knots)
    mixed_now = _bent(0.6 * mean + 0.4 * means[yesterday], of.knots)
    mixed_all = _bent(0.6 * means + 0.4 * lagged, of.knots)
    slot_now = _bent(of.served[rows], of.slot_knots)
    hours = of.served.shape[1] // 4
    recent_now = _bent(_trailing(of.observed[yesterday], of.served[rows], hours), of.slot_knots)
    recent_all = _bent(
        _trailing(np.vstack([of.observed[:1], of.observed[:-1]]), of.observed, hours),
        of.slot_knots,
    )
    for at in range(len(of.knots) + 1):
        columns[f"day_{at}"] = day_now[at]
        columns[f"day_{at}_over_week"] = day_now[at] - mean_of(day_all[at], week)
        columns[f"day_{at}_over_yesterday"] = day_now[at] - day_all[at][yesterday]
        columns[f"two_days_{at}_over_week"] = mixed_now[at] - mean_of(mixed_all[at], week)
        columns[f"slot_{at}_over_week"] = slot_now[at] - mean_of(slot_all[at], week)
        columns[f"slot_{at}_over_yesterday"] = slot_now[at] - slot_all[at][yesterday]
        columns[f"hours_{at}_over_week"] = recent_now[at] - mean_of(recent_all[at], week)
    columns["day_before_yesterday"] = mean - means[before]
    return columns


def tree_columns(of: Temperature, rows: np.ndarray, memory: Memory) -> dict[str, np.ndarray]:
    """Temperatures as they are, for a model that finds the bends itself.

    Returns:
        Columns (rows, slots) or (rows, 1).
    """
    yesterday = np.maximum(rows - 1, 0)
    today, before = of.served[rows], of.observed[yesterday]
    slots = today.shape[1]
    means = of.observed.mean(axis=1, keepdims=True)
    mean = today.mean(axis=1, keepdims=True)
    like = memory.like[rows, -1]
    year_ago = memory.year_ago[rows]
    return {
        "slot": today,
        "last_3_h": _trailing(before, today, max(1, slots // 8)),
        "last_24_h": _trailing(before, today, slots),
        "last_72_h": (
            _trailing(before, today, slots) + means[yesterday] + means[np.maximum(rows - 2, 0)]
        )
        / 3.0,
        "mean": mean,
        "maximum": today.max(axis=1, keepdims=True),
        "minimum": today.min(axis=1, keepdims=True),
        "over_yesterday": today - before,
        "mean_over_yesterday": mean - means[yesterday],
        "mean_over_week": mean - mean_of(means, memory.week[rows]),
        "mean_yesterday": means[yesterday],
        "over_like_day": today - mean_of(of.observed, like[:, None]),
        "mean_over_year_ago": mean - mean_of(means, year_ago[:, None]),
    }


def _bent(temperature: np.ndarray, knots: np.ndarray) -> list[np.ndarray]:
    """The temperature from the middle knot, and how far it lies above each knot [K]."""
    middle = knots[len(knots) // 2]
    return [temperature - middle, *(np.maximum(0.0, temperature - knot) for knot in knots)]


def _trailing(before: np.ndarray, today: np.ndarray, slots: int) -> np.ndarray:
    """Mean of the last ``slots`` values up to each slot of ``today``, reaching into ``before``."""
    both = np.concatenate([before, today], axis=1)
    total = np.cumsum(np.concatenate([np.zeros((len(both), 1)), both], axis=1), axis=1)
    size = today.shape[1]
    return (total[:, size + 1 :] - total[:, size + 1 - slots : 2 * size + 1 - slots]) / slots


def _two_before(days: int) -> np.ndarray:
    index = np.arange(days)
    return np.maximum(np.stack([index - 2, index - 1], axis=1), -1)


def _without_gaps(values: np.ndarray) -> np.ndarray:
    """Gaps filled with the same slot of the day before; at the beginning with the first value."""
    if not np.isfinite(values).any():
        raise ValueError("the temperature has no value at all; leave the weather out instead.")
    first = values.ravel()[np.flatnonzero(np.isfinite(values.ravel()))[0]]
    filled = values.copy()
    for day in np.flatnonzero(~np.isfinite(values).all(axis=1)):
        before = filled[day - 1] if day else np.full(values.shape[1], first)
        filled[day] = np.where(np.isfinite(filled[day]), filled[day], before)
    return filled
