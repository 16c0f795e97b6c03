"""Readings of any interval into day profiles: 96 integer watt-hour slots in standard time."""

from math import lcm
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa

from ingest.batch import PROFILES_READ
from queries.local_time import standard_offset
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY, UTC_INSTANT, check

MINUTES_PER_DAY = 24 * 60
QUALITY_RANK = {"A": 0, "S": 1, "E": 2, "N": 3}
_RANKED = np.frombuffer(b"ASEN", dtype=np.uint8)
_MISSING_RANK = QUALITY_RANK["N"]

READINGS_LONG = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "interval_start": UTC_INSTANT,
        "interval_minutes": pl.Int16(),
        "energy_wh": pl.Float64(),  # null: missing
        "quality": pl.String(),  # one of QUALITIES; null: actual
        "issued_at": UTC_INSTANT,  # null: the source does not say
        "line": pl.Int64(),  # where it stood, for messages; null: unknown
    }
)


def stored_interval(interval_minutes: int) -> int:
    """The smallest multiple of 15 minutes in which ``interval_minutes`` nests.

    >>> [stored_interval(minutes) for minutes in (1, 5, 10, 12, 15, 20, 30, 60)]
    [15, 15, 30, 60, 15, 60, 30, 60]
    """
    return lcm(interval_minutes, SLOT_MINUTES)


def from_matrix(
    keys: pl.DataFrame,
    energy_wh: np.ndarray,
    *,
    interval_minutes: int,
    quality_ranks: np.ndarray | None = None,
) -> pl.DataFrame:
    """Day profiles from one row of consecutive intervals a day.

    Args:
        keys: ``usage_point_id``, ``channel``, ``service_date`` and ``issued_at``, a row a day.
        energy_wh: Float array (days, 1440 / interval_minutes) [Wh]; NaN is missing.
        interval_minutes: Any divisor of the day. What does not fit 15-minute columns is summed to
            the smallest multiple of 15 it nests in; a sum with a missing part is missing.
        quality_ranks: QUALITY_RANK of every value; None: all actual. A sum is as good as its worst.

    Returns:
        PROFILES_READ; days without any value are left out. Parts of a watt-hour are rounded on the
        day's running total, so that a day is never off by more than 0.5 Wh.
    """
    if (
        MINUTES_PER_DAY % interval_minutes
        or energy_wh.shape[1] * interval_minutes != MINUTES_PER_DAY
    ):
        raise ValueError(
            f"{energy_wh.shape[1]} intervals of {interval_minutes} min are not one day; "
            f"expected 1440 / interval values in every row"
        )
    stored = stored_interval(interval_minutes)
    parts = stored // interval_minutes
    days = energy_wh.shape[0]
    summed = energy_wh.reshape(days, -1, parts).sum(axis=2) if parts > 1 else energy_wh
    if quality_ranks is not None and parts > 1:
        quality_ranks = quality_ranks.reshape(days, -1, parts).max(axis=2)

    every = stored // SLOT_MINUTES
    slots = np.full((days, SLOTS_PER_DAY), np.nan)
    slots[:, ::every] = summed
    ranks = None
    if quality_ranks is not None:
        ranks = np.full((days, SLOTS_PER_DAY), _MISSING_RANK, dtype=np.uint8)
        ranks[:, ::every] = quality_ranks
    return from_slots(keys, slots, interval_minutes=stored, quality_ranks=ranks)


def from_slots(
    keys: pl.DataFrame,
    energy_wh: np.ndarray,
    *,
    interval_minutes: int,
    quality_ranks: np.ndarray | None = None,
) -> pl.DataFrame:
    """Day profiles from values that already stand in their 96 slots; see ``from_matrix``."""
    missing = np.isnan(energy_wh)
    running = np.floor(np.cumsum(np.where(missing, 0.0, energy_wh), axis=1) + 0.5)
    whole = np.diff(running, axis=1, prepend=0.0)
    if np.abs(whole).max(initial=0.0) > np.iinfo(np.int32).max:
        raise ValueError(
            "an interval holds more than 2,147,483,647 Wh; check the unit of the source "
            "(kWh expected where the source says kWh)"
        )
    return from_whole(
        keys,
        whole.astype(np.int32),
        missing,
        interval_minutes=interval_minutes,
        quality_ranks=quality_ranks,
    )


def from_whole(
    keys: pl.DataFrame,
    energy_wh: np.ndarray,
    missing: np.ndarray | None = None,
    *,
    interval_minutes: int,
    quality_ranks: np.ndarray | None = None,
) -> pl.DataFrame:
    """Day profiles from whole watt-hours, int32 (days, 96), and a mask of what is missing."""
    by_slot = np.ascontiguousarray(energy_wh.T)
    absent = None if missing is None else np.ascontiguousarray(missing.T)
    columns = {
        slot: pa.array(by_slot[i], mask=None if absent is None else absent[i], type=pa.int32())
        for i, slot in enumerate(SLOTS)
    }
    frame = keys.select(
        "usage_point_id",
        "channel",
        "service_date",
        pl.lit(interval_minutes, pl.Int16).alias("interval_minutes"),
        "issued_at",
    ).hstack(pl.DataFrame(columns))
    if missing is None:
        missing = np.zeros((1, SLOTS_PER_DAY), dtype=bool)
    quality = (
        pl.lit(None, pl.String)
        if quality_ranks is None
        else pl.Series(quality_strings(missing, quality_ranks), dtype=pl.String)
    )
    frame = frame.with_columns(quality.alias("quality")).select(PROFILES_READ.names())
    if missing.all(axis=1).any():
        frame = frame.filter(pl.Series(np.asarray(~missing.all(axis=1))))
    return check("profiles", frame, PROFILES_READ)


