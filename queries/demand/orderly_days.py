"""On which days was a plan of orderly use in force?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.orderly_plans import READS as PLAN_READS
from queries.demand.orderly_plans import orderly_plans
from queries.demand.orderly_tables import DAY_ROWS, day_rows
from queries.lake import records_of

RETURNS = DAY_ROWS
READS = PLAN_READS


def orderly_days(lake: DuckDBPyConnection, *, plan_id: str) -> pl.DataFrame:
    """Days on which a plan was written down as called, the latest first; none is withdrawn.

    Args:
        lake: From ``queries.lake.open_lake``.
        plan_id: The plan; its roster names somebody in the user's scope, else there is no row.

    Returns:
        ``service_date`` (ISO), ``level``, hours [min after midnight, standard time], the
        ``roster_version`` that held, who wrote it down and when (ISO 8601, UTC). Never null.
    """
    if plan_id not in orderly_plans(lake)["plan_id"].to_list():
        return RETURNS.to_frame()
    return day_rows(records_of(lake), plan_id)
