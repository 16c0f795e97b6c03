"""Merge arriving day profiles into the ones the lake holds, slot by slot.

Nothing here touches the lake: frames in, frames out.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from ingest.grid import MISSING, Grid, choose, is_better, slot_columns, take, time_columns, to_grid
from queries.schema import ENERGY_PROFILES_SUPERSEDED, SLOTS, Table

_CHUNK_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a batch arrived and what it is called."""

    batch_id: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Merged:
    """What a batch did to the rows it met.

    Attributes:
        added: Rows of keys that were not there.
        changed: Rows that replace the ones with the same key.
        superseded: What corrections replaced (energy_profiles_superseded).
        new: Readings that were missing before.
        corrected: Readings whose value or quality changed.
        unchanged: Readings that changed nothing a reader sees.
    """

    added: pl.DataFrame
    changed: pl.DataFrame
    superseded: pl.DataFrame
    new: int = 0
    corrected: int = 0
    unchanged: int = 0


def row_key(table: Table) -> list[str]:
    """What tells two day profiles apart before one interval is chosen to be shown."""
    return [*_day_key(table), "interval_minutes"]


def _day_key(table: Table) -> list[str]:
    return [name for name in table.key if name != "interval_minutes"]


def merge(table: Table, current: pl.DataFrame, incoming: pl.DataFrame, arrival: Arrival) -> Merged:
    """Merge ``incoming`` (columns as read, any number of rows a key) into ``current`` rows.

    ``current`` holds every stored row of the keys in ``incoming`` and may hold others.
    """
    key = row_key(table)
    is_alone = ~incoming.select(pl.struct(key).is_duplicated()).to_series()
    if not current.is_empty():
        met = incoming.select(key).join(
            current.select(key).with_columns(pl.lit(value=True).alias("is_held")),
            on=key,
            how="left",
            maintain_order="left",
        )
        is_alone &= met["is_held"].is_null()
    fresh = _first_of_their_key(table, incoming.filter(is_alone), arrival)
    parts = [
        _merge_chunk(table, current, chunk, arrival)
        for chunk in _chunks_of_whole_keys(table, incoming.filter(~is_alone))
    ]
    return Merged(
        added=pl.concat([fresh, *(p.added for p in parts)]),
        changed=pl.concat([table.schema.to_frame(), *(p.changed for p in parts)]),
        superseded=pl.concat(
            [ENERGY_PROFILES_SUPERSEDED.schema.to_frame(), *(p.superseded for p in parts)],
            how="diagonal",
        ),
        new=_readings(fresh) + sum(p.new for p in parts),
        corrected=sum(p.corrected for p in parts),
        unchanged=sum(p.unchanged for p in parts),
    )


def _first_of_their_key(table: Table, incoming: pl.DataFrame, arrival: Arrival) -> pl.DataFrame:
    """Rows that meet no other: stored as they came, but for the spelling of their quality."""
    is_marked = pl.col("quality").is_not_null()
    rows, marked = incoming.filter(~is_marked), incoming.filter(is_marked)
    if not marked.is_empty():
        grid = to_grid(marked, arrival.received_at)
        marked = marked.drop(*SLOTS, "quality").hstack(slot_columns(grid, table))
        rows = pl.concat([rows, marked.select(rows.columns)])
    # A day of which nothing was read is no day: it would come or not as the order of arrival.
    rows = rows.filter(pl.any_horizontal(pl.col(SLOTS).is_not_null()))
    return rows.with_columns(
        pl.col("service_date").dt.strftime("%Y-%m").alias("service_month"),
        pl.lit(None, table.schema["slot_history"]).alias("slot_history"),
        pl.lit(arrival.batch_id).alias("batch_id"),
        pl.lit(arrival.received_at).cast(table.schema["received_at"]).alias("received_at"),
    ).select(table.names)


def _readings(rows: pl.DataFrame) -> int:
    return int(rows.select(pl.sum_horizontal(pl.col(SLOTS).count())).item()) if rows.height else 0


