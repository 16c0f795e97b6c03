"""What is doubtful about one usage point?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "rule": pl.String(),
        "what": pl.String(),
        "subject_id": pl.String(),
        "found_in": pl.String(),
        "value": pl.String(),
        "expected": pl.String(),
        "first_day": pl.Date(),
        "last_day": pl.Date(),
        "magnitude": pl.Float64(),
        "evidence": pl.String(),
    }
)
READS: tuple[str, ...] = (
    "findings",
    "usage_points",
    "meters",
    "transformers",
    "feeders",
    "substations",
)


def usage_point_findings(
    lake: DuckDBPyConnection, *, usage_point_id: str, first_day: date, last_day: date
) -> pl.DataFrame:
    """Findings of a usage point, of the meters that stood there, and of its transformer area.

    Returns:
        One row a finding that touches the days, in order of time; ``magnitude`` is null where all
        days are alike.
    """
    return run_sql(
        lake,
        "governance/usage_point_findings",
        RETURNS,
        usage_point_id=usage_point_id,
        first_day=first_day,
        last_day=last_day,
    )
