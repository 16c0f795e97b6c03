"""What is still missing of the meters, since when, and why?"""

from datetime import datetime
from typing import Literal

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.collection_records import show_missing
from queries.run import QuestionError, run_sql

TaskState = Literal["open", "given_up"]
TaskKind = Literal["freeze", "curve", "clock"]

_UTC = pl.Datetime("us", "UTC")
RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "kind": pl.String(),
        "usage_point_id": pl.String(),
        "meter_id": pl.String(),
        "transformer_id": pl.String(),
        "collector": pl.String(),
        "terminal": pl.String(),
        "address": pl.String(),
        "protocol": pl.String(),
        "state": pl.String(),
        "wanted_at": _UTC,
        "age_hours": pl.Float64(),
        "attempts": pl.Int64(),
        "attempted_at": _UTC,
        "next_attempt_at": _UTC,
        "reason": pl.String(),
        "message": pl.String(),
        "missing_tasks": pl.Int64(),
    }
)
READS: tuple[str, ...] = (
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
    "records",
)


def collection_queue(  # noqa: PLR0913 - a question and its inputs
    lake: DuckDBPyConnection,
    *,
    now: datetime,
    region_id: str | None = None,
    kind: TaskKind | None = None,
    state: TaskState | None = None,
    reason: str | None = None,
    most_rows: int = 100,
) -> pl.DataFrame:
    """What the collection has not got yet (补采队列), what is missing longest first.

    Args:
        lake: An open lake.
        now: Against which instant ages are told; aware.
        region_id: Only what lies in this region or in one inside it.
        kind: Only readings of this kind.
        state: Only what is still asked for, or was given up.
        reason: Only what failed last for this reason.
        most_rows: At most so many rows.

    Returns:
        One row a meter, kind of reading and day: ``age_hours`` since it is known to be missing;
        ``attempts`` that failed, none of them while a terminal was offline; ``reason`` and
        ``message`` of the last failure, null where nobody asked yet; ``next_attempt_at`` is null
        where it was given up. ``missing_tasks`` is how many rows there are in all.
    """
    if now.tzinfo is None:
        raise QuestionError(f"now {now} has no time zone; give an aware instant.")
    choose_region(lake, region_id)
    show_missing(lake, kind=kind)
    return run_sql(
        lake,
        "governance/collection_queue",
        RETURNS,
        now=now,
        region_id=region_id,
        state=state,
        reason=reason,
        most_rows=most_rows,
    )
