"""The best shape of prices, with a bound on how much better any other could be.

Branch and bound on boxes of ratios. A box is dropped when no point of it can keep the conditions or
be better than what was found; else it is cut in two. The bound is valid since in a box

- every price lies between those at its corners (``Shapes.prices`` rises with each ratio), and the
  factors of the load between those of ``Response.bounds``;
- revenue a price brings in after the answer lies between bounds, and the tolerance of revenue is
  taken both ways, so that rounded prices are covered too;
- a bill at the level that keeps revenue is a quotient of two sums linear in the prices: it is least
  at a corner (``_may_hold``). Where too many bills are above what they may be at every corner, they
  are at every point. That bills after the answer keep the conditions as well is left out of the
  bound, which makes it lower, never wrong.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from queries.demand.optimal_aim import Moments
from queries.demand.optimal_conditions import Conditions
from queries.demand.optimal_response import Bounds
from queries.demand.optimal_shape import Money, Shapes
from queries.demand.optimal_terms import Problem

_AT_A_TIME = 256
_MOST_BOXES, _ENOUGH_BOXES = 30_000, 6_000
"""Looked at at most; and once nothing can be better by more than ``gap_share``."""
_ROUNDS = 2
_MOST_WAYS = 16
OF_GAIN = 0.04
"""The search goes on until nothing is better by more than this share of what is gained, too, as
long as that takes few boxes."""
_NOTICEABLE = 1e-9


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to.

    Attributes:
        ratios: Of the best shape; None: no shape keeps the conditions.
        prices: Of it, at its level, (periods,).
        aim: Its peak [kW] or cost [CNY].
        bound: Nothing that keeps the conditions is below this.
        boxes: So many were looked at.
        nearest: Least worst rise of the shapes tried, to say how far the cap is off.
    """

    ratios: np.ndarray | None
    prices: np.ndarray | None
    aim: float
    bound: float
    boxes: int
    nearest: float


