"""How the energy of single buildings follows the temperature: walls, absences, lasting habits.

Beside ``queries.load.temperature_response``, whose answer is the starting point, three things are
considered which least squares on the day's mean temperature know nothing of:

- A building feels yesterday, too. Its temperature is the air's, smoothed exponentially (a single
  thermal mass): mean of the day with the time constant of MEMORIES_H that suits best.
- Who is away lets the house cool down. Days far below what the fit expects are taken as absences
  and left out, or the slope would be that of a house that is empty now and then.
- What people do lasts (``queries.load.lasting_noise``). Coefficients and change points are those of
  generalised least squares, by Gauss-Newton steps: the weather of the week counts, a season in
  which more is done for another reason does not.

Standard errors are robust (Newey & West 1987, on the whitened days) and count what no form with one
slope can see, such as small heaters before the season: MODEL_ERROR_SHARE of the slope.
"""

from dataclasses import dataclass, replace

import numpy as np

from queries.load.change_points import candidates_c
from queries.load.response import FITTED, MODELS, Response
from queries.load.temperature_response import LEAST_DAYS, temperature_response
from queries.load.whitened_fit import (
    Buildings,
    WhitenedFit,
    residuals,
    robust_covariance,
    squares_felt,
    whitened_fit,
)

MEMORIES_H = (0.0, 9.0, 18.0, 36.0)
"""Time constants to try [h]: none, and from light walls to heavy ones."""
MODEL_ERROR_SHARE = 0.03
"""Of a slope, standard deviation: what homes of known losses differed by beyond the error that
their days allow (simulated homes of seeds 11 to 16 and 101 to 106)."""
ABSENT_BELOW = 3.0
"""Deviations (1.48 times the median one) below the fit, beyond which nobody is at home."""

_MOST_ABSENT_SHARE = 0.15
_ROWS = 500  # at a time
_TO_DEVIATION = 1.4826


@dataclass(frozen=True, slots=True)
class BuildingResponse:
    """What was found of buildings.

    Attributes:
        response: Change points and slopes against ``felt_c``.
        memory_h: Time constant of each, (rows,) [h].
        absent_days: Days left out of each, (rows,).
        felt_c: Temperature of every day as each building feels it, (rows, days).
    """

    response: Response
    memory_h: np.ndarray
    absent_days: np.ndarray
    felt_c: np.ndarray


def building_response(
    energy: np.ndarray,
    temperature_c: np.ndarray,
    effects: np.ndarray | None = None,
    *,
    least_days: int = LEAST_DAYS,
    least_heating_per_k: float = 0.0,
) -> BuildingResponse:
    """Fit every row of ``energy``; the arguments are those of ``temperature_response``.

    Rows with a heating slope below ``least_heating_per_k`` [energy/day/K] stay as least squares
    finds them, without memory: looking closer takes the time.
    """
    first = temperature_response(energy, temperature_c, effects, least_days=least_days)
    terms = np.ones((len(temperature_c), 1))
    if effects is not None:
        terms = np.hstack([terms, effects])
    felt = np.stack([felt_c(temperature_c, hours) for hours in MEMORIES_H])
    response, memory = first, np.zeros(len(energy), dtype=int)
    absent_days = np.zeros(len(energy), dtype=int)
    heats = np.nan_to_num(first.heating_per_k) >= least_heating_per_k
    close = np.flatnonzero((first.status == FITTED) & (first.model != MODELS[0]) & heats)
    for start in range(0, len(close), _ROWS):
        rows = close[start : start + _ROWS]
        known = np.where(np.isnan(temperature_c), np.nan, energy[rows].astype(np.float64))
        lived_in, fit = _without_absences(known, temperature_c, terms, first.of(rows))
        refined, memory[rows] = _refined(lived_in, fit, felt, terms)
        response = response.put(rows, refined)
        absent_days[rows] = (~np.isnan(known) & np.isnan(lived_in)).sum(axis=1)
    return BuildingResponse(response, np.array(MEMORIES_H)[memory], absent_days, felt[memory])


def felt_c(temperature_c: np.ndarray, memory_h: float) -> np.ndarray:
    """Mean of every day of the air's temperature smoothed with a time constant, (days,) [°C].

    Within a day the air is taken as its mean. A day that is not known is as the building felt last.
    """
    if memory_h == 0:
        return temperature_c
    left = np.exp(-24.0 / memory_h)
    mean_share = memory_h / 24.0 * (1.0 - left)
    known = temperature_c[~np.isnan(temperature_c)]
    state = known[:3].mean() if len(known) else np.nan
    found = np.full(len(temperature_c), np.nan)
    for day, outdoor in enumerate(temperature_c):
        if np.isnan(outdoor):
            continue
        found[day] = outdoor + mean_share * (state - outdoor)
        state = outdoor + left * (state - outdoor)
    return found


