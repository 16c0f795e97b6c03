"""The hours of a month's days as a table of usage points by days."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql
from queries.schema import HOURS

_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "day": pl.Int32(),
        **dict.fromkeys(HOURS, pl.Int32()),
        "base_wh": pl.Int32(),
        "shape_code": pl.Int16(),
        "profile_version": pl.Int64(),
    }
)
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
    rows = run_sql(lake, "customers/portrait_month_days", _ROWS, month=month, last_day=last_day)
    points = rows["usage_point_id"].unique().sort()
    shape = len(points), (month_bounds(month)[1]).day
    place = rows["usage_point_id"].cast(pl.Enum(points)).to_physical().cast(pl.Int64)
    version = np.zeros(len(points), np.int64)
    np.maximum.at(version, place.to_numpy(), rows["profile_version"].to_numpy())
    load_kw = np.zeros((*shape, len(HOURS)), np.float32)
    base_kw, registers = np.zeros(shape, np.float32), np.zeros(shape, np.int8)
    code = np.full(shape, NO_SHAPE, np.int16)
    for part in rows.with_columns(place.alias("place")).partition_by("channel"):
        at = part["place"].to_numpy(), part["day"].to_numpy()
        load_kw[at] += part.select(pl.col(HOURS).cast(pl.Float32) / 1000).to_numpy()
        base_kw[at] += part["base_wh"].to_numpy() / np.float32(1000)
        code[at] = part["shape_code"].fill_null(NO_SHAPE).to_numpy()
        registers[at] += 1
    most = registers.max(axis=1, keepdims=True, initial=1)
    is_short = registers < most
    load_kw[is_short], base_kw[is_short] = np.nan, np.nan
    code[np.broadcast_to(most > 1, shape)] = NO_SHAPE
    return MonthDays(points, load_kw, base_kw, code, version)
