"""One series foretold: the days to come, the recent days as they would have been, and why."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from queries.forecasting.ahead import Ahead, ahead
from queries.forecasting.bands import QUANTILES
from queries.forecasting.features import Surroundings, lean, surroundings_of, usual_day
from queries.forecasting.history import filled_from_the_past, scale_of
from queries.forecasting.regression import SlotRegressions
from queries.forecasting.special_days import special_days
from queries.forecasting.temperature import Temperature, temperature_of, two_days_before

DRIVERS = ("usual", "calendar", "recent", "temperature", "rest")
_HALF_LIFE_DAYS = 400.0
_PENALTY = 0.05
_SKIPPED_DAYS = 15


@dataclass(frozen=True, slots=True)
class Task:
    """A series to foretell, all that is known of it.

    Attributes:
        series_id: Whose it is.
        first_day: The day of the first row.
        country: Whose holidays it keeps.
        load: (days, slots) [kW], the days to come among them, NaN where unknown.
        origin: Row of the first day to foretell.
        served, observed: (days, slots) [°C]; None: no weather.
        temperature_kind: ``forecast``, ``past`` or ``none``.
        fits_trees: Without boosted trees it is faster and somewhat worse.
    """

    series_id: str
    first_day: date
    country: str
    load: np.ndarray
    origin: int
    served: np.ndarray | None
    observed: np.ndarray | None
    temperature_kind: str
    fits_trees: bool = True


@dataclass(frozen=True, slots=True)
class Foretold:
    """What became of a task.

    Attributes:
        series_id: Whose it is.
        ahead: The forecast, with the recent days; None where it could not be made.
        drivers: (days ahead, DRIVERS) mean load [kW] of each part; they add up to the forecast.
        why_not: What stood in the way, in a sentence.
    """

    series_id: str
    ahead: Ahead | None
    drivers: np.ndarray
    why_not: str = ""


def foretell(task: Task) -> Foretold:
    """Foretell a series; one that cannot be says why, and stops no other."""
    try:
        around = surroundings(task)
        found = ahead(
            around,
            task.load,
            task.origin,
            len(task.load) - task.origin,
            fits_trees=task.fits_trees,
        )
        return Foretold(task.series_id, found, _drivers(around, task, found))
    except (ValueError, np.linalg.LinAlgError) as error:
        return Foretold(task.series_id, None, np.empty((0, len(DRIVERS))), str(error))


def surroundings(task: Task) -> Surroundings:
    """Calendar and weather of all days of a task."""
    calendar = special_days(task.first_day, len(task.load), task.country)
    return surroundings_of(calendar, _temperature(task))


def _temperature(task: Task) -> Temperature | None:
    if task.served is None or task.observed is None:
        return None
    if task.temperature_kind == "forecast":
        return temperature_of(task.served, task.observed, task.origin)
    observed = task.observed.copy()
    # As the last two days known: the line to the last value would make every hour a midnight.
    observed[task.origin :] = np.nanmean(observed[task.origin - 2 : task.origin], axis=0)
    return temperature_of(two_days_before(observed), observed, task.origin)


def _drivers(around: Surroundings, task: Task, found: Ahead) -> np.ndarray:
    """What a plain regression of the same features says moves each day off the usual day.

    A part is what its columns add over their mean of the days learnt from; the rest is what they
    do together, and what the other experts know.
    """
    load = task.load.copy()
    load[task.origin :] = np.nan
    scale = scale_of(load)
    learnt, filled = filled_from_the_past(scale.of(load))
    middle = found.quantiles[:, :, QUANTILES.index(0.5)]
    filled[task.origin :] = scale.of(middle)
    rows = np.arange(_SKIPPED_DAYS, task.origin)
    columns = lean(around, filled, rows)
    fitted = SlotRegressions(columns.flags, _HALF_LIFE_DAYS, (_PENALTY,))
    fitted.start(columns.values, learnt[rows] - usual_day(around, filled, rows))
    ahead_rows = np.arange(task.origin, len(load))
    off = lean(around, filled, ahead_rows).values - columns.values.mean(axis=0)
    effects = off * fitted.coefficients[0, :, 1:]
    usual = scale.back(usual_day(around, filled, ahead_rows))
    parts = [usual]
    for group in DRIVERS[1:-1]:
        own = [name.startswith(f"{group}.") for name in columns.names]
        effect = effects[:, :, own].sum(axis=2)
        parts.append(usual * np.expm1(effect) if scale.is_log else effect * scale.unit)
    parts.append(middle - sum(parts))
    return np.stack([part.mean(axis=1) for part in parts], axis=1)
