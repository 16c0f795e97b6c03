"""NEM12 and NEM13 meter data files (AEMO's MDFF): Australian interval and register readings.

Service dates are the file's own days in Australian Eastern Standard Time; nothing is converted.

A file counts as a whole: a record that breaks the format refuses it all, with line and reason,
even when it is the last one. Readings are kept aside on disk until the 900 record was seen.
Tolerated, as the senders of such files are known and nothing can be misread: blank lines, empty
fields beyond the format's at a line's end, a missing NextScheduledReadDate or MSATSLoadDateTime,
times without seconds, units in any case, NMIs of any length, any interval that divides a day, 500
and 550 records (read over), an empty value (missing), several whole files in one, the same day
twice with the same values. Not tolerated: a missing 100 or 900, a file without readings.

Sound records that hold no energy of a main meter (voltage, check meters …) are rejected one by
one and the rest is taken.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from ingest.batch import REGISTERS_READ, Batch, CollectorError, reject
from ingest.collectors.mdff import nem13, records
from ingest.collectors.mdff.intervals import Intervals, profiles_of
from ingest.collectors.mdff.lines import LONGEST_LINE, Lines
from ingest.collectors.mdff.records import MdffError, QualityRange, Record, Stream

_BLOCK = 8 << 20
_DATA_RECORDS = (b"\n300,", b"\n200,", b"\n250,")


@dataclass
class _Progress:
    """Where the reading of a file stands between two blocks."""

    line: int = 0
    byte: int = 0
    version: str | None = None  # null: outside 100 … 900
    stream: Stream | None = None
    ended: Record | None = None
    has_data: bool = False


@dataclass
class _Others:
    """What the records of a block other than 300 say."""

    streams: list[Stream | None]
    first_lines: list[int]  # the line in the block from which each of ``streams`` counts
    ranges: dict[int, list[QualityRange]] = field(default_factory=dict)  # by line of the 300
    registers: list[tuple] = field(default_factory=list)
    rejects: list[pl.DataFrame] = field(default_factory=list)


def read(path: Path) -> Iterator[Batch]:
    """Day profiles [Wh, varh] of a NEM12 file, register readings [kWh, kvarh] of a NEM13 file.

    Yields empty batches while it checks the file, for their ``position``, then the readings.
    ``issued_at`` is the record's UpdateDateTime, else its MSATSLoadDateTime, else null.

    Raises:
        CollectorError: The file cannot be opened.
    """
    with TemporaryDirectory(prefix="fenggu-nem12-") as folder:
        kept: list[Callable[[], Batch]] = []
        identities: list[pl.DataFrame] = []
        try:
            for batch, identity in _checked(path):
                yield Batch(position=batch.position)
                identities.append(identity)
                kept.append(_set_aside(batch, Path(folder) / str(len(kept))))
            repeated = _refuse_contradictions(identities)
        except MdffError as fault:
            yield Batch(rejects=fault.row, position=path.stat().st_size)
            return
        except OSError as error:
            raise CollectorError(f"{path.name}: cannot be read: {error}") from error
        for restore in kept:
            batch = restore()
            if repeated:
                batch = Batch(
                    profiles=batch.profiles.unique(maintain_order=True),
                    registers=batch.registers.unique(maintain_order=True),
                    rejects=batch.rejects,
                    position=batch.position,
                )
            yield batch


def _checked(path: Path) -> Iterator[tuple[Batch, pl.DataFrame]]:
    """The batches of a file and the identity of their day profiles; MdffError if broken."""
    progress = _Progress()
    for text in _blocks(path):
        lines = Lines(text, progress.line, progress.byte)
        others = _others(lines, progress)
        profiles, identity = profiles_of(_intervals(lines, others))
        progress.line += len(lines.start)
        progress.byte += len(text)
        progress.has_data |= bool(others.registers) or not identity.is_empty()
        registers = pl.DataFrame(others.registers, schema=REGISTERS_READ, orient="row")
        batch = Batch(profiles=profiles, registers=registers, position=progress.byte)
        if others.rejects:
            batch = Batch(
                profiles=profiles,
                registers=registers,
                rejects=pl.concat(others.rejects),
                position=progress.byte,
            )
        yield batch, identity
    _check_end(progress)


def _check_end(progress: _Progress) -> None:
    end = Record(progress.line, progress.byte, "")
    if not progress.byte:
        reason = "the file is empty; expected a 100 record"
        raise MdffError(reason, reject(reason))
    if progress.version is not None:
        raise end.fault("the file ends without a 900 record: it was cut off", "900")
    if not progress.has_data:
        raise end.fault("the file holds no reading (no 300 or 250 record)")


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks of whole records: none is parted from the 400 records that follow it."""
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_BLOCK):
            rest += chunk
            if len(chunk) < _BLOCK:
                break
            cut = max(rest.rfind(start) for start in _DATA_RECORDS) + 1
            if not cut and len(rest) > _BLOCK + LONGEST_LINE:
                cut = rest.rfind(b"\n") + 1 or len(rest)
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
    if rest:
        yield rest


