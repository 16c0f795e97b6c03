"""The weather over every customer of a scenario, hour by hour."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_area
from queries.daily_weather import READS as WEATHER_READS
from queries.daily_weather import daily_weather
from queries.demand.what_if_terms import WhatIf
from queries.lake import lake_state
from queries.local_time import standard_offset

READS = WEATHER_READS

NO_SKY = -1
_HOURS = 24
_TEMPERATURES = """
select
    region_id,
    (valid_at at time zone 'UTC' + to_minutes($offset_minutes::integer))::date as service_date,
    extract(
        hour from valid_at at time zone 'UTC' + to_minutes($offset_minutes::integer)
    )::integer as hour,
    avg(temperature_c)::double as temperature_c
from weather
where issued_at is null
    and temperature_c is not null
    and valid_at >= $first_day::date - 2
    and valid_at < $last_day::date + 2
group by all
order by region_id, service_date, hour
"""


def temperatures(what_if: WhatIf, source: DuckDBPyConnection) -> dict[str, np.ndarray]:
    """Observed temperature by region, (days, 24) [°C], as ``filled_hours``."""
    zone = ZoneInfo(lake_state(source).zone_name)
    asked = {"first_day": what_if.first_day, "last_day": what_if.last_day}
    minutes = standard_offset(zone, what_if.first_day.year).total_seconds() // 60
    rows = source.sql(_TEMPERATURES, params={**asked, "offset_minutes": minutes}).pl()
    return filled_hours(rows, "temperature_c", **asked)


def filled_hours(
    rows: pl.DataFrame, column: str, *, first_day: date, last_day: date
) -> dict[str, np.ndarray]:
    """A column by region, (days, 24); hours not observed are those of the day before or after.

    A region in which some hour was never observed is left out.
    """
    days = (last_day - first_day).days + 1
    every = pl.DataFrame(
        {
            "service_date": [first_day + timedelta(n) for n in range(days) for _ in range(_HOURS)],
            "hour": pl.Series(list(range(_HOURS)) * days, dtype=pl.Int32),
        }
    )
    found = {}
    for (name,), own in rows.group_by("region_id", maintain_order=True):
        placed = every.join(own, on=["service_date", "hour"], how="left", maintain_order="left")
        hours = placed[column].to_numpy().reshape(days, _HOURS)
        if np.isnan(hours).all(axis=0).any():
            continue
        filled = pl.DataFrame(hours).select(pl.all().fill_nan(None).forward_fill().backward_fill())
        found[str(name)] = filled.to_numpy()
    return found


def sky_of(
    what_if: WhatIf, points: pl.DataFrame, names: list[str], source: DuckDBPyConnection
) -> np.ndarray:
    """Place among ``names`` of the weather each customer has, NO_SKY without, (customers,)."""
    choose_area(source, "all", None, region_id=what_if.region_id)
    asked = {"first_day": what_if.first_day, "last_day": what_if.last_day}
    regions = daily_weather(source, **asked).select("region_id", "weather_region_id").unique()
    return (
        points.select("region_id")
        .join(regions, on="region_id", how="left", maintain_order="left")["weather_region_id"]
        .replace_strict(names, range(len(names)), default=NO_SKY, return_dtype=pl.Int64)
        .to_numpy()
    )
