"""Hourly loads of usage points from daily features, a quarter of what their profiles are."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.fleet import Fleet
from queries.run import run_sql
from queries.schema import HOURS

_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "day": pl.Int32(),
        **dict.fromkeys(HOURS, pl.Int32()),
    }
)


def step_hours(lake: DuckDBPyConnection, fleet: Fleet, points: pl.DataFrame) -> np.ndarray:
    """Mean load of every hour [kW, (points, hours)]; NaN where a register missed a part of it."""
    names = points["usage_point_id"]
    rows = run_sql(
        lake,
        "step_hours",
        _ROWS,
        first_day=fleet.first_day,
        last_day=fleet.last_day,
        channel=fleet.channel,
        points=names.to_list(),
        first_point=names[0],
        last_point=names[-1],
    )
    energy_wh = np.zeros((points.height, fleet.days, len(HOURS)), np.float32)
    registers = np.zeros(energy_wh.shape[:2], np.int64)
    place = rows["usage_point_id"].cast(pl.Enum(names)).to_physical().alias("point")
    for part in rows.with_columns(place).partition_by("channel"):
        at = part["point"].to_numpy(), part["day"].to_numpy()
        energy_wh[at] += part.select(pl.col(HOURS).cast(pl.Float32)).to_numpy()
        registers[at] += 1
    energy_wh[registers < points["registers"].to_numpy()[:, None]] = np.nan
    return energy_wh.reshape(points.height, -1) / np.float32(1000)
