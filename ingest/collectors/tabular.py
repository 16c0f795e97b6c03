"""Tabular dumps of readings: CSV, TSV, XLSX and Parquet; long rows, or a row a day.

What happens to doubtful values, in one place:

* empty, ``-``, ``--``, ``NA``, ``null``, ``NaN`` … are missing: never 0, never a reject;
* text that is no number, a time that cannot be read, a line with too many or too few fields,
  times after tomorrow, and negative import (unless the profile says what it means) are rejects;
* a value for an interval that already has another one at equal quality is settled as the lake does
  (the larger counts) and reported with the value that was kept;
* an hour that the wall clock repeats in autumn but the file has only once is taken as the first.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from ingest.batch import Batch
from ingest.collectors.table.days import profiles_of
from ingest.collectors.table.detect import detect_in
from ingest.collectors.table.energy import energy_of
from ingest.collectors.table.file import Table, blocks, open_table
from ingest.collectors.table.meters import CHUNK_ROWS, Readings, whole_meters
from ingest.collectors.table.own import is_own_layout, own_columns, own_profiles
from ingest.collectors.table.profile import TableProfile
from ingest.collectors.table.records import LINE
from ingest.collectors.table.rows import Mapped, lay_over, readings_of
from ingest.collectors.table.wide import is_plain, wide_profiles
from queries.schema import SLOT_MINUTES

_OWN = "fenggu_wide"
_BATCH_DAYS = 100_000


def read(
    path: Path,
    profile: TableProfile | None,
    zone: ZoneInfo,
    *,
    now: datetime | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> Iterator[Batch]:
    """Read a tabular dump into day profiles.

    Args:
        path: CSV, TSV, XLSX, XLS or Parquet; the content decides, not the name.
        profile: What its columns mean; None: detected (see ``detect``).
        zone: The zone of its clock, and of the days in the lake.
        now: The time against which future readings are told [aware; None: the present].
        chunk_rows: Readings held in memory at a time.

    Yields:
        Batches of at most 100,000 day profiles. All readings of a meter come into one, except in
        long files that go meter by meter in several rounds (a month behind another): there the
        lake merges the rounds, so a day is not torn unless a round ends within it.

    Raises:
        CollectorError: The file cannot be read at all, or its columns are not those of the profile.
    """
    now = (now or datetime.now(UTC)).astimezone(UTC)
    table = open_table(path, profile)
    if is_own_layout(table.columns) and (profile is None or profile.name == _OWN):
        for block in blocks(table, own_columns(table.columns)):
            if block.rows.is_empty():
                yield Batch(rejects=block.rejects, position=block.position)
                continue
            profiles, bad = own_profiles(block.rows, now)
            yield from _batches(profiles, pl.concat([block.rejects, bad]), block.position)
        return
    mapped = lay_over(profile or detect_in(table), table)
    if is_plain(mapped, zone, now):
        yield from _read_plain(table, mapped, zone, now)
    else:
        yield from _read_long(table, mapped, zone, now, chunk_rows)


def _read_plain(table: Table, mapped: Mapped, zone: ZoneInfo, now: datetime) -> Iterator[Batch]:
    """Wide rows straight into profiles, some blocks at a time: small batches cost the lake more."""
    waiting: list[Batch] = []
    for block in blocks(table, mapped.wanted):
        if block.rows.is_empty():
            waiting.append(Batch(rejects=block.rejects, position=block.position))
            continue
        profiles, bad = wide_profiles(block.rows, mapped, zone, now)
        waiting.append(
            Batch(profiles, rejects=pl.concat([block.rejects, bad]), position=block.position)
        )
        if sum(len(batch.profiles) for batch in waiting) >= _BATCH_DAYS // 2:
            yield from _joined(waiting)
            waiting = []
    yield from _joined(waiting)


def _joined(batches: list[Batch]) -> Iterator[Batch]:
    if batches:
        yield from _batches(
            pl.concat([batch.profiles for batch in batches]),
            pl.concat([batch.rejects for batch in batches]),
            batches[-1].position,
        )


def _read_long(
    table: Table, mapped: Mapped, zone: ZoneInfo, now: datetime, chunk_rows: int
) -> Iterator[Batch]:
    may_tear = partial(_may_tear, profile=mapped.profile, zone=zone, now=now)
    size = table.path.stat().st_size
    parts = _readings(table, mapped, zone)
    for chunk in whole_meters(parts, may_tear, size, chunk_rows):
        if chunk.frame.is_empty():
            yield Batch(rejects=chunk.rejects, position=chunk.position)
            continue
        energy, bad = energy_of(chunk.frame, mapped.profile, zone, now)
        rejects = pl.concat([chunk.rejects, bad])
        yield Batch(rejects=rejects, position=chunk.position)
        for profiles, misplaced in profiles_of(energy, zone):
            yield from _batches(profiles, misplaced, chunk.position)


def _readings(table: Table, mapped: Mapped, zone: ZoneInfo) -> Iterator[Readings]:
    for block in blocks(table, mapped.wanted):
        if block.rows.is_empty():
            rows = pl.DataFrame(
                schema={**dict.fromkeys(mapped.wanted, pl.String()), LINE: pl.Int64()}
            )
            readings, _ = readings_of(rows, mapped, zone)
            yield Readings(readings, block.rejects, block.position)
            continue
        readings, bad = readings_of(block.rows, mapped, zone)
        yield Readings(readings, pl.concat([block.rejects, bad]), block.position)


def _may_tear(
    readings: pl.DataFrame, *, profile: TableProfile, zone: ZoneInfo, now: datetime
) -> bool:
    """Whether the lake can put a meter together that comes in two chunks."""
    if profile.kind == "cumulative":
        return False
    sample = readings.head(200_000)
    energy, _ = energy_of(sample, profile, zone, now)
    return not energy.is_empty() and bool((energy["interval_minutes"] % SLOT_MINUTES == 0).all())


def _batches(profiles: pl.DataFrame, rejects: pl.DataFrame, position: int) -> Iterator[Batch]:
    """``profiles`` in batches; the rejects go with the first."""
    yield Batch(profiles[:_BATCH_DAYS], rejects=rejects, position=position)
    for start in range(_BATCH_DAYS, len(profiles), _BATCH_DAYS):
        yield Batch(profiles[start : start + _BATCH_DAYS], position=position)
