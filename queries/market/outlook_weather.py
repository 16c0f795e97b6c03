"""The temperature of every day, by region."""

from zoneinfo import ZoneInfo

import polars as pl
from duckdb import DuckDBPyConnection

from queries.lake import lake_state
from queries.local_time import standard_offset
from queries.run import run_sql

READS = ("weather", "regions")

_ROWS = pl.Schema(
    {"region_id": pl.String(), "service_date": pl.Date(), "temperature_c": pl.Float64()}
)
_ANY_YEAR = 2024  # standard time has no seasons


def daily_temperatures(regions: list[str], lake: DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """``service_date`` and ``temperature_c`` [°C, mean of the day] by region.

    A region without weather of its own has that of the nearest region around it; one without any
    is left out.
    """
    zone = ZoneInfo(lake_state(lake).zone_name)
    minutes = int(standard_offset(zone, _ANY_YEAR).total_seconds() // 60)
    rows = run_sql(lake, "market/outlook_weather", _ROWS, offset_minutes=minutes)
    known = {
        str(region): part.drop("region_id")
        for (region,), part in rows.group_by("region_id", maintain_order=True)
    }
    pairs = lake.sql("select region_id, parent_region_id from regions").fetchall()
    parents: dict[str, str | None] = dict(pairs)
    found = {}
    for region in regions:
        nearest, seen = region, set()
        while nearest is not None and nearest not in known and nearest not in seen:
            seen.add(nearest)
            nearest = parents.get(nearest)
        if nearest in known:
            found[region] = known[nearest]
    return found
