"""What region and industry took on every day, quarter of an hour by quarter of an hour."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS

READS = ("energy_profiles",)

_ROWS = pl.Schema(
    {
        "region_id": pl.String(),
        "division": pl.String(),
        "service_date": pl.Date(),
        "interval_minutes": pl.Int16(),
        **dict.fromkeys(SLOTS, pl.Int64()),
    }
)


def segment_days(first_day: date, lake: DuckDBPyConnection) -> pl.DataFrame:
    """A row a region, division of industries and day; quarters in Wh, null where nothing was read.

    The area and its segments must have been chosen before (``choose_area``, ``choose_segments``).
    Longer intervals are spread evenly over their quarters.
    """
    rows = run_sql(lake, "market/outlook_days", _ROWS, first_day=first_day)
    parts = [_spread(part, int(str(m))) for (m,), part in rows.group_by("interval_minutes")]
    if not parts:
        return rows.drop("interval_minutes").cast(dict.fromkeys(SLOTS, pl.Float64))
    by = ["region_id", "division", "service_date"]
    read = [pl.when(pl.col(s).count() > 0).then(pl.col(s).sum()).alias(s) for s in SLOTS]
    return pl.concat(parts).group_by(by).agg(read).sort(by)


def _spread(rows: pl.DataFrame, minutes: int) -> pl.DataFrame:
    length = minutes // SLOT_MINUTES
    return rows.drop("interval_minutes").with_columns(
        (pl.col(SLOTS[number - number % length]).cast(pl.Float64) / length).alias(slot)
        for number, slot in enumerate(SLOTS)
    )