def quality_strings(missing: np.ndarray, ranks: np.ndarray) -> list[str | None]:
    """The ``quality`` column from arrays (rows, 96): null where every value is an actual read."""
    ranks = np.where(missing, _MISSING_RANK, ranks)
    doubtful = np.asarray(((ranks > 0) & ~missing).any(axis=1))
    text = np.ascontiguousarray(_RANKED[ranks]).view(f"S{SLOTS_PER_DAY}").ravel()
    return [
        value.decode("ascii") if is_doubtful else None
        for value, is_doubtful in zip(text.tolist(), doubtful.tolist(), strict=True)
    ]


def from_long(readings: pl.DataFrame, zone: ZoneInfo) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Day profiles from one row a reading (READINGS_LONG), in any order.

    Two readings of one interval are settled as the lake does: better quality, then later issue,
    then larger value.

    Returns:
        ``(profiles, refused)``: PROFILES_READ, and the readings that fit no slot, with a column
        ``reason``.
    """
    check("readings", readings, READINGS_LONG)
    placed = _place(readings, zone)
    refused = placed.filter(pl.col("reason").is_not_null()).select(*READINGS_LONG.names(), "reason")
    fitting = placed.filter(pl.col("reason").is_null() & pl.col("energy_wh").is_not_null())
    parts = [
        _profiles_of_interval(part, int(interval))
        for (interval,), part in fitting.group_by("interval_minutes", maintain_order=True)
    ]
    profiles = pl.concat(parts) if parts else pl.DataFrame(schema=PROFILES_READ)
    return profiles, refused


def _place(readings: pl.DataFrame, zone: ZoneInfo) -> pl.DataFrame:
    years = readings["interval_start"].dt.year().unique().drop_nulls().to_list()
    near = {year + step for year in years for step in (-1, 0, 1)}
    offsets = {year: standard_offset(zone, year) for year in near if 1 <= year <= 9998}
    naive = pl.col("interval_start").dt.replace_time_zone(None)
    offset = (
        pl.col("interval_start")
        .dt.year()
        .replace_strict(offsets, default=None, return_dtype=pl.Duration("us"))
    )
    standard = naive + offset
    minute = standard.dt.hour().cast(pl.Int32) * 60 + standard.dt.minute().cast(pl.Int32)
    interval = pl.col("interval_minutes")
    # Where the interval is a multiple of 15 it may start at any quarter of an hour (an hourly
    # meter in a zone of half an hour); finer ones must stand on their own grid.
    grid = pl.when(interval % SLOT_MINUTES == 0).then(SLOT_MINUTES).otherwise(interval)
    return readings.with_columns(
        standard.dt.date().alias("service_date"),
        minute.alias("minute"),
        pl.col("quality")
        .fill_null("A")
        .replace_strict(QUALITY_RANK, default=_MISSING_RANK, return_dtype=pl.UInt8)
        .alias("rank"),
        pl.when(interval.is_null() | (interval < 1) | (MINUTES_PER_DAY % interval != 0))
        .then(pl.format("an interval of {} min does not divide the day", interval))
        .when(pl.col("interval_start").is_null())
        .then(pl.lit("the time is missing"))
        .when((minute % grid != 0) | (standard.dt.second() != 0) | (standard.dt.microsecond() != 0))
        .then(
            pl.format(
                "an interval of {} min cannot start at {} standard time",
                interval,
                standard.dt.strftime("%Y-%m-%d %H:%M:%S%.f"),
            )
        )
        .when(pl.col("energy_wh").is_nan() | pl.col("energy_wh").is_infinite())
        .then(pl.lit("the value is not a number"))
        .alias("reason"),
    )


def _profiles_of_interval(readings: pl.DataFrame, interval_minutes: int) -> pl.DataFrame:
    """``readings`` of one interval; a row a day and issue time, so that the lake can order them."""
    day = ["usage_point_id", "channel", "service_date"]
    best_first = readings.filter(pl.col("rank") < _MISSING_RANK).sort(
        *day,
        "minute",
        "rank",
        "issued_at",
        "energy_wh",
        descending=[False] * 5 + [True, True],
        nulls_last=True,
    )
    best = best_first.unique([*day, "minute"], keep="first", maintain_order=True)
    stored = stored_interval(interval_minutes)
    if stored != interval_minutes:
        best = (
            best.group_by(*day, pl.col("minute") // stored * stored, maintain_order=True)
            .agg(
                pl.col("energy_wh").sum(),
                pl.col("rank", "issued_at").max(),
                pl.len().alias("parts"),
            )
            .filter(pl.col("parts") == stored // interval_minutes)
        )
    if best.is_empty():
        return pl.DataFrame(schema=PROFILES_READ)
    best = best.sort(*day, "issued_at", "minute")
    row = best.select(pl.struct(*day, "issued_at").rle_id()).to_series().to_numpy()
    slot = best["minute"].to_numpy() // SLOT_MINUTES
    slots = np.full((int(row[-1]) + 1, SLOTS_PER_DAY), np.nan)
    ranks = np.full(slots.shape, _MISSING_RANK, dtype=np.uint8)
    slots[row, slot] = best["energy_wh"].to_numpy()
    ranks[row, slot] = best["rank"].to_numpy()
    keys = best.select(*day, "issued_at").unique(maintain_order=True)
    return from_slots(keys, slots, interval_minutes=stored, quality_ranks=ranks)
