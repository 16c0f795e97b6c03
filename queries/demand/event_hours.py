"""What load will a day have, and in which hours would an event help most?"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.event_day import READS as DAY_READS
from queries.demand.event_day import district_day
from queries.lake import lake_state
from queries.local_time import standard_offset
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

RETURNS = pl.Schema(
    {
        "local_minute": pl.Int64(),
        "load_kw": pl.Float64(),
        "load_basis": pl.String(),
        "is_suggested": pl.Boolean(),
    }
)
READS = DAY_READS


def event_hours(
    lake: DuckDBPyConnection, *, day: date, minutes: int = 120, region_id: str | None = None
) -> pl.DataFrame:
    """Load of a day in a district, and the hours in which it is highest.

    Args:
        lake: From ``queries.lake.open_lake``.
        day: Local date, ahead or past: only what was known before it is used.
        minutes: Length of the event.
        region_id: The district; None: all in the scope, of which no forecast is stored.

    Returns:
        A row a quarter of an hour. ``load_basis``: forecast, usual (mean of the latest five days
        of the same kind) or nothing. ``is_suggested``: the ``minutes`` together with the highest
        mean load, on the half-hour; none where nothing is known. ``load_kw`` is null where it is
        not known.
    """
    found = district_day(lake, day, region_id)
    zone = ZoneInfo(lake_state(lake).zone_name)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    # Hours are local: where the clock is an hour on, what standard time says comes an hour later.
    moved = (noon.utcoffset() or timedelta()) - standard_offset(zone, day.year)
    load_kw = np.roll(found.load_kw, moved // timedelta(minutes=SLOT_MINUTES))
    return pl.DataFrame(
        {
            "local_minute": np.arange(SLOTS_PER_DAY) * SLOT_MINUTES,
            "load_kw": load_kw,
            "load_basis": [found.basis] * SLOTS_PER_DAY,
            "is_suggested": highest_together(load_kw, minutes // SLOT_MINUTES),
        },
        schema=RETURNS,
    ).with_columns(pl.col("load_kw").fill_nan(None))


def highest_together(load_kw: np.ndarray, slots: int) -> np.ndarray:
    """The ``slots`` of a day with the highest mean load, beginning on a half-hour."""
    found = np.zeros(len(load_kw), dtype=bool)
    sums = np.convolve(load_kw, np.ones(slots), mode="valid")[::2]
    if np.isnan(sums).all():
        return found
    first = int(np.nanargmax(sums)) * 2
    found[first : first + slots] = True
    return found


def suggested_minutes(hours: pl.DataFrame) -> tuple[int, int] | None:
    """From when until when [min after midnight] ``event_hours`` suggests; None: it does not."""
    found = hours.filter("is_suggested")["local_minute"].to_list()
    return (found[0], found[-1] + SLOT_MINUTES) if found else None
