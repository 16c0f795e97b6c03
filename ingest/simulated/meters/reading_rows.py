"""Frozen registers as the rows that a collection system hands over, whoever's meter it is."""

import numpy as np
import polars as pl

from ingest.batch import REGISTERS_READ
from ingest.simulated.meters.registers import COUNTS_PER_KWH
from ingest.simulated.planted.collection import Collection
from ingest.simulated.surroundings.span import Span
from queries.schema import SLOTS_PER_DAY, UTC_INSTANT

US_PER_SLOT = 15 * 60 * 1_000_000
_READ_AFTER_SLOTS = 6  # half past one
_US_PER_MINUTE = 60 * 1_000_000

PLAIN_ROWS = pl.Schema(
    {
        "meter_id": pl.String(),
        "channel": pl.String(),
        "register": pl.String(),
        "day": pl.Int64(),
        "read_us": pl.Int64(),
        "issued_us": pl.Int64(),
        "counts": pl.Int64(),
        "demand_kw": pl.Float64(),
        "demand_us": pl.Int64(),
    }
)
"""Readings before they are dated, times counted from the span's first midnight."""


def daily_rows(
    days: np.ndarray,
    counts: np.ndarray,
    kept: Collection,
    demand: tuple[np.ndarray, np.ndarray] | None = None,
) -> pl.DataFrame:
    """The readings of one register at the end of those ``days`` whose reading arrives.

    Args:
        days: Day numbers at whose end the meter hangs there.
        counts: Of every day of the span [0.01 kWh].
        kept: A reading is lost with the day's last slot, and late with the day; one that comes
            with wrong values is on time: registers are not garbled.
        demand: Of every day, as ``demand_registers`` gives it.
    """
    days = days[~kept.lost[days, -1]]
    late_days = np.where(kept.wrong, 0, kept.late_days)[days].astype(np.int64)
    midnight = (days + 1) * SLOTS_PER_DAY * US_PER_SLOT
    columns = {
        "day": days.astype(np.int64),
        "read_us": midnight,
        "issued_us": midnight + (_READ_AFTER_SLOTS + late_days * SLOTS_PER_DAY) * US_PER_SLOT,
        "counts": counts[days],
    }
    if demand is not None:
        columns |= {"demand_kw": demand[0][days], "demand_us": demand[1][days] * _US_PER_MINUTE}
    return pl.DataFrame(columns)


def named_rows(frame: pl.DataFrame, named: dict[str, str]) -> pl.DataFrame:
    """PLAIN_ROWS of one meter, channel or register, as ``named``; columns not there are null."""
    return frame.select(
        pl.lit(named[name]).alias(name)
        if name in named
        else (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in PLAIN_ROWS.items()
    )


def as_read(frame: pl.DataFrame, usage_point_id: str, span: Span) -> pl.DataFrame:
    """REGISTERS_READ of PLAIN_ROWS of one usage point, every reading an actual one."""
    midnight = pl.lit(span.instant(0)).cast(UTC_INSTANT)
    return frame.select(
        pl.lit(usage_point_id).alias("usage_point_id"),
        "meter_id",
        "channel",
        "register",
        service_date=pl.lit(span.first_day) + pl.duration(days="day"),
        read_at=midnight + pl.duration(microseconds="read_us"),
        reading_kwh=(pl.col("counts") / COUNTS_PER_KWH).cast(REGISTERS_READ["reading_kwh"]),
        demand_kw=pl.col("demand_kw").cast(REGISTERS_READ["demand_kw"]),
        demand_at=midnight + pl.duration(microseconds="demand_us"),
        quality=pl.lit("A"),
        issued_at=midnight + pl.duration(microseconds="issued_us"),
    ).select(pl.col(name).cast(dtype) for name, dtype in REGISTERS_READ.items())
