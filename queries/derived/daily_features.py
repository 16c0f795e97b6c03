"""Hours, base load and shape of every day of active energy."""

import numpy as np
import polars as pl

from queries.schema import DAILY_FEATURES, HOURS, SLOTS, check

HOURLY_CHANNELS = ("import", "export")
"""Channels that have features, numbered ones too."""
SPANS = 6
"""Parts of four hours, from midnight on, whose levels make the shape of a day."""
LOW, HIGH = 2 / 3, 4 / 3
"""Of the day's mean: below the one a part is low, above the other it is high."""
BASE_HOURS = 3
"""How many of a day's lowest hours make its base load."""

_MINUTES, _QUARTERS = 60, 4
_HOURS_PER_SPAN = 24 // SPANS
_OF_PARTS = [f"{hour}_part" for hour in HOURS]
_LEVELS = 3


def daily_features(profiles: pl.DataFrame, *, profile_version: int) -> pl.DataFrame:
    """One row of ``daily_features`` for every row of ``energy_profiles`` that holds active energy.

    An interval that divides the hour counts in the hour in which it begins; a longer one is spread
    evenly over the quarters of an hour it covers, up to midnight, in whole watt-hours of the day's
    running total. An hour of which any part is missing is null: missing is never zero. What was
    read of such hours stands in ``partial_wh``.

    Returns:
        ``h00`` to ``h23`` [Wh, standard time] with ``hours_read``; ``partial_wh`` [Wh, 24 hours,
        null where all or nothing was read; empty where no hour is so]; ``base_wh`` [Wh in an
        hour, the mean of the three lowest]; ``shape_code``: six digits to the base 3, the first
        four hours' first, 0 where a span's mean is below two thirds of the day's, 2 where it is
        above four thirds. Words of a small alphabet stand for shapes as in SAX (Lin, Keogh,
        Lonardi & Chiu 2003); levels of the day's own mean make them independent of size.
    """
    is_active = pl.col("channel").str.contains(f"^({'|'.join(HOURLY_CHANNELS)})")
    active = profiles.filter(is_active)
    divides = _MINUTES % pl.col("interval_minutes") == 0
    key = ["usage_point_id", "channel", "service_date", "service_month"]
    parts = [
        active.filter(divides).select(*key, *_by_start()),
        _spread(active.filter(~divides), key),
    ]
    frame = pl.concat(part for part in parts if part.height or part is parts[0])
    frame = frame.with_columns(_partial().alias("partial_wh")).drop(_OF_PARTS)
    hours = frame.select(HOURS).to_numpy().astype(np.float32)
    is_read = ~np.isnan(hours)
    is_whole = np.all(is_read, axis=1)
    whole = frame.with_columns(
        pl.Series("hours_read", is_read.sum(axis=1), pl.Int8),
        pl.Series("base_wh", _base(hours, is_whole), pl.Int32),
        pl.Series("shape_code", _shapes(hours, is_whole), pl.Int16),
        pl.lit(profile_version, pl.Int64).alias("profile_version"),
    )
    return check("daily_features", whole.select(DAILY_FEATURES.names), DAILY_FEATURES.schema)


def _by_start() -> list[pl.Expr]:
    """The hours of rows whose intervals divide the hour, and what was read of those in part."""
    due = _MINUTES // pl.col("interval_minutes")
    of_hours = [SLOTS[first : first + _QUARTERS] for first in range(0, len(SLOTS), _QUARTERS)]
    found = []
    for hour, part, slots in zip(HOURS, _OF_PARTS, of_hours, strict=True):
        read = pl.sum_horizontal(pl.col(slot).is_not_null() for slot in slots)
        energy = pl.sum_horizontal(pl.col(slot).cast(pl.Int64) for slot in slots)
        energy = energy.cast(pl.Int32, strict=False)  # no meter counts 2 GWh in an hour
        found.append(pl.when(read == due).then(energy).alias(hour))
        found.append(pl.when((read > 0) & (read < due)).then(energy).alias(part))
    return found


def _partial() -> pl.Expr:
    """A list of 24, or an empty one where no hour was read in part."""
    is_there = pl.any_horizontal(pl.col(_OF_PARTS).is_not_null())
    return (
        pl.when(is_there).then(pl.concat_list(_OF_PARTS)).otherwise(pl.lit([], pl.List(pl.Int32())))
    )


def _spread(rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """The hours of rows whose intervals reach over hours."""
    slots = rows.select(SLOTS).cast(pl.Float64).to_numpy()
    lengths = rows["interval_minutes"].to_numpy() // (_MINUTES // _QUARTERS)
    quarters = np.full(slots.shape, np.nan)
    for row, slot in zip(*np.nonzero(~np.isnan(slots)), strict=True):
        until = min(slot + int(lengths[row]), len(SLOTS))
        quarters[row, slot:until] = slots[row, slot] / (until - slot)
    is_read = ~np.isnan(quarters.reshape(-1, len(HOURS), _QUARTERS))
    is_whole = is_read.all(axis=2)
    total = np.nan_to_num(quarters).cumsum(axis=1)[:, _QUARTERS - 1 :: _QUARTERS]
    hours = np.diff(np.rint(total), axis=1, prepend=0.0)
    whole = np.where(is_whole, hours, np.nan)
    part = np.where(is_read.any(axis=2) & ~is_whole, hours, np.nan)
    columns = []
    for number, names in enumerate(zip(HOURS, _OF_PARTS, strict=True)):
        for name, values in zip(names, (whole, part), strict=True):
            energy = pl.Series(name, values[:, number], nan_to_null=True)
            columns.append(energy.cast(pl.Int32))
    return rows.select(key).with_columns(columns)


def _base(hours: np.ndarray, is_whole: np.ndarray) -> pl.Series:
    lowest = np.partition(hours, BASE_HOURS - 1, axis=1)[:, :BASE_HOURS].mean(axis=1)
    return _known(np.rint(lowest), is_whole)


def _shapes(hours: np.ndarray, is_whole: np.ndarray) -> pl.Series:
    spans = hours.reshape(-1, SPANS, _HOURS_PER_SPAN).mean(axis=2)
    mean = spans.mean(axis=1)
    has_shape = is_whole & (mean > 0)
    level = np.divide(spans, mean[:, None], where=has_shape[:, None], out=np.ones_like(spans))
    digits = (level >= LOW).astype(np.int16) + (level > HIGH)
    weights = _LEVELS ** np.arange(SPANS - 1, -1, -1)
    return _known((digits * weights).sum(axis=1), has_shape)


def _known(values: np.ndarray, is_known: np.ndarray) -> pl.Series:
    return pl.Series(np.where(is_known, values, np.nan), nan_to_null=True)
