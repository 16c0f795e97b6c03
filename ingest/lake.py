"""Write the lake: every change becomes visible whole, by one manifest, or not at all.

Tables are Delta tables; a writer commits to several of them and then publishes their versions in
the manifest. Whatever a dead writer committed without publishing is rolled back by the next one.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, cast

import polars as pl
from deltalake import ColumnProperties, DeltaTable, Schema, WriterProperties, write_deltalake

from queries.manifest import (
    FILE_NAME,
    Manifest,
    files_in,
    filesystem,
    read_manifest,
    table_files,
)
from queries.schema import HOURS, SLOTS, TABLES, Table, check
from queries.settings import Settings

_ROW_GROUP_ROWS = 16_384
_ZSTD_LEVEL = 3


@dataclass(slots=True)
class Writer:
    """The one process that may change the lake, and what it has committed but not published."""

    uri: str
    manifest: Manifest
    versions: dict[str, int] = field(default_factory=dict)
    opened: dict[str, DeltaTable] = field(default_factory=dict)

    def table(self, name: str) -> DeltaTable:
        """A table at this writer's version. It stays open: opening reads its whole log."""
        held = self.opened.get(name)
        if held is None or held.version() != self.versions[name]:
            held = DeltaTable(f"{self.uri}/{name}", version=self.versions[name])
            self.opened[name] = held
        return held

    def files(self, table: str) -> tuple[str, ...]:
        """The files of ``table`` as this writer sees it, unpublished commits included."""
        return files_in(self.table(table), self.uri, table)


@contextmanager
def writing(settings: Settings) -> Iterator[Writer]:
    """Hold the lake for writing; roll back what an earlier writer left unpublished.

    Waits for another writer on this machine. Leaving with an exception publishes nothing.
    """
    with _lock(settings):
        manifest = read_manifest(settings.lake_uri)
        writer = Writer(settings.lake_uri, manifest, dict(manifest.versions))
        _roll_back(writer)
        try:
            yield writer
        except BaseException:
            _roll_back(writer)
            raise


@contextmanager
def _lock(settings: Settings) -> Iterator[None]:
    folder = settings.data if "://" in settings.lake_uri else Path(settings.lake_uri)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "writer.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _roll_back(writer: Writer) -> None:
    store, path = filesystem(writer.uri)
    for name, version in writer.manifest.versions.items():
        # Looking for the next commit costs a hundredth of opening a table, which reads its log.
        following = f"{path}/{name}/_delta_log/{version + 1:020d}.json"
        if store.get_file_info(following).is_file:
            table = DeltaTable(f"{writer.uri}/{name}")
            table.restore(version)
            writer.versions[name] = DeltaTable(f"{writer.uri}/{name}").version()


def create_lake(settings: Settings) -> bool:
    """Bring the lake to what ``queries.schema`` declares; return whether anything was made.

    Tables that are not there yet are made empty. A lake of an earlier version gets the columns
    declared since, null in the rows it has; until all of that is done, readers see it as it was.
    """
    uri = settings.lake_uri
    with _lock(settings):
        store, path = filesystem(uri)
        has_manifest = store.get_file_info(f"{path}/{FILE_NAME}").is_file
        manifest = read_manifest(uri) if has_manifest else Manifest()
        writer = Writer(uri, manifest, dict(manifest.versions))
        _make_missing(writer)
        narrow = [t for t in TABLES.values() if _lacking(writer, t)]
        if narrow:
            _roll_back(writer)
        for table in narrow:
            _widen(writer, table)
        publish(writer)
        return writer.manifest is not manifest


def _make_missing(writer: Writer) -> None:
    for table in TABLES.values():
        if table.name not in writer.versions:
            # mode "ignore" keeps what a killed `fenggu init` had already made
            DeltaTable.create(
                f"{writer.uri}/{table.name}",
                schema=table.schema.to_frame().to_arrow().schema,
                partition_by=list(table.partition_by),
                mode="ignore",
                description=f"{table.zh}. {table.note}",
            )
            writer.versions[table.name] = DeltaTable(f"{writer.uri}/{table.name}").version()


def _lacking(writer: Writer, table: Table) -> list[str]:
    """The columns declared since ``table`` was made."""
    held = {column.name for column in writer.table(table.name).schema().fields}
    return [name for name in table.names if name not in held]


def _widen(writer: Writer, table: Table) -> None:
    """Write ``table`` again, a partition at a time, with the columns it lacks: null in every row.

    Readers name the columns they want in every file, so declaring them is not enough.
    """
    lacking, delta = _lacking(writer, table), writer.table(table.name)
    declared = Schema.from_arrow(table.schema.to_frame().to_arrow().schema)
    delta.alter.add_columns([column for column in declared.fields if column.name in lacking])
    writer.versions[table.name] = delta.version()
    held = _scan(writer, table)
    rows = held.with_columns(pl.lit(None, table.schema[name]).alias(name) for name in lacking)
    for partition in _partitions(writer, table).drop("files").rows(named=True):
        _rewrite_partition(writer, table, rows, partition)


