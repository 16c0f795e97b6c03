"""Keep the lake in order: one sorted file a partition again, and no files nobody reads."""

from collections.abc import Iterator

from deltalake import DeltaTable

from ingest.lake import Writer, publish, tidy, writing
from queries.schema import RAW, TABLES, Table
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
            if table is not RAW:
                tidy(writer, table, most_files=limit)
            publish(writer)
            after = len(writer.files(table.name))
            _clean(writer, table)
        if after != before:
            yield table.name, before, after


def _clean(writer: Writer, table: Table) -> None:
    delta = DeltaTable(f"{writer.uri}/{table.name}")
    delta.create_checkpoint()
    # "full" also finds what a killed writer left without ever committing it
    delta.vacuum(_RETENTION_HOURS, dry_run=False, full=True)
