"""Day profiles as arrays, and the one rule by which two values of a slot are ordered.

Per slot the best of all arrivals stands: better quality, then later issue by the source, then the
larger value. A maximum does not depend on the order of its arguments, so neither does the lake.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from ingest.profiles import QUALITY_RANK, quality_strings
from queries.schema import SLOTS, SLOTS_PER_DAY, UTC_INSTANT, Table

MISSING = QUALITY_RANK["N"]
_NEVER = np.iinfo(np.int64).min
_RANK_OF_BYTE = np.full(256, MISSING, dtype=np.uint8)
for _letter, _rank in QUALITY_RANK.items():
    _RANK_OF_BYTE[ord(_letter)] = _rank


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of day profiles as arrays of shape (rows, 96).

    Attributes:
        value: Float64 [unit of the table]; 0 where missing.
        rank: QUALITY_RANK; MISSING where there is no value.
        issued: Source's issue time [µs since the epoch]; the least integer where unsaid.
        received: When the value became known to the lake [µs since the epoch].
    """

    value: np.ndarray
    rank: np.ndarray
    issued: np.ndarray
    received: np.ndarray

    @property
    def present(self) -> np.ndarray:
        """Where there is a value."""
        return self.rank < MISSING


def to_grid(rows: pl.DataFrame, received_at: datetime | None = None) -> Grid:
    """Arrays of profile rows; ``received_at`` for rows that only now arrive."""
    values = rows.select(SLOTS).cast(pl.Float64).to_numpy()
    present = ~np.isnan(values)
    rank = _ranks(rows["quality"], present)
    shape = values.shape
    issued = np.broadcast_to(_microseconds(rows["issued_at"])[:, None], shape).copy()
    if received_at is not None:
        moment = pl.Series([received_at], dtype=UTC_INSTANT).dt.epoch("us")[0]
        received = np.full(shape, moment, dtype=np.int64)
    else:
        received = np.broadcast_to(_microseconds(rows["received_at"])[:, None], shape).copy()
        _unroll_history(rows["slot_history"], issued, received)
    return Grid(np.where(present, values, 0.0), rank, issued, received)


def _microseconds(instants: pl.Series) -> np.ndarray:
    return instants.dt.epoch("us").fill_null(_NEVER).to_numpy()


def _ranks(quality: pl.Series, present: np.ndarray) -> np.ndarray:
    rank = np.where(present, np.uint8(0), np.uint8(MISSING))
    marked = quality.is_not_null().to_numpy()
    if marked.any():
        text = "".join(quality.drop_nulls().str.pad_end(SLOTS_PER_DAY, "N").to_list())
        letters = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
        letters = letters.reshape(-1, SLOTS_PER_DAY)
        rank[marked] = np.where(present[marked], _RANK_OF_BYTE[letters], MISSING)
    return rank


def _unroll_history(history: pl.Series, issued: np.ndarray, received: np.ndarray) -> None:
    mixed = np.flatnonzero(history.is_not_null().to_numpy())
    if not len(mixed):
        return
    runs = (
        pl.DataFrame({"row": mixed, "run": history.gather(mixed)})
        .explode("run")
        .unnest("run")
        .sort("row", "slot")
    )
    row, slot = runs["row"].to_numpy(), runs["slot"].to_numpy()
    # Every slot points at the run that covers it: mark run starts, then carry the mark onwards.
    start = np.zeros(issued.shape, dtype=np.int64)
    start[row, slot] = np.arange(len(row))
    start[mixed] = np.maximum.accumulate(start[mixed], axis=1)
    issued[mixed] = _microseconds(runs["issued_at"])[start[mixed]]
    received[mixed] = _microseconds(runs["received_at"])[start[mixed]]


def is_better(incoming: Grid, current: Grid) -> np.ndarray:
    """Where ``incoming`` outranks ``current``; equal values do not."""
    same_rank = incoming.rank == current.rank
    same_issue = incoming.issued == current.issued
    ahead = (
        (incoming.rank < current.rank)
        | (same_rank & (incoming.issued > current.issued))
        | (same_rank & same_issue & (incoming.value > current.value))
    )
    return incoming.present & (ahead | ~current.present)


def choose(mask: np.ndarray, yes: Grid, no: Grid) -> Grid:
    """``yes`` where ``mask``, else ``no``."""
    return Grid(
        np.where(mask, yes.value, no.value),
        np.where(mask, yes.rank, no.rank),
        np.where(mask, yes.issued, no.issued),
        np.where(mask, yes.received, no.received),
    )


def take(grid: Grid, rows: np.ndarray) -> Grid:
    """The rows at these positions."""
    return Grid(grid.value[rows], grid.rank[rows], grid.issued[rows], grid.received[rows])


def slot_columns(grid: Grid, table: Table) -> pl.DataFrame:
    """The 96 slots and ``quality`` of ``table`` from arrays."""
    dtype = table.schema[SLOTS[0]]
    values = pl.from_numpy(np.where(grid.present, grid.value, np.nan), schema=list(SLOTS))
    quality = pl.Series("quality", quality_strings(~grid.present, grid.rank), pl.String)
    return values.select(pl.all().fill_nan(None).cast(dtype)).with_columns(quality)


def time_columns(grid: Grid) -> pl.DataFrame:
    """``issued_at``, ``received_at`` and ``slot_history`` from arrays."""
    present = grid.present
    issued = np.where(present, grid.issued, _NEVER).max(axis=1)
    received = np.where(present, grid.received, _NEVER).max(axis=1)
    mixed = (
        present & ((grid.issued != issued[:, None]) | (grid.received != received[:, None]))
    ).any(axis=1)
    row = np.arange(len(issued))
    frame = pl.DataFrame(
        {"row": row, "issued_at": _instants(issued), "received_at": _instants(received)}
    )
    runs = _runs(take(grid, mixed), row[mixed])
    return frame.join(runs, on="row", how="left", maintain_order="left").drop("row")


def _runs(grid: Grid, row_numbers: np.ndarray) -> pl.DataFrame:
    """A run for every change of (issued, received) along the present slots of a row."""
    row, slot = np.nonzero(grid.present)
    issued, received = grid.issued[row, slot], grid.received[row, slot]
    starts = np.ones(len(row), dtype=bool)
    starts[1:] = (
        (row[1:] != row[:-1]) | (issued[1:] != issued[:-1]) | (received[1:] != received[:-1])
    )
    return (
        pl.DataFrame(
            {
                "row": row_numbers[row[starts]],
                "slot": slot[starts].astype(np.int16),
                "issued_at": _instants(issued[starts]),
                "received_at": _instants(received[starts]),
            }
        )
        .group_by("row", maintain_order=True)
        .agg(pl.struct("slot", "issued_at", "received_at").alias("slot_history"))
    )


def _instants(microseconds: np.ndarray) -> pl.Series:
    series = pl.Series(microseconds, dtype=pl.Int64)
    return series.set(series == _NEVER, None).cast(UTC_INSTANT)
