"""The days of an area as the system sees them: load, and what is left of it behind its own plants.

Read once from the readings and held: periods of every season, their stability and what policy
demands are worked out from the same days.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.held import Held
from queries.load.curve import READS as CURVE_READS
from queries.load.curve import load_curve
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

READS = CURVE_READS
LEAST_READ_SHARE = 0.9
"""Of the readings due, below which a day would bend the mean day by who was missing."""


@dataclass(frozen=True, slots=True)
class SystemDays:
    """Days that were read well enough.

    Attributes:
        dates: Service dates, in standard time.
        load_kw: Mean load of every quarter of an hour, (days, 96).
        net_kw: The same less what was fed back in.
        left_out_days: Days of the period with a gap or too few readings.
    """

    dates: tuple[date, ...]
    load_kw: np.ndarray
    net_kw: np.ndarray
    left_out_days: int


_held: Held[SystemDays] = Held(4)


def system_days(  # noqa: PLR0913 - an area and a period
    cursor: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
) -> SystemDays:
    """The days from ``first_day`` to ``last_day`` of which 90 % of the readings due are there."""
    area = {"area_kind": area_kind, "area_id": area_id, "region_id": region_id}
    period = {"first_day": first_day, "last_day": last_day}
    asked = (*period.values(), *area.values())

    def made() -> SystemDays:
        drawn, share = _quarters(load_curve(cursor, **period, **area, step="15m"))
        given, _ = _quarters(load_curve(cursor, **period, **area, step="15m", channel="export"))
        is_used = ~np.isnan(drawn).any(axis=1) & (share >= LEAST_READ_SHARE)
        days = [first_day + timedelta(int(day)) for day in np.flatnonzero(is_used)]
        load_kw = drawn[is_used]
        # Who feeds nothing in has no such register: that is 0, not a gap.
        net_kw = load_kw - np.nan_to_num(given[is_used])
        return SystemDays(tuple(days), load_kw, net_kw, int((~is_used).sum()))

    return _held.of(cursor, asked, made)


def _quarters(curve: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Load (days, 96) and the share of the readings due of every day."""
    load = curve["load_kw"].to_numpy().reshape(-1, SLOTS_PER_DAY)
    share = curve["readings_share"].to_numpy().reshape(-1, SLOTS_PER_DAY)[:, 0]
    return load, np.nan_to_num(share)


def by_step(load_kw: np.ndarray, step_minutes: int) -> np.ndarray:
    """Mean load of longer steps, (days, steps)."""
    return load_kw.reshape(len(load_kw), -1, step_minutes // SLOT_MINUTES).mean(axis=2)
