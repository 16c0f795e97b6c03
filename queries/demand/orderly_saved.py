"""What is kept of a plan when it is saved: its inputs, its levels and its roster."""

from datetime import date
from typing import Any

import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand.orderly_plan import READS as PLAN_READS
from queries.demand.orderly_plan import orderly_plan, quotas_of
from queries.demand.orderly_tables import QUOTA_ROWS

RETURNS = QUOTA_ROWS
READS = PLAN_READS


def orderly_saved(  # noqa: PLR0913 - as ``orderly_use``
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    terms: str = "",
    year: int | None = None,
) -> pl.DataFrame:
    """The roster of all levels as records keep it; inputs are those of ``orderly_use``.

    Returns:
        A row a level and usage point with a quota: its loads and what each measure gives [kW];
        ``customer_id`` is null where no register knows it.
    """
    asked: dict[str, Any] = {"first_day": first_day, "last_day": last_day, "region_id": region_id}
    found = quotas_of(orderly_plan(lake, **asked, terms=terms, year=year))
    if found.is_empty():
        return RETURNS.to_frame()
    return found.sort("level", "usage_point_id").select(RETURNS.names())
