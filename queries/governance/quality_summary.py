"""How good are the readings of some days, in one row?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import NO_REGION
from queries.governance.findings import READS as FINDINGS_READS
from queries.governance.findings import findings
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "findings": pl.Int64(),
        "subjects": pl.Int64(),
        "rules": pl.Int64(),
        "expected_slots": pl.Int64(),
        "actual_share": pl.Float64(),
        "estimated_share": pl.Float64(),
        "missing_share": pl.Float64(),
    }
)
READS: tuple[str, ...] = (*FINDINGS_READS, "completeness")


def quality_summary(
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    region_id: str | None = None,
    channel: str = "import",
) -> pl.DataFrame:
    """Findings that touch some days, and how many of the points due were read or estimated.

    Returns:
        One row: ``findings`` about ``subjects`` by ``rules``; shares of the points due that are
        actual, estimated (or substituted) and missing [0–1, adding up to 1], null where none was
        due.
    """
    found = findings(lake, first_day=first_day, last_day=last_day, region_id=region_id)
    return run_sql(
        lake,
        "governance/quality_summary",
        RETURNS,
        first_day=first_day,
        last_day=last_day,
        region_id=region_id,
        no_region=NO_REGION,
        channel=channel,
        findings=found.height,
        subjects=found.n_unique(["what", "subject_id"]),
        rules=found["rule"].n_unique(),
    )
