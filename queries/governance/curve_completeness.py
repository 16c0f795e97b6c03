"""How complete are the curves, by day and place?"""

from datetime import date
from typing import Literal, get_args

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import NO_REGION, choose_region
from queries.run import QuestionError, run_sql

PlaceKind = Literal["all", "region", "feeder", "transformer"]

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "group_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "due_points": pl.Int64(),
        "silent_points": pl.Int64(),
        "expected_slots": pl.Int64(),
        "actual_slots": pl.Int64(),
        "curve_share": pl.Float64(),
        "estimated_share": pl.Float64(),
        "missing_share": pl.Float64(),
        "curve_change_share": pl.Float64(),
    }
)
READS: tuple[str, ...] = (
    "completeness",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
)


def curve_completeness(  # noqa: PLR0913 - a question and its inputs
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    group_by: PlaceKind = "all",
    region_id: str | None = None,
    channel: str = "import",
    most_groups: int | None = None,
) -> pl.DataFrame:
    """Curve completeness (曲线完整率): actual points of the day's curves, of those due.

    Args:
        lake: An open lake.
        first_day: Service date, included.
        last_day: Likewise.
        group_by: The place that is counted.
        region_id: Only what lies in this region or in one inside it.
        channel: What was measured.
        most_groups: Only so many places, those with most points missing in these days.

    Returns:
        One row a day and place with any point due; ``curve_share`` [0–1] counts actual points
        only, never estimates, which ``estimated_share`` counts; with ``missing_share`` they add up
        to 1. ``curve_change_share`` is the difference to the day before, null without one;
        ``silent_points`` are usage points without any point. ``group_id`` is null where the
        register does not say the place.
    """
    if group_by not in get_args(PlaceKind):
        raise QuestionError(f"group_by '{group_by}' is none of {', '.join(get_args(PlaceKind))}.")
    choose_region(lake, region_id)
    return run_sql(
        lake,
        "governance/curve_completeness",
        RETURNS,
        first_day=first_day,
        last_day=last_day,
        group_by=group_by,
        region_id=region_id,
        no_region=NO_REGION,
        channel=channel,
        most_groups=most_groups,
    )
