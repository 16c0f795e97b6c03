"""How the energy of a day follows its temperature: base, heating and cooling of many rows at once.

The model is that of ``queries.load.change_points``. Which of its forms holds is chosen by
Schwarz's criterion (1978), n·ln(RSS / n) + k·ln(n), a change point counting as a parameter. Days
that follow each other resemble each other: n is the effective number of days,
n·(1 − ρ) / (1 + ρ) with ρ the correlation of residuals a day apart (ASHRAE Guideline 14-2014,
annex B). Standard errors are those of non-linear least squares under noise that lasts
(``queries.load.lasting_noise``): they count that the change points were estimated too, and how far
days resemble those of weeks before. Intervals of slopes hold the truth about 19 times in 20, those
of change points 9 times in 10, where the form is true; what a single home's heating is, absences
and slow walls considered, says ``queries.load.building_response``.
"""

from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from queries.load.change_points import COLDEST_C, FINE_K, search
from queries.load.lasting_noise import LastingNoise, lasting_noise, scattered
from queries.load.response import FEW_DAYS, FITTED, MODELS, NARROW, NO_USE, Response

LEAST_DAYS = 328
"""Days with energy and temperature: 90 % of a year (CalTRACK 2.0, section 2.2)."""
LEAST_RANGE_K = 12.0
"""Between the days' 5 % and 95 % quantiles of temperature, or slopes are guesses."""
_ROWS = 200  # at a time: what they need stays in the processor's cache for the most part
_MOST_CORRELATED = 0.95


def temperature_response(
    energy: np.ndarray,
    temperature_c: np.ndarray,
    effects: np.ndarray | None = None,
    *,
    least_days: int = LEAST_DAYS,
    cooling_from_c: float = COLDEST_C,
) -> Response:
    """Fit every row of ``energy`` against the temperature of its days.

    Args:
        energy: Energy of every day, (rows, days), any unit; NaN where it is not known.
        temperature_c: Mean temperature of every day [°C], (days,); NaN where it is not known.
        effects: Calendar terms beside the constant, (days, terms): 1 on rest days, say.
        least_days: Days below which nothing is said of a row.
        cooling_from_c: Below this no cooling begins [°C].
    """
    known = ~np.isnan(temperature_c)
    days = np.flatnonzero(known)
    terms = np.ones((len(days), 1))
    if effects is not None:
        terms = np.hstack([terms, effects[days]])
    cut = partial(_chunk, cooling_from_c=cooling_from_c, least_days=least_days)
    parts = [
        cut(energy[first : first + _ROWS, days], temperature_c[days], days, terms)
        for first in range(0, max(len(energy), 1), _ROWS)
    ]
    return _joined(parts)


def _joined(parts: list[Response]) -> Response:
    return Response(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Response))
    )


@dataclass(frozen=True, slots=True)
class _Days:
    """The days of some rows: energy (rows, days), and what is the same for all of them.

    Attributes:
        number: Of each day, counted from the first; what is not next to the last one is a gap.
    """

    energy: np.ndarray
    temperature_c: np.ndarray
    terms: np.ndarray
    number: np.ndarray


@dataclass(frozen=True, slots=True)
class _Fit:
    """One form of the model for every row: coefficients, residuals and what the days share.

    Attributes:
        model: Place in MODELS.
        coefficients: Of calendar terms, heating, cooling, (rows, terms + 2).
        correlation: Of residuals a day apart.
    """

    model: np.ndarray
    below_c: np.ndarray
    above_c: np.ndarray
    coefficients: np.ndarray
    residuals: np.ndarray
    correlation: np.ndarray


def _chunk(  # noqa: PLR0913 - what is fitted, and what is enough
    energy: np.ndarray,
    temperature_c: np.ndarray,
    days: np.ndarray,
    terms: np.ndarray,
    *,
    least_days: int,
    cooling_from_c: float,
) -> Response:
    energy = energy.astype(np.float64)
    count = (~np.isnan(energy)).sum(axis=1)
    status = _status(energy, temperature_c, count, least_days)
    rows = np.flatnonzero(status == FITTED)
    response = _empty(len(energy), terms.shape[1], status, count)
    if len(rows):
        mean = np.nanmean(energy[rows], axis=1)
        scaled = _Days(energy[rows] / mean[:, None], temperature_c, terms, days)
        _fill(response, rows, mean, scaled, _chosen(scaled, count[rows], cooling_from_c))
    return response


