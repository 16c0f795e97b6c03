"""Day profiles of the usage points that stand for an area alone, as its meter does."""

from datetime import date, timedelta
from functools import partial

import polars as pl
from duckdb import DuckDBPyConnection

from queries.held import Held
from queries.periods import months_touched
from queries.run import run_sql
from queries.schema import SLOTS

_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "day": pl.Int32(),
        "interval_minutes": pl.Int16(),
        **dict.fromkeys(SLOTS, pl.Int32()),
    }
)
CHANNELS = ("import", "export", "reactive_import", "reactive_export")
_FEW_POINTS = 100
"""Of one transformer area: a month of them is 5 MB, and takes no longer to read than a week."""
_FEW_DAYS = timedelta(days=62)
"""More are read at once."""
_months: Held[pl.DataFrame] = Held(16)


def head_loads(
    lake: DuckDBPyConnection,
    points: pl.Series,
    first_day: date,
    last_day: date,
    *,
    channels: tuple[str, ...] = CHANNELS,
) -> pl.DataFrame:
    """The rows of ``points``, with ``day`` counted from ``first_day`` [slots in Wh, varh].

    Numbered registers of ``channels`` are among them.

    Adding up what is one row already takes the database three times as long as handing it over.
    """
    if points.is_empty():
        return _ROWS.to_frame()
    points = points.sort()
    if len(points) > _FEW_POINTS or last_day - first_day > _FEW_DAYS:
        return _read(lake, points, channels, first_day, last_day)
    found = []
    for month in months_touched(first_day, last_day):
        asked = (*points, channels, month)
        rows = _months.of(lake, asked, partial(_read, lake, points, channels, *month))
        shift = (first_day - month[0]).days
        found.append(rows.with_columns(pl.col("day") - shift))
    days = (last_day - first_day).days
    return pl.concat(found).filter(pl.col("day").is_between(0, days))


def _read(
    lake: DuckDBPyConnection,
    points: pl.Series,
    channels: tuple[str, ...],
    first_day: date,
    last_day: date,
) -> pl.DataFrame:
    return run_sql(
        lake,
        "grid/head_loads",
        _ROWS,
        points=points.to_list(),
        channels=list(channels),
        first_point=points.min(),
        last_point=points.max(),
        first_day=first_day,
        last_day=last_day,
    )
