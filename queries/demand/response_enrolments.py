"""Who takes part in a programme of demand response?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand import response_records
from queries.demand.response_availability import hours_text, read_availability

_HOURS = {"workday_hours": pl.String(), "rest_day_hours": pl.String()}
RETURNS = pl.Schema(
    {
        **{n: k for n, k in response_records.ENROLMENTS.items() if n != "availability"},
        **_HOURS,
    }
)
READS = response_records.READS


def response_enrolments(lake: DuckDBPyConnection, *, programme_id: str) -> pl.DataFrame:
    """Enrolments (参与用户) of a programme in the scope, by usage point and first day.

    Args:
        lake: From ``queries.lake.open_lake``.
        programme_id: Which.

    Returns:
        A row an enrolment, with the columns a list of enrolments is read by. ``last_day`` null:
        until further notice; ``accepted_on`` null: not yet; hours empty: the whole day, ``-``:
        never.
    """
    rows = response_records.enrolments(lake, programme_id)
    hours = [read_availability(one) for one in rows["availability"]]
    return rows.with_columns(
        workday_hours=pl.Series([hours_text(one.workday) for one in hours], dtype=pl.String),
        rest_day_hours=pl.Series([hours_text(one.rest_day) for one in hours], dtype=pl.String),
    ).select(RETURNS.names())
