"""What is doubtful in the readings, and where?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
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
        "days": pl.Int64(),
        "magnitude": pl.Float64(),
        "evidence": pl.String(),
        "usage_point_id": pl.String(),
        "transformer_id": pl.String(),
        "feeder_id": pl.String(),
        "region_id": pl.String(),
    }
)
READS: tuple[str, ...] = (
    "findings",
    "usage_points",
    "meters",
    "transformers",
    "feeders",
    "substations",
    "regions",
)


def findings(  # noqa: PLR0913 - a question and its inputs
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    rule: str | None = None,
    region_id: str | None = None,
    usage_point_id: str | None = None,
) -> pl.DataFrame:
    """Findings (疑点) that touch some days, the longest first within a rule.

    Args:
        lake: An open lake.
        first_day: Service date, included.
        last_day: Likewise.
        rule: Only this one, such as ``stopped``; None: all.
        region_id: Only what lies in this region or in one inside it; None: all, what no register
            places included.
        usage_point_id: Only what is said of this usage point, of the meters that ever stood there
            and of its transformer area; None: all.

    Returns:
        One row a finding. ``value`` was found where ``expected`` should stand; ``magnitude`` is
        that of the worst day in the unit of the rule (``data/vee.toml``), null where all are
        alike; ``days`` lie between its first and its last day; ``usage_point_id`` (null for an
        area), ``region_id``, ``feeder_id`` and ``transformer_id`` say where the subject hangs
        today, null where the register does not.
    """
    choose_region(lake, region_id)
    return run_sql(
        lake,
        "governance/findings",
        RETURNS,
        first_day=first_day,
        last_day=last_day,
        rule=rule,
        region_id=region_id,
        usage_point_id=usage_point_id,
    )
