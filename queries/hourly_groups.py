"""Load of groups of usage points hour by hour; what was worked out once is held a while."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.daily_weather import READS as WEATHER_READS
from queries.held import Held
from queries.point_groups import READS as PLACES_READS
from queries.point_groups import choose_groups
from queries.run import QuestionError, run_sql
from queries.schema import SLOTS

READS = tuple(dict.fromkeys(("energy_profiles", *WEATHER_READS, *PLACES_READS)))

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
    choose_area(lake, area_kind, area_id, "energy_profiles", region_id=region_id)
    choose_groups(lake, group_by)
    asked = {"first_day": first_day, "last_day": last_day, "channel": channel}
    return _held.of(
        lake,
        (area_kind, area_id, region_id, group_by, *asked.values()),
        lambda: _made(run_sql(lake, "hourly_groups", _ROWS, **asked), first_day, last_day),
    )


def _made(rows: pl.DataFrame, first_day: date, last_day: date) -> HourlyGroups:
    days = (last_day - first_day).days + 1
    names = tuple(rows["group_id"].unique(maintain_order=True))
    quarters = rows.select(SLOTS).cast(pl.Float64).to_numpy()
    quarters = quarters.reshape(len(quarters), _HOURS_PER_DAY, _SLOTS_PER_HOUR)
    hours = np.nansum(quarters, axis=2) / 1000
    hours[np.isnan(quarters).all(axis=2)] = np.nan
    load_kw = np.full((len(names), days, _HOURS_PER_DAY), np.nan)
    if names:
        load_kw[rows["group_id"].rle_id().to_numpy(), rows["day"].to_numpy()] = hours
    return HourlyGroups(names, load_kw.reshape(len(names), -1), first_day)
