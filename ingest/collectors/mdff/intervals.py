"""The 300 records of a block of NEM12 text, read in columns instead of line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
import pyarrow as pa

from ingest.batch import PROFILES_READ
from ingest.collectors.mdff.lines import Lines
from ingest.collectors.mdff.records import (
    MINUTES_PER_DAY,
    MdffError,
    QualityRange,
    Stream,
    check_cover,
    instant,
    quality,
)
from ingest.profiles import QUALITY_RANK, from_matrix, stored_interval

_COMMA = ord(",")
_DATE_AT = len("300,")
_VALUES_AT = len("300,yyyymmdd,")
_TAIL_FIELDS = 4  # quality method, reason code, reason description, update time
_VARIES = 255
_LARGEST_WH = np.iinfo(np.int32).max
_UNSAID = np.iinfo(np.int64).min

_IDENTITY = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "suffix": pl.String(),
        "service_date": pl.Date(),
        "issued_at": pl.Datetime("us", "UTC"),
        "interval_minutes": pl.Int16(),
        "values": pl.UInt64(),
        "line": pl.Int64(),
        "byte": pl.Int64(),
    }
)


@dataclass(frozen=True)
class Intervals:
    """The 300 records of a block: ``rows`` are their lines, ``segment`` their 200 record."""

    lines: Lines
    rows: np.ndarray
    segment: np.ndarray
    streams: Sequence[Stream | None]
    ranges: dict[int, list[QualityRange]]

    def of(self, row: int) -> Stream:
        """The stream of one 300 record."""
        stream = self.streams[self.segment[row]]
        assert stream is not None  # noqa: S101 - the collector refused records without one
        return stream

    @cached_property
    def counts(self) -> np.ndarray:
        """Values expected in each record."""
        every = [stream.intervals if stream else 0 for stream in self.streams]
        return np.asarray(every)[self.segment]

    @cached_property
    def value_ends(self) -> np.ndarray:
        """Where in the text the last value of each record ends; MdffError where one is short."""
        lines = self.lines
        commas = np.flatnonzero(lines.bytes == _COMMA)
        first = np.searchsorted(commas, lines.start[self.rows])
        found = np.searchsorted(commas, lines.end[self.rows]) - first
        short = found < self.counts + 1 + _TAIL_FIELDS
        if short.any():
            raise self.miscounted(int(short.argmax()))
        return commas[first + self.counts + 1]

    @cached_property
    def days(self) -> np.ndarray:
        """The service dates [datetime64 D]; MdffError where a date is none."""
        at = self.lines.start[self.rows][:, None] + np.arange(_DATE_AT, _VALUES_AT)
        text = self.lines.bytes[at]
        digits = text[:, :8].astype(np.int64) - ord("0")
        whole = ((digits >= 0) & (digits <= 9)).all(axis=1) & (text[:, 8] == _COMMA)
        number = digits @ 10 ** np.arange(7, -1, -1)
        year, month, day = number // 10_000, number // 100 % 100, number % 100
        months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
        days = months.astype("datetime64[D]") + (day - 1)
        real = (year > 0) & (month >= 1) & (month <= 12) & (days.astype("datetime64[M]") == months)
        if not (whole & real).all():
            row = int((~(whole & real)).argmax())
            record = self.lines.record(int(self.rows[row]))
            raise record.fault(
                f"'{record.fields[1]}' is not a date; expected YYYYMMDD", "IntervalDate"
            )
        return days

    def miscounted(self, row: int) -> MdffError:
        """The fault of a record with too many or too few values."""
        record, stream = self.lines.record(int(self.rows[row])), self.of(row)
        values = record.fields[2:]
        held = next((i for i, v in enumerate(values) if v[:1].isalpha()), len(values))
        if held == stream.intervals:
            return record.fault(
                "the 300 record ends before its update time; expected quality method, reason "
                "code, reason description and update time after the values",
                "UpdateDateTime",
            )
        return record.fault(
            f"the 300 record holds {held} values; the 200 record in line {stream.line} says "
            f"{stream.interval_minutes} min, that is {stream.intervals} values",
            "IntervalValue",
        )


def profiles_of(intervals: Intervals) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Day profiles of the 300 records, and what tells whether a day stands twice in a file."""
    for line in intervals.ranges:
        check_cover(intervals.ranges[line], intervals.of(_row_of(intervals, line)).intervals)
    parts = [
        _of_one_length(intervals, np.flatnonzero(intervals.counts == count), int(count))
        for count in np.unique(intervals.counts)
    ]
    if not parts:
        return pl.DataFrame(schema=PROFILES_READ), pl.DataFrame(schema=_IDENTITY)
    return pl.concat([p for p, _ in parts]), pl.concat([i for _, i in parts])


