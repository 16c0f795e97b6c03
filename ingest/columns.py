"""Columns declared since a lake was made: which tables lack them, and their rows with nulls there.

Readers name the columns they want in every file, so a table gets new columns by being written
again. That happens once, a block at a time: the size of the table costs time, not memory.
"""

from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.dataset as arrow_dataset
from deltalake import DeltaTable
from polars import CompatLevel

from queries.manifest import filesystem
from queries.schema import Table

_BLOCK_ROWS = 16_384
_BLOCKS_AHEAD = 4


def lacks_columns(uri: str, table: Table, version: int) -> bool:
    """Whether this version of a table was made before one of its columns was declared."""
    held = {
        field.name for field in DeltaTable(f"{uri}/{table.name}", version=version).schema().fields
    }
    return not held.issuperset(table.names)


def widened(uri: str, table: Table, files: tuple[str, ...]) -> pa.RecordBatchReader:
    """All rows in ``files`` with the declared columns, in order; null where a file has none."""
    store, _ = filesystem(uri)
    schema = table.schema.to_frame().to_arrow(compat_level=CompatLevel.oldest()).schema
    layout = pa.schema([schema.field(name) for name in table.partition_by])
    paths = [
        urlsplit(file).netloc + urlsplit(file).path if "://" in file else file for file in files
    ]
    rows = arrow_dataset.dataset(
        paths,
        schema=schema,
        format="parquet",
        filesystem=store,
        partitioning=arrow_dataset.partitioning(layout, flavor="hive"),
    )
    return rows.scanner(
        batch_size=_BLOCK_ROWS, batch_readahead=_BLOCKS_AHEAD, fragment_readahead=1
    ).to_reader()
