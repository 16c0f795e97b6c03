"""Who changed a plan of orderly use when, and what became of it?"""

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.orderly_plans import READS as PLAN_READS
from queries.demand.orderly_plans import orderly_plans
from queries.demand.orderly_tables import VERSION_ROWS, version_rows
from queries.lake import records_of

RETURNS = VERSION_ROWS
READS = PLAN_READS


def orderly_versions(lake: DuckDBPyConnection, *, plan_id: str) -> pl.DataFrame:
    """Every version of a plan, the newest first: drafted, redrafted, approved, in force, ended.

    Args:
        lake: From ``queries.lake.open_lake``.
        plan_id: The plan; its roster names somebody in the user's scope, else there is no row.

    Returns:
        Name and state then, who changed it and when (ISO 8601, UTC), and the ``roster_version``
        that held. Never null.
    """
    if plan_id not in orderly_plans(lake)["plan_id"].to_list():
        return RETURNS.to_frame()
    return version_rows(records_of(lake), plan_id)