@dataclass(frozen=True, slots=True)
class Search:
    """A search on given hours.

    Attributes:
        problem: What is asked.
        shapes: Where.
        money: What fixes the level.
        moments: What is to be least.
        conditions: What must hold.
        before: The aim as it is now.
        of_gain: As OF_GAIN.
    """

    problem: Problem
    shapes: Shapes
    money: Money
    moments: Moments
    conditions: Conditions
    before: float
    of_gain: float = OF_GAIN

    def run(self, known: float = np.inf) -> Found:
        """The best shape.

        Args:
            known: An aim that was reached elsewhere, such as on other hours: what cannot be better
                is not looked for.
        """
        least, most = self.shapes.least[None].copy(), self.shapes.most[None].copy()
        low = np.array([-np.inf])
        best = _Best()
        boxes, dropped = 0, np.inf
        while len(low):
            order = np.argsort(low, kind="stable")[:_AT_A_TIME]
            target = min(best.aim, known)
            if self._is_done(target, float(low[order[0]]), boxes):
                break
            taken = np.zeros(len(low), bool)
            taken[order] = True
            own = self._split(least[taken], most[taken]) if boxes else (least, most)
            own, bound = self._bounded(*own)
            boxes += len(own[0])
            if len(bound):
                self._try(*own, best)
            least = np.concatenate([least[~taken], own[0]])
            most = np.concatenate([most[~taken], own[1]])
            low = np.concatenate([low[~taken], bound])
            is_left = low < min(best.aim, known) - self._enough(min(best.aim, known))
            dropped = min(dropped, low[~is_left].min(initial=np.inf))
            least, most, low = least[is_left], most[is_left], low[is_left]
        bound = min(low.min(initial=np.inf), dropped, best.aim)
        return Found(best.ratios, best.prices, best.aim, bound, boxes, best.nearest)

    def _is_done(self, aim: float, bound: float, boxes: int) -> bool:
        is_certain = aim - bound <= self.problem.gap_share * abs(aim)
        most = _ENOUGH_BOXES if is_certain else _MOST_BOXES
        return aim - bound <= self._enough(aim) or boxes >= most

    def _enough(self, aim: float) -> float:
        """How much better another may be where the search ends."""
        if not np.isfinite(aim):
            return 0.0
        gain = max(self.before - aim, 0.0)
        return min(self.problem.gap_share * abs(aim), self.of_gain * gain) + _NOTICEABLE * abs(aim)

    def _split(self, least: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Two boxes of each, cut where it is longest by ratio."""
        axis = np.log(most / least).argmax(axis=1)
        rows = np.arange(len(least))
        middle = np.sqrt(least[rows, axis] * most[rows, axis])
        upper, lower = least.copy(), most.copy()
        lower[rows, axis] = upper[rows, axis] = middle
        return np.concatenate([least, upper]), np.concatenate([lower, most])

    def bounds(self, least: np.ndarray, most: np.ndarray) -> tuple[Bounds, np.ndarray, np.ndarray]:
        """Bounds of the factors, and the least and most prices by shape, of boxes of ratios."""
        cheap, dear = self.shapes.prices(least), self.shapes.prices(most)
        low, high = self.money.total_slopes()
        level_low = self._room(-1) / (dear.max(axis=1) * high)
        level_high = self._room(1) / (cheap.min(axis=1) * low)
        bounds = self._factors(cheap, dear, level_low, level_high)
        for _ in range(_ROUNDS if self.money.response.frame.rest.any() else 0):
            low, high = self._slopes(bounds)
            level_low = self._room(-1) / (dear * high).sum(axis=1)
            level_high = self._room(1) / (cheap * low).sum(axis=1)
            bounds = self._factors(cheap, dear, level_low, level_high)
        return bounds, cheap, dear

    def _room(self, side: int) -> float:
        """What prices bring in at least (−1) or at most (1)."""
        money = self.money
        tolerance = self.problem.revenue_tolerance_share * money.target_cny
        return money.target_cny - money.constant_cny + side * tolerance

    def _slopes(self, bounds: Bounds) -> tuple[np.ndarray, np.ndarray]:
        """Least and most of the slopes of revenue by period, (tries, periods)."""
        either = bounds.least.min(axis=0), bounds.most.max(axis=0)
        return self.money.slope_after(either[0]), self.money.slope_after(either[1])

    def _factors(
        self, cheap: np.ndarray, dear: np.ndarray, level_low: np.ndarray, level_high: np.ndarray
    ) -> Bounds:
        money = self.money
        return money.response.bounds(
            money.slot_prices(cheap, 1 / level_high), money.slot_prices(dear, 1 / level_low)
        )

    def _bounded(
        self, least: np.ndarray, most: np.ndarray
    ) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
        """Boxes that may hold something, and what the aim is at least in each."""
        least, most = self.shapes.narrowed(least, most)
        there = (least <= most * (1 + _NOTICEABLE)).all(axis=1)
        least, most = np.minimum(least[there], most[there]), most[there]
        if not len(least):
            return (least, most), np.empty(0)
        bounds, cheap, dear = self.bounds(least, most)
        low = np.where(self._may_hold(cheap, dear, bounds), self.moments.least(bounds), np.inf)
        self._refine(low, cheap, dear, bounds)
        left = np.isfinite(low)
        return (least[left], most[left]), low[left]

    def _refine(self, low: np.ndarray, cheap: np.ndarray, dear: np.ndarray, bounds: Bounds) -> None:
        """Raise bounds where few borders are open: bills and aim must agree on which it is."""
        alike = self.money.response.frame.alike
        first = np.unique(alike, return_index=True)[1]
        is_open = np.isfinite(bounds.least[:, :, 0, :, 0])[:, :, first]
        ways = is_open.sum(axis=0).prod(axis=1)
        rows = np.flatnonzero(np.isfinite(low) & (ways > 1) & (ways <= _MOST_WAYS))
        if not len(rows):
            return
        chosen = [
            (row, way)
            for row in rows.tolist()
            for way in product(*(np.flatnonzero(one) for one in is_open[:, row].T))
        ]
        box = np.array([row for row, _ in chosen])
        border = np.array([way for _, way in chosen])[:, alike]
        kinds = np.arange(len(alike))
        own = Bounds(
            *(
                one[border, box[:, None], :, kinds].transpose(0, 2, 1, 3)[None]
                for one in (bounds.least, bounds.most)
            )
        )
        holds = self._may_hold(cheap[box], dear[box], own)
        aims = np.where(holds, self.moments.least(own), np.inf)
        low[rows] = np.inf
        np.minimum.at(low, box, aims)

    def _may_hold(self, cheap: np.ndarray, dear: np.ndarray, bounds: Bounds) -> np.ndarray:
        """Whether the conditions of bills may hold in boxes of prices.

        A bill over revenue is a quotient of two sums that are linear in the prices: over a box it
        is least at a corner.
        """
        conditions = self.conditions
        if conditions.rise_share is None and conditions.low_rise_share is None:
            return np.ones(len(cheap), bool)
        most_slope = self.money.kind_slopes(np.where(np.isinf(bounds.most), 0, bounds.most))
        corners = []
        for one in product((False, True), repeat=cheap.shape[1]):
            prices = np.where(np.array(one), dear, cheap)
            # the revenue of a kind of day at its dearest border
            paid = np.einsum("bnpk,nk->bnp", most_slope, prices).max(axis=0).sum(axis=1)
            corners.append(prices * (self._room(-1) / paid)[:, None])
        return conditions.may_hold(corners)

    def _try(self, least: np.ndarray, most: np.ndarray, best: "_Best") -> None:
        """The middle and both ends of every box; of the equally good the one that raises least."""
        points = self.shapes.inside(np.concatenate([np.sqrt(least * most), least, most]))
        prices = self.shapes.prices(points)
        whole = self.money.level(prices)[:, None] * prices
        factors = self.money.response.factors(self.money.slot_prices(whole, 1.0))
        aims = self.moments.at(factors)
        is_better = aims < best.aim + _NOTICEABLE * abs(aims)
        at = np.flatnonzero(is_better)
        at = at[self.conditions.hold(whole[at])]
        if not len(at):
            if best.ratios is None:
                best.nearest = min(best.nearest, self._nearest(whole))
            return
        lowest = aims[at].min()
        same = at[aims[at] <= lowest + _NOTICEABLE * abs(lowest)]
        bills = self.conditions.constant_cny + whole[same] @ self.conditions.slope.T
        rises = [self.conditions.worst(one) for one in bills]
        place = int(np.argmin(rises))
        if lowest < best.aim - _NOTICEABLE * abs(lowest) or rises[place] < best.rise:
            best.ratios, best.prices = points[same[place]], whole[same[place]]
            best.aim, best.rise = float(aims[same[place]]), rises[place]

    def _nearest(self, whole: np.ndarray) -> float:
        few = whole[:: max(len(whole) // 8, 1)]
        bills = self.conditions.constant_cny + few @ self.conditions.slope.T
        return min(self.conditions.worst(one) for one in bills)


@dataclass(slots=True)
class _Best:
    """What was found so far."""

    ratios: np.ndarray | None = None
    prices: np.ndarray | None = None
    aim: float = np.inf
    rise: float = np.inf
    nearest: float = np.inf
