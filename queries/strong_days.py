"""Days on which a usage point took much: of a home's year one in ten.

What looks for strong loads need not read all others: the largest interval of every day is known.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.fleet import READS as FLEET_READS
from queries.fleet import Fleet
from queries.run import run_sql

READS = FLEET_READS

_DAYS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "day": pl.Int32(),
        "most_kw": pl.Float32(),
        "is_read": pl.Boolean(),
    }
)
_ROUNDING_KW = 1e-3


@dataclass(frozen=True, slots=True)
class StrongDays:
    """Which days of a fleet's points were read, and which were strong.

    Attributes:
        is_read: Whether anything was read on all registers, (points, days).
        is_strong: Whether ``least_kw`` may have been taken, (points, days).
        least_kw: The load [kW], less what rounding may take away.
    """

    is_read: np.ndarray
    is_strong: np.ndarray
    least_kw: float


def strong_days(lake: DuckDBPyConnection, fleet: Fleet, least_kw: float) -> StrongDays:
    """Days of a fleet on which the largest interval was ``least_kw`` or more.

    The largest of several registers are added, though they may have been at other times.
    """
    rows = run_sql(
        lake,
        "strong_days",
        _DAYS,
        channel=fleet.channel,
        first_day=fleet.first_day,
        last_day=fleet.last_day,
    )
    points, days = fleet.points["usage_point_id"], fleet.days
    own = rows.join(points.to_frame(), on="usage_point_id", how="semi", maintain_order="left")
    place = points.search_sorted(own["usage_point_id"].unique(maintain_order=True)).to_numpy()
    point = place[own["usage_point_id"].rle_id().to_numpy()] if own.height else place
    at = point.astype(np.int64) * days + own["day"].to_numpy()
    size, shape = len(points) * days, (len(points), days)
    registers = np.bincount(at, own["is_read"].to_numpy(), size).reshape(shape)
    most_kw = np.bincount(at, own["most_kw"].fill_null(0.0).to_numpy(), size).reshape(shape)
    least_kw -= _ROUNDING_KW
    is_read = registers >= fleet.points["registers"].to_numpy()[:, None]
    return StrongDays(is_read, most_kw >= least_kw, least_kw)
