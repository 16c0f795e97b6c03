"""The files of the sample folder: which tables they hold, their columns, how they are written."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from ingest.batch import PROFILES_READ
from queries.schema import REFERENCE_TABLES, SLOTS, Table, check

PROFILES_FILE = "energy_profiles.parquet"
_KEPT_BY_THE_LAKE = {"known_from", "known_until", "batch_id"}
_ROWS_PER_GROUP = 32_768
_ZSTD_LEVEL = 19


def reference_schema(table: Table) -> pl.Schema:
    """The columns of ``table`` that a source can know: without those that the lake adds."""
    return pl.Schema({n: t for n, t in table.schema.items() if n not in _KEPT_BY_THE_LAKE})


REFERENCE_READ: dict[str, pl.Schema] = {t.name: reference_schema(t) for t in REFERENCE_TABLES}
"""Every reference table's columns as a source delivers them, by table name."""


def reference_frame(name: str, known: pl.DataFrame) -> pl.DataFrame:
    """``known`` as the reference table ``name``: its columns, null where nothing is known."""
    schema = REFERENCE_READ[name]
    return known.select(
        (pl.col(column) if column in known.columns else pl.lit(None)).cast(dtype).alias(column)
        for column, dtype in schema.items()
    )


def read_reference(folder: Path) -> dict[str, pl.DataFrame]:
    """The reference tables in ``folder``, by name, with REFERENCE_READ's columns."""
    return {
        name: check(name, pl.read_csv(folder / f"{name}.csv", schema=schema), schema)
        for name, schema in REFERENCE_READ.items()
    }


def write_reference(folder: Path, tables: dict[str, pl.DataFrame]) -> None:
    """Write every reference table as UTF-8 CSV; an empty table is its header alone."""
    for name, schema in REFERENCE_READ.items():
        check(name, tables[name], schema).write_csv(folder / f"{name}.csv")


def write_profiles(folder: Path, profiles: pl.DataFrame) -> Path:
    """Write day profiles (PROFILES_READ) as small as they get; returns the file.

    Customers of one SimBench profile and size have equal curves. Byte-aligned slots let zstd find
    them: 13 MB, against 20 MB with the lake's DELTA_BINARY_PACKED.
    """
    path = folder / PROFILES_FILE
    pq.write_table(
        check("profiles", profiles, PROFILES_READ).to_arrow(),
        path,
        compression="zstd",
        compression_level=_ZSTD_LEVEL,
        use_dictionary=False,
        column_encoding={"service_date": "DELTA_BINARY_PACKED"}
        | dict.fromkeys(SLOTS, "BYTE_STREAM_SPLIT"),
        row_group_size=_ROWS_PER_GROUP,
    )
    return path
