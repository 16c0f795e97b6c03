"""Up to which moment is a usage point, or the part of the grid it hangs on, known?"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from duckdb import DuckDBPyConnection

from queries.lake import lake_state
from queries.local_time import standard_offset
from queries.schema import SLOT_MINUTES, SLOTS, UTC_INSTANT

RETURNS = pl.Schema({"usage_point_id": pl.String(), "at": UTC_INSTANT})
READS = ("energy_profiles",)


def latest_moment(lake: DuckDBPyConnection, *, usage_point_id: str, day: date) -> pl.DataFrame:
    """The start of the last interval that was read on ``day``.

    Args:
        lake: From ``queries.lake.open_lake``.
        usage_point_id: In the scope.
        day: Service date.

    Returns:
        One row; no row, and so null everywhere, where nothing was read on that day.
    """
    rows = lake.sql(
        f"""
        select {", ".join(SLOTS)}
        from energy_profiles
        where usage_point_id = $point and channel = 'import' and service_date = $day
            and service_month = strftime($day::date, '%Y-%m')
        """,  # noqa: S608 - columns of the schema
        params={"point": usage_point_id, "day": day},
    ).fetchall()
    read = [number for row in rows for number, value in enumerate(row) if value is not None]
    if not read:
        return pl.DataFrame(schema=RETURNS)
    offset = standard_offset(ZoneInfo(lake_state(lake).zone_name), day.year)
    midnight = pl.Series([day]).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")[0]
    at = midnight + timedelta(minutes=max(read) * SLOT_MINUTES) - offset
    return pl.DataFrame([{"usage_point_id": usage_point_id, "at": at}], schema=RETURNS)
