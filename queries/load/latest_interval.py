"""Until when there are readings."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.latest_day import LEAST_SHARE, latest_day
from queries.grid.latest_day import READS as DAY_READS
from queries.grid.loads import slot_start
from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS

RETURNS = pl.Schema({"ends_at": pl.Datetime("us")})
READS: tuple[str, ...] = ("energy_profiles", *DAY_READS)

_COUNTS = [f"n{slot[1:]}" for slot in SLOTS]
_ROWS = pl.Schema(
    {
        "interval_minutes": pl.Int16(),
        **dict.fromkeys(_COUNTS, pl.Int64()),
    }
)


def latest_interval(lake: DuckDBPyConnection, *, region_id: str | None = None) -> pl.DataFrame:
    """When the latest interval ends that a twentieth of the meters has been read for.

    One meter whose clock is ahead does not move the present: the day has readings of a twentieth
    of the points of the busiest day, the interval of a twentieth of that day's points.

    Returns:
        One row, standard time; null where nothing was read.
    """
    day = latest_day(lake, region_id=region_id)
    if day is None:
        return pl.DataFrame({"ends_at": [None]}, schema=RETURNS)
    rows = run_sql(lake, "load/latest_interval", _ROWS, region_id=region_id, day=day)
    counts = rows.select(_COUNTS).to_numpy()
    least = max(1.0, LEAST_SHARE * counts.max(axis=1).sum())
    # A longer interval reaches over the quarters that follow its start.
    ends = [
        slot + minutes // SLOT_MINUTES
        for row, minutes in zip(counts, rows["interval_minutes"], strict=True)
        for slot in np.flatnonzero(row)
        if counts[:, slot].sum() >= least
    ]
    ends_at = slot_start(day, max(ends, default=0))
    return pl.DataFrame({"ends_at": [ends_at]}, schema=RETURNS)
