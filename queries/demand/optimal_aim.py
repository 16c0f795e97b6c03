"""What is to be least, as the class answers: the system's peak, or what its energy costs to buy.

Both are linear in the factors of ``optimal_response``: load at a moment is what the others take,
and of each group of customers what it takes times its factor. For the peak, only moments that can
be the highest with factors within the bounds of the whole search are kept: of one kind of day and
period, no moment that another exceeds at every corner of those bounds.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from queries.demand.optimal_district import District
from queries.demand.optimal_frame import Frame, by_slot
from queries.demand.optimal_response import Answering, Bounds, Response, answering, strength
from queries.demand.optimal_terms import HOURS, Problem
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

_HOURS_PER_SLOT = SLOT_MINUTES / 60


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of load at moments, or over cells of kind of day and period.

    Attributes:
        fixed: What prices do not change, (moments,).
        moved: What a factor of 1 of each group takes, (groups, moments).
        kind, period: Of each, (moments,).
        is_sum: Whether all of them together are the aim, else the highest is.
    """

    fixed: np.ndarray
    moved: np.ndarray
    kind: np.ndarray
    period: np.ndarray
    is_sum: bool

    def at(self, factors: np.ndarray) -> np.ndarray:
        """The aim at factors (tries, groups, kinds, periods)."""
        values = self._values(factors)
        return values.sum(axis=1) if self.is_sum else values.max(axis=1)

    def _values(self, factors: np.ndarray) -> np.ndarray:
        of_moments = factors[:, :, self.kind, self.period]
        return self.fixed + np.einsum("hm,nhm->nm", self.moved, of_moments)

    def least(self, bounds: Bounds) -> np.ndarray:
        """The aim within bounds at least, (tries,): the best border for each kind of day."""
        borders, tries = bounds.least.shape[:2]
        kinds = int(self.kind.max()) + 1
        found = np.empty((borders, tries, kinds))
        for border in range(borders):
            low = np.where(np.isinf(bounds.least[border]), 0, bounds.least[border])
            high = np.where(np.isinf(bounds.most[border]), 0, bounds.most[border])
            values = self._least_values(low, high)
            for kind in range(kinds):
                own = values[:, self.kind == kind]
                worst = own.sum(axis=1) if self.is_sum else own.max(axis=1, initial=-np.inf)
                is_closed = np.isinf(bounds.least[border][:, 0, kind]).any(axis=1)
                found[border, :, kind] = np.where(is_closed, np.inf, worst)
        by_kind = found.min(axis=0)
        return by_kind.sum(axis=1) if self.is_sum else by_kind.max(axis=1)

    def _least_values(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """A purchase price below the usual one counts less than nothing there: take the most."""
        if not self.is_sum:
            return self._values(low)
        chosen = [one[:, :, self.kind, self.period] for one in (low, high)]
        used = np.where(self.moved >= 0, *chosen)
        return self.fixed + np.einsum("hm,nhm->nm", self.moved, used)


def response_of(problem: Problem, frame: Frame, district: District) -> Response:
    """How the class answers on these hours."""
    model = answering(problem.model, has_technology=problem.has_technology)
    of_class = district.class_kw * _HOURS_PER_SLOT
    without = of_class / _old_strength(frame, model)[:, frame.kind]
    return Response(frame, model, _by_cell(frame, of_class), _by_cell(frame, without))


def _old_strength(frame: Frame, model: Answering) -> np.ndarray:
    """The signal that customers have now, (groups, kinds, 96)."""
    return strength(frame.old_cny_per_kwh, np.ones(SLOTS_PER_DAY), model)


def _by_cell(frame: Frame, by_day: np.ndarray) -> np.ndarray:
    """Sums of (groups, days, 96) by kind and period, (groups, kinds, periods)."""
    kinds, periods = frame.slots.shape
    cell = (frame.kind[:, None] * periods + frame.place[frame.kind]).ravel()
    sums = [np.bincount(cell, one.ravel(), kinds * periods) for one in by_day]
    return np.stack(sums).reshape(-1, kinds, periods)


def load_after(
    problem: Problem, district: District, response: Response, factors: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Load of everybody, and of the class, as expected after the answer, (days, 96) [kW]."""
    frame = response.frame
    without_kw = district.class_kw / _old_strength(frame, response.model)[:, frame.kind]
    moved = (without_kw * by_slot(frame, factors)[:, frame.kind]).sum(axis=0)
    of_class = district.class_kw.sum(axis=0)
    change = problem.uptake_share * (moved - of_class)
    return district.system_kw + change, of_class + change


def moments_of(
    problem: Problem, frame: Frame, district: District, response: Response, bounds: Bounds
) -> Moments:
    """The aim of a problem.

    Args:
        problem: What is to be least, and how many answer.
        frame: The hours.
        district: The loads.
        response: How the class answers.
        bounds: Of the factors in the whole search.
    """
    without_kw = district.class_kw / _old_strength(frame, response.model)[:, frame.kind]
    moved = problem.uptake_share * without_kw
    fixed = district.system_kw - problem.uptake_share * district.class_kw.sum(axis=0)
    if problem.aim == "cost":
        return _costs(problem, frame, response, fixed, moved)
    return _peaks(frame, fixed, moved, bounds)


def _costs(
    problem: Problem, frame: Frame, response: Response, fixed: np.ndarray, moved: np.ndarray
) -> Moments:
    """Costs by cell.

    The energy of a month stays, so a price off all its hours and that price times the energy on top
    changes nothing: with the mean price of its valley as that, bounds are much tighter.
    """
    price = np.repeat(np.array(problem.purchase_cny_per_kwh), SLOTS_PER_DAY // HOURS)
    cost = _by_cell(frame, moved * price * _HOURS_PER_SLOT)
    energy = _by_cell(frame, moved * _HOURS_PER_SLOT)
    kinds, periods = frame.slots.shape
    valley = np.zeros(frame.months), np.zeros(frame.months)
    for total, one in zip(valley, (cost, energy), strict=True):
        np.add.at(total, frame.month, one[:, :, 0].sum(axis=0))
    usual = np.divide(*valley, out=np.zeros(frame.months), where=valley[1] > 0)[frame.month]
    kept = problem.uptake_share * response.energy_kwh.sum(axis=(0, 2)) * usual
    rest = _by_cell(frame, (fixed * price * _HOURS_PER_SLOT)[None])[0]
    rest[:, 0] += kept
    kind, period = np.divmod(np.arange(kinds * periods), periods)
    moved_cost = cost - usual[:, None] * energy
    return Moments(rest.ravel(), moved_cost.reshape(len(cost), -1), kind, period, is_sum=True)


def _peaks(frame: Frame, fixed: np.ndarray, moved: np.ndarray, bounds: Bounds) -> Moments:
    low = np.where(np.isfinite(bounds.least), bounds.least, np.inf).min(axis=(0, 1))
    high = np.where(np.isfinite(bounds.most), bounds.most, -np.inf).max(axis=(0, 1))
    lows, highs = (by_slot(frame, one)[:, frame.kind] for one in (low, high))
    least = fixed + (moved * lows).sum(axis=0)
    most = fixed + (moved * highs).sum(axis=0)
    day, slot = np.nonzero(most >= least.max())
    kind, period = frame.kind[day], frame.place[frame.kind[day], slot]
    corners = [
        fixed[day, slot]
        + sum(
            moved[group, day, slot] * (highs if is_high else lows)[group, day, slot]
            for group, is_high in enumerate(corner)
        )
        for corner in product((False, True), repeat=len(moved))
    ]
    kept = _undominated(kind * frame.slots.shape[1] + period, np.stack(corners, axis=1))
    day, slot = day[kept], slot[kept]
    return Moments(fixed[day, slot], moved[:, day, slot], kind[kept], period[kept], is_sum=False)


def _undominated(cell: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Places of those of each cell that no other of the cell reaches at every corner."""
    order = np.argsort(-corners.sum(axis=1), kind="stable")
    kept: dict[int, list[int]] = {}
    for at in order.tolist():
        front = kept.setdefault(int(cell[at]), [])
        if not any((corners[other] >= corners[at]).all() for other in front):
            front.append(at)
    return np.array(sorted(at for front in kept.values() for at in front))
