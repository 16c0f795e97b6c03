"""Daily features of days that were read before there was such a table."""

import polars as pl

from ingest.lake import Writer, append, publish, read_box, scan_table, writing
from queries.derived.daily_features import daily_features
from queries.schema import DAILY_FEATURES, DAILY_TOTALS, ENERGY_PROFILES, Table
from queries.settings import Settings

_PARTITION = ["channel", "service_month"]


def fill_features(settings: Settings) -> int:
    """Derive what ``daily_features`` lacks of a lake of an earlier version; return the rows added.

    Each month of a channel is published by itself: a run that is cut off goes on where it ended.
    """
    added = 0
    with writing(settings) as writer:
        for partition in _short(writer).rows(named=True):
            added += _fill(writer, partition)
            publish(writer)
    return added


def _short(writer: Writer) -> pl.DataFrame:
    """The partitions of active energy with fewer features than totals."""
    totals = _rows(writer, DAILY_TOTALS).filter(pl.col("channel").str.contains("^(import|export)"))
    features = _rows(writer, DAILY_FEATURES)
    return (
        totals.join(features, on=_PARTITION, how="left", suffix="_there")
        .filter(pl.col("rows") > pl.col("rows_there").fill_null(0))
        .select(_PARTITION)
        .sort(_PARTITION)
    )


def _rows(writer: Writer, table: Table) -> pl.DataFrame:
    """How many rows each partition holds, from the table's log alone."""
    files = pl.DataFrame(writer.table(table.name).get_add_actions(flatten=True))
    if files.is_empty():
        return pl.DataFrame(schema={**dict.fromkeys(_PARTITION, pl.String()), "rows": pl.Int64()})
    named = [pl.col(f"partition.{column}").cast(pl.String).alias(column) for column in _PARTITION]
    return files.group_by(named).agg(rows=pl.col("num_records").sum())


def _fill(writer: Writer, partition: dict[str, str]) -> int:
    is_of = [pl.col(column) == value for column, value in partition.items()]
    profiles = read_box(writer, ENERGY_PROFILES, pl.DataFrame([partition]))
    there = scan_table(writer, DAILY_FEATURES).filter(*is_of).select(DAILY_FEATURES.key).collect()
    due = profiles.join(there, on=list(DAILY_FEATURES.key), how="anti")
    version = writer.versions[ENERGY_PROFILES.name]
    append(writer, DAILY_FEATURES, daily_features(due, profile_version=version))
    return due.height
