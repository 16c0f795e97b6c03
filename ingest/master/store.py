"""Master data (档案) into the lake's reference tables, with dated history."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from ingest.lake import Writer, rewrite, scan_table
from ingest.master.history import increment
from ingest.master.reading import MasterBatch
from ingest.merge import Arrival
from queries.local_time import standard_offset
from queries.schema import REFERENCE_TABLES


def store_reference(
    writer: Writer, batch: MasterBatch, arrival: Arrival, zone: ZoneInfo, *, is_full: bool = False
) -> Mapping[str, int]:
    """Lay what a file says over what is known; nothing is published yet.

    Args:
        writer: The lake.
        batch: From ``ingest.master.reading.read``.
        arrival: Batch and instant from which it is known.
        zone: Undated rows hold from the arrival's day in this zone's standard time.
        is_full: The file is a complete dump: what it does not name has ended.

    Returns:
        Row versions added, by table; a table without news is absent.
    """
    added = {}
    day = _standard_day(arrival.received_at, zone)
    for table in REFERENCE_TABLES:
        if table.name not in batch.tables:
            continue
        current = scan_table(writer, table).collect()
        after = increment(
            current,
            batch.tables[table.name],
            table=table,
            known_at=arrival.received_at,
            batch_id=arrival.batch_id,
            effective_day=day,
            is_full=is_full and table.name in batch.complete,
            listed=batch.listed.get(table.name),
        )
        news = after.filter(
            (pl.col("batch_id") == arrival.batch_id)
            | (pl.col("known_until") == arrival.received_at)
        )
        if not news.is_empty():
            rewrite(writer, table, after)
            added[table.name] = news.filter(pl.col("batch_id") == arrival.batch_id).height
    return added


def _standard_day(moment: datetime, zone: ZoneInfo) -> date:
    return (moment + standard_offset(zone, moment.year)).date()
