"""Energy from registers: what a meter's register moved between two quarters of an hour.

Money rests on it, so it is a difference of register readings and never an integral of power.
"""

from datetime import timedelta

import numpy as np
import polars as pl

from ingest.batch import PROFILES_READ
from ingest.grid import MISSING, to_grid
from ingest.profiles import from_matrix
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

COUNTS_PER_KWH = 10_000
"""``register_profiles`` counts in ten-thousandths of a kWh (kvarh), the finest a meter shows."""
_COUNTS_PER_WH = COUNTS_PER_KWH / 1000
_TENTH = 0.1
"""A register rolls over from the last tenth of its range into the first; any other fall is held."""
_MOST_WH = np.iinfo(np.int32).max
_DAY = ["usage_point_id", "channel", "service_date"]
_METER_DAY = ["usage_point_id", "meter_id", "channel", "service_date"]
_UNKNOWN = np.iinfo(np.int64).min

READINGS_AT = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "meter_id": pl.String(),
        "channel": pl.String(),
        "service_date": pl.Date(),
        "minute": pl.Float64(),  # of the day, standard time; 0 and 1440 are its two midnights
        "counts": pl.Int64(),
    }
)
"""Single readings of total registers: the midnights' freezes, and those of a meter's exchange."""


def register_energy(
    points: pl.DataFrame, readings: pl.DataFrame, meters: pl.DataFrame, days: pl.DataFrame
) -> pl.DataFrame:
    """Day profiles of energy from what registers showed (示值曲线).

    Args:
        points: Rows of ``register_profiles`` of the ``days`` and of the day after each.
        readings: READINGS_AT of the same days; they stand in for points that are missing.
        meters: Rows of ``meters`` that are known now.
        days: ``usage_point_id``, ``channel``, ``service_date`` wanted.

    Returns:
        PROFILES_READ [Wh, varh]: the difference of two neighbouring readings times the ratios in
        force on that day, each reading rounded to the watt-hour before: sums over any time are off
        by less than one. A slot is null where a reading is missing, where the register fell other
        than from the last tenth of its range into the first (示数翻转), and on days of which it is
        unknown which ratios the meter had. The slot in which a meter was exchanged is what both
        moved, if both were read then.
    """
    today = points.join(days, on=_DAY, how="semi").join(_ratios(meters), on="meter_id")
    # A meter still shows its register on the day on which it is taken away.
    is_valid = (pl.col("valid_from") <= pl.col("service_date")) & (
        pl.col("valid_to").is_null() | (pl.col("service_date") <= pl.col("valid_to"))
    )
    today = (
        today.filter(is_valid)
        .sort("valid_from")
        .unique([*_METER_DAY, "interval_minutes"], keep="last")
        .sort(*_DAY, "meter_id", "interval_minutes")
    )
    if today.is_empty():
        return PROFILES_READ.to_frame()
    return pl.concat(
        _of_interval(part, points, readings)
        for part in today.partition_by("interval_minutes", maintain_order=True)
    )


def _ratios(meters: pl.DataFrame) -> pl.DataFrame:
    ratio = pl.col("current_ratio").fill_null(1.0) * pl.col("voltage_ratio").fill_null(1.0)
    return meters.select(
        "meter_id", "valid_from", "valid_to", "register_digits", ratio.alias("ratio")
    )


class _Shown:
    """What registers showed at the 97 instants of a day, by row: counts, ranks, issue times."""

    def __init__(self, rows: int) -> None:
        self.counts = np.full((rows, SLOTS_PER_DAY + 1), np.nan)
        self.rank = np.zeros((rows, SLOTS_PER_DAY + 1), np.uint8)
        self.issued = np.full((rows, SLOTS_PER_DAY + 1), _UNKNOWN)


def _shown(today: pl.DataFrame, points: pl.DataFrame, readings: pl.DataFrame) -> _Shown:
    found, grid = _Shown(today.height), to_grid(today)
    found.counts[:, :-1] = np.where(grid.present, grid.value, np.nan)
    found.rank[:, :-1], found.issued[:, :-1] = grid.rank, grid.issued
    of_next = points.with_columns(pl.col("service_date") - timedelta(days=1))
    after = today.select(*_METER_DAY, "interval_minutes").join(
        of_next.select(*_METER_DAY, "interval_minutes", *SLOTS, *_TIMES),
        on=[*_METER_DAY, "interval_minutes"],
        how="left",
        maintain_order="left",
    )
    grid = to_grid(after)
    found.counts[:, -1] = np.where(grid.present[:, 0], grid.value[:, 0], np.nan)
    found.rank[:, -1], found.issued[:, -1] = grid.rank[:, 0], grid.issued[:, 0]
    for minute, at in ((0.0, 0), (24.0 * 60, SLOTS_PER_DAY)):
        frozen = today.select(_METER_DAY).join(
            readings.filter(pl.col("minute") == minute).unique(_METER_DAY),
            on=_METER_DAY,
            how="left",
            maintain_order="left",
        )
        _fill(found, at, frozen["counts"].cast(pl.Float64).to_numpy())
    return found


