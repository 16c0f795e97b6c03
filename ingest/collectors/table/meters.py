"""Bring the readings of each meter together, in bounded memory, whatever the order of the file.

A difference of registers, a sum of 5-minute values and the choice between two values of one
interval need all readings of a meter side by side. A short file is held in memory. A long one that
goes meter by meter is cut between meters. Any other is first laid down in a temporary folder, in
as many parts as keep a part small, every meter whole in one of them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ingest.batch import REJECTS

CHUNK_ROWS = 1_500_000
"""Readings held at a time; about 300 MB with everything made of them."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings (or nothing but rejects), and how far into the file they reach [bytes]."""

    frame: pl.DataFrame
    rejects: pl.DataFrame
    position: int


def whole_meters(
    parts: Iterable[Readings],
    may_tear: Callable[[pl.DataFrame], bool],
    size_bytes: int,
    chunk_rows: int = CHUNK_ROWS,
) -> Iterator[Readings]:
    """The same readings, in chunks that hold all readings of their meters.

    Args:
        parts: Readings in the order of the file.
        may_tear: Whether nothing is lost if a meter comes back after its chunk was passed on, as
            in files of months one behind the other: true for energy whose intervals the lake
            merges slot by slot. It is asked once, with the first chunk.
        size_bytes: Of the file, to choose the number of temporary parts.
        chunk_rows: Readings in a chunk (more where one meter has more).
    """
    held: list[pl.DataFrame] = []
    rejects: list[pl.DataFrame] = [pl.DataFrame(schema=REJECTS)]
    rows, position, streams = 0, 0, False
    parts = iter(parts)
    for part in parts:
        held.append(part.frame)
        rejects.append(part.rejects)
        rows, position = rows + len(part.frame), part.position
        if rows < chunk_rows:
            continue
        chunk = pl.concat(held)
        streams = streams or (_goes_by_meter(chunk) and may_tear(chunk))
        if not streams:
            start = Readings(chunk, pl.concat(rejects), position)
            yield from _through_disk(start, parts, size_bytes)
            return
        last = chunk["usage_point_id"][-1]
        first_of_last = chunk.select((pl.col("usage_point_id") != last).arg_true().max()).item()
        cut = 0 if first_of_last is None else first_of_last + 1
        if cut:
            yield Readings(chunk[:cut], pl.concat(rejects), position)
            rejects = [pl.DataFrame(schema=REJECTS)]
        # A copy: a slice would keep the whole chunk in memory.
        rest = pl.concat([chunk[cut:]], rechunk=True)
        held, rows = [rest], len(rest)
    yield Readings(pl.concat(held) if held else pl.DataFrame(), pl.concat(rejects), position)


def _goes_by_meter(readings: pl.DataFrame) -> bool:
    meters = readings["usage_point_id"]
    runs = int((meters != meters.shift()).sum()) + 1
    return runs <= meters.n_unique()


def _through_disk(
    start: Readings, parts: Iterator[Readings], size_bytes: int
) -> Iterator[Readings]:
    """All readings by way of temporary files; half of the progress is writing them."""
    nothing = start.frame.clear()
    expected = len(start.frame) * size_bytes / max(start.position, 1)
    buckets = max(2, int(2 * expected / CHUNK_ROWS) + 1)
    with TemporaryDirectory(prefix="fenggu-") as name:
        folder = Path(name)
        _lay_down(start.frame, folder, 0, buckets)
        yield Readings(nothing, start.rejects, start.position // 2)
        held, rows, written = [], 0, 1
        for part in parts:
            if not part.rejects.is_empty():
                yield Readings(nothing, part.rejects, part.position // 2)
            held.append(part.frame)
            rows += len(part.frame)
            if rows >= CHUNK_ROWS:
                _lay_down(pl.concat(held), folder, written, buckets)
                held, rows, written = [], 0, written + 1
        if held:
            _lay_down(pl.concat(held), folder, written, buckets)
        for bucket in range(buckets):
            files = sorted((folder / str(bucket)).glob("*.ipc"))
            if files:
                readings = pl.concat([pl.read_ipc(file) for file in files])
                done = size_bytes // 2 + size_bytes * (bucket + 1) // (2 * buckets)
                yield Readings(readings, pl.DataFrame(schema=REJECTS), done)


def _lay_down(readings: pl.DataFrame, folder: Path, number: int, buckets: int) -> None:
    if readings.is_empty():
        return
    bucket = (pl.col("usage_point_id").hash() % buckets).alias("bucket")
    for (which,), rows in (
        readings.with_columns(bucket)
        .partition_by("bucket", as_dict=True, include_key=False, maintain_order=True)
        .items()
    ):
        (folder / str(which)).mkdir(exist_ok=True)
        rows.write_ipc(folder / str(which) / f"{number:06d}.ipc", compression="lz4")
