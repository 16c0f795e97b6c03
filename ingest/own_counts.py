"""How many meters terminals say they read, in the lake: the latest run of a day stands."""

import polars as pl

from ingest.lake import Writer, read_box, upsert
from ingest.merge import Arrival
from queries.schema import TERMINAL_COUNTS

_LATER = ["started_at", "ended_at", "received_messages", "read_meters", "due_meters"]
"""By what one count is later than another of the same day: a run that began later, and within one
run its end and what grows until then. Never by arrival, so that a replay in any order is the same.
"""


def latest_counts(counts: pl.DataFrame) -> pl.DataFrame:
    """Of several counts with one key of ``terminal_counts`` the latest."""
    rest = [name for name in counts.columns if name not in _LATER and name not in _ARRIVED]
    return (
        counts.sort(*_LATER, *rest, nulls_last=False)
        .unique(list(TERMINAL_COUNTS.key), keep="last", maintain_order=True)
        .sort(list(TERMINAL_COUNTS.key))
    )


_ARRIVED = ("batch_id", "received_at")


def store_counts(writer: Writer, incoming: pl.DataFrame, arrival: Arrival) -> None:
    """Merge counts (``ingest.batch.COUNTS_READ``): those later than what is held take its place."""
    table = TERMINAL_COUNTS
    arriving = incoming.with_columns(
        pl.col("service_date").dt.strftime("%Y-%m").alias("service_month"),
        pl.lit(arrival.batch_id).alias("batch_id"),
        pl.lit(arrival.received_at).cast(table.schema["received_at"]).alias("received_at"),
    ).select(table.names)
    held = read_box(writer, table, arriving)
    latest = latest_counts(pl.concat([held, arriving]))
    said = [name for name in table.names if name not in _ARRIVED]
    # What says the same as is held already changes nothing, whenever it came.
    upsert(writer, table, latest.join(held, on=said, how="anti", nulls_equal=True))
