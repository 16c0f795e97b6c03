"""Where the daily energy begins to follow the temperature: a search over all change points at once.

The energy of a day is ``z·γ + h·max(T_h − T, 0) + c·max(T − T_c, 0)`` with T_h ≤ T_c and
slopes h, c > 0: calendar terms z, heating below T_h, cooling above T_c (the three- and
five-parameter change-point models of ASHRAE Guideline 14-2014, annex D; searched as the balance
points of CalTRACK 2.0, section 3.3, are). For given change points it is a linear regression. The
two hinges never rise on the same day, so all sums of products a pair needs are sums over one
hinge alone: thousands of usage points are searched by a few matrix products, gaps included.
"""

from dataclasses import dataclass

import numpy as np

LEAST_DAYS_BEYOND = 10
"""Days beyond a change point without which it is no candidate (CalTRACK 2.0: ten such days)."""
FINE_K = 0.25
"""Steps between candidates."""
_COARSE = 4  # every so manieth is looked at first
_AROUND = np.arange(-_COARSE + 1, _COARSE)
COLDEST_C, WARMEST_C = -5.0, 32.0
"""Within these lie change points: about CalTRACK's 30 to 90 °F, a little colder."""
COOLING_OF_GROUPS_FROM_C = 10.0
"""Where the cooling of a class or an area may begin: what rises with the temperature already in
frost is a cold room, if it is a single customer, but of many it is the season of their work."""
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Search:
    """The best hinges of every row, and what they explain.

    Attributes:
        squares: Sum of squares left by the calendar alone, (rows,).
        gain: What the hinges take of it, by model: heating, cooling, both, (3, rows); −inf where
            no hinge has a positive slope.
        heating_below_c, cooling_above_c: The change points of each model, (3, rows); NaN where the
            model has none.
    """

    squares: np.ndarray
    gain: np.ndarray
    heating_below_c: np.ndarray
    cooling_above_c: np.ndarray


@dataclass(frozen=True, slots=True)
class _Side:
    """One hinge at every candidate, with the calendar taken out of it.

    Attributes:
        crossed: Sums of calendar × hinge, (rows, terms, candidates).
        solved: The same, solved for the calendar's coefficients.
        own: Sum of squares of what is left of the hinge, (rows, candidates).
        shared: Sum of its products with the energy, (rows, candidates).
        usable: Whether enough days lie beyond, (rows, candidates).
    """

    crossed: np.ndarray
    solved: np.ndarray
    own: np.ndarray
    shared: np.ndarray
    usable: np.ndarray

    def at(self, places: np.ndarray) -> "_Side":
        """The candidates at ``places`` (rows, some) of each row."""
        wide = places[:, None, :]
        return _Side(
            np.take_along_axis(self.crossed, wide, 2),
            np.take_along_axis(self.solved, wide, 2),
            np.take_along_axis(self.own, places, 1),
            np.take_along_axis(self.shared, places, 1),
            np.take_along_axis(self.usable, places, 1),
        )


def candidates_c(temperature_c: np.ndarray) -> np.ndarray:
    """Change points to try [°C]: within the middle 94 % of the days' temperatures."""
    low, high = np.nanquantile(temperature_c, [0.03, 0.97])
    low, high = max(low, COLDEST_C), min(high, WARMEST_C)
    return np.arange(np.ceil(low / FINE_K), np.floor(high / FINE_K) + 1) * FINE_K


