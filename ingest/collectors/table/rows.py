"""Rows of a tabular dump into readings: one a row, or one a point of a wide row."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import REJECTS, CollectorError
from ingest.collectors.table.fields import (
    channels,
    issue_times,
    meters,
    numbers,
    qualities,
    rejected,
    times,
)
from ingest.collectors.table.file import Table
from ingest.collectors.table.points import Points, find_points
from ingest.collectors.table.profile import TableProfile
from ingest.collectors.table.records import LINE


@dataclass(frozen=True, slots=True)
class Mapped:
    """A profile laid over the columns of one file."""

    profile: TableProfile
    columns: Mapping[str, str]
    """The file's column for each of the profile's."""
    values: tuple[tuple[str, str], ...] = ()
    """Channel and value column; of a long file."""
    points: Points | None = None
    """Of a wide file."""

    @property
    def wanted(self) -> list[str]:
        """All columns of the file that are read."""
        names = [*self.columns.values(), *(name for _, name in self.values)]
        names += self.points.names if self.points else ()
        return list(dict.fromkeys(names))


def lay_over(profile: TableProfile, table: Table) -> Mapped:
    """Find the profile's columns in a file.

    Raises:
        CollectorError: naming the column that is not there, and those that are.
    """
    columns = {
        key: _one_of(names, table, profile, f"columns.{key}")
        for key, names in profile.columns.items()
        if key != "value"
        and (
            key not in ("interval", "quality", "issued_at", "ratio")
            or set(names) & set(table.columns)
        )
    }
    if profile.layout == "wide":
        taken = set(columns.values())
        free = [name for name in table.columns if name not in taken]
        points = find_points(free, profile.points, profile.interval_minutes)
        if points is None:
            raise CollectorError(
                f"{table.path.name}: no point columns (pattern '{profile.points}') for the profile "
                f"'{profile.name}'; the columns are {_shown(table.columns)}"
            )
        return Mapped(profile, columns, points=points)
    named = profile.values or {"import": profile.columns["value"]}
    values = tuple(
        (channel, _one_of(names, table, profile, f"values.{channel}"))
        for channel, names in named.items()
    )
    return Mapped(profile, columns, values=values)


def _one_of(names: tuple[str, ...], table: Table, profile: TableProfile, key: str) -> str:
    for name in names:
        if name in table.columns:
            return name
    raise CollectorError(
        f"{table.path.name}: the column {' or '.join(map(repr, names))} ({key} of the profile "
        f"'{profile.name}') is not there; the columns are {_shown(table.columns)}"
    )


def _shown(columns: tuple[str, ...]) -> str:
    return ", ".join(columns[:40]) + (f" … ({len(columns)} columns)" if len(columns) > 40 else "")


def _common(
    rows: pl.DataFrame, mapped: Mapped, zone: ZoneInfo
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Usage point, time and whatever stands once a row."""
    profile, columns = mapped.profile, mapped.columns
    meter, bad_meters = meters(rows, columns["meter"])
    keys = ("time",) if "time" in columns else ("date", "time_of_day")
    at, bad_times = times(rows, tuple(columns[key] for key in keys if key in columns), profile)
    frame = at.with_columns(meter.alias("usage_point_id"), rows[LINE].alias("line"))
    rejects = [bad_meters, bad_times]
    if "channel" in columns:
        channel, bad = channels(rows, columns["channel"], profile)
        frame, rejects = frame.with_columns(channel.alias("channel")), [*rejects, bad]
    if "quality" in columns:
        quality, bad = qualities(rows, columns["quality"], profile)
        frame, rejects = frame.with_columns(quality.alias("quality")), [*rejects, bad]
    if "interval" in columns:
        interval, bad = numbers(rows, columns["interval"], profile)
        whole = interval.cast(pl.Int16, strict=False).alias("interval_minutes")
        frame, rejects = frame.with_columns(whole), [*rejects, bad]
    if "ratio" in columns:
        ratio, bad = numbers(rows, columns["ratio"], profile)
        doubtful = rows.filter(~(ratio > 0).fill_null(value=False))
        bad = rejected(doubtful, "the ratio is not a number above 0", columns["ratio"])
        frame, rejects = frame.with_columns(ratio.alias("ratio")), [*rejects, bad]
    if "issued_at" in columns:
        issued, bad = issue_times(rows, columns["issued_at"], profile, zone)
        frame, rejects = frame.with_columns(issued.alias("issued_at")), [*rejects, bad]
    return frame, rejects


def readings_of(
    rows: pl.DataFrame, mapped: Mapped, zone: ZoneInfo
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Readings (as ``table.energy`` has them) of a block of rows, and the rejects.

    A value that is no number is a reject and missing; its time still tells the meter's interval.
    Rows without any entry are skipped silently.
    """
    rows = _not_empty(rows, mapped)
    common, rejects = _common(rows, mapped, zone)
    wide = mapped.points
    pairs = mapped.values or tuple(("import", name) for name in (wide.names if wide else ()))
    spans = wide.minutes if wide else ()
    parts = []
    for place, (channel, column) in enumerate(pairs):
        value, bad = numbers(rows, column, mapped.profile)
        frame = common.with_columns(value.alias("value"))
        if "channel" not in common.columns:
            frame = frame.with_columns(pl.lit(channel).alias("channel"))
        if wide is not None:
            frame = _at_point(frame, wide, spans[place], mapped.profile, zone)
        parts.append(frame)
        rejects.append(bad)
    common_bad = pl.concat(rejects[: len(rejects) - len(pairs)])["line"].unique()
    readings = pl.concat(parts)
    if len(common_bad):
        readings = readings.filter(~pl.col("line").is_in(common_bad.implode()))
    if len(parts) > 1:
        readings = readings.sort("line", maintain_order=True)
    return readings, pl.concat(rejects).match_to_schema(REJECTS)


def _not_empty(rows: pl.DataFrame, mapped: Mapped) -> pl.DataFrame:
    meter = rows[mapped.columns["meter"]]
    if not meter.null_count():
        return rows
    return rows.filter(pl.any_horizontal(pl.col(mapped.wanted).is_not_null()))


def _at_point(
    frame: pl.DataFrame, points: Points, minute: int, profile: TableProfile, zone: ZoneInfo
) -> pl.DataFrame:
    """The readings of one point column: its time of day, and its interval if nothing else says."""
    # Numbered points count intervals from the day's first: their time is always a start, which
    # label = "end" shifts by one, so that it comes out the same.
    ends = points.numbered and profile.label == "end" and profile.kind != "cumulative"
    after_midnight = pl.duration(minutes=minute + (points.interval_minutes if ends else 0))
    midnight = pl.col("at").dt.truncate("1d")
    if points.numbered and profile.clock == "local":
        # Counted, not named: point 7 is 6 intervals after midnight even where the clock changes.
        midnight = (
            midnight.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")
            .dt.convert_time_zone("UTC")
            .dt.replace_time_zone(None)
        )
        frame = frame.with_columns(pl.lit(value=True).alias("is_utc"))
    frame = frame.with_columns(midnight + after_midnight)
    if "interval_minutes" not in frame.columns:
        length = pl.lit(points.interval_minutes, pl.Int16)
        frame = frame.with_columns(length.alias("interval_minutes"))
    return frame