def publish(writer: Writer) -> Manifest:
    """Make everything this writer committed visible at once."""
    if writer.versions == dict(writer.manifest.versions):
        return writer.manifest
    _sync_new_files(writer)
    manifest = Manifest(writer.manifest.sequence + 1, dict(writer.versions), datetime.now(UTC))
    _write_whole(writer.uri, manifest.to_json().encode())
    writer.manifest = manifest
    return manifest


def _write_whole(uri: str, content: bytes) -> None:
    """Replace the manifest atomically; an object store's put already is."""
    store, path = filesystem(uri)
    if "://" in uri:
        with store.open_output_stream(f"{path}/{FILE_NAME}") as stream:
            stream.write(content)
        return
    part = Path(path) / f"{FILE_NAME}.writing"
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(Path(path) / FILE_NAME)
    _sync(Path(path))


def _sync_new_files(writer: Writer) -> None:
    """On a local disk, force what is about to be promised to the medium (power cuts)."""
    if "://" in writer.uri:
        return
    for name, version in writer.versions.items():
        before = writer.manifest.versions.get(name)
        if version == before:
            continue
        old = set(table_files(writer.uri, name, before)) if before is not None else set()
        new = [Path(file) for file in table_files(writer.uri, name, version) if file not in old]
        log = Path(writer.uri) / name / "_delta_log"
        commits = [log / f"{v:020d}.json" for v in range((before or -1) + 1, version + 1)]
        # New partitions are new folders: those that name them are forced as well.
        root = log.parent
        folders = {up for f in new for up in f.parents if up == root or root in up.parents}
        for path in [*new, *(c for c in commits if c.exists()), *folders, log]:
            _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _properties(table: Table) -> WriterProperties:
    packed = ColumnProperties(dictionary_enabled=False, encoding="DELTA_BINARY_PACKED")
    times = (name for name in (*SLOTS, *HOURS) if name in table.schema)
    integers = [name for name in times if table.schema[name].is_integer()]
    return WriterProperties(
        compression="ZSTD",
        compression_level=_ZSTD_LEVEL,
        max_row_group_size=_ROW_GROUP_ROWS,
        column_properties=dict.fromkeys(integers, packed),
    )


def _ordered(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    order = [*table.partition_by, *(table.sort_by or table.key)]
    return check(table.name, rows, table.schema).select(table.names).sort(order)


def append(writer: Writer, table: Table, rows: pl.DataFrame) -> None:
    """Add rows whose keys are known not to be there."""
    if not rows.is_empty():
        _commit(writer, table, rows, "append")


def _commit(
    writer: Writer,
    table: Table,
    rows: pl.DataFrame,
    mode: Literal["append", "overwrite"],
    predicate: str | None = None,
) -> None:
    """One Delta commit, laid out as the table always is; no reader sees it before publication."""
    delta = writer.table(table.name)
    write_deltalake(
        delta,
        _ordered(table, rows),
        mode=cast("Literal['overwrite']", mode),  # its stub knows no mode that is a variable
        predicate=predicate,
        writer_properties=_properties(table),
    )
    writer.versions[table.name] = delta.version()


def upsert(writer: Writer, table: Table, rows: pl.DataFrame) -> None:
    """Put ``rows`` in the place of the rows with their keys; keys not there are added.

    Costs one rewrite of the files that hold those keys, nothing where all keys are new.
    """
    columns = list(dict.fromkeys([*table.partition_by, *table.key]))
    replace_all_of(writer, table, rows, rows.select(columns), on=list(table.key))


def replace_all_of(
    writer: Writer,
    table: Table,
    rows: pl.DataFrame,
    subjects: pl.DataFrame,
    *,
    on: list[str] | None = None,
) -> None:
    """Leave of ``subjects`` only ``rows``: what matches ``subjects`` goes, ``rows`` come.

    Args:
        writer: The lake.
        table: Its table.
        rows: What is to stand there, possibly nothing.
        subjects: The table's partition columns and further ones, as literals to match.
        on: The columns to match on; all of ``subjects`` if not given.
    """
    layout = list(table.partition_by)
    if layout:
        # Partitions that hold nothing yet are written together: a commit costs as much as a month.
        named = subjects.select(layout).unique()
        held = named.join(_partitions(writer, table), on=layout, how="semi")
        append(writer, table, rows.join(held, on=layout, how="anti"))
        subjects = subjects.join(held, on=layout, how="semi")
    parts = subjects.partition_by(layout, maintain_order=True) if layout else [subjects]
    for part in parts:
        if part.is_empty():
            continue
        new = rows.join(part.select(layout).unique(), on=layout, how="semi") if layout else rows
        held = read_box(writer, table, part)
        beside = held.join(part, on=on or part.columns, how="anti", nulls_equal=True)
        if beside.height == held.height:
            append(writer, table, new)
            continue
        literals = [f"{column} = {_literal(part[column][0])}" for column in layout]
        rows_of_box = pl.concat([new.select(table.names), beside])
        box = " and ".join([*literals, *_bounds(table, part)]) or None
        _commit(writer, table, rows_of_box, "overwrite", box)


def _partitions(writer: Writer, table: Table) -> pl.DataFrame:
    """The partitions that hold any row, and in how many ``files``."""
    layout = dict.fromkeys(table.partition_by, pl.String())
    files = pl.DataFrame(writer.table(table.name).get_add_actions(flatten=True))
    if files.is_empty():
        return pl.DataFrame(schema={**layout, "files": pl.UInt32()})
    named = [pl.col(f"partition.{column}").cast(pl.String).alias(column) for column in layout]
    return files.group_by(named).agg(files=pl.len())


def _bounded_columns(table: Table) -> list[str]:
    """Columns whose range tells rows apart: never null, and sorted or dated."""
    return [c for c in ("usage_point_id", "service_date") if c in table.key]


def _bounds(table: Table, rows: pl.DataFrame) -> list[str]:
    bounds = []
    for column in _bounded_columns(table):
        if column not in rows.columns:
            continue
        low, high = (_literal(rows[column].min()), _literal(rows[column].max()))
        bounds += [f"{column} >= {low}", f"{column} <= {high}"]
    return bounds


def _literal(value: object) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value).replace("'", "''")
    return f"'{text}'"


