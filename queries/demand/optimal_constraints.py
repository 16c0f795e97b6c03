"""Which conditions the best prices run into, and what a little more room would give."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.optimal_summary import revenue_after
from queries.demand.optimal_terms import OptimalError, Problem, problem_of
from queries.demand.optimum import READS as OPTIMUM_READS
from queries.demand.optimum import Optimum, optimum

RETURNS = pl.Schema(
    {
        "condition": pl.String(),
        "value": pl.Float64(),
        "least": pl.Float64(),
        "most": pl.Float64(),
        "slack": pl.Float64(),
        "binds": pl.Boolean(),
        "relaxed_by": pl.Float64(),
        "gain": pl.Float64(),
    }
)
READS = OPTIMUM_READS

_FEN = 100
_NEAR_RATIO, _NEAR_SHARE = 0.02, 0.004


@dataclass(frozen=True, slots=True)
class _Condition:
    """One of them: its value, between what, and which input to move by how much to give it room."""

    name: str
    value: float
    least: float | None = None
    most: float | None = None
    field: str | None = None
    step: float = 0.0

    @property
    def slack(self) -> float:
        room = [self.value - self.least] if self.least is not None else []
        room += [self.most - self.value] if self.most is not None else []
        return min(room)


def optimal_constraints(lake: DuckDBPyConnection, *, problem: str) -> pl.DataFrame:
    """Every condition with its value and its room.

    Args:
        lake: From ``queries.lake.open_lake``.
        problem: JSON of ``queries.demand.optimal_terms.Problem``.

    Returns:
        A row a ``condition``: ``revenue`` (change after the answer), ``least_ratio`` and
        ``most_ratio`` of peak to valley, ``step_valley`` and ``step_peak`` of flat to valley and
        peak to flat, ``least_sharp`` and ``most_sharp`` of sharp to peak, ``deep_valley`` to
        valley, ``bill_rise`` and ``bill_rise_after`` (that 5 % of the customers exceed),
        ``low_use`` (the highest of low users). ``binds`` where hardly any room is left; for those
        what the aim would gain [kW or CNY] if the condition were ``relaxed_by`` so much, searched
        anew on the same hours.

    Raises:
        OptimalError: no prices keep the conditions, or the class cannot be optimised.
    """
    found = optimum(problem_of(problem), lake)
    rows = []
    for one in _conditions(found):
        near = _NEAR_SHARE if one.name in _SHARES else _NEAR_RATIO * one.value
        binds = one.name != "revenue" and one.slack <= near
        gain = _gain(one, found, lake) if binds and one.field else None
        rows.append(
            {
                "condition": one.name,
                "value": one.value,
                "least": one.least,
                "most": one.most,
                "slack": one.slack,
                "binds": binds,
                "relaxed_by": one.step if gain is not None else None,
                "gain": gain,
            }
        )
    return pl.DataFrame(rows, schema=RETURNS)


_SHARES = {"bill_rise", "bill_rise_after", "low_use"}


def _conditions(found: Optimum) -> list[_Condition]:
    problem, conditions = found.problem, found.search.conditions
    by_name = dict(zip(found.frame.periods, found.prices.tolist(), strict=True))
    peak, valley = by_name["peak"], by_name["valley"]
    tolerance = problem.revenue_tolerance_share
    change = revenue_after(found) / found.search.money.target_cny - 1
    rows = [
        _Condition("revenue", change, -tolerance, tolerance),
        _Condition(
            "least_ratio", peak / valley, least=found.least_ratio, field="least_ratio", step=-0.5
        ),
        _Condition(
            "most_ratio", peak / valley, most=problem.most_ratio, field="most_ratio", step=0.5
        ),
    ]
    if "flat" in by_name:
        flat, step = by_name["flat"], problem.least_step_times
        rows.append(
            _Condition(
                "step_valley", flat / valley, least=step, field="least_step_times", step=-0.05
            )
        )
        rows.append(
            _Condition("step_peak", peak / flat, least=step, field="least_step_times", step=-0.05)
        )
    if "sharp" in by_name:
        times = by_name["sharp"] / peak
        rows.append(
            _Condition(
                "least_sharp",
                times,
                least=problem.least_sharp_times,
                field="least_sharp_times",
                step=-0.1,
            )
        )
        rows.append(
            _Condition(
                "most_sharp",
                times,
                most=problem.most_sharp_times,
                field="most_sharp_times",
                step=0.1,
            )
        )
    if "deep_valley" in by_name:
        share = by_name["deep_valley"] / valley
        rows.append(
            _Condition(
                "deep_valley", share, problem.least_deep_share, 1.0, "least_deep_share", -0.1
            )
        )
    counted = found.district.is_counted
    bills = found.unanswered_fen[counted] / _FEN, found.answered_cny[counted]
    if problem.bill_rise_share is not None:
        cap = problem.bill_rise_share
        before, after = (conditions.worst(one) for one in bills)
        rows.append(_Condition("bill_rise", before, most=cap, field="bill_rise_share", step=0.01))
        rows.append(_Condition("bill_rise_after", after, most=cap))
    if problem.low_rise_share is not None and conditions.is_low.any():
        highest = float(np.max(conditions.rise(bills[0])[conditions.is_low]))
        rows.append(
            _Condition(
                "low_use", highest, most=problem.low_rise_share, field="low_rise_share", step=0.01
            )
        )
    return rows


def _gain(one: _Condition, found: Optimum, lake: DuckDBPyConnection) -> float | None:
    """What the aim gains with more room; None where the room cannot be had."""
    limit = one.least if one.least is not None else one.most
    if one.field is None or limit is None:
        return None
    content = found.problem.model_dump(mode="json")
    content |= {one.field: limit + one.step, "periods": found.frame.name}
    try:
        relaxed = optimum(Problem.model_validate(content), lake)
    except (OptimalError, ValueError):
        return None
    return found.aim - relaxed.aim
