"""Daily features of days that were read before there was such a table, or less in it."""

import polars as pl

from ingest.lake import Writer, publish, read_box, scan_table, upsert, writing
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
    """The partitions of active energy with fewer features than totals, or with older ones."""
    is_older = pl.col("partial_wh").is_null().any()
    older = scan_table(writer, DAILY_FEATURES).group_by(_PARTITION).agg(is_older=is_older)
    is_active = pl.col("channel").str.contains("^(import|export)")
    totals = _rows(writer, DAILY_TOTALS).filter(is_active)
    features = _rows(writer, DAILY_FEATURES)
    return (
        totals.join(features, on=_PARTITION, how="left", suffix="_there")
        .join(older.collect(), on=_PARTITION, how="left")
        .filter((pl.col("rows") > pl.col("rows_there").fill_null(0)) | pl.col("is_older"))
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
    whole = scan_table(writer, DAILY_FEATURES).filter(*is_of, pl.col("partial_wh").is_not_null())
    there = whole.select(DAILY_FEATURES.key).collect()
    due = profiles.join(there, on=list(DAILY_FEATURES.key), how="anti")
    version = writer.versions[ENERGY_PROFILES.name]
    upsert(writer, DAILY_FEATURES, daily_features(due, profile_version=version))
    return due.height
