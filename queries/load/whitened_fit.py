"""Change points and slopes by generalised least squares, for many rows at once.

Energy is calendar + heating·max(T_h − T, 0) + cooling·max(T − T_c, 0) + noise that lasts
(``queries.load.lasting_noise``). Both sides are whitened; change points move by Gauss-Newton steps
(the derivative of a hinge by its change point is the slope, on the days beyond it), of which the
best is kept.
"""

from dataclasses import dataclass, replace

import numpy as np

from queries.load.lasting_noise import Whitening, lasting_noise, whitening

_STEPS_K = (1.0, 0.5)
"""How far a change point may move at most, step by step."""
_LAGS = 7
"""Days over which the whitened days' products are followed (Newey & West 1987)."""
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Buildings:
    """What is fitted.

    Attributes:
        energy: In units of the mean of each row, (rows, days); NaN where not known.
        felt_c: Temperature that each row feels, (rows, days).
        terms: Calendar terms, a constant first, (days, terms).
        has_hinges: Whether a row heats, and cools, (rows, 2).
        limits_c: Coldest and warmest change point.
    """

    energy: np.ndarray
    felt_c: np.ndarray
    terms: np.ndarray
    has_hinges: np.ndarray
    limits_c: tuple[float, float]


@dataclass(frozen=True, slots=True)
class WhitenedFit:
    """What was found, rows first.

    Attributes:
        change_c: Change points of heating and cooling, (rows, 2); NaN where there is none.
        coefficients: Of terms, heating, cooling, (rows, terms + 2).
        squares: Left by the whitened days, (rows,).
        derivatives: Whitened, by coefficients and by heating and cooling change point,
            (rows, days, terms + 4).
        left: Of the whitened energy, (rows, days).
    """

    change_c: np.ndarray
    coefficients: np.ndarray
    squares: np.ndarray
    derivatives: np.ndarray
    left: np.ndarray


@dataclass(frozen=True, slots=True)
class _White:
    """A filter, and what it makes of terms (rows, days, terms) and energy (rows, days)."""

    filter: Whitening
    terms: np.ndarray
    energy: np.ndarray


def whitened_fit(
    buildings: Buildings, change_c: np.ndarray, residuals: np.ndarray, steps: int = len(_STEPS_K)
) -> WhitenedFit:
    """Fit from the change points (rows, 2), with noise like ``residuals`` (rows, days)."""
    white = _whitened(buildings, residuals)
    found, moved_k = _at(buildings, change_c, white)
    best_c, least = change_c, found.squares
    for step_k in _STEPS_K[:steps]:
        step = np.clip(moved_k, -step_k, step_k)
        found, moved_k = _at(buildings, _moved(found.change_c, step, buildings.limits_c), white)
        is_better = found.squares < least
        best_c = np.where(is_better[:, None], found.change_c, best_c)
        least = np.minimum(found.squares, least)
    return found if (found.squares <= least).all() else _at(buildings, best_c, white)[0]


def squares_felt(
    buildings: Buildings, felt: np.ndarray, change_c: np.ndarray, residuals: np.ndarray
) -> np.ndarray:
    """Squares that are left if a row feels each of some temperatures (some, days), (some, rows)."""
    white = _whitened(buildings, residuals)
    number = white.terms.shape[2] + 2
    found = []
    for one in felt:
        row_felt = np.broadcast_to(one, buildings.energy.shape)
        hinges, _ = _hinges(replace(buildings, felt_c=row_felt), change_c)
        design = np.concatenate([white.terms, _filtered(hinges, white.filter)], axis=2)
        across = design.transpose(0, 2, 1)
        inner = across @ design + np.eye(number) * _TINY
        shared = across @ white.energy[:, :, None]
        gain = np.einsum("rt,rt->r", shared[:, :, 0], np.linalg.solve(inner, shared)[:, :, 0])
        found.append((white.energy**2).sum(axis=1) - gain)
    return np.array(found)


def _whitened(buildings: Buildings, residuals: np.ndarray) -> _White:
    filtering = whitening(lasting_noise(residuals), ~np.isnan(buildings.energy))
    rows, days = buildings.energy.shape
    terms = np.broadcast_to(buildings.terms, (rows, days, buildings.terms.shape[1]))
    energy = np.nan_to_num(buildings.energy)[:, :, None]
    return _White(filtering, _filtered(terms, filtering), _filtered(energy, filtering)[:, :, 0])


