"""When should electricity be dear, and when cheap, going by the load itself?"""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.day_kinds import Hemisphere
from queries.demand.season_periods import (
    READS as SEASON_READS,
)
from queries.demand.season_periods import (
    Asked,
    DayKind,
    LoadKind,
    SeasonPeriods,
    season_periods,
)

RETURNS = pl.Schema(
    {
        "season": pl.String(),
        "slot_minute": pl.Int16(),
        "load_kw": pl.Float64(),
        "low_kw": pl.Float64(),
        "high_kw": pl.Float64(),
        "period": pl.String(),
        "today_period": pl.String(),
        "peak_membership_share": pl.Float64(),
        "membership_period": pl.String(),
        "stability_share": pl.Float64(),
        "days": pl.Int64(),
    }
)
READS = SEASON_READS


def periods(  # noqa: PLR0913 - an area, a period, what a period may look like
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    day_kind: DayKind = "all",
    load_kind: LoadKind = "load",
    blocks: int | None = None,
    least_minutes: int = 60,
    step_minutes: int = 30,
    calendar_code: str | None = None,
    hemisphere: Hemisphere = "north",
    has_sharp: bool = False,
) -> pl.DataFrame:
    """Peak, flat and valley hours of the year and of every season, found from its mean day.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included (standard time, no daylight saving).
        last_day: Last service date, included.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        day_kind: Only workdays (make-up workdays too) or rest days.
        load_kind: The load, or what is left of it after what was fed back in (midday's sun).
        blocks: At most so many blocks of one period; None: as many as there are today.
        least_minutes: The shortest block [min], a multiple of the step.
        step_minutes: Where a block may begin: 15, 30 or 60.
        calendar_code: Today's hours; None: the calendar of FENGGU_TARIFF_AREA.
        hemisphere: ``south`` has its winter from June to August.
        has_sharp: Call whole peak hours sharp in which the load reached 95 % of its year's maximum.

    Returns:
        A row for every ``season`` (``year`` first; of at least ten days) and step: ``slot_minute``
        [after midnight], mean ``load_kw`` of its ``days`` with the 10 % and 90 % quantiles
        ``low_kw`` and ``high_kw``, the best ``period``, ``today_period`` (of most of the days; null
        where no calendar is known), the half-trapezoid ``peak_membership_share`` and the
        ``membership_period`` that follows from it, and ``stability_share`` [0–1]: how many of 50
        draws of the days give the same period.
    """
    asked = Asked(
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        day_kind=day_kind,
        load_kind=load_kind,
        blocks=blocks,
        least_minutes=least_minutes,
        step_minutes=step_minutes,
        calendar_code=calendar_code,
        hemisphere=hemisphere,
        has_sharp=has_sharp,
    )
    parts = [_rows(one, step_minutes) for one in season_periods(lake, asked)]
    return pl.concat([RETURNS.to_frame(), *parts])


def _rows(found: SeasonPeriods, step_minutes: int) -> pl.DataFrame:
    steps = len(found.period)
    today = [None] * steps if found.today is None else found.today[1].tolist()
    return pl.DataFrame(
        {
            "season": [found.season] * steps,
            "slot_minute": np.arange(steps) * step_minutes,
            "load_kw": found.load_kw[0],
            "low_kw": found.load_kw[1],
            "high_kw": found.load_kw[2],
            "period": found.period.tolist(),
            "today_period": today,
            "peak_membership_share": found.membership,
            "membership_period": found.membership_period.tolist(),
            "stability_share": found.stability_share,
            "days": [found.days] * steps,
        },
        schema=RETURNS,
    )
