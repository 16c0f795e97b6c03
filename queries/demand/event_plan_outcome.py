"""What does the plan of an event bring and cost, and is it the best?"""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection
from scipy.stats import norm

from queries.billing.money import FEN_DECIMALS, rounded
from queries.demand.event_model import SURE_GAP_SHARE
from queries.demand.event_planned import READS as PLAN_READS
from queries.demand.event_planned import Asked, Planned, planned
from queries.demand.event_span import Span
from queries.grid.areas import Kind

RETURNS = pl.Schema(
    {
        "is_reached": pl.Boolean(),
        "enrolled": pl.Int64(),
        "available": pl.Int64(),
        "called": pl.Int64(),
        "target_kw": pl.Float64(),
        "expected_kw": pl.Float64(),
        "spread_kw": pl.Float64(),
        "chance_share": pl.Float64(),
        "target_share": pl.Float64(),
        "pay_cny": pl.Decimal(18, 2),
        "cost_cny": pl.Decimal(18, 2),
        "gap_share": pl.Float64(),
        "is_certified": pl.Boolean(),
        "programme_share": pl.Float64(),
        "events_measured": pl.Int64(),
        "load_basis": pl.String(),
        "peak_kw": pl.Float64(),
        "after_peak_kw": pl.Float64(),
        "rebound_kw": pl.Float64(),
    }
)
READS = PLAN_READS


def event_plan_outcome(  # noqa: PLR0913 - a programme, an event, what is asked, what a call costs
    lake: DuckDBPyConnection,
    *,
    programme_id: str,
    day: date,
    from_minute: int,
    until_minute: int,
    target_kw: float | None = None,
    need_kind: Kind | None = None,
    need_id: str | None = None,
    need_kw: float = 0.0,
    call_cny: float = 2.0,
    repeat_cny: float = 1.0,
    region_id: str | None = None,
) -> pl.DataFrame:
    """The figures of a plan (响应方案) of an event.

    Inputs are those of ``event_plan``.

    Returns:
        One row. ``is_reached``: whether the target can be reached within every limit; else nobody
        is called and ``event_plan_reach`` says what the most is. ``chance_share``: of reaching the
        target, customers deviating independently and normally by ``spread_kw``; null without a
        target. ``cost_cny``: pay, calls and repeats, as the plan minimises it. ``gap_share``: how
        far it may be from the cheapest plan; ``is_certified``: at most 0.1 %. ``programme_share``:
        reduced over agreed in ``events_measured`` past events. ``peak_kw`` of the day without the
        event by ``load_basis`` (``event_day.DayLoad``), and ``after_peak_kw``: the highest of the
        two hours afterwards with ``rebound_kw`` that comes back; null where nothing is known.

    Raises:
        QuestionError: there is no such programme, or the hours are none or too long for its terms.
    """
    asked = Asked(
        programme_id,
        Span(day, from_minute, until_minute),
        target_kw,
        need_kind,
        need_id,
        need_kw,
        call_cny,
        repeat_cny,
        region_id,
    )
    return pl.DataFrame([_row(planned(lake, asked), target_kw)], schema=RETURNS)


def _row(plan: Planned, target_kw: float | None) -> dict[str, object]:
    called = plan.known.rows.filter(pl.Series(plan.is_called, dtype=pl.Boolean))
    expected_kw = float(called["expected_kw"].sum())
    spread_kw = float(np.sqrt((called["spread_kw"].fill_null(0).to_numpy() ** 2).sum()))
    paid = sum(
        (one for one, is_called in zip(plan.pay_cny, plan.is_called, strict=True) if is_called),
        Decimal(0),
    )
    gap = None if plan.choice is None else plan.choice.gap_share
    return {
        "is_reached": plan.choice is not None and bool(plan.is_called.any()),
        "enrolled": plan.known.rows.height,
        "available": len(plan.problem.expected_kw),
        "called": called.height,
        "target_kw": target_kw,
        "expected_kw": expected_kw,
        "spread_kw": spread_kw,
        "chance_share": _chance(expected_kw, spread_kw, target_kw),
        "target_share": None if target_kw is None else expected_kw / target_kw,
        "pay_cny": paid,
        "cost_cny": rounded(Fraction(float(plan.cost_cny[plan.is_called].sum())), FEN_DECIMALS),
        "gap_share": gap,
        "is_certified": gap is not None and gap <= SURE_GAP_SHARE,
        "programme_share": plan.known.programme_share,
        "events_measured": plan.known.events_measured,
        "load_basis": plan.day.basis,
        "peak_kw": _known(plan.peak_kw),
        "after_peak_kw": _known(plan.after_kw),
        "rebound_kw": float(plan.rebound_kw[plan.is_called].sum()),
    }


def _chance(expected_kw: float, spread_kw: float, target_kw: float | None) -> float | None:
    if target_kw is None:
        return None
    if spread_kw <= 0:
        return float(expected_kw >= target_kw)
    return float(norm.cdf((expected_kw - target_kw) / spread_kw))


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