def _chunks_of_whole_keys(table: Table, incoming: pl.DataFrame) -> list[pl.DataFrame]:
    if incoming.height <= _CHUNK_ROWS:
        return [incoming] if incoming.height else []
    key = row_key(table)
    ordered = incoming.sort(key)
    number = ordered.select(pl.struct(key).rle_id()).to_series()
    block = (number // _CHUNK_ROWS).alias("block")
    return ordered.with_columns(block).partition_by("block", include_key=False)


def _merge_chunk(
    table: Table, current: pl.DataFrame, incoming: pl.DataFrame, arrival: Arrival
) -> Merged:
    key = row_key(table)
    turn = pl.int_range(pl.len()).over(key)
    rounds = incoming.with_columns(turn.alias("turn")).partition_by("turn", include_key=False)
    keys = rounds[0].select(key)
    held = keys.join(
        current.with_columns(pl.lit(value=True).alias("is_held")),
        on=key,
        how="left",
        maintain_order="left",
    )
    is_held = held["is_held"].fill_null(value=False).to_numpy()
    before = to_grid(held)
    after, counts = take(before, np.arange(keys.height)), np.zeros(3, dtype=np.int64)
    for part in rounds:
        position = (
            part.select(key)
            .join(keys.with_row_index("position"), on=key, how="left", maintain_order="left")
            .get_column("position")
            .to_numpy()
        )
        after, counted = _apply(after, position, to_grid(part, arrival.received_at))
        counts += counted
    # What stands as it stood has been known since then, whatever came between within the batch.
    stood = before.present & (after.value == before.value) & (after.rank == before.rank)
    after.received[stood] = before.received[stood]

    touched = (
        (after.rank != before.rank)
        | (after.value != before.value)
        | (after.present & (after.issued != before.issued))
    ).any(axis=1)
    rows = _rows(table, keys, take(after, touched), touched, arrival)
    fresh = ~is_held[touched]
    return Merged(
        added=rows.filter(pl.Series(fresh)),
        changed=rows.filter(pl.Series(~fresh)),
        superseded=_superseded(table, held, before, after, arrival),
        new=int(counts[0]),
        corrected=int(counts[1]),
        unchanged=int(counts[2]),
    )


def _apply(state: Grid, position: np.ndarray, arriving: Grid) -> tuple[Grid, np.ndarray]:
    """The state after one row a key has arrived, and (new, corrected, unchanged) readings."""
    held = take(state, position)
    better = is_better(arriving, held)
    is_new = better & ~held.present
    is_corrected = (
        better & held.present & ((arriving.value != held.value) | (arriving.rank != held.rank))
    )
    result = choose(better, arriving, held)
    # A value that was merely confirmed by a later issue has been known since it first came.
    result.received[better & ~is_new & ~is_corrected] = held.received[
        better & ~is_new & ~is_corrected
    ]
    for array, values in zip(
        (state.value, state.rank, state.issued, state.received),
        (result.value, result.rank, result.issued, result.received),
        strict=True,
    ):
        array[position] = values
    counted = [is_new.sum(), is_corrected.sum(), (arriving.present & ~is_new & ~is_corrected).sum()]
    return state, np.array(counted, dtype=np.int64)


def _rows(
    table: Table, keys: pl.DataFrame, grid: Grid, touched: np.ndarray, arrival: Arrival
) -> pl.DataFrame:
    times = time_columns(grid)
    return (
        keys.filter(pl.Series(touched))
        .hstack(slot_columns(grid, table))
        .hstack(times)
        .with_columns(
            pl.col("service_date").dt.strftime("%Y-%m").alias("service_month"),
            pl.lit(arrival.batch_id).alias("batch_id"),
        )
        .select(table.names)
        .cast(table.schema)
    )


def _superseded(
    table: Table, held: pl.DataFrame, before: Grid, after: Grid, arrival: Arrival
) -> pl.DataFrame:
    """One row for every time at which the replaced slots of a day had become known."""
    replaced = before.present & ((after.value != before.value) | (after.rank != before.rank))
    if table.name != "energy_profiles" or not replaced.any():
        return pl.DataFrame()
    row, slot = np.nonzero(replaced)
    known = before.received[row, slot]
    pairs, group = np.unique(np.stack([row, known]), axis=1, return_inverse=True)
    gone = take(before, pairs[0])
    mask = np.zeros(gone.rank.shape, dtype=bool)
    mask[group.ravel(), slot] = True
    gone.rank[~mask] = MISSING
    names = ENERGY_PROFILES_SUPERSEDED.names
    return (
        held[pairs[0]]
        .drop(*SLOTS, "quality")
        .hstack(slot_columns(gone, table))
        .with_columns(
            pl.from_epoch(pl.Series(pairs[1]), "us")
            .dt.replace_time_zone("UTC")
            .alias("known_from"),
            pl.lit(arrival.received_at).alias("known_until"),
        )
        .select(names)
        .cast(ENERGY_PROFILES_SUPERSEDED.schema)
    )


def choose_interval(rows: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split ``rows`` into the one shown for each day and the alternates at other intervals.

    Shown is the row that covers the most minutes with actual reads, then the most minutes with
    any, then the finest: a function of what is there, not of the order in which it came.
    """
    key = _day_key(table)
    minutes = pl.col("interval_minutes").cast(pl.Int32)
    present = pl.sum_horizontal(pl.col(s).is_not_null() for s in SLOTS)
    doubtful = pl.col("quality").str.count_matches("[SE]").fill_null(0)
    best = rows.with_columns(
        ((present - doubtful) * minutes).alias("actual_minutes"),
        (present * minutes).alias("present_minutes"),
    ).sort(
        *key,
        "actual_minutes",
        "present_minutes",
        "interval_minutes",
        descending=[*(False for _ in key), True, True, False],
    )
    is_shown = pl.struct(key).is_first_distinct()
    shown = best.filter(is_shown).select(table.names)
    alternate = best.filter(~is_shown).select(table.names)
    return shown, alternate