_TIMES = ("quality", "issued_at", "received_at", "slot_history")


def _fill(found: _Shown, at: int, counts: np.ndarray) -> None:
    gap = np.isnan(found.counts[:, at]) & ~np.isnan(counts)
    found.counts[gap, at], found.rank[gap, at] = counts[gap], 0


def _of_interval(today: pl.DataFrame, points: pl.DataFrame, readings: pl.DataFrame) -> pl.DataFrame:
    """Days of meters that all show their register at the same interval."""
    minutes = int(today["interval_minutes"][0])
    step = minutes // SLOT_MINUTES
    shown = _shown(today, points, readings)
    energy = _moved(today, shown.counts, step)
    group = today.select(pl.struct(_DAY).rle_id()).to_series().to_numpy()
    first = np.flatnonzero(np.diff(group, prepend=-1))
    total = energy[first]
    rank, issued = shown.rank.copy(), shown.issued.max(axis=1)
    for number in np.flatnonzero(np.bincount(group) > 1):
        rows = np.flatnonzero(group == number)
        total[number] = _together(today[rows], shown.counts[rows], energy[rows], readings)
        rank[first[number]], issued[first[number]] = 0, issued[rows].max()
    moments = pl.Series("issued_at", issued[first], pl.Int64)
    moments = moments.set(moments == _UNKNOWN, None).cast(PROFILES_READ["issued_at"])
    ranks = np.maximum(rank[first, :-1:step], rank[first, step::step])
    return from_matrix(
        today[first].select(_DAY).with_columns(moments),
        total,
        interval_minutes=minutes,
        quality_ranks=np.where(np.isnan(total), MISSING, ranks),
    )


def _moved(today: pl.DataFrame, counts: np.ndarray, step: int) -> np.ndarray:
    """Energy of every interval [Wh]; NaN where it cannot be told."""
    start, end = counts[:, :-1:step], counts[:, step::step]
    ratio = today["ratio"].to_numpy()[:, None]
    digits = today["register_digits"].cast(pl.Float64).to_numpy()[:, None]
    size = 10.0**digits * COUNTS_PER_KWH
    rolled = (end < start) & (start >= (1 - _TENTH) * size) & (end < _TENTH * size)
    end = np.where(rolled, end + size, end)
    energy = _whole_wh(end * ratio) - _whole_wh(start * ratio)
    return np.where((energy >= 0) & (energy <= _MOST_WH), energy, np.nan)


def _whole_wh(counts: np.ndarray) -> np.ndarray:
    return np.floor(counts / _COUNTS_PER_WH + 0.5)


def _together(
    today: pl.DataFrame, counts: np.ndarray, energy: np.ndarray, readings: pl.DataFrame
) -> np.ndarray:
    """One day of meters that followed each other; NaN where two of them claim an interval."""
    step = SLOTS_PER_DAY // energy.shape[1]
    counts, needed = counts.copy(), np.ones(energy.shape[1])
    mine = readings.join(today.select(_METER_DAY), on=_METER_DAY, how="semi")
    for minute in mine["minute"].unique().sort():
        found = {
            today["meter_id"].to_list().index(row["meter_id"]): float(row["counts"])
            for row in mine.filter(pl.col("minute") == minute).iter_rows(named=True)
        }
        at = minute / SLOT_MINUTES / step
        begin, end = int(np.floor(at)) * step, int(np.ceil(at)) * step
        if begin != end:
            if len(found) == 1:
                continue  # only where both were read then do the parts make a whole
            needed[begin // step] = len(found)
        for number, value in found.items():
            # As if the meter that left stood still to the end, and its successor before.
            has_been = not np.isnan(counts[number, : begin + 1]).all()
            place = end if has_been else begin
            if np.isnan(counts[number, place]):
                counts[number, place] = value
    energy = _moved(today, counts, step)
    told = (~np.isnan(energy)).sum(axis=0)
    return np.where(told == needed, np.nansum(energy, axis=0), np.nan)
