"""What home says of the field: only what collectors brought, and only of late."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import polars as pl

from ingest.lake import append, publish, writing
from queries.home.arriving import arriving
from queries.lake import open_lake
from queries.schema import BATCHES
from queries.scope import EVERYTHING
from queries.settings import Settings
from tests.empty_lake import empty_lake

_NOW = datetime(2026, 3, 5, 4, tzinfo=UTC)


def _batch(number: int, minutes_ago: int, form: str, new: int) -> dict:
    return {
        "batch_id": f"b{number}",
        "source": "x",
        "format": form,
        "sha256": str(number),
        "new_readings": new,
        "corrected_readings": 1,
        "unchanged_readings": 7,
        "quarantined": 0,
        "received_at": _NOW - timedelta(minutes=minutes_ago),
    }


def test_only_what_collectors_brought_of_late_counts(tmp_path):
    settings = Settings(data=tmp_path)
    empty_lake(settings)
    rows = [
        _batch(1, 1, "arrivals", 10),
        _batch(2, 5, "arrivals", 20),
        _batch(3, 90, "arrivals", 40),
        _batch(4, 2, "table", 80),
    ]
    with writing(settings) as writer:
        append(writer, BATCHES, pl.DataFrame(rows, schema=BATCHES.schema))
        publish(writer)
    with closing(open_lake(settings, EVERYTHING, reads=("batches",))) as lake:
        found = arriving(lake, since=_NOW - timedelta(minutes=15))
    assert found.row(0) == (_NOW - timedelta(minutes=1), 32, 2)