def read_box(
    writer: Writer, table: Table, rows: pl.DataFrame, columns: list[str] | None = None
) -> pl.DataFrame:
    """The stored rows of the same partitions, with ids and days between those of ``rows``."""
    if rows.is_empty() or not writer.files(table.name):
        return table.schema.to_frame().select(columns or table.names)
    scan = scan_table(writer, table)
    for column in table.partition_by:
        scan = scan.filter(pl.col(column).is_in(rows[column].unique().to_list()))
    for column in _bounded_columns(table):
        if column not in rows.columns:
            continue
        low, high = pl.lit(rows[column].min()), pl.lit(rows[column].max())
        scan = scan.filter(pl.col(column).is_between(low, high))
    return scan.select(columns or table.names).collect()


def read_keys(writer: Writer, table: Table, keys: pl.DataFrame) -> pl.DataFrame:
    """The stored rows that agree with ``keys`` on all its columns, partition columns among them."""
    on = keys.columns
    # Most arrivals are new: looking at the keys alone spares decoding whole rows.
    if read_box(writer, table, keys, on).join(keys, on=on, how="semi").is_empty():
        return table.schema.to_frame()
    return read_box(writer, table, keys).join(keys, on=on, how="semi", nulls_equal=True)


def scan_table(writer: Writer, table: Table) -> pl.LazyFrame:
    """Everything in ``table`` as this writer sees it."""
    return _scan(writer, table).select(table.names).cast(table.schema)


def _scan(writer: Writer, table: Table) -> pl.LazyFrame:
    """The files of ``table`` with the columns they have."""
    files = writer.files(table.name)
    if not files:
        return table.schema.to_frame().lazy()
    if "://" not in writer.uri:
        # Not scan_delta: it looks for folders with a blank or a Chinese name under their
        # percent-encoded name.
        return pl.scan_parquet(
            list(files),
            glob=False,
            hive_partitioning=bool(table.partition_by),
            hive_schema=dict.fromkeys(table.partition_by, pl.String()) or None,
        )
    return pl.scan_delta(writer.table(table.name))


def rewrite(writer: Writer, table: Table, rows: pl.DataFrame) -> None:
    """Make ``rows`` the whole content of ``table``; for reference tables, which are small."""
    _commit(writer, table, rows, "overwrite")


def tidy(writer: Writer, table: Table, *, most_files: int) -> None:
    """Write every partition again, sorted, in one file, that lies in more than ``most_files``."""
    crowded = _partitions(writer, table).filter(pl.col("files") > most_files).drop("files")
    for partition in crowded.rows(named=True):
        _rewrite_partition(writer, table, scan_table(writer, table), partition)


def _rewrite_partition(
    writer: Writer, table: Table, rows: pl.LazyFrame, partition: Mapping[str, str]
) -> None:
    """Put ``rows``, as far as they are of a partition, in the place of what it holds."""
    own = rows.filter(pl.lit(value=True), *(pl.col(c) == v for c, v in partition.items()))
    only_it = " and ".join(f"{c} = {_literal(v)}" for c, v in partition.items()) or None
    _commit(writer, table, own.collect(), "overwrite", only_it)
