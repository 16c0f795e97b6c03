"""Keep the lake in order: one sorted file a partition again, and no files nobody reads."""

from collections.abc import Iterator

import polars as pl
from deltalake import DeltaTable

from ingest.lake import Writer, publish, rewrite, rewrite_partition, scan_table, writing
from queries.schema import TABLES, Table
from queries.settings import Settings

_RETENTION_HOURS = 7 * 24  # a reader that opened the lake keeps its files for a week
_FILES_TOO_MANY = 4


def compact(settings: Settings, *, everything: bool = False) -> Iterator[tuple[str, int, int]]:
    """Rewrite partitions that lie in many files; yield (table, files before, files after).

    Every table is published by itself, so a kill loses at most the table at work. ``everything``
    rewrites whatever is in more than one file.
    """
    limit = 1 if everything else _FILES_TOO_MANY
    for table in TABLES.values():
        with writing(settings) as writer:
            before = len(writer.files(table.name))
            _compact_table(writer, table, limit)
            publish(writer)
            after = len(writer.files(table.name))
            _clean(writer, table)
        if after != before:
            yield table.name, before, after


def _compact_table(writer: Writer, table: Table, limit: int) -> None:
    if not table.partition_by:
        if len(writer.files(table.name)) > limit and table.name != "raw":
            rewrite(writer, table, scan_table(writer, table).collect())
        return
    delta = DeltaTable(f"{writer.uri}/{table.name}", version=writer.versions[table.name])
    files = pl.DataFrame(delta.get_add_actions(flatten=True))
    layout = [f"partition.{column}" for column in table.partition_by]
    for row in files.group_by(layout).len().filter(pl.col("len") > limit).iter_rows(named=True):
        rewrite_partition(writer, table, {c: row[f"partition.{c}"] for c in table.partition_by})


def _clean(writer: Writer, table: Table) -> None:
    delta = DeltaTable(f"{writer.uri}/{table.name}")
    delta.create_checkpoint()
    # "full" also finds what a killed writer left without ever committing it
    delta.vacuum(_RETENTION_HOURS, dry_run=False, full=True)
