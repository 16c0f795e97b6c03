"""Hourly loads of many usage points at once."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql
from queries.schema import SLOTS

READS = ("energy_profiles",)
HOURS = 24
_INTERVALS = (15, 30, 60)
_POINTS_AT_ONCE = 1000
"""Whose days are read together: it bounds the memory."""
_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "day": pl.Int32(),
        "interval_minutes": pl.Int16(),
        **dict.fromkeys(SLOTS, pl.Int64()),
    }
)


@dataclass(frozen=True, slots=True)
class MeterLoads:
    """Usage points by days and hours.

    Attributes:
        usage_point_ids: As asked for.
        load_kw: (points, days, hours) of import, float32; NaN where an hour was not read whole.
    """

    usage_point_ids: tuple[str, ...]
    load_kw: np.ndarray


def meter_loads(
    lake: DuckDBPyConnection, usage_point_ids: list[str], *, first_day: date, last_day: date
) -> MeterLoads:
    """The load of every usage point from ``first_day`` to ``last_day``, both included.

    Points read less often than hourly have no loads here.
    """
    days = (last_day - first_day).days + 1
    load = np.full((len(usage_point_ids), days, HOURS), np.nan, np.float32)
    for start in range(0, len(usage_point_ids), _POINTS_AT_ONCE):
        ids = usage_point_ids[start : start + _POINTS_AT_ONCE]
        rows = run_sql(
            lake,
            "meter_loads",
            _ROWS,
            points=ids,
            first_day=first_day,
            last_day=last_day,
            intervals=list(_INTERVALS),
        )
        place = {point: start + at for at, point in enumerate(ids)}
        at = rows["usage_point_id"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
        load[at, rows["day"].to_numpy()] = rows.select(_hours()).to_numpy() / np.float32(1000)
    return MeterLoads(tuple(usage_point_ids), load)


def _hours() -> list[pl.Expr]:
    """Energy of each hour [Wh]; null where one of its intervals is missing."""
    due = 60 // pl.col("interval_minutes")
    found = []
    for hour in range(HOURS):
        quarters = SLOTS[4 * hour : 4 * hour + 4]
        read = pl.sum_horizontal(pl.col(name).is_not_null() for name in quarters)
        energy = pl.sum_horizontal(quarters).cast(pl.Float32)
        found.append(pl.when(read == due).then(energy).alias(str(hour)))
    return found
