"""Load of every usage point of a district by month and class of day, held for all its parts."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.held import Held
from queries.run import run_sql
from queries.schema import SLOTS

READS = ("load_cubes", "usage_points", "transformers", "feeders", "substations", "regions")

_KEY = ["month", "day_class"]
_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "month": pl.String(),
        "day_class": pl.String(),
        "days": pl.Int64(),
        **dict.fromkeys(SLOTS, pl.Int64()),
    }
)
_HOURS_PER_DAY = 24
_MEAN_KW = [
    (
        pl.sum_horizontal(pl.col(SLOTS[first : first + 4]).cast(pl.Float64)) / 1000 / pl.col("days")
    ).alias(SLOTS[first])
    for first in range(0, len(SLOTS), 4)
]
_READ_AT_ONCE = timedelta(days=180)
_MOST_ROWS = 300_000
"""Two years of 1,500 points, 58 MB. More is added up by the database for every question."""


@dataclass(frozen=True, slots=True)
class CellsOfPoints:
    """Mean days of every usage point's registers, one row a month and class of day.

    Attributes:
        points: Usage points, ascending.
        cells: ``month`` and ``day_class`` in this order, ascending.
        point, cell: Which of ``points`` and of ``cells`` a row is of, (rows,).
        days: Of the class that have a profile, (rows,).
        load_kw: Mean load of every hour, (rows, 24); 0 where nothing was read.
    """

    points: pl.Series
    cells: pl.DataFrame
    point: np.ndarray
    cell: np.ndarray
    days: np.ndarray
    load_kw: np.ndarray


_held: Held[CellsOfPoints | None] = Held(2)


def cells_of_points(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None,
    channel: str,
) -> CellsOfPoints | None:
    """All cells of a region's points in the months between two days; None: too many to be held.

    The chosen area is another one afterwards.
    """
    asked = (f"{first_day:%Y-%m}", f"{last_day:%Y-%m}", region_id, channel)
    return _held.of(lake, asked, lambda: _made(lake, first_day, last_day, region_id, channel))


def _made(
    lake: DuckDBPyConnection, first_day: date, last_day: date, region_id: str | None, channel: str
) -> CellsOfPoints | None:
    choose_area(lake, "all", None, "load_cubes", region_id=region_id)
    named, loads, count = [_ROWS.to_frame().drop(SLOTS)], [np.zeros((0, _HOURS_PER_DAY))], 0
    begin = first_day.replace(day=1)
    while begin <= last_day:
        end = min(last_day, (begin + _READ_AT_ONCE).replace(day=1) - timedelta(days=1))
        months = {"first_month": f"{begin:%Y-%m}", "last_month": f"{end:%Y-%m}"}
        rows = run_sql(lake, "cells_of_points", _ROWS, **months, channel=channel)
        count += rows.height
        if count > _MOST_ROWS:
            return None
        loads.append(rows.select(_MEAN_KW).to_numpy())
        named.append(rows.drop(SLOTS))
        begin = end + timedelta(days=1)
    rows = pl.concat(named)
    points = rows["usage_point_id"].unique().sort()
    cells = rows.select(_KEY).unique().sort(_KEY)
    at = rows.join(cells.with_row_index("cell"), on=_KEY, how="left", maintain_order="left").join(
        points.to_frame().with_row_index("point"),
        on="usage_point_id",
        how="left",
        maintain_order="left",
    )
    return CellsOfPoints(
        points,
        cells,
        at["point"].to_numpy(),
        at["cell"].to_numpy(),
        rows["days"].to_numpy(),
        np.concatenate(loads),
    )
