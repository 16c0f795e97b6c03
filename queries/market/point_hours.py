"""What every usage point of an area draws at every hour of one day, or of one kind of days."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.day_kinds import DAY_KINDS
from queries.held import Held
from queries.kind_days import READS as KIND_READS
from queries.kind_days import KindDays, kind_days
from queries.market.group_shapes import YEAR
from queries.point_groups import PLACED_INDUSTRIES
from queries.point_groups import READS as PLACES_READS
from queries.run import QuestionError, run_sql
from queries.schema import SLOTS

READS = tuple(dict.fromkeys(("energy_profiles", *KIND_READS, *PLACES_READS)))
DayKind = Literal["workday", "rest_day"]
Season = Literal["year", "winter", "spring", "summer", "autumn"]

_ROWS = pl.Schema({"usage_point_id": pl.String(), **dict.fromkeys(SLOTS, pl.Int64())})
_PLACES = (
    "customer_id",
    "customer_class",
    "industry",
    "region_id",
    "substation_id",
    "feeder_id",
    "transformer_id",
)
_HOURS_PER_DAY, _SLOTS_PER_HOUR = 24, 4


@dataclass(frozen=True, slots=True)
class Chosen:
    """The days that are looked at.

    Attributes:
        first_day, last_day: Of the period; their whole months are taken.
        day: One day of its own; None: all days of the period of this season and kind.
    """

    first_day: date
    last_day: date
    day: date | None = None
    season: Season = "year"
    day_kind: DayKind = "workday"


@dataclass(frozen=True, slots=True)
class PointHours:
    """Usage points by hours.

    Attributes:
        points: ``usage_point_id`` and where it belongs: account, class, industry, places.
        load_kw: Mean load of every hour over the days, (points, 24), of one day in standard time,
            of many in local time; 0 where nothing was read, so that parts add up to the area.
        days: It is the mean of; 0: nothing was read.
    """

    points: pl.DataFrame
    load_kw: np.ndarray
    days: int


_held: Held[PointHours] = Held(6)


def point_hours(  # noqa: PLR0913 - days, an area, a channel
    chosen: Chosen,
    lake: DuckDBPyConnection,
    *,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
) -> PointHours:
    """The hours of an area's usage points on the chosen days.

    An interval longer than an hour stands in the hour at which it starts.

    Raises:
        QuestionError: days in the wrong order, no such kind of day.
    """
    if chosen.last_day < chosen.first_day:
        raise QuestionError(
            f"the last day {chosen.last_day} is before the first day {chosen.first_day}."
        )
    if chosen.day_kind not in DAY_KINDS:
        raise QuestionError(f"day_kind '{chosen.day_kind}' is none of {', '.join(DAY_KINDS)}.")
    asked = (chosen, area_kind, area_id, region_id, channel)
    return _held.of(lake, asked, lambda: _made(lake, *asked))


def _made(  # noqa: PLR0913, PLR0917 - as ``point_hours``
    lake: DuckDBPyConnection,
    chosen: Chosen,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
) -> PointHours:
    if chosen.day is not None:
        choose_area(lake, area_kind, area_id, "energy_profiles", region_id=region_id)
        rows = run_sql(lake, "market/point_hours", _ROWS, day=chosen.day, channel=channel)
        energy_wh = np.nan_to_num(rows.select(SLOTS).cast(pl.Float64).to_numpy())
        hours = energy_wh.reshape(rows.height, _HOURS_PER_DAY, _SLOTS_PER_HOUR).sum(axis=2)
        return PointHours(_placed(lake, rows["usage_point_id"]), hours / 1000, min(rows.height, 1))
    kinds = kind_days(
        lake,
        first_day=chosen.first_day,
        last_day=chosen.last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
    )
    ids, load_kw, days = mean_hours(kinds, chosen.season, chosen.day_kind)
    return PointHours(_placed(lake, ids), load_kw, days)


def mean_hours(
    kinds: KindDays, season: Season, day_kind: DayKind
) -> tuple[pl.Series, np.ndarray, int]:
    """Usage points, their mean load by hour (points, 24), and the days it is the mean of.

    A point that was read on fewer days than others counts with less: parts add up to the area.
    """
    of_kind = pl.col("day_kind") == day_kind
    if season != YEAR:
        of_kind &= pl.col("season") == season
    rows = kinds.rows.with_row_index("place").filter(of_kind)
    by_season = rows.group_by("season").agg(pl.col("days").max())
    days = int(by_season["days"].sum())
    weight = rows["days"].to_numpy()[:, None] / max(days, 1)
    ids = rows["usage_point_id"].unique(maintain_order=True)
    load_kw = np.zeros((len(ids), kinds.load_kw.shape[1]))
    own = rows["usage_point_id"].rle_id().to_numpy()
    np.add.at(load_kw, own, kinds.load_kw[rows["place"].to_numpy()] * weight)
    return ids, load_kw, days


def _placed(lake: DuckDBPyConnection, ids: pl.Series) -> pl.DataFrame:
    """Usage points with where they belong, in this order."""
    placed = PLACED_INDUSTRIES.format(places="places")
    places = lake.sql(f"select usage_point_id, {', '.join(_PLACES)} from {placed} as placed").pl()  # noqa: S608
    return ids.to_frame().join(places, on="usage_point_id", how="left", maintain_order="left")
