"""How much could an event bring at most, and which limit is in the way?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.event_model import TOLERANCE_KW
from queries.demand.event_planned import READS as PLAN_READS
from queries.demand.event_planned import Asked, Reach, reaches
from queries.demand.event_span import Span
from queries.grid.areas import Kind

RETURNS = pl.Schema(
    {
        "plan_limit": pl.String(),
        "reachable_kw": pl.Float64(),
        "is_enough": pl.Boolean(),
        "is_cause": pl.Boolean(),
    }
)
READS = PLAN_READS


def event_plan_reach(  # noqa: PLR0913 - a programme, an event, what is asked, what a call costs
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
    """The most that can be reduced: as things are, and with each limit left out.

    Inputs are those of ``event_plan``.

    Returns:
        A row a limit: ``as_asked`` (all of them hold); ``area`` (the most under the feeder or
        transformer asked for, where one is); left out in turn: ``peak_after`` (what comes back
        makes no new peak), ``areas`` (nor overloads a transformer or feeder), ``fatigue`` (calls a
        year, days of rest), ``availability`` (hours); ``all``: everybody enrolled and no limit.
        ``is_enough``: whether the target, or what is needed there, would be reached;
        ``is_cause``: it would be without this limit alone, and is not with it.

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
    rows = [
        {"plan_limit": one.limit, "reachable_kw": one.most_kw, "is_enough": _is_enough(one, asked)}
        for one in reaches(lake, asked)
    ]
    found = pl.DataFrame(rows, schema={name: RETURNS[name] for name in list(RETURNS)[:-1]})
    is_reached = found["is_enough"][0]
    is_single = ~pl.col("plan_limit").is_in(["as_asked", "area", "all"])
    return found.with_columns(is_cause=is_single & pl.col("is_enough") & pl.lit(not is_reached))


def _is_enough(one: Reach, asked: Asked) -> bool:
    wanted = asked.need_kw if one.limit == "area" else asked.target_kw or 0.0
    return one.most_kw >= wanted - TOLERANCE_KW