def _filtered(columns: np.ndarray, filtering: Whitening) -> np.ndarray:
    """Columns (rows, days, k) whitened; the filter goes day by day."""
    by_day = np.ascontiguousarray(columns.transpose(1, 0, 2))
    return filtering.of(by_day).transpose(1, 0, 2)


def residuals(buildings: Buildings, fit: WhitenedFit) -> np.ndarray:
    """What a fit leaves of the days, not whitened, (rows, days)."""
    hinges, _ = _hinges(buildings, fit.change_c)
    number = buildings.terms.shape[1]
    calendar = fit.coefficients[:, :number] @ buildings.terms.T
    of_weather = np.einsum("rdh,rh->rd", hinges, fit.coefficients[:, number:])
    return buildings.energy - calendar - of_weather


def robust_covariance(fit: WhitenedFit, has_hinges: np.ndarray) -> np.ndarray:
    """Of terms, slopes and change points, (rows, terms + 4, terms + 4); zero where left out."""
    days = fit.derivatives.shape[1]
    there = np.ones(fit.derivatives.shape[::2], dtype=bool)
    there[:, -4:] = np.tile(has_hinges, 2)
    scaled = fit.derivatives.copy()
    scaled[:, :, -2:] *= fit.coefficients[:, None, -2:]
    scaled *= there[:, None, :]
    inner = scaled.transpose(0, 2, 1) @ scaled
    inner += np.eye(inner.shape[1]) * np.where(there, _TINY, 1.0)[:, :, None]
    bread = np.linalg.inv(inner)
    score = scaled * fit.left[:, :, None]
    spread = score.transpose(0, 2, 1) @ score
    for lag in range(1, min(_LAGS, days - 1) + 1):
        crossed = score[:, lag:].transpose(0, 2, 1) @ score[:, :-lag]
        spread += (1 - lag / (_LAGS + 1)) * (crossed + crossed.transpose(0, 2, 1))
    known = (fit.left != 0).sum(axis=1)
    freed = known / np.maximum(known - there.sum(axis=1), 1)
    return bread @ spread @ bread * freed[:, None, None] * there[:, :, None] * there[:, None, :]


def _hinges(buildings: Buildings, change_c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both hinges (rows, days, 2), and by which change point they grow."""
    felt = buildings.felt_c
    beyond = np.stack([change_c[:, :1] - felt, felt - change_c[:, 1:]], axis=2)
    beyond = np.where(np.isnan(beyond), 0.0, np.maximum(beyond, 0.0))
    return beyond, (beyond > 0) * np.array([1.0, -1.0])


def _at(
    buildings: Buildings, change_c: np.ndarray, white: _White
) -> tuple[WhitenedFit, np.ndarray]:
    """The fit with these change points, and by how much they should move (rows, 2) [K]."""
    hinges = np.concatenate(_hinges(buildings, change_c), axis=2)
    derivatives = np.concatenate([white.terms, _filtered(hinges, white.filter)], axis=2)
    energy, across = white.energy, derivatives.transpose(0, 2, 1)
    inner, shared = across @ derivatives, (across @ energy[:, :, None])[:, :, 0]
    # What is nowhere among the days of a row would leave nothing to solve.
    inner += np.eye(inner.shape[1]) * _TINY
    linear = slice(inner.shape[1] - 2)
    coefficients = np.linalg.solve(inner[:, linear, linear], shared[:, linear, None])[:, :, 0]
    left = energy - (derivatives[:, :, linear] @ coefficients[:, :, None])[:, :, 0]
    together = np.linalg.solve(inner, shared[:, :, None])[:, -2:, 0]
    slopes = coefficients[:, -2:]
    moved_k = np.divide(together, slopes, out=np.zeros_like(slopes), where=slopes > _TINY)
    fit = WhitenedFit(change_c, coefficients, (left**2).sum(axis=1), derivatives, left)
    return fit, moved_k


def _moved(change_c: np.ndarray, by_k: np.ndarray, limits_c: tuple[float, float]) -> np.ndarray:
    moved = np.clip(change_c + by_k, *limits_c)
    # Where heating and cooling would cross, they meet in the middle.
    crosses = moved[:, 0] > moved[:, 1]
    return np.where(crosses[:, None], moved.mean(axis=1, keepdims=True), moved)