def _chosen(days: _Days, count: np.ndarray, cooling_from_c: float) -> _Fit:
    """The form that the criterion chooses, row by row."""
    found = search(days.energy, days.temperature_c, days.terms, cooling_from_c=cooling_from_c)
    nothing = np.full((1, len(count)), np.nan)
    below_c = np.concatenate([nothing, found.heating_below_c])
    above_c = np.concatenate([nothing, found.cooling_above_c])
    left = found.squares - np.concatenate([np.zeros_like(nothing), found.gain])
    # The form that explains most says how far the days resemble each other.
    every, most = np.arange(len(count)), left.argmin(axis=0)
    best = _fitted(days, most, below_c[most, every], above_c[most, every])
    number = _effective(count, best.correlation)
    parameters = days.terms.shape[1] + np.array([[0], [2], [2], [4]])
    with np.errstate(invalid="ignore"):
        size = number * np.log(np.maximum(left, 1e-12 * count) / count)
    criterion = size + parameters * np.log(number)
    model = criterion.argmin(axis=0)
    return _polished(days, _fitted(days, model, below_c[model, every], above_c[model, every]))


def _polished(days: _Days, fit: _Fit) -> _Fit:
    """Change points between the candidates: a Gauss-Newton step, kept where it explains more."""
    derivatives, there = _derivatives(days, fit)
    shared = derivatives.transpose(0, 2, 1) @ np.nan_to_num(fit.residuals)[:, :, None]
    step_k = (_inverse(derivatives, there) @ shared)[:, -2:, 0]
    changes = np.stack([fit.below_c, fit.above_c], axis=1) + np.clip(step_k, -FINE_K, FINE_K)
    crosses = changes[:, 0] > changes[:, 1]
    moved = _fitted(
        days,
        fit.model,
        np.where(crosses, fit.below_c, changes[:, 0]),
        np.where(crosses, fit.above_c, changes[:, 1]),
    )
    squares = [np.nansum(one.residuals**2, axis=1) for one in (moved, fit)]
    is_better = (squares[0] < squares[1]) & ((moved.coefficients[:, -2:] > 0) | ~there[:, -2:]).all(
        axis=1
    )
    return _Fit(
        *(
            np.where(is_better.reshape(-1, *[1] * (new.ndim - 1)), new, old)
            for new, old in (
                (getattr(moved, field.name), getattr(fit, field.name)) for field in fields(_Fit)
            )
        )
    )