def _others(lines: Lines, progress: _Progress) -> _Others:
    """Walk through the records other than 300, and move ``progress`` on."""
    said = _Others([progress.stream], [0])
    previous_300 = -1
    intervals = lines.intervals
    for line in lines.others:
        record = lines.record(line)
        if not record.text.strip():
            continue
        code = int(lines.code[line])
        records.check_end(record, code)
        if code == 100:
            if progress.version is not None:
                raise record.fault("a second 100 record before the 900 record", "100")
            progress.version = records.version(record)
        elif progress.version is None:
            wanted = "a 100 record" if progress.ended is None else "nothing after the 900 record"
            raise record.fault(f"expected {wanted}, found '{record.text[:20].strip()}'", "100")
        elif code == 900:
            progress.version, progress.ended = None, record
            said.streams.append(None)
            said.first_lines.append(line)
        elif code == 400:
            before = int(np.searchsorted(intervals, line)) - 1
            previous_300 = int(intervals[before]) if before >= 0 else -1
            if previous_300 < max(said.first_lines[-1], 0) or said.streams[-1] is None:
                raise record.fault("a 400 record without a 300 record before it", "400")
            said.ranges.setdefault(previous_300, []).append(records.quality_range(record))
        else:
            _say_more(record, code, line, progress, said)
        progress.stream = said.streams[-1]
    return said


def _say_more(record: Record, code: int, line: int, progress: _Progress, said: _Others) -> None:
    """200, 250, 500 and 550 records."""
    if code == 200 and progress.version == "NEM12":
        stream, reason = records.stream(record)
        if reason:
            said.rejects.append(record.reject(reason, "NMISuffix"))
        said.streams.append(stream)
        said.first_lines.append(line)
    elif code == 250 and progress.version == "NEM13":
        rows, reason = nem13.readings(record)
        said.registers.extend(rows)
        progress.has_data = True
        if reason:
            said.rejects.append(record.reject(reason, "NMISuffix"))
    elif code not in {500, 550}:
        raise record.fault(
            f"'{record.text[:20].strip()}' starts no record of {progress.version}; expected "
            f"{'200, 300, 400, 500' if progress.version == 'NEM12' else '250, 550'} or 900"
        )


def _intervals(lines: Lines, others: _Others) -> Intervals:
    """The 300 records with the stream that each belongs to."""
    rows = lines.intervals
    segment = np.searchsorted(np.asarray(others.first_lines), rows, side="right") - 1
    homeless = np.asarray([stream is None for stream in others.streams])[segment]
    if homeless.any():
        record = lines.record(int(rows[homeless][0]))
        raise record.fault("a 300 record without a 200 record before it", "300")
    return Intervals(lines, rows, segment, others.streams, others.ranges)


def _set_aside(batch: Batch, stem: Path) -> Callable[[], Batch]:
    """Write a batch to disk; returns how to get it back."""
    parts = {"profiles": batch.profiles, "registers": batch.registers, "rejects": batch.rejects}
    for name, frame in parts.items():
        frame.write_ipc(stem.with_suffix(f".{name}"))

    def restore() -> Batch:
        back = {name: pl.read_ipc(stem.with_suffix(f".{name}").read_bytes()) for name in parts}
        return Batch(**back, position=batch.position)

    return restore


def _refuse_contradictions(identities: list[pl.DataFrame]) -> bool:
    """Whether a day stands twice with equal values; MdffError when the values differ."""
    if not identities:
        return False
    key = ["usage_point_id", "suffix", "service_date", "issued_at", "interval_minutes"]
    repeated = (
        pl.concat(identities)
        .group_by(key)
        .agg(
            pl.len().alias("times"),
            pl.col("values").n_unique().alias("versions"),
            pl.col("line", "byte").max(),
        )
        .filter(pl.col("times") > 1)
    )
    different = repeated.filter(pl.col("versions") > 1).sort("line")
    if different.is_empty():
        return not repeated.is_empty()
    day = different.row(0, named=True)
    raise Record(day["line"], day["byte"], "").fault(
        f"{day['usage_point_id']} {day['suffix']} {day['service_date']} stands twice with "
        "different values and the same update time; expected one version, or two times",
        "IntervalDate",
    )
