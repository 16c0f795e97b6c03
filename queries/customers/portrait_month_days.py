"""The hours of a month's days as a table of usage points by days."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.schema import HOURS

# Rows go to their places, so their order says nothing: to sort a month takes as long as to read it.
# That is why this is no file of queries/, which are all ordered.
_READ = r"""
select
    usage_point_id,
    channel,
    -- 0 on the first of the month
    (extract(day from service_date) - 1)::integer as day,
    -- energy by hour, and base load [Wh in an hour]; null: not known
    columns('h\d\d'),
    base_wh,
    shape_code,
    profile_version
from daily_features
where service_month = $month
    and service_date <= $last_day
    and (channel = 'import' or starts_with(channel, 'import.'))
    and usage_point_id not in (select places.usage_point_id from places where places.is_check)
"""
NO_SHAPE = -1


@dataclass(frozen=True, slots=True)
class MonthDays:
    """Usage points by the days of a month.

    Attributes:
        points: Their ids, ascending.
        load_kw: Mean load of every hour, Float32 (points, days, 24); NaN where it is not known.
        base_kw: (points, days); NaN where an hour is not known.
        shape_code: (points, days), Int16; NO_SHAPE where there is none, or several registers.
        features_version: Newest version of the rows it is made of, (points,).
    """

    points: pl.Series
    load_kw: np.ndarray
    base_kw: np.ndarray
    shape_code: np.ndarray
    features_version: np.ndarray


def month_bounds(month: str) -> tuple[date, date]:
    """First and last day of ``YYYY-MM``.

    >>> month_bounds("2024-02")
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    first_day = date.fromisoformat(f"{month}-01")
    return first_day, first_day.replace(day=monthrange(first_day.year, first_day.month)[1])


def month_days(month: str, last_day: date, lake: DuckDBPyConnection) -> MonthDays:
    """The days of ``month`` up to ``last_day``; registers of one usage point are added."""
    rows = lake.sql(_READ, params={"month": month, "last_day": last_day}).pl()
    points = rows["usage_point_id"].unique().sort()
    shape = len(points), (month_bounds(month)[1]).day
    place = rows["usage_point_id"].cast(pl.Enum(points)).to_physical().cast(pl.Int64).to_numpy()
    version = np.zeros(len(points), np.int64)
    np.maximum.at(version, place, rows["profile_version"].to_numpy())
    load_kw = np.zeros((*shape, len(HOURS)), np.float32)
    base_kw, registers = np.zeros(shape, np.float32), np.zeros(shape, np.int8)
    code = np.full(shape, NO_SHAPE, np.int16)
    for channel in rows["channel"].unique().sort():
        own = (rows["channel"] == channel).to_numpy()
        part = rows if own.all() else rows.filter(own)
        at = place[own], part["day"].to_numpy()
        load_kw[at] += part.select(pl.col(HOURS).cast(pl.Float32) / 1000).to_numpy(order="c")
        base_kw[at] += part["base_wh"].to_numpy() / np.float32(1000)
        code[at] = part["shape_code"].fill_null(NO_SHAPE).to_numpy()
        registers[at] += 1
    most = registers.max(axis=1, keepdims=True, initial=1)
    is_short = registers < most
    load_kw[is_short], base_kw[is_short] = np.nan, np.nan
    code[np.broadcast_to(most > 1, shape)] = NO_SHAPE
    return MonthDays(points, load_kw, base_kw, code, version)
