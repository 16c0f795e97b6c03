"""Load of groups of usage points hour by hour; what was worked out once is held a while."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.daily_weather import READS as WEATHER_READS
from queries.held import Held
from queries.hours_of_points import READS as HOURS_READ
from queries.hours_of_points import HoursOfPoints, hours_of_points
from queries.point_groups import READS as PLACES_READS
from queries.point_groups import choose_groups
from queries.points_inside import is_part, points_inside
from queries.run import QuestionError, run_sql
from queries.schema import SLOTS

READS = tuple(dict.fromkeys(("energy_profiles", *HOURS_READ, *WEATHER_READS, *PLACES_READS)))

_ROWS = pl.Schema({"group_id": pl.String(), "day": pl.Int32(), **dict.fromkeys(SLOTS, pl.Int64())})
_SLOTS_PER_HOUR = 4
_HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True)
class HourlyGroups:
    """Groups and their loads, the sum of what was read.

    Attributes:
        names: Of the groups, those in none last as None.
        load_kw: Mean load of every hour, (groups, days × 24); NaN where nobody was read.
        first_day: The service date of the first hour.
    """

    names: tuple[str | None, ...]
    load_kw: np.ndarray
    first_day: date


_held: Held[HourlyGroups] = Held(6)


def hourly_groups(  # noqa: PLR0913 - an area, a period, groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
    group_by: str,
) -> HourlyGroups:
    """The loads of every hour (standard time) from ``first_day`` to ``last_day``.

    An interval longer than an hour stands in the hour at which it starts. Several questions of a
    page are about the same loads: the last few are held, each for the state and scope of its lake.

    Raises:
        QuestionError: days in the wrong order.
    """
    if last_day < first_day:
        raise QuestionError(f"the last day {last_day} is before the first day {first_day}.")
    area = (area_kind, area_id, region_id)
    asked = {"first_day": first_day, "last_day": last_day, "channel": channel}
    found = _held.of(
        lake, (*area, group_by, *asked.values()), lambda: _made(lake, area, group_by, **asked)
    )
    choose_area(lake, area_kind, area_id, region_id=region_id)
    return found


def _made(  # noqa: PLR0913 - as ``hourly_groups``
    lake: DuckDBPyConnection,
    area: tuple[AreaKind, str | None, str | None],
    group_by: str,
    *,
    first_day: date,
    last_day: date,
    channel: str,
) -> HourlyGroups:
    kind, area_id, region_id = area
    asked: dict[str, Any] = {"first_day": first_day, "last_day": last_day, "channel": channel}
    of_points = hours_of_points(lake, region_id=region_id, **asked) if is_part(kind) else None
    if of_points is not None:
        return _of_points(lake, of_points, area, group_by, first_day)
    choose_area(lake, kind, area_id, "energy_profiles", region_id=region_id)
    choose_groups(lake, group_by)
    return _of_groups(run_sql(lake, "hourly_groups", _ROWS, **asked), first_day, last_day)


def _of_points(
    lake: DuckDBPyConnection,
    hours: HoursOfPoints,
    area: tuple[AreaKind, str | None, str | None],
    group_by: str,
    first_day: date,
) -> HourlyGroups:
    is_inside = points_inside(lake, hours.points, *area)
    choose_groups(lake, group_by)
    known = lake.sql("select usage_point_id, group_id from point_groups").pl()
    groups = hours.points.to_frame().join(
        known, on="usage_point_id", how="left", maintain_order="left"
    )["group_id"]
    names = tuple(groups.filter(pl.Series(is_inside)).unique().sort(nulls_last=True))
    load_kw = np.full((len(names), hours.energy_wh.shape[1]), np.nan)
    for number, name in enumerate(names):
        is_member = groups.is_null() if name is None else (groups == name).fill_null(value=False)
        own = np.flatnonzero(is_member.to_numpy() & is_inside)
        energy_kwh = hours.energy_wh[own].sum(axis=0) / 1000
        load_kw[number] = np.where(hours.is_read[own].any(axis=0), energy_kwh, np.nan)
    return HourlyGroups(names, load_kw, first_day)


def _of_groups(rows: pl.DataFrame, first_day: date, last_day: date) -> HourlyGroups:
    days = (last_day - first_day).days + 1
    names = tuple(rows["group_id"].unique(maintain_order=True))
    quarters = rows.select(SLOTS).cast(pl.Float64).to_numpy()
    quarters = quarters.reshape(len(quarters), _HOURS_PER_DAY, _SLOTS_PER_HOUR)
    hours = np.nansum(quarters, axis=2) / 1000
    hours[np.isnan(quarters).all(axis=2)] = np.nan
    load_kw = np.full((len(names), days, _HOURS_PER_DAY), np.nan)
    if names:
        load_kw[rows["group_id"].rle_id().to_numpy(), rows["day"].to_numpy()] = hours
    return HourlyGroups(names, load_kw.reshape(len(names), days * _HOURS_PER_DAY), first_day)
