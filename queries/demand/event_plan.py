"""Who should be called to an event, and what would each reduce?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.event_planned import READS as PLAN_READS
from queries.demand.event_planned import Asked, planned
from queries.demand.event_span import Span
from queries.grid.areas import Kind

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_id": pl.String(),
        "enrolment_id": pl.String(),
        "customer_class": pl.String(),
        "transformer_id": pl.String(),
        "feeder_id": pl.String(),
        "status": pl.String(),
        "is_called": pl.Boolean(),
        "agreed_reduction_kw": pl.Float64(),
        "expected_kw": pl.Float64(),
        "spread_kw": pl.Float64(),
        "reduction_basis": pl.String(),
        "events_measured": pl.Int64(),
        "usual_load_kw": pl.Float64(),
        "rebound_kw": pl.Float64(),
        "calls_this_year": pl.Int64(),
        "pay_cny": pl.Decimal(18, 2),
    }
)
READS = PLAN_READS


def event_plan(  # noqa: PLR0913 - a programme, an event, what is asked, what a call costs
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
    """The plan (响应方案) of an event: who is called, and why others are not.

    Args:
        lake: From ``queries.lake.open_lake``.
        programme_id: Whose terms and enrolments.
        day: Local date.
        from_minute: First minute of the event [min after local midnight].
        until_minute: Minute after its last.
        target_kw: Mean reduction asked for; None: as much as there is.
        need_kind: ``feeder`` or ``transformer`` under which so much of it is needed; None: none.
        need_id: Which.
        need_kw: How much there.
        call_cny: What calling somebody costs beside its pay.
        repeat_cny: Once more for each time it was called this year already.
        region_id: The district; None: all in the scope.

    Returns:
        A row a usage point enrolled on that day, those called first, then by ``expected_kw``.
        ``status`` is ``available`` or the first reason why it cannot be called
        (``event_candidates.STATUSES``); ``is_called`` whether the plan calls it; nobody, where the
        target cannot be reached. ``expected_kw``: mean reduction expected, give or take
        ``spread_kw`` (standard deviation); ``reduction_basis``: own, programme, agreed or measured
        (``event_candidates.candidates``). ``usual_load_kw`` of these hours bounds it; null: no
        readings in the month before. ``rebound_kw``: what comes back in each of the two hours
        afterwards. ``pay_cny``: if it reduces as expected.

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
    plan = planned(lake, asked)
    rows = plan.known.rows.rename({"basis": "reduction_basis"}).with_columns(
        is_called=pl.Series(plan.is_called, dtype=pl.Boolean),
        rebound_kw=pl.Series(plan.rebound_kw, dtype=pl.Float64),
        pay_cny=pl.Series(plan.pay_cny, dtype=pl.Decimal(18, 2)),
    )
    order = pl.col("is_called"), pl.col("expected_kw").fill_null(-1.0)
    return (
        rows.sort(*order, "usage_point_id", descending=[True, True, False])
        .select(RETURNS.names())
        .cast(RETURNS)
    )
