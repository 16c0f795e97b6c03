"""One series foretold: the days to come, the recent days as they would have been, and why."""

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from queries.forecasting.ahead import Ahead, ahead, warm_up_start
from queries.forecasting.candidates import rivals_ahead
from queries.forecasting.choice import PRODUCTION, Serving, daily_errors, served_from
from queries.forecasting.day_ahead import check_length
from queries.forecasting.features import Surroundings, lean, surroundings_of, usual_day
from queries.forecasting.history import History, history_of
from queries.forecasting.regression import SlotRegressions
from queries.forecasting.special_days import special_days
from queries.forecasting.temperature import Temperature, temperature_of, two_days_before

DRIVERS = ("usual", "calendar", "recent", "temperature", "rest")
_HALF_LIFE_DAYS = 400.0
_PENALTY = 0.05
_SKIPPED_DAYS = 15


@dataclass(frozen=True, slots=True)
class LastServed:
    """What an earlier run served last.

    Attributes:
        day: The first day it foretold: on its eve the model was decided upon.
        model: Whose forecast it was.
        since: The first day that model served without a break.
        before: The model before it; None: none.
    """

    day: date
    model: str
    since: date
    before: str | None


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
        last_served: What the run before served; None: there was none.
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
    last_served: LastServed | None = None


@dataclass(frozen=True, slots=True)
class Foretold:
    """What became of a task.

    Attributes:
        series_id: Whose it is.
        ahead: The forecast that is served, with the recent days, each by the model that was chosen
            on its eve; None where it could not be made.
        drivers: (days ahead, DRIVERS) mean load [kW] of each part; they add up to the forecast.
        why_not: What stood in the way, in a sentence.
        tried: Every candidate's forecasts, by model.
        servings: Who serves each recent day, and after them the days ahead.
    """

    series_id: str
    ahead: Ahead | None
    drivers: np.ndarray
    why_not: str = ""
    tried: dict[str, Ahead] = field(default_factory=dict)
    servings: tuple[Serving, ...] = ()


def foretell(task: Task) -> Foretold:
    """Foretell a series by the best of the candidates; one that cannot be says why."""
    try:
        around = surroundings(task)
        start = warm_up_start(task.origin)
        check_length(start)
        load = task.load.copy()
        load[task.origin :] = np.nan
        known = history_of(load, start)
        days = len(load) - task.origin
        tried = {
            PRODUCTION: ahead(
                around, load, task.origin, days, fits_trees=task.fits_trees, history=known
            ),
            **rivals_ahead(around, load, known, task.origin, days),
        }
    except (ValueError, np.linalg.LinAlgError) as error:
        return Foretold(task.series_id, None, np.empty((0, len(DRIVERS))), str(error))
    servings = _servings(task, tried)
    recent = [tried[one.model].warm_up[[row]] for row, one in enumerate(servings[:-1])]
    served = tried[servings[-1].model]
    if recent:
        served = replace(served, warm_up=np.concatenate(recent))
    drivers = _drivers(around, task.origin, known, served)
    return Foretold(task.series_id, served, drivers, tried=tried, servings=servings)


def _servings(task: Task, tried: dict[str, Ahead]) -> tuple[Serving, ...]:
    """Who serves each recent day and the first one ahead; days before the last run are settled."""
    start, origin = warm_up_start(task.origin), task.origin
    losses = {name: np.full(origin, np.nan) for name in tried}
    for name, one in tried.items():
        losses[name][start:] = daily_errors(one.median_of_warm_up, task.load[start:origin])
    serving, first = Serving(PRODUCTION, start), start
    last = task.last_served
    if last is not None:
        serving = Serving(last.model, (last.since - task.first_day).days, last.before)
        first = max(start, (last.day - task.first_day).days + 1)
    if serving.model not in tried:
        serving = Serving(PRODUCTION, first, serving.model)
    return (*[serving] * (first - start), *served_from(losses, first, origin, serving))


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


def _drivers(around: Surroundings, origin: int, known: History, found: Ahead) -> np.ndarray:
    """What a plain regression of the same features says moves each day off the usual day.

    A part is what its columns add over their mean of the days learnt from; the rest is what they
    do together, and what other models know.
    """
    scale, filled = known.scale, known.filled.copy()
    middle = found.median
    filled[origin:] = scale.of(middle)
    rows = np.arange(_SKIPPED_DAYS, origin)
    columns = lean(around, filled, rows)
    fitted = SlotRegressions(columns.flags, _HALF_LIFE_DAYS, (_PENALTY,))
    fitted.start(columns.values, known.learnt[rows] - usual_day(around, filled, rows))
    ahead_rows = np.arange(origin, len(filled))
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
