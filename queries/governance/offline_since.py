"""Who has not been read since when?"""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "what": pl.String(),
        "subject_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "transformer_id": pl.String(),
        "region_id": pl.String(),
        "usage_points": pl.Int64(),
        "last_actual_day": pl.Date(),
        "silent_days": pl.Int64(),
        "usage_point_id": pl.String(),
    }
)
READS: tuple[str, ...] = (
    "daily_totals",
    "register_readings",
    "meters",
    "usage_points",
    "transformers",
    "feeders",
    "substations",
    "regions",
)


def offline_since(
    lake: DuckDBPyConnection,
    *,
    day: date,
    region_id: str | None = None,
    least_days: int = 1,
) -> pl.DataFrame:
    """Usage points without any actual reading up to ``day``, and areas where all are so (离线).

    Only points in operation on ``day`` with a meter count. A transformer area (台区) all of whose
    points, two at least, are silent is one row and stands for them: it is the terminal, or the
    power, not every meter.

    Args:
        lake: An open lake.
        day: Service date: what was read later does not count.
        region_id: Only what lies in this region or in one inside it.
        least_days: At least so many days silent, ``day`` being one of them.

    Returns:
        One row an area (``what`` transformer) or usage point, the one silent longest first:
        ``usage_points`` it stands for, ``last_actual_day`` with a curve point or a frozen register
        of any of them, null where there never was one; ``silent_days`` since, null likewise.
    """
    choose_region(lake, region_id)
    return run_sql(
        lake,
        "governance/offline_since",
        RETURNS,
        day=day,
        region_id=region_id,
        least_days=least_days,
    )
