"""What the periods found are worth beside today's."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.day_kinds import Hemisphere
from queries.demand.circular_blocks import blocks_of
from queries.demand.season_periods import READS as SEASON_READS
from queries.demand.season_periods import Asked, DayKind, LoadKind, SeasonPeriods, season_periods

RETURNS = pl.Schema(
    {
        "season": pl.String(),
        "days": pl.Int64(),
        "blocks": pl.Int64(),
        "explained_share": pl.Float64(),
        "today_blocks": pl.Int64(),
        "today_explained_share": pl.Float64(),
        "regret_share": pl.Float64(),
        "membership_blocks": pl.Int64(),
        "moved_hours": pl.Float64(),
        "stability_share": pl.Float64(),
    }
)
READS = SEASON_READS


def period_summary(  # noqa: PLR0913 - as ``periods``
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
    """How much of a day's ups and downs the best blocks follow, and today's; inputs of ``periods``.

    Returns:
        A row a ``season``, ``year`` first: its ``days``; number of ``blocks`` found, and the
        ``explained_share`` [0–1] of the squares of the mean day that their means follow; the same
        of today's hours (null where no calendar is known) and ``regret_share``, what today's give
        away (never negative with as many blocks and none of today's shorter than the shortest
        allowed); ``membership_blocks``, into which the method of memberships falls apart;
        ``moved_hours`` of the day that have another period than today; and the mean
        ``stability_share``.
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
    return pl.DataFrame(
        [_row(one, step_minutes) for one in season_periods(lake, asked)], schema=RETURNS
    )


def _row(found: SeasonPeriods, step_minutes: int) -> dict[str, object]:
    best, today = found.best, found.today
    row: dict[str, object] = {
        "season": found.season,
        "days": found.days,
        "blocks": max(len(best.starts), 1),
        "explained_share": best.explained_share,
        "membership_blocks": len(blocks_of(found.membership_period, found.load_kw[0]).starts),
        "stability_share": float(found.stability_share.mean()),
    }
    if today is not None:
        blocks, hours = today
        row |= {
            "today_blocks": max(len(blocks.starts), 1),
            "today_explained_share": blocks.explained_share,
            "regret_share": best.explained_share - blocks.explained_share,
            "moved_hours": float((hours != found.period).sum() * step_minutes / 60),
        }
    return row
