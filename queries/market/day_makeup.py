"""Who makes up an area's load, hour by hour."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.load.group_series import GroupBy, group_ids
from queries.market.point_hours import READS as HOURS_READS
from queries.market.point_hours import Chosen, DayKind, PointHours, Season, point_hours

RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "hour": pl.Int64(),
        "load_kw": pl.Float64(),
        "load_share": pl.Float64(),
        "usage_points": pl.Int64(),
        "days": pl.Int64(),
    }
)
READS = HOURS_READS


def day_makeup(  # noqa: PLR0913 - days, an area, groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    day: date | None = None,
    season: Season = "year",
    day_kind: DayKind = "workday",
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    group_by: GroupBy = "customer_class",
) -> pl.DataFrame:
    """What every class or industry draws at every hour of a day, or of a kind of days.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First day of the period whose days of a kind are looked at; whole months are.
        last_day: Its last day, included.
        day: This one day instead.
        season: ``winter`` … or ``year`` for all of them.
        day_kind: ``workday`` or ``rest_day`` (weekends and public holidays).
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        channel: ``import``, ``export`` …
        group_by: What usage points are put together by.

    Returns:
        A row a group (null: in none), the largest first, and ``hour`` [0–23, local; of one day
        standard time]: ``load_kw`` [mean of the ``days`` read; what was not read counts as none,
        so that the groups add up to the area], ``load_share`` [0–1, of the area; null where it
        draws nothing], ``usage_points`` of the group.
    """
    hours = point_hours(
        Chosen(first_day, last_day, day, season, day_kind),
        lake,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
    )
    return _stacked(hours, group_by)


def _stacked(hours: PointHours, group_by: GroupBy) -> pl.DataFrame:
    groups = group_ids(hours.points, group_by)
    total = hours.load_kw.sum(axis=0)
    parts = []
    for name in groups.unique():
        member = groups.is_null() if name is None else (groups == name).fill_null(value=False)
        own = hours.load_kw[member.to_numpy()].sum(axis=0)
        share = np.divide(own, total, out=np.full(len(own), np.nan), where=total > 0)
        parts.append(
            pl.DataFrame(
                {
                    "group_id": pl.Series([name] * len(own), dtype=pl.String),
                    "hour": np.arange(len(own), dtype=np.int64),
                    "load_kw": own,
                    "load_share": pl.Series(share).fill_nan(None),
                    "usage_points": pl.Series([int(member.sum())] * len(own), dtype=pl.Int64),
                    "days": pl.Series([hours.days] * len(own), dtype=pl.Int64),
                }
            )
        )
    if not parts:
        return RETURNS.to_frame()
    return pl.concat(parts).sort(
        pl.col("load_kw").sum().over("group_id").neg(), "group_id", "hour", nulls_last=True
    )