def _row_of(intervals: Intervals, line: int) -> int:
    return int(np.searchsorted(intervals.rows, line))


def _of_one_length(
    intervals: Intervals, rows: np.ndarray, count: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The records ``rows`` of ``intervals``, all of ``count`` values."""
    lines = intervals.lines
    start = lines.start[intervals.rows[rows]]
    ends = intervals.value_ends[rows]
    ranks, issued = _tails(intervals, rows)
    days = intervals.days[rows]
    values = _numbers(intervals, rows, start + _VALUES_AT, ends, count)
    every_rank = _every_rank(intervals, rows, ranks, count)
    if every_rank is not None:
        values = np.where(every_rank == QUALITY_RANK["N"], np.nan, values)

    streams = intervals.streams
    segment = intervals.segment[rows]
    factors = np.asarray([s.energy_factor if s and s.channel else np.nan for s in streams])
    energy_wh = values * factors[segment][:, None]
    minutes = MINUTES_PER_DAY // count
    _check_range(intervals, rows, energy_wh, _LARGEST_WH * minutes / stored_interval(minutes))

    def gather(texts: list[str | None]) -> pl.Series:
        return pl.Series(texts, dtype=pl.String).gather(segment)

    issued_at = pl.Series(issued).cast(pl.Datetime("us", "UTC"))
    issued_at = issued_at.set(pl.Series(issued == _UNSAID), None)
    keys = pl.DataFrame(
        {
            "usage_point_id": gather([s.usage_point_id if s else None for s in streams]),
            "suffix": gather([s.suffix if s else None for s in streams]),
            "channel": gather([s.channel if s else None for s in streams]),
            "service_date": pl.Series(days).cast(pl.Date),
            "issued_at": issued_at,
        }
    )
    identity = keys.select(
        "usage_point_id",
        "suffix",
        "service_date",
        "issued_at",
        pl.lit(minutes, pl.Int16).alias("interval_minutes"),
        pl.Series("values", _fingerprints(values, every_rank)),
        pl.Series("line", lines.numbers(intervals.rows[rows])),
        pl.Series("byte", lines.offsets(intervals.rows[rows])),
    )
    is_energy = np.isfinite(factors)[segment]
    if not is_energy.any():
        return pl.DataFrame(schema=PROFILES_READ), identity
    profiles = from_matrix(
        keys.filter(pl.Series(is_energy)),
        energy_wh[is_energy],
        interval_minutes=minutes,
        quality_ranks=None if every_rank is None else every_rank[is_energy],
    )
    return profiles, identity


def _tails(intervals: Intervals, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quality rank and update time [µs since 1970 UTC] of each record."""
    lines = intervals.lines
    pieces = lines.slices(intervals.value_ends[rows] + 1, lines.end[intervals.rows[rows]])
    known: dict[bytes, tuple[int, int]] = {}
    for row, piece in zip(rows.tolist(), pieces, strict=True):
        if piece not in known:
            known[piece] = _tail(intervals, row, piece)
    both = np.asarray([known[piece] for piece in pieces], np.int64).reshape(-1, 2)
    return both[:, 0].astype(np.uint8), both[:, 1]


def _tail(intervals: Intervals, row: int, piece: bytes) -> tuple[int, int]:
    fields = [part.strip() for part in piece.decode("utf-8", "replace").split(",")]
    record = intervals.lines.record(int(intervals.rows[row]))
    if not fields[0][:1].isalpha():
        raise intervals.miscounted(row)
    letter = quality(fields[0], record)
    if letter == "V" and int(intervals.rows[row]) not in intervals.ranges:
        raise record.fault("quality V (varies) needs 400 records; none follows", "QualityMethod")
    if any(fields[_TAIL_FIELDS + 1 :]):
        raise record.fault("the 300 record goes on after its times; is a line end missing?", "300")
    issued = instant(fields[3], record, "UpdateDateTime")
    loaded = instant(fields[4] if len(fields) > 4 else "", record, "MSATSLoadDateTime")
    said = issued or loaded
    micros = _UNSAID if said is None else int(said.timestamp()) * 1_000_000
    return (_VARIES if letter == "V" else QUALITY_RANK[letter]), micros


def _every_rank(
    intervals: Intervals, rows: np.ndarray, ranks: np.ndarray, count: int
) -> np.ndarray | None:
    """The quality rank of every value; null: all are actual reads."""
    ranged = [i for i, line in enumerate(intervals.rows[rows]) if int(line) in intervals.ranges]
    if not ranks.any() and not ranged:
        return None
    every = np.repeat(ranks[:, None], count, axis=1)
    for i in ranged:
        for part in intervals.ranges[int(intervals.rows[rows[i]])]:
            every[i, part.first - 1 : part.last] = QUALITY_RANK[part.quality]
    return every


def _numbers(
    intervals: Intervals, rows: np.ndarray, starts: np.ndarray, ends: np.ndarray, count: int
) -> np.ndarray:
    """The values, a row a record; NaN where a field is empty. MdffError where one is no number."""
    pieces = intervals.lines.slices(starts, ends)
    try:
        numbers, is_empty = _cast(b",".join(pieces))
        if not (np.isfinite(numbers) | is_empty).all():
            raise pa.ArrowInvalid("not finite")  # noqa: TRY301 - the same remedy
    except (pa.ArrowInvalid, UnicodeDecodeError):
        raise _first_bad_number(intervals, rows, pieces) from None
    return numbers.reshape(len(rows), count)


def _cast(joined: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Comma-separated numbers to floats, and which of them are empty."""
    commas = np.flatnonzero(np.frombuffer(joined, np.uint8) == _COMMA)
    offsets = np.zeros(len(commas) + 2, np.int32)
    offsets[1:-1] = commas - np.arange(len(commas))
    offsets[-1] = len(joined) - len(commas)
    is_empty = np.diff(offsets) == 0
    present = pa.py_buffer(np.packbits(~is_empty, bitorder="little"))
    digits = pa.py_buffer(joined.translate(None, b","))
    texts = pa.StringArray.from_buffers(len(is_empty), pa.py_buffer(offsets), digits, present)
    return texts.cast(pa.float64()).to_numpy(zero_copy_only=False), is_empty


def _first_bad_number(intervals: Intervals, rows: np.ndarray, pieces: list[bytes]) -> MdffError:
    for row, piece in zip(rows.tolist(), pieces, strict=True):
        for place, text in enumerate(piece.split(b","), start=1):
            try:
                numbers, is_empty = _cast(text)
                is_bad = not (np.isfinite(numbers) | is_empty).all()
            except (pa.ArrowInvalid, UnicodeDecodeError):
                is_bad = True
            if is_bad:
                shown = text.decode("utf-8", "replace")
                return intervals.lines.record(int(intervals.rows[row])).fault(
                    f"'{shown[:40]}' is not a number", f"IntervalValue{place}", shown
                )
    raise AssertionError("no bad number found")


def _check_range(
    intervals: Intervals, rows: np.ndarray, energy_wh: np.ndarray, largest_wh: float
) -> None:
    """Refuse negative energy, and more than the lake's integers hold."""
    outside = (energy_wh < 0) | (energy_wh > largest_wh)
    if not outside.any():
        return
    row, place = np.argwhere(outside)[0].tolist()
    record = intervals.lines.record(int(intervals.rows[rows[row]]))
    raise record.fault(
        f"{record.fields[2 + place]} is not the energy of an interval; expected 0 to "
        f"{largest_wh / 1000:,.0f} kWh",
        f"IntervalValue{place + 1}",
        record.fields[2 + place],
    )


def _fingerprints(values: np.ndarray, ranks: np.ndarray | None) -> np.ndarray:
    """A number a row that differs when values or qualities do."""
    weights = np.random.default_rng(300).integers(1, 2**63, values.shape[1], np.uint64) * 2 + 1
    prints = (np.ascontiguousarray(values).view(np.uint64) * weights).sum(axis=1)
    if ranks is not None:
        prints += (ranks.astype(np.uint64) * weights[::-1]).sum(axis=1)
    return prints
