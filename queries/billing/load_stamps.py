"""Timestamps of a load profile: minutes by the clock of the place, and from which one counts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from queries.billing.load_numbers import LoadFileError

DAY_MINUTES = 24 * 60
_HOUR = 60
_FORM = (
    r"^\s*(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?"
    r"(?:[T\s]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.0+)?)?)?"
    r"\s*(Z|z|UTC|[+-]\d{2}:?\d{2})?\s*$"
)
_PARTS = ("year", "month", "day", "hour", "minute", "second", "offset")


@dataclass(frozen=True, slots=True)
class Stamps:
    """The times of a file as they stand.

    Attributes:
        texts: One each.
        places: Line or row of each.
        where: Text with ``{}`` for that.
        is_end: They say when an interval ends.
        zone: Whose clock counts; None: that of the times themselves.
    """

    texts: pl.Series
    places: np.ndarray
    where: str
    is_end: bool = False
    zone: ZoneInfo | None = None

    def at(self, row: int) -> str:
        """Where a row stands."""
        return self.where.format(self.places[row])


@dataclass(frozen=True, slots=True)
class Clock:
    """What the times say.

    Attributes:
        wall: By the clock of the place [min since 1970].
        instant: The same instants by one clock that is never set, to tell gaps by [min].
        has_offset: Each has its offset from UTC; else ``instant`` is ``wall``.
        warnings: What was taken for granted.
    """

    wall: np.ndarray
    instant: np.ndarray
    has_offset: bool
    warnings: tuple[str, ...] = ()


def clock_of(stamps: Stamps) -> Clock:
    """The minutes of all times.

    Raises:
        LoadFileError: one is no time, or some have an offset from UTC and others not.
    """
    frame = _parts(stamps.texts)
    minutes = frame["hour"] * _HOUR + frame["minute"]
    is_time = (
        frame["date"].is_not_null()
        & (minutes <= DAY_MINUTES)
        & (frame["minute"] < _HOUR)
        & (frame["second"] == 0)
    ).fill_null(value=False)
    if not is_time.all():
        row = int((~is_time).arg_max() or 0)
        raise LoadFileError(
            f"{stamps.at(row)}: {str(stamps.texts[row] or '')[:40]!r} is no time; expected one "
            "such as 2026-01-31 00:15 or 2026-01-31T00:15:00+08:00, on a whole minute."
        )
    wall = (frame["date"].cast(pl.Int64) * DAY_MINUTES + minutes).to_numpy()
    offsets = frame["offset"]
    if offsets.null_count() == len(offsets):
        if stamps.zone is not None:
            raise LoadFileError(
                "times have no offset from UTC, so they cannot be shown by the clock of "
                f"{stamps.zone.key}. Leave out --zone: they count as they are."
            )
        return Clock(wall, wall, has_offset=False)
    if offsets.null_count():
        row = int(offsets.is_null().arg_max() or 0)
        raise LoadFileError(
            f"{stamps.at(row)}: {stamps.texts[row]!r} has no offset from UTC, and others have "
            "one. Give all of them one, or none."
        )
    offset = _offset_minutes(offsets)
    instant = wall - offset
    if stamps.zone is not None:
        return Clock(_in_zone(instant, stamps.zone), instant, has_offset=True)
    if offset.any():
        return Clock(wall, instant, has_offset=True)
    told = (
        "times are in UTC, and so the hours of the tariff are: give --zone, such as "
        "America/Chicago, to take them by the clock of a place."
    )
    return Clock(wall, instant, has_offset=True, warnings=(told,))


def shown(minute: int) -> str:
    """A minute since 1970 as a reader writes it."""
    return f"{datetime.fromtimestamp(int(minute) * 60, UTC):%Y-%m-%d %H:%M}"


def _parts(texts: pl.Series) -> pl.DataFrame:
    groups = texts.fill_null("").str.extract_groups(_FORM)
    frame = groups.struct.rename_fields(list(_PARTS)).struct.unnest()
    day = pl.concat_str(
        "year", pl.col("month").str.zfill(2), pl.col("day").str.zfill(2), separator="-"
    )
    return frame.with_columns(
        day.str.to_date("%Y-%m-%d", strict=False).alias("date"),
        pl.col("hour", "minute", "second").fill_null("0").cast(pl.Int64),
    )


def _offset_minutes(offsets: pl.Series) -> np.ndarray:
    known = {}
    for text in offsets.unique():
        digits = text[1:].replace(":", "")
        is_utc = text.upper() in {"Z", "UTC"}
        minutes = 0 if is_utc else int(digits[:2]) * _HOUR + int(digits[2:])
        known[text] = -minutes if text.startswith("-") else minutes
    return offsets.replace_strict(known, return_dtype=pl.Int64).to_numpy()


def _in_zone(instant: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    local = (
        pl.from_epoch(pl.Series(instant * 60), time_unit="s")
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(zone.key)
        .dt.replace_time_zone(None)
    )
    return local.dt.epoch("s").to_numpy() // 60
