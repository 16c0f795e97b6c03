"""How many subjects does each rule doubt, day by day and region by region?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.governance.findings import READS as FINDINGS_READS
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "rule": pl.String(),
        "region_id": pl.String(),
        "subjects": pl.Int64(),
        "began": pl.Int64(),
    }
)
READS = FINDINGS_READS


def finding_days(
    lake: DuckDBPyConnection, *, first_day: date, last_day: date, region_id: str | None = None
) -> pl.DataFrame:
    """Usage points, meters and areas under a finding, by day, rule and region.

    Returns:
        One row a day, rule and region with any: ``subjects`` under a finding that day and those
        of them whose finding ``began`` that day. ``region_id`` is null where the register does not
        place the subject; those are only there where no region is asked for.
    """
    choose_region(lake, region_id)
    return run_sql(
        lake,
        "governance/finding_days",
        RETURNS,
        first_day=first_day,
        last_day=last_day,
        region_id=region_id,
    )
