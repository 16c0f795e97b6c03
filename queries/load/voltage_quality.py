"""How much of the time the voltage was within its limits."""

from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import READS as AREAS_READS
from queries.grid.limits import GridLimits, shipped_limits
from queries.grid.loads import slot_start
from queries.grid.measures import READS as MEASURES_READS
from queries.grid.measures import measures
from queries.grid.voltage_points import voltage_points
from queries.schema import SLOT_MINUTES

RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "usage_points": pl.Int64(),
        "monitored_hours": pl.Float64(),
        "low_hours": pl.Float64(),
        "high_hours": pl.Float64(),
        "lost_hours": pl.Float64(),
        "qualified_share": pl.Float64(),
        "lowest_v": pl.Float64(),
        "lowest_at": pl.Datetime("us"),
        "highest_v": pl.Float64(),
        "highest_at": pl.Datetime("us"),
        "mean_v": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*MEASURES_READS, *AREAS_READS)))

_PHASES = ("A", "B", "C")
_HOURS = SLOT_MINUTES / 60


def voltage_quality(  # noqa: PLR0913 - an area, days, groups, limits
    lake: DuckDBPyConnection,
    *,
    transformer_id: str,
    first_day: date,
    last_day: date,
    group_by: Literal["all", "phase", "usage_point"] = "all",
    limits: GridLimits | None = None,
) -> pl.DataFrame:
    """Qualified share of the voltage (电压合格率) in one transformer area, GB/T 12325.

    1 − time outside the limits ÷ time monitored, over the customers of the area whose meters
    measure it, each measured phase alike. A value stands for the interval in which it was taken.
    Below ``lost_v`` a phase is lost, which is no voltage of the supply: such time is counted apart.
    The transformer's own meter is in no group but its own usage point.

    Returns:
        A row a group, the worst first: ``monitored_hours``, ``low_hours`` below and ``high_hours``
        above the limits [h, of all phases and points together], ``lost_hours`` beside them,
        ``qualified_share`` [0–1], the lowest and highest voltage with the standard time, the mean.
        No row where nothing was measured; null where all of it was lost.
    """
    judged = limits or shipped_limits()
    points = voltage_points(lake, transformer_id=transformer_id)
    days = {"first_day": first_day, "last_day": last_day}
    voltage_v = measures(lake, "voltage", points["usage_point_id"], **days)
    is_customer = ~points["is_check"].to_numpy()
    groups: dict[str, np.ndarray] = {}
    if group_by == "usage_point":
        groups = {point: voltage_v[[n]] for n, point in enumerate(points["usage_point_id"])}
    elif group_by == "phase":
        groups = {name: voltage_v[is_customer][:, [n]] for n, name in enumerate(_PHASES)}
    else:
        groups = {"all": voltage_v[is_customer]}
    rows = [
        {"group_id": name, **_judged(values, judged, first_day)}
        for name, values in groups.items()
        if not np.isnan(values).all()
    ]
    found = pl.DataFrame(rows, schema=RETURNS).fill_nan(None)
    return found.sort("qualified_share", "group_id", nulls_last=True)


def _judged(volts: np.ndarray, limits: GridLimits, first_day: date) -> dict:
    """Of some points, (points, phases, slots)."""
    is_lost = volts < limits.lost_v
    monitored = int((~np.isnan(volts) & ~is_lost).sum())
    low = int(((volts < limits.low_v) & ~is_lost).sum())
    high = int((volts > limits.high_v).sum())
    row = {
        "usage_points": int((~np.isnan(volts)).any(axis=(1, 2)).sum()),
        "monitored_hours": monitored * _HOURS,
        "low_hours": low * _HOURS,
        "high_hours": high * _HOURS,
        "lost_hours": int(is_lost.sum()) * _HOURS,
    }
    if not monitored:
        return row
    supplied = np.where(is_lost, np.nan, volts)
    lowest, highest = np.nanargmin(supplied), np.nanargmax(supplied)
    slots = volts.shape[-1]
    return row | {
        "qualified_share": 1 - (low + high) / monitored,
        "lowest_v": float(supplied.flat[lowest]),
        "lowest_at": slot_start(first_day, int(lowest) % slots),
        "highest_v": float(supplied.flat[highest]),
        "highest_at": slot_start(first_day, int(highest) % slots),
        "mean_v": float(np.nanmean(supplied, dtype=np.float64)),
    }
