"""Did the readings of a day arrive, by when, and at which attempt?"""

from datetime import date, time
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.collection_records import show_first_passes, show_meters
from queries.lake import lake_state
from queries.local_time import standard_offset
from queries.run import QuestionError, run_sql

Grouping = Literal["all", "region", "transformer", "terminal", "protocol", "purpose"]
"""By what meters are counted; ``purpose`` parts customers' meters from those that check (考核)."""

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "group_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "due_meters": pl.Int64(),
        "on_time_meters": pl.Int64(),
        "arrived_meters": pl.Int64(),
        "late_meters": pl.Int64(),
        "missing_meters": pl.Int64(),
        "asked_meters": pl.Int64(),
        "first_pass_meters": pl.Int64(),
        "unasked_meters": pl.Int64(),
        "success_share": pl.Float64(),
        "backfilled_share": pl.Float64(),
        "first_pass_share": pl.Float64(),
        "success_change_share": pl.Float64(),
    }
)
READS: tuple[str, ...] = (
    "register_readings",
    "device_clocks",
    "meters",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
    "records",
)
_DAY_MINUTES = 24 * 60


def collection_success(  # noqa: PLR0913 - a question and its inputs
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    group_by: Grouping = "all",
    region_id: str | None = None,
    cut_off: str = "08:00",
) -> pl.DataFrame:
    """Collection success (采集成功率): frozen forward active totals that arrived, of those due.

    A meter is due on a day on which the register has it at a usage point that is neither suspended
    nor closed; meters that check (考核) are due too. Its reading is the actual total of the
    midnight that closes the day; an estimate is none. It arrived when its source issued it, or
    when it was received where the source does not say.

    Args:
        lake: An open lake.
        first_day: Service date, included.
        last_day: Likewise.
        group_by: ``terminal`` and ``protocol`` are what the queue of the collection says, else the
            clock readings.
        region_id: Only what lies in this region or in one inside it.
        cut_off: Standard time on the next day, HH:MM, included.

    Returns:
        One row a day and group with any meter due: ``on_time_meters`` by the cut-off,
        ``arrived_meters`` by now, as ``success_share`` and ``backfilled_share`` (补采后) [0–1];
        ``first_pass_share`` (一次采集成功率) of the ``asked_meters`` that the queue knows that
        day, null where it knows none; ``success_change_share`` against the day before [difference
        of shares], null without one. ``group_id`` is null where nothing says the group.
    """
    if group_by not in get_args(Grouping):
        raise QuestionError(f"group_by '{group_by}' is none of {', '.join(get_args(Grouping))}.")
    choose_region(lake, region_id)
    show_first_passes(lake, first_day=first_day, last_day=last_day)
    show_meters(lake)
    zone = ZoneInfo(lake_state(lake).zone_name)
    midnight = _DAY_MINUTES - int(standard_offset(zone, first_day.year).total_seconds() // 60)
    return run_sql(
        lake,
        "governance/collection_success",
        RETURNS,
        first_day=first_day,
        last_day=last_day,
        group_by=group_by,
        region_id=region_id,
        midnight_minutes=midnight,
        cut_off_minutes=midnight + _minutes(cut_off),
    )


def _minutes(cut_off: str) -> int:
    try:
        at = time.fromisoformat(cut_off)
    except ValueError as error:
        raise QuestionError(
            f"cut_off '{cut_off}' is no time of day; give hours and minutes such as 08:00."
        ) from error
    return at.hour * 60 + at.minute
