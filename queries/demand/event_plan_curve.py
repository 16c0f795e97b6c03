"""How would the day of an event run, with and without it?"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.event_planned import READS as PLAN_READS
from queries.demand.event_planned import REBOUND_HOURS, Asked, planned
from queries.demand.event_span import Span
from queries.grid.areas import Kind
from queries.lake import lake_state
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "standard_start": pl.Datetime("us"),
        "load_kw": pl.Float64(),
        "load_with_event_kw": pl.Float64(),
        "part": pl.String(),
    }
)
READS = PLAN_READS


def event_plan_curve(  # noqa: PLR0913 - a programme, an event, what is asked, what a call costs
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
    """Load of the district on the day of a planned event.

    Inputs are those of ``event_plan``.

    Returns:
        A row a quarter of an hour in standard time. ``part``: event, after (the two hours in which
        something comes back) or other; null where the load is not known.

    Raises:
        QuestionError: as ``event_plan``.
    """
    span = Span(day, from_minute, until_minute)
    asked = Asked(
        programme_id,
        span,
        target_kw,
        need_kind,
        need_id,
        need_kw,
        call_cny,
        repeat_cny,
        region_id,
    )
    plan = planned(lake, asked)
    standard = span.standard(ZoneInfo(lake_state(lake).zone_name))
    part = np.full(SLOTS_PER_DAY, "other", dtype=object)
    part[standard.first_slot : standard.end_slot] = "event"
    part[standard.after(REBOUND_HOURS)] = "after"
    reduced = float(plan.known.rows["expected_kw"].fill_null(0).to_numpy()[plan.is_called].sum())
    back = float(plan.rebound_kw[plan.is_called].sum())
    change = np.where(part == "event", -reduced, np.where(part == "after", back, 0.0))
    starts = pl.datetime_range(
        pl.lit(standard.day, dtype=pl.Datetime("us")),
        pl.lit(standard.day + timedelta(days=1), dtype=pl.Datetime("us")),
        f"{SLOT_MINUTES}m",
        closed="left",
        eager=True,
    )
    return pl.DataFrame(
        {
            "standard_start": starts,
            "load_kw": plan.day.load_kw,
            "load_with_event_kw": plan.day.load_kw + change,
            "part": part.tolist(),
        },
        schema=RETURNS,
    ).with_columns(pl.col("load_kw", "load_with_event_kw").fill_nan(None))