def search(
    energy: np.ndarray,
    temperature_c: np.ndarray,
    calendar: np.ndarray,
    *,
    cooling_from_c: float = COLDEST_C,
) -> Search:
    """Search the best change points of every row of ``energy``.

    Args:
        energy: Energy of every day, (rows, days), any unit; NaN where it is not known.
        temperature_c: Mean temperature of every day [°C], (days,).
        calendar: Calendar terms, a constant first, (days, terms).
        cooling_from_c: Below this no cooling begins [°C].
    """
    candidates = candidates_c(temperature_c)
    known = ~np.isnan(energy)
    weight = known.astype(np.float64)
    read = np.where(known, energy, 0.0)
    terms = calendar.shape[1]
    products = (calendar[:, :, None] * calendar[:, None, :]).reshape(len(calendar), -1)
    # A term that is nowhere among the days of a row would leave nothing to solve.
    inner = (weight @ products).reshape(-1, terms, terms) + _TINY * np.eye(terms)
    with_energy = read @ calendar
    coefficients = np.linalg.solve(inner, with_energy[:, :, None])[:, :, 0]
    squares = (read**2).sum(axis=1) - (with_energy * coefficients).sum(axis=1)
    distance = candidates[None, :] - temperature_c[:, None]
    sides = [
        _side(np.maximum(hinge, 0.0) * is_inside, weight, read, calendar, inner)
        for hinge, is_inside in ((distance, 1.0), (-distance, candidates >= cooling_from_c))
    ]
    return _best(sides[0], sides[1], candidates, squares)


def _side(
    hinge: np.ndarray, weight: np.ndarray, read: np.ndarray, calendar: np.ndarray, inner: np.ndarray
) -> _Side:
    products = (calendar[:, :, None] * hinge[:, None, :]).reshape(len(hinge), -1)
    crossed = (weight @ products).reshape(len(weight), calendar.shape[1], -1)
    solved = np.linalg.solve(inner, crossed)
    return _Side(
        crossed,
        solved,
        weight @ hinge**2 - (crossed * solved).sum(axis=1),
        read @ hinge - np.einsum("rt,rtk->rk", read @ calendar, solved),
        weight @ (hinge > 0) >= LEAST_DAYS_BEYOND,
    )


def _best(heating: _Side, cooling: _Side, candidates: np.ndarray, squares: np.ndarray) -> Search:
    rows = len(squares)
    gain = np.full((3, rows), -np.inf)
    place = np.zeros((2, 3, rows), dtype=np.int64)
    for model, side in enumerate((heating, cooling)):
        alone = np.where(
            side.usable & (side.shared > 0) & (side.own > _TINY),
            side.shared**2 / np.maximum(side.own, _TINY),
            -np.inf,
        )
        place[model, model] = alone.argmax(axis=1)
        gain[model] = alone.max(axis=1)
    coarse = np.broadcast_to(
        np.arange(0, len(candidates), _COARSE), (rows, -(-len(candidates) // _COARSE))
    )
    first, second, _ = _best_pair(heating, cooling, coarse, coarse)
    last = len(candidates) - 1
    around = [np.clip(found[:, None] + _AROUND, 0, last) for found in (first, second)]
    place[0, 2], place[1, 2], gain[2] = _best_pair(heating, cooling, *around)
    found = candidates[place]
    found[0, 1], found[1, 0] = np.nan, np.nan
    return Search(squares, gain, found[0], found[1])


def _best_pair(
    heating: _Side, cooling: _Side, at_heating: np.ndarray, at_cooling: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places of the best pair among some candidates of each row, and what it explains."""
    low, high = heating.at(at_heating), cooling.at(at_cooling)
    # The hinges themselves never meet: what they share is what the calendar has of both.
    joint = -np.matmul(low.crossed.transpose(0, 2, 1), high.solved)
    determinant = low.own[:, :, None] * high.own[:, None, :] - joint**2
    is_pair = (
        (at_heating[:, :, None] <= at_cooling[:, None, :])
        & (low.usable[:, :, None] & high.usable[:, None, :])
        & (determinant > _TINY)
    )
    safe = np.where(is_pair, determinant, 1.0)
    heats = (low.shared[:, :, None] * high.own[:, None, :] - high.shared[:, None, :] * joint) / safe
    cools = (high.shared[:, None, :] * low.own[:, :, None] - low.shared[:, :, None] * joint) / safe
    gain = heats * low.shared[:, :, None] + cools * high.shared[:, None, :]
    gain = np.where(is_pair & (heats > 0) & (cools > 0), gain, -np.inf)
    best = gain.reshape(len(gain), -1).argmax(axis=1)
    row = np.arange(len(gain))
    at_low, at_high = np.divmod(best, gain.shape[2])
    return at_heating[row, at_low], at_cooling[row, at_high], gain[row, at_low, at_high]
