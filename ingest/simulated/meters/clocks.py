"""What the clock of a premise's meter shows when its day is read."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from ingest.batch import CLOCKS_READ
from ingest.simulated.customers.premise import Premise
from ingest.simulated.meters.installed import meter_periods
from ingest.simulated.planted.clock import ahead_seconds, is_wrong_clock
from ingest.simulated.planted.collection import Collection, is_read_on_time
from ingest.simulated.streams import stream
from ingest.simulated.surroundings.setting import Setting
from ingest.simulated.truth import Planted
from queries.schema import SLOTS_PER_DAY, UTC_INSTANT

_READ_AFTER_SLOTS = 6  # half past one of the next day
_US_PER_SLOT = 15 * 60 * 1_000_000
_OWN_SECONDS, _MOST_OWN_SECONDS = 8.0, 25.0
"""How far off a healthy clock stands, which the terminal sets right every night."""
_READING_SECONDS = 3.0
"""How well the moment of a reading is known over a slow line."""


def clock_rows(
    premise: Premise,
    planted: Sequence[Planted],
    kept: Collection,
    *,
    connected: np.ndarray,
    setting: Setting,
) -> pl.DataFrame:
    """CLOCKS_READ: one reading for every day that was read on time.

    It does not say which terminal read the meter: that would tell the area it truly hangs on.
    """
    span = setting.span
    own = stream(setting.seed, "clock readings", premise.number)
    steady = float(np.clip(own.normal(0.0, _OWN_SECONDS), -_MOST_OWN_SECONDS, _MOST_OWN_SECONDS))
    wander = own.normal(0.0, _READING_SECONDS, span.days)
    days = connected[is_read_on_time(kept)[connected].any(axis=1)]
    slots = (days + 1) * SLOTS_PER_DAY + _READ_AFTER_SLOTS
    drift_us = np.round((steady + wander[days]) * 1e6).astype(np.int64)
    for thing in planted:
        if is_wrong_clock(thing):
            drift_us += np.round(ahead_seconds(thing, slots) * 1e6).astype(np.int64)
    periods = meter_periods(premise, planted, setting.seed, span)
    starts = np.array([period.first_slot for period in periods])
    meter = np.searchsorted(starts, slots, side="right") - 1
    midnight = pl.lit(span.instant(0)).cast(UTC_INSTANT)
    frame = pl.DataFrame(
        {
            "device_id": pl.Series([p.meter_id for p in periods], dtype=pl.String).gather(meter),
            "day": days.astype(np.int64),
            "read_us": slots * _US_PER_SLOT,
            "drift_us": drift_us,
        }
    )
    return frame.select(
        "device_id",
        kind=pl.lit("meter"),
        usage_point_id=pl.lit(premise.usage_point_id),
        terminal_id=pl.lit(None, pl.String),
        read_at=midnight + pl.duration(microseconds="read_us"),
        service_date=pl.lit(span.first_day) + pl.duration(days=pl.col("day") + 1),
        device_time=midnight + pl.duration(microseconds=pl.col("read_us") + pl.col("drift_us")),
        drift_seconds=pl.col("drift_us") / 1e6,
        protocol=pl.lit("DL/T 645-2007"),
    ).select(pl.col(name).cast(dtype) for name, dtype in CLOCKS_READ.items())