def _effective(count: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    return count * (1 - correlation) / (1 + correlation)


def _status(
    energy: np.ndarray, temperature_c: np.ndarray, count: np.ndarray, least_days: int
) -> np.ndarray:
    status = np.full(len(energy), FITTED, dtype=object)
    if len(temperature_c):
        low, high = np.quantile(temperature_c, [0.05, 0.95])
        if high - low < LEAST_RANGE_K:
            status[:] = NARROW
    status[np.nansum(energy, axis=1) <= 0] = NO_USE
    status[count < least_days] = FEW_DAYS
    return status


def _fitted(days: _Days, model: np.ndarray, below_c: np.ndarray, above_c: np.ndarray) -> _Fit:
    """Least squares for the form ``model`` of each row with its change points; NaN: none."""
    design = _design(days.temperature_c, days.terms, below_c, above_c)
    weight = (~np.isnan(days.energy)).astype(np.float64)
    across = (design * weight[:, :, None]).transpose(0, 2, 1)
    inner = across @ design + np.eye(design.shape[2]) * 1e-9
    coefficients = np.linalg.solve(inner, across @ np.nan_to_num(days.energy)[:, :, None])
    residuals = days.energy - (design @ coefficients)[:, :, 0]
    correlation = _correlation(residuals, days.number)
    return _Fit(model, below_c, above_c, coefficients[:, :, 0], residuals, correlation)


def _design(
    temperature_c: np.ndarray, terms: np.ndarray, below_c: np.ndarray, above_c: np.ndarray
) -> np.ndarray:
    """Calendar terms and both hinges of every row, (rows, days, terms + 2)."""
    rows = len(below_c)
    design = np.empty((rows, len(temperature_c), terms.shape[1] + 2))
    design[:, :, :-2] = terms
    design[:, :, -2] = np.nan_to_num(np.maximum(below_c[:, None] - temperature_c, 0.0))
    design[:, :, -1] = np.nan_to_num(np.maximum(temperature_c - above_c[:, None], 0.0))
    return design


def _correlation(residuals: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Of residuals a day apart, from 0 to 0.95; what falls over a gap is left out."""
    is_next = np.diff(days) == 1
    before, after = residuals[:, :-1][:, is_next], residuals[:, 1:][:, is_next]
    both = ~np.isnan(before) & ~np.isnan(after)
    product = np.where(both, before * after, 0.0).sum(axis=1)
    square = np.where(both, before**2 + after**2, 0.0).sum(axis=1) / 2
    share = np.divide(product, square, out=np.zeros_like(product), where=square > 0)
    return np.clip(share, 0.0, _MOST_CORRELATED)


def _empty(rows: int, terms: int, status: np.ndarray, count: np.ndarray) -> Response:
    nothing = np.full(rows, np.nan)
    return Response(
        status=status,
        model=np.full(rows, MODELS[0], dtype=object),
        base=nothing.copy(),
        effects=np.full((rows, terms - 1), np.nan),
        heating_below_c=nothing.copy(),
        cooling_above_c=nothing.copy(),
        heating_per_k=nothing.copy(),
        cooling_per_k=nothing.copy(),
        covariance=np.zeros((rows, terms + 4, terms + 4)),
        days=count,
        r2=nothing.copy(),
        cvrmse=nothing.copy(),
        correlation=nothing.copy(),
        effective_days=nothing.copy(),
    )


def _fill(response: Response, rows: np.ndarray, mean: np.ndarray, days: _Days, fit: _Fit) -> None:
    """Put what was fitted, in units of each row's ``mean``, into ``rows`` of a response."""
    count, terms = response.days[rows], days.terms.shape[1]
    number = _effective(count, fit.correlation)
    squares = np.nansum(fit.residuals**2, axis=1)
    parameters = terms + np.array([0, 2, 2, 4])[fit.model]
    variance = squares / np.maximum(count - parameters, 1)
    total = np.nansum((days.energy - 1) ** 2, axis=1)
    has_hinges = np.stack([np.isin(fit.model, [1, 3]), np.isin(fit.model, [2, 3])], axis=1)
    response.model[rows] = np.array(MODELS, dtype=object)[fit.model]
    response.base[rows] = fit.coefficients[:, 0] * mean
    response.effects[rows] = fit.coefficients[:, 1:-2] * mean[:, None]
    response.heating_below_c[rows], response.cooling_above_c[rows] = fit.below_c, fit.above_c
    slopes = np.where(has_hinges, fit.coefficients[:, -2:], 0.0) * mean[:, None]
    response.heating_per_k[rows], response.cooling_per_k[rows] = slopes.T
    response.r2[rows] = 1 - np.divide(
        squares, total, out=np.full_like(total, np.nan), where=total > 0
    )
    response.cvrmse[rows] = np.sqrt(variance)
    response.correlation[rows], response.effective_days[rows] = fit.correlation, number
    units = np.ones((len(rows), terms + 4))
    units[:, :-2] = mean[:, None]
    noise = lasting_noise(_on_every_day(fit.residuals, days.number))
    covariance = _covariance(days, fit, noise) * variance[:, None, None]
    response.covariance[rows] = covariance * units[:, :, None] * units[:, None, :]


def _covariance(days: _Days, fit: _Fit, noise: LastingNoise) -> np.ndarray:
    """(J'J)⁻¹ J'ΩJ (J'J)⁻¹ with J the derivatives by coefficients and change points.

    Ω holds the correlations of the days. Zero for parts left out.
    """
    derivatives, there = _derivatives(days, fit)
    bread = _inverse(derivatives, there)
    spread = scattered(_on_every_day(derivatives, days.number, 0.0), noise)
    return bread @ spread @ bread * there[:, :, None] * there[:, None, :]


def _derivatives(days: _Days, fit: _Fit) -> tuple[np.ndarray, np.ndarray]:
    """By coefficients and change points, (rows, days, terms + 4), and which parts there are."""
    has_hinges = np.stack([np.isin(fit.model, [1, 3]), np.isin(fit.model, [2, 3])], axis=1)
    design = _design(days.temperature_c, days.terms, fit.below_c, fit.above_c)
    by_change = (design[:, :, -2:] > 0) * fit.coefficients[:, None, -2:] * np.array([1.0, -1.0])
    calendar = np.ones((len(fit.model), days.terms.shape[1]), dtype=bool)
    there = np.concatenate([calendar, has_hinges, has_hinges], axis=1)
    derivatives = np.concatenate([design, by_change], axis=2) * there[:, None, :]
    derivatives *= (~np.isnan(days.energy))[:, :, None]
    return derivatives, there


def _inverse(derivatives: np.ndarray, there: np.ndarray) -> np.ndarray:
    inner = derivatives.transpose(0, 2, 1) @ derivatives
    inner += np.eye(inner.shape[1]) * np.where(there, 1e-9, 1.0)[:, :, None]
    return np.linalg.inv(inner)


def _on_every_day(values: np.ndarray, number: np.ndarray, missing: float = np.nan) -> np.ndarray:
    """Values (rows, days, …) with days left out put back as ``missing``."""
    if not len(number) or number[-1] - number[0] + 1 == len(number):
        return values
    placed = np.full((len(values), number[-1] - number[0] + 1, *values.shape[2:]), missing)
    placed[:, number - number[0]] = values
    return placed