def _without_absences(
    energy: np.ndarray, temperature_c: np.ndarray, terms: np.ndarray, first: Response
) -> tuple[np.ndarray, Response]:
    """Energy without the days on which nobody was at home, and the fit of it."""
    lived_in, fit = energy, first
    for _ in range(2):
        is_absent = _absent(energy, temperature_c, terms, fit)
        before, lived_in = lived_in, np.where(is_absent, np.nan, energy)
        changed = np.flatnonzero((np.isnan(before) != np.isnan(lived_in)).any(axis=1))
        if not len(changed):
            break
        again = temperature_response(lived_in[changed], temperature_c, terms[:, 1:], least_days=1)
        fit = fit.put(changed, again)
    return lived_in, fit


def _expected(fit: Response, temperature_c: np.ndarray, terms: np.ndarray) -> np.ndarray:
    calendar = np.column_stack([fit.base, fit.effects]) @ terms.T
    return calendar + fit.heating(temperature_c) + fit.cooling(temperature_c)


def _absent(
    energy: np.ndarray, temperature_c: np.ndarray, terms: np.ndarray, fit: Response
) -> np.ndarray:
    """Days far below what is expected; none of a row that would lose many."""
    left = energy - _expected(fit, temperature_c, terms)
    middle = np.nanmedian(left, axis=1, keepdims=True)
    deviation = _TO_DEVIATION * np.nanmedian(np.abs(left - middle), axis=1, keepdims=True)
    is_absent = left < -ABSENT_BELOW * deviation
    share = is_absent.sum(axis=1) / (~np.isnan(energy)).sum(axis=1)
    return is_absent & (share <= _MOST_ABSENT_SHARE)[:, None]


def _refined(
    energy: np.ndarray, start: Response, felt: np.ndarray, terms: np.ndarray
) -> tuple[Response, np.ndarray]:
    """A response refined, and the place of the memory of each row in ``felt``."""
    kinds = start.model.astype(str)
    candidates = candidates_c(felt[0])
    mean = np.nanmean(energy, axis=1)
    own = Buildings(
        energy=energy / mean[:, None],
        felt_c=np.broadcast_to(felt[0], energy.shape),
        terms=terms,
        has_hinges=np.stack([np.isin(kinds, [part, "both"]) for part in MODELS[1:3]], axis=1),
        limits_c=(candidates[0], candidates[-1]),
    )
    change_c = np.stack([start.heating_below_c, start.cooling_above_c], axis=1)
    left = own.energy - _expected(start, felt[0], terms) / mean[:, None]
    memory = _memory(own, felt, change_c, left)
    own = replace(own, felt_c=felt[memory])
    fit = whitened_fit(own, change_c, left)
    fit = whitened_fit(own, fit.change_c, residuals(own, fit))
    is_sound = ((fit.coefficients[:, -2:] > 0) | ~own.has_hinges).all(axis=1)
    sound = np.flatnonzero(is_sound)
    return start.put(sound, _response(start, mean, own, fit).of(sound)), memory * is_sound


def _memory(own: Buildings, felt: np.ndarray, change_c: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Place of the time constant that suits each row best; none, unless another surely does."""
    days = felt.shape[1]
    squares = squares_felt(own, felt, change_c, left)
    known = (~np.isnan(own.energy)).sum(axis=1)
    surely = np.concatenate([[0.0], np.full(len(squares) - 1, np.log(max(days, 2)))])
    with np.errstate(divide="ignore"):
        criterion = known * np.log(squares) + surely[:, None]
    return criterion.argmin(axis=0)


def _response(start: Response, mean: np.ndarray, own: Buildings, fit: WhitenedFit) -> Response:
    """A response with the coefficients, change points and errors of ``fit``."""
    units = np.ones((len(mean), own.terms.shape[1] + 4))
    units[:, :-2] = mean[:, None]
    covariance = robust_covariance(fit, own.has_hinges) * units[:, :, None] * units[:, None, :]
    slopes = np.where(own.has_hinges, fit.coefficients[:, -2:], 0.0) * mean[:, None]
    for side in (0, 1):
        covariance[:, side - 4, side - 4] += (MODEL_ERROR_SHARE * slopes[:, side]) ** 2
    left = residuals(own, fit)
    total = np.nanvar(own.energy, axis=1)
    explained = np.divide(np.nanvar(left, axis=1), total, out=np.ones_like(total), where=total > 0)
    return replace(
        start,
        # The days' energy is met: what lasts on average belongs to the base.
        base=(fit.coefficients[:, 0] + np.nanmean(left, axis=1)) * mean,
        effects=fit.coefficients[:, 1:-2] * mean[:, None],
        heating_below_c=fit.change_c[:, 0],
        cooling_above_c=fit.change_c[:, 1],
        heating_per_k=slopes[:, 0],
        cooling_per_k=slopes[:, 1],
        covariance=covariance,
        r2=1 - explained,
        cvrmse=np.nanstd(left, axis=1),
    )
