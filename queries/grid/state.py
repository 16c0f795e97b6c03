"""The grid at one moment: loads, currents and voltages of the days up to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid import loads, measures
from queries.grid.areas import grid_areas
from queries.grid.limits import GridLimits
from queries.grid.loads import Loads, area_loads, slot_start
from queries.grid.measures import imbalance_share
from queries.grid.runs import latest_slot
from queries.grid.voltage_points import voltage_points
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

READS = tuple(dict.fromkeys((*loads.READS, *measures.READS)))

_DAYS_BEFORE = 2
"""How far back a state is followed to say since when it has lasted."""


@dataclass(frozen=True, slots=True, eq=False)
class GridState:
    """All that the pages of the present look at. Arrays end with the last slot before ``at``.

    Attributes:
        at: The moment, standard time.
        transformers, feeders: Their loads.
        imbalance_share: Of the transformers' phase currents, (transformers, slots).
        phase_share: Loading of the most loaded phase, likewise.
        points: Where voltages were measured: ``usage_point_id``, ``transformer_id``.
        voltage_v: By phase, (points, 3, slots).
        limits: By which it is judged.
    """

    at: datetime
    transformers: Loads
    feeders: Loads
    imbalance_share: np.ndarray
    phase_share: np.ndarray
    points: pl.DataFrame
    voltage_v: np.ndarray
    limits: GridLimits

    def age_minutes(self, slots: np.ndarray) -> np.ndarray:
        """How long ago the intervals ended that begin at ``slots`` [min]; NaN for −1."""
        first = slot_start(self.transformers.first_day, 0)
        now = (self.at - first) / timedelta(minutes=1)
        return np.where(slots >= 0, now - (slots + 1) * SLOT_MINUTES, np.nan)

    def is_stale(self, slots: np.ndarray) -> np.ndarray:
        """Whether these slots are too long ago to be the present."""
        return ~(self.age_minutes(slots) <= self.limits.stale_minutes)

    def starts_at(self, slot: int) -> datetime | None:
        """When a slot starts, standard time; None for −1."""
        return None if slot < 0 else slot_start(self.transformers.first_day, int(slot))


def grid_state(
    lake: DuckDBPyConnection,
    *,
    at: datetime,
    region_id: str | None,
    limits: GridLimits,
) -> GridState:
    """The grid of a region at ``at`` [standard time]; what ended later is not looked at."""
    last_day = (at - timedelta(minutes=SLOT_MINUTES)).date()
    first_day = last_day - timedelta(days=_DAYS_BEFORE)
    days = {"first_day": first_day, "last_day": last_day}
    slots = int((at - slot_start(first_day, 0)) / timedelta(minutes=SLOT_MINUTES))
    slots = min(slots, (_DAYS_BEFORE + 1) * SLOTS_PER_DAY)
    found = {}
    for kind in ("transformer", "feeder"):
        areas = grid_areas(lake, kind, region_id=region_id)
        whole = area_loads(lake, kind, areas, **days, limits=limits)
        found[kind] = Loads(
            areas,
            first_day,
            whole.load_kw[:, :slots],
            whole.reactive_kvar[:, :slots],
            whole.is_assumed[:, :slots],
        )
    transformers = found["transformer"]
    meters = transformers.areas["meter_id"].fill_null("")
    current_a = np.abs(measures.measures(lake, "current", meters, **days)[:, :, :slots])
    points = voltage_points(lake, region_id=region_id)
    voltage_v = measures.measures(lake, "voltage", points["usage_point_id"], **days)[:, :, :slots]
    measured = (latest_slot(voltage_v) >= 0).any(axis=1)
    return GridState(
        at,
        transformers,
        found["feeder"],
        imbalance_share(current_a),
        phase_share(transformers, current_a),
        points.filter(pl.Series(np.atleast_1d(measured))),
        voltage_v[measured],
        limits,
    )


def phase_share(transformers: Loads, current_a: np.ndarray) -> np.ndarray:
    """Loading of the most loaded phase: its part of the apparent power, of a third of the rating.

    The part is that of its current in the sum of the three, so that it does not matter whether
    currents were stored before or behind the current transformers.
    """
    total = current_a.sum(axis=1)  # NaN where any phase is
    part = np.divide(
        current_a.max(axis=1), total, out=np.full(total.shape, np.nan), where=total > 0
    )
    return 3 * part * transformers.loading_share
