"""Whom to call: the cheapest choice that reaches the target and keeps every limit, by HiGHS.

A mixed-integer linear problem: one yes or no a customer, every limit a weighted sum of them. The
solver's lower bound on the cost is what certifies the gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

SURE_GAP_SHARE = 0.001
"""Up to which a plan is said to be the best there is."""
TOLERANCE_KW = 1e-6
"""To which HiGHS keeps a limit."""
_GAP_SHARE = 8e-4
_MOST_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Limit:
    """``least ≤ Σ weight of those called ≤ most``.

    Attributes:
        kind: target, area_least, peak_after, feeder or transformer.
        area_id: Of which feeder or transformer; None: of all.
        weight_kw: What everybody adds to the sum, (customers,) [kW].
        least_kw, most_kw: Its bounds; infinite: none.
    """

    kind: str
    area_id: str | None
    weight_kw: np.ndarray
    least_kw: float = -np.inf
    most_kw: float = np.inf


@dataclass(frozen=True, slots=True)
class Problem:
    """Customers that could be called.

    Attributes:
        expected_kw: What each would reduce, (customers,).
        cost_cny: What calling each costs: pay, the call, and how often it was called already.
        limits: All of them hold.
    """

    expected_kw: np.ndarray
    cost_cny: np.ndarray
    limits: tuple[Limit, ...] = ()

    def without(self, *kinds: str) -> "Problem":
        """The same without the limits of these kinds."""
        return replace(self, limits=tuple(one for one in self.limits if one.kind not in kinds))

    def with_limit(self, limit: Limit) -> "Problem":
        """The same with one limit more."""
        return replace(self, limits=(*self.limits, limit))


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is called.

    Attributes:
        is_called: (customers,).
        value: Cost [CNY], or what is reduced [kW] where that was to be the most.
        bound: No choice that keeps the limits is better.
        gap_share: How far ``value`` may be from the best, of ``value`` [0–1].
    """

    is_called: np.ndarray
    value: float
    bound: float
    gap_share: float


def cheapest(problem: Problem) -> Choice | None:
    """The cheapest choice that keeps every limit; None where there is none."""
    return _solved(problem, problem.cost_cny)


def most(problem: Problem, weight_kw: np.ndarray | None = None) -> Choice | None:
    """The choice with the largest sum of ``weight_kw``, by default of what is reduced.

    None where no choice keeps every limit.
    """
    weight = problem.expected_kw if weight_kw is None else weight_kw
    found = _solved(problem, -weight)
    return found and replace(found, value=-found.value, bound=-found.bound)


def _solved(problem: Problem, objective: np.ndarray) -> Choice | None:
    customers = len(problem.expected_kw)
    if not customers:
        is_kept = all(one.least_kw <= 0 <= one.most_kw for one in problem.limits)
        return Choice(np.zeros(0, bool), 0.0, 0.0, 0.0) if is_kept else None
    result = milp(
        objective,
        integrality=np.ones(customers),
        bounds=Bounds(0, 1),
        constraints=_rows(problem.limits),
        # Presolve saves nothing on so few rows, and HiGHS then prints lines of its own.
        options={"mip_rel_gap": _GAP_SHARE, "time_limit": _MOST_SECONDS, "presolve": False},
    )
    if result.x is None:
        return None
    is_called = result.x > 0.5
    value = float(objective[is_called].sum())
    bound = value if result.mip_dual_bound is None else min(float(result.mip_dual_bound), value)
    apart = value - bound
    gap = apart / abs(value) if abs(value) > TOLERANCE_KW else float(apart > TOLERANCE_KW)
    return Choice(is_called, value, bound, gap)


def _rows(limits: Sequence[Limit]) -> list[LinearConstraint]:
    if not limits:
        return []
    weights = np.stack([one.weight_kw for one in limits])
    least: Any = np.array([one.least_kw for one in limits])  # scipy's stubs know single bounds only
    most_kw: Any = np.array([one.most_kw for one in limits])
    return [LinearConstraint(weights, least, most_kw)]
