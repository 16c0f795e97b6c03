"""Hourly energy of every usage point of a district, held for all the ways to put it together."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.derived.daily_features import HOURLY_CHANNELS
from queries.held import Held
from queries.schema import HOURS

READS = ("daily_features", "usage_points", "transformers", "feeders", "substations", "regions")

# Rows go to their places, so their order says nothing: to sort a district's year by its hours takes
# as long as to read it. That is why this is no file of queries/, which are all ordered.
_READ = r"""
select
    usage_point_id,
    channel,
    -- 0 on the first day
    (service_date - $first_day::date)::integer as day,
    -- energy of the hour, standard time [Wh]; null: a part of it is missing
    columns('^h\d\d$'),
    -- what was read of such hours; empty: no hour is so
    partial_wh
from area_daily_features
where service_month between strftime($first_day::date, '%Y-%m')
        and strftime($last_day::date, '%Y-%m')
    and service_date between $first_day and $last_day
    -- with its numbered registers
    and (channel = $channel or starts_with(channel, $channel || '.'))
"""
_PARTS = pl.Array(pl.Float64(), len(HOURS))
_MOST_HOURS = 8_000_000
"""Of all points together: a year of 900 points, 72 MB. More is read anew for every question."""


@dataclass(frozen=True, slots=True)
class HoursOfPoints:
    """Every hour of every usage point that reported in a period.

    Attributes:
        points: Usage points, ascending.
        energy_wh: (points, days × 24), 0 where nothing was read.
        is_read: Whether any of the hour was read, same shape.
    """

    points: pl.Series
    energy_wh: np.ndarray
    is_read: np.ndarray


_held: Held[HoursOfPoints | None] = Held(2)


def hours_of_points(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None,
    channel: str,
) -> HoursOfPoints | None:
    """All hours (standard time) of a region's points; None: too many, or of reactive energy.

    An interval longer than an hour is spread over the hours it covers. Reading takes longer than
    adding up: whoever asks for other groups or parts of the region asks for the same hours. The
    chosen area is another one afterwards.
    """
    asked = (first_day, last_day, region_id, channel)
    return _held.of(lake, asked, lambda: _made(lake, *asked))


def _made(
    lake: DuckDBPyConnection, first_day: date, last_day: date, region_id: str | None, channel: str
) -> HoursOfPoints | None:
    if channel not in HOURLY_CHANNELS:
        return None
    choose_area(lake, "all", None, "daily_features", region_id=region_id)
    days = (last_day - first_day).days + 1
    [(count,)] = lake.sql("select count(*) from area_points").fetchall()
    if count * days * len(HOURS) > _MOST_HOURS:
        return None
    asked = {"first_day": first_day, "last_day": last_day, "channel": channel}
    read = lake.sql(_READ, params=asked).pl()
    points = read["usage_point_id"].unique().sort()
    place = _number(read["usage_point_id"], points) * days + read["day"].to_numpy()
    shape = len(points) * days, len(HOURS)
    energy_wh, is_read = np.zeros(shape), np.zeros(shape, bool)
    for name in read["channel"].unique():
        own = (read["channel"] == name).to_numpy()
        rows = read if own.all() else read.filter(own)
        # Within one channel a point has a day once.
        at = place[own]
        hours_wh = _hours(rows)
        is_missing = np.isnan(hours_wh)
        hours_wh[is_missing] = 0
        energy_wh[at] += hours_wh
        is_read[at] |= ~is_missing
    flat = len(points), days * len(HOURS)
    return HoursOfPoints(points, energy_wh.reshape(flat), is_read.reshape(flat))


def _number(names: pl.Series, known: pl.Series) -> np.ndarray:
    return names.cast(pl.Enum(known)).to_physical().cast(pl.Int64).to_numpy()


def _hours(rows: pl.DataFrame) -> np.ndarray:
    """Energy of the hours of days as far as it was read [Wh, (rows, 24)]; NaN: nothing of it."""
    hours_wh = rows.select(pl.col(HOURS).cast(pl.Float64)).to_numpy(order="c", writable=True)
    has_part = (rows["partial_wh"].list.len() > 0).fill_null(value=False)
    if has_part.any():
        parts = rows.filter(has_part)["partial_wh"].list.to_array(len(HOURS)).cast(_PARTS)
        place = np.flatnonzero(has_part.to_numpy())
        parts_wh = parts.to_numpy()
        hours_wh[place] = np.where(np.isnan(parts_wh), hours_wh[place], parts_wh)
    return hours_wh
