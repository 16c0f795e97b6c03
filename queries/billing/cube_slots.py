"""Sum and maximum of every slot over the days of each kind, from the day rows."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql
from queries.schema import SLOTS

HIGHEST = [f"m{slot}" for slot in SLOTS]
"""The columns of maxima."""
ROWS = pl.Schema(
    {
        "kind": pl.Int32(),
        "usage_point_id": pl.String(),
        "interval_minutes": pl.Int16(),
        **dict.fromkeys([*SLOTS, *HIGHEST], pl.Int64()),
    }
)


def slot_rows(first_day: date, last_day: date, lake: DuckDBPyConnection) -> pl.DataFrame:
    """ROWS of the named points and days (``cube_days``): a row a kind, point and interval [Wh]."""
    name_profiles(lake)
    return run_sql(lake, "billing/cube_slots", ROWS, first_day=first_day, last_day=last_day)


def name_profiles(cursor: DuckDBPyConnection) -> None:
    """Make the view of the imports that the SQL reads."""
    cursor.execute(f"create or replace temp view cube_profiles as {_imported(cursor)}")


def _imported(cursor: DuckDBPyConnection) -> str:
    """Imported energy by point and day; a point's registers added where there are several."""
    slots = ", ".join(SLOTS)
    numbered = "select 1 from energy_profiles where channel like 'import.%' limit 1"
    if not cursor.sql(numbered).fetchall():
        return (
            f"select usage_point_id, service_date, interval_minutes, {slots} "  # noqa: S608
            "from energy_profiles where channel = 'import'"
        )
    added = ", ".join(f"sum({slot}) as {slot}" for slot in SLOTS)
    return (
        f"select usage_point_id, service_date, interval_minutes, {added} "  # noqa: S608
        "from energy_profiles where channel = 'import' or starts_with(channel, 'import.') "
        "group by usage_point_id, service_date, interval_minutes"
    )
