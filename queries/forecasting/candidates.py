"""Every candidate's forecasts of one series over the same recent days, and of the days to come."""

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from queries.forecasting.ahead import TRIED_EVERY_DAYS, Ahead, warm_up_start, wider_by_lead
from queries.forecasting.bands import QUANTILES, Bands
from queries.forecasting.classical import Classical
from queries.forecasting.features import Surroundings
from queries.forecasting.history import History
from queries.forecasting.vanilla import REFIT_DAYS, Vanilla

Path = Callable[[int, int], np.ndarray]
"""(day, days) → (days, slots) on the model's scale, from what is known before the row ``day``."""
_LEAST_SHARE = 0.01
"""Of the mean load, below which no logarithm is taken."""
_BEYOND = 0.25


@threadpool_limits.wrap(limits=1)
def rivals_ahead(
    around: Surroundings, load: np.ndarray, known: History, origin: int, days: int
) -> dict[str, Ahead]:
    """What the candidates beside the production model say, with bands from their own errors.

    A model that cannot be fitted to this history is left out.

    Args:
        around: Calendar and weather of history and of the days to come.
        load: (days, slots), NaN from ``origin`` on.
        known: Its history.
        origin: Row of the first day to foretell.
        days: How many.
    """
    start = warm_up_start(origin)
    found = {}
    for name, make in _MAKERS.items():
        try:
            path = make(around, load, known, start, origin)
            found[name] = _tried(path, around, known, origin, days)
        except (ValueError, np.linalg.LinAlgError):
            continue  # it takes no part in the choice
    return found


def _tried(path: Path, around: Surroundings, known: History, origin: int, days: int) -> Ahead:
    """A path's day-ahead forecasts of the recent days and its days to come, as ``ahead`` does."""
    start, slots = warm_up_start(origin), known.filled.shape[1]
    calendar = around.calendar
    is_special = (calendar.to_block <= 1) | (calendar.since_block <= 1)
    bands, lowest, highest = Bands(slots), *_extremes(known.learnt)
    errors, warm_up = [], []
    for day in range(start, origin):
        is_trial = days > 1 and (day - start) % TRIED_EVERY_DAYS == 0 and day + days <= origin
        middle = path(day, days if is_trial else 1)
        if is_trial:
            errors.append(np.abs(middle - known.learnt[day : day + days]).mean(axis=1))
        quantiles = _about(
            bands, (lowest[day], highest[day]), middle[0], is_special=bool(is_special[day])
        )
        warm_up.append(quantiles)
        bands.learn(quantiles, known.learnt[day], is_special=bool(is_special[day]))
    wider, last = wider_by_lead(errors, days), (lowest[origin], highest[origin])
    to_come = np.stack(
        [
            _about(
                bands, last, middle, is_special=bool(is_special[origin + lead]), wider=wider[lead]
            )
            for lead, middle in enumerate(path(origin, days))
        ]
    )
    tried = np.stack(warm_up) if warm_up else np.empty((0, *to_come.shape[1:]))
    return Ahead(origin, known.scale.back(to_come), known.scale.back(tried), np.ones(1))


def _extremes(learnt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far a forecast of each day may go: somewhat farther than the load had gone before it."""
    low = np.fmin.accumulate(np.fmin.reduce(learnt, axis=1))[:-1]
    high = np.fmax.accumulate(np.fmax.reduce(learnt, axis=1))[:-1]
    beyond = _BEYOND * (high - low)
    return np.append(np.nan, low - beyond), np.append(np.nan, high + beyond)


def _about(
    bands: Bands,
    bounds: tuple[float, float],
    middle: np.ndarray,
    *,
    is_special: bool,
    wider: float = 1.0,
) -> np.ndarray:
    """Bands that leave the forecast itself alone: a rival is judged by what it says."""
    middle = np.clip(middle, *bounds)[:, None]
    found = np.clip(bands.around(middle[:, 0], is_special=is_special, wider=wider), *bounds)
    at = QUANTILES.index(0.5)
    return np.concatenate(
        [np.minimum(found[:, :at], middle), middle, np.maximum(found[:, at + 1 :], middle)], axis=1
    )


def _naive(days_before: int) -> Callable[..., Path]:
    def make(
        _around: Surroundings, _load: np.ndarray, known: History, _start: int, _origin: int
    ) -> Path:
        def path(day: int, days: int) -> np.ndarray:
            # Further ahead than known days reach, the same weekday or the last day again.
            rows = [day + lead - days_before * (1 + lead // days_before) for lead in range(days)]
            return known.filled[rows]

        return path

    return make


def _vanilla(
    around: Surroundings, load: np.ndarray, known: History, start: int, _origin: int
) -> Path:
    model = Vanilla(around, load)
    scale = known.scale

    def path(day: int, days: int) -> np.ndarray:
        if (day - start) % REFIT_DAYS == 0:
            model.fit(day)
        found = model.path(day, days)
        return scale.of(np.maximum(found, _LEAST_SHARE * scale.unit) if scale.is_log else found)

    return path


def _classical(
    around: Surroundings, _load: np.ndarray, known: History, start: int, origin: int
) -> Path:
    model = Classical(around, known.filled, origin)
    model.fit(start)
    return model.path


_MAKERS: dict[str, Callable[..., Path]] = {
    "vanilla": _vanilla,
    "classical": _classical,
    "naive_168h": _naive(7),
    "naive_24h": _naive(1),
}
