"""Wide rows whose points are the slots of their day: into day profiles without the long form."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from ingest.batch import PROFILES_READ, REJECTS
from ingest.collectors.table.days import profiles_of
from ingest.collectors.table.energy import energy_of
from ingest.collectors.table.fields import (
    channels,
    issue_times,
    meters,
    numbers,
    rejected,
    times,
)
from ingest.collectors.table.profile import UNITS
from ingest.collectors.table.records import LINE
from ingest.collectors.table.rows import Mapped, readings_of
from ingest.local_time import has_daylight_saving
from ingest.profiles import MINUTES_PER_DAY, from_matrix, stored_interval
from queries.schema import UTC_INSTANT


def is_plain(mapped: Mapped, zone: ZoneInfo, now: datetime) -> bool:
    """Whether the points of a wide file are the slots of its date as they stand."""
    points, profile = mapped.points, mapped.profile
    if points is None or profile.kind == "cumulative" or profile.clock == "utc":
        return False
    if profile.clock == "local" and has_daylight_saving(zone, list(range(1980, now.year + 1))):
        return False
    if {"interval", "quality"} & set(mapped.columns):
        return False
    starts = _starts(mapped)
    step = points.interval_minutes
    on_grid = all(start % step == 0 for start in starts)
    return on_grid and min(starts) >= 0 and max(starts) < MINUTES_PER_DAY


def _starts(mapped: Mapped) -> list[int]:
    points = mapped.points
    if points is None:
        return []
    ends = mapped.profile.label == "end" and not points.numbered
    return [minute - (points.interval_minutes if ends else 0) for minute in points.minutes]


def wide_profiles(
    rows: pl.DataFrame, mapped: Mapped, zone: ZoneInfo, now: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Day profiles of a block of plain wide rows, and the rejects."""
    rows = rows.filter(pl.any_horizontal(pl.col(mapped.wanted).is_not_null()))
    keys, bad = _keys(rows, mapped, zone, now)
    keep = ~rows[LINE].is_in(bad["line"].implode())
    rows, keys = rows.filter(keep), keys.filter(keep)
    if rows.is_empty():
        return pl.DataFrame(schema=PROFILES_READ), bad
    energy, rejects = _matrix(rows, mapped)
    energy *= keys["factor"].to_numpy()[:, None]
    refusals = _outside_limits(rows, energy, mapped)
    # Days that stand twice, and net values, need the long way.
    odd = keys.select(
        pl.struct("usage_point_id", "channel", "service_date").is_duplicated()
    ).to_series()
    if mapped.profile.negative == "export":
        odd |= pl.Series(np.asarray((energy < 0).any(axis=1)))
    points = mapped.points
    interval = points.interval_minutes if points else MINUTES_PER_DAY
    plain = ~odd.to_numpy()
    found = [from_matrix(keys.filter(~odd), energy[plain], interval_minutes=interval)]
    if odd.any():
        readings, _ = readings_of(rows.filter(odd), mapped, zone)
        settled, doubtful = energy_of(readings, mapped.profile, zone, now)
        refusals = [
            r.filter(~pl.col("line").is_in(rows.filter(odd)[LINE].implode())) for r in refusals
        ]
        rejects.append(doubtful)
        for profiles, misplaced in profiles_of(settled, zone):
            found.append(profiles)
            rejects.append(misplaced)
    return pl.concat(found), pl.concat([bad, *rejects, *refusals])


def _keys(
    rows: pl.DataFrame, mapped: Mapped, zone: ZoneInfo, now: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    columns, profile = mapped.columns, mapped.profile
    meter, bad_meters = meters(rows, columns["meter"])
    at, bad_dates = times(rows, (columns["date"],), profile)
    day = at["at"].dt.date()
    last = (now + timedelta(days=1)).date()
    late = rows.filter((day > last).fill_null(value=False))
    early = rows.filter((day.dt.year() < 1980).fill_null(value=False))
    bad = [
        bad_meters,
        bad_dates,
        rejected(
            late, f"the day is after tomorrow ({last}, UTC); check the clock", columns["date"]
        ),
        rejected(early, "the day is before 1980; check the clock or the format", columns["date"]),
    ]
    keys = pl.DataFrame([meter.alias("usage_point_id"), day.alias("service_date")])
    channel = pl.Series("channel", ["import"]).new_from_index(0, len(rows))
    if "channel" in columns:
        channel, unknown = channels(rows, columns["channel"], profile)
        bad.append(unknown)
    issued = pl.Series("issued_at", [None], UTC_INSTANT).new_from_index(0, len(rows))
    if "issued_at" in columns:
        issued, unread = issue_times(rows, columns["issued_at"], profile, zone)
        bad.append(unread)
    factor = pl.Series("factor", [1.0]).new_from_index(0, len(rows))
    if "ratio" in columns:
        factor, _ = numbers(rows, columns["ratio"], profile)
        doubtful = rows.filter(~(factor > 0).fill_null(value=False))
        bad.append(rejected(doubtful, "the ratio is not a number above 0", columns["ratio"]))
    keys = keys.with_columns(
        channel.alias("channel"), issued.alias("issued_at"), factor.alias("factor")
    )
    return keys, pl.concat(bad)


def _matrix(rows: pl.DataFrame, mapped: Mapped) -> tuple[np.ndarray, list[pl.DataFrame]]:
    """Every point in Wh (before the ratio column) at its place of the day; NaN is missing."""
    points, profile = mapped.points, mapped.profile
    rejects = [pl.DataFrame(schema=REJECTS)]
    if points is None:
        return np.empty((len(rows), 0)), rejects
    step = points.interval_minutes
    energy = np.full((MINUTES_PER_DAY // step, len(rows)), np.nan)
    scale = UNITS[profile.unit][1] * profile.multiplier
    scale *= step / 60 if profile.kind == "power" else 1.0
    for name, start in zip(points.names, _starts(mapped), strict=True):
        values, bad = numbers(rows, name, profile)
        energy[start // step] = values.to_numpy() * scale
        rejects.append(bad)
    return np.ascontiguousarray(energy.T), rejects


def _outside_limits(rows: pl.DataFrame, energy: np.ndarray, mapped: Mapped) -> list[pl.DataFrame]:
    """Rejects for values that no slot can hold; they become NaN in ``energy``."""
    points, profile = mapped.points, mapped.profile
    if points is None:
        return []
    step = points.interval_minutes
    limit = (2**31 - 1) * step / stored_interval(step)
    reasons = [
        (np.abs(energy) > limit, "more than 2,147,483,647 Wh in an interval; check the unit")
    ]
    if profile.negative == "reject":
        imports = np.ones(len(rows), dtype=bool)
        if "channel" in mapped.columns:
            said, _ = channels(rows, mapped.columns["channel"], profile)
            imports = said.str.contains("import").fill_null(value=False).to_numpy()
        negative = (energy < 0) & imports[:, None]
        reason = (
            "negative energy on an import channel; "
            'write negative = "export" or "keep" into the profile if it is meant'
        )
        reasons.append((negative, reason))
    found = []
    for bad, reason in reasons:
        if bad.any():
            for name, start in zip(points.names, _starts(mapped), strict=True):
                if (column := bad[:, start // step]).any():
                    found.append(rejected(rows.filter(pl.Series(column)), reason, name))
            energy[bad] = np.nan
    return found
