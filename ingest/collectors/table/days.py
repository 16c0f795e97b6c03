"""Energy by interval, sorted, into day profiles."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from ingest.batch import PROFILES_READ, REJECTS
from ingest.collectors.table.order import refused
from ingest.profiles import (
    MINUTES_PER_DAY,
    READINGS_LONG,
    from_long,
    from_matrix,
    from_slots,
    standard_offset,
)
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY, UTC_INSTANT

_PIECE_DAYS = 100_000


def profiles_of(
    energy: pl.DataFrame, zone: ZoneInfo
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Day profiles of readings as ``energy_of`` returns them, at most 100,000 at a time.

    Yields:
        ``(profiles, rejects)``.
    """
    if energy.is_empty():
        return
    years = {year + step for year in energy["at"].dt.year().unique() for step in (-1, 0, 1)}
    offsets = {year: standard_offset(zone, year) for year in years}
    offset = pl.col("at").dt.year().replace_strict(offsets, return_dtype=pl.Duration("us"))
    if len(set(offsets.values())) == 1:
        offset = pl.lit(next(iter(offsets.values())))
    placed = energy.with_columns((pl.col("at") + offset).alias("standard")).with_columns(
        pl.col("standard").dt.date().alias("service_date"),
        (pl.col("standard").dt.hour().cast(pl.Int16) * 60 + pl.col("standard").dt.minute()).alias(
            "minute"
        ),
    )
    changes = [pl.col(name) != pl.col(name).shift() for name in ("run", "service_date")]
    day = (changes[0] | changes[1]).fill_null(value=False).cum_sum()
    placed = placed.with_columns(day.alias("day"))
    last = int(placed["day"][-1])
    if last < _PIECE_DAYS:
        yield _days(placed, zone)
        return
    bounds = np.searchsorted(placed["day"].to_numpy(), np.arange(0, last + 1, _PIECE_DAYS)).tolist()
    for start, end in zip(bounds, [*bounds[1:], len(placed)], strict=True):
        if end > start:
            yield _days(placed[start:end], zone)


def _days(placed: pl.DataFrame, zone: ZoneInfo) -> tuple[pl.DataFrame, pl.DataFrame]:
    none = pl.DataFrame(schema=REJECTS)
    intervals = placed["interval_minutes"].unique()
    if len(intervals) == 1 and _is_plain(placed, int(intervals[0])):
        return _plain_days(placed, int(intervals[0])), none
    issued = pl.col("issued_at") if "issued_at" in placed.columns else pl.lit(None, UTC_INSTANT)
    quality = pl.col("quality") if "quality" in placed.columns else pl.lit(None, pl.String)
    readings = placed.select(
        "usage_point_id",
        "channel",
        pl.col("at").dt.replace_time_zone("UTC").cast(UTC_INSTANT).alias("interval_start"),
        pl.col("interval_minutes").cast(pl.Int16),
        pl.col("value").cast(pl.Float64).alias("energy_wh"),
        quality.alias("quality"),
        issued.alias("issued_at"),
        pl.col("line").cast(pl.Int64),
    ).select(READINGS_LONG.names())
    profiles, misplaced = from_long(readings, zone)
    bad = misplaced.rename({"interval_start": "at"}).sort("line")
    return profiles, refused(bad, pl.col("reason"), "time", "energy_wh")


def _is_plain(placed: pl.DataFrame, interval: int) -> bool:
    """Whether the readings can be laid straight into slots: all actual, each on its grid."""
    if interval < 1 or MINUTES_PER_DAY % interval:
        return False
    if any(
        name in placed.columns and placed[name].null_count() < len(placed)
        for name in ("quality", "issued_at")
    ):
        return False
    grid = SLOT_MINUTES if interval % SLOT_MINUTES == 0 else interval
    on_grid = (pl.col("minute") % grid == 0) & (pl.col("standard").dt.second() == 0)
    return placed.select((on_grid & (pl.col("standard").dt.microsecond() == 0)).all()).item()


def _plain_days(placed: pl.DataFrame, interval: int) -> pl.DataFrame:
    day = placed["day"].to_numpy().astype(np.int64)
    day -= day[0]
    starts = np.flatnonzero(np.diff(day, prepend=-1))
    keys = placed[starts].select(
        "usage_point_id", "channel", "service_date", pl.lit(None, UTC_INSTANT).alias("issued_at")
    )
    minute, value = placed["minute"].to_numpy(), placed["value"].to_numpy()
    if interval % SLOT_MINUTES == 0:
        slots = np.full((len(starts), SLOTS_PER_DAY), np.nan)
        slots[day, minute // SLOT_MINUTES] = value
        return from_slots(keys, slots, interval_minutes=interval).match_to_schema(PROFILES_READ)
    parts = np.full((len(starts), MINUTES_PER_DAY // interval), np.nan)
    parts[day, minute // interval] = value
    return from_matrix(keys, parts, interval_minutes=interval)
