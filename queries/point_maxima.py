"""What the customers of groups would draw together if each drew its maximum at once."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.point_groups import READS as PLACES_READS
from queries.point_groups import choose_groups
from queries.run import run_sql

RETURNS = pl.Schema(
    {"group_id": pl.String(), "usage_points": pl.Int64(), "maxima_kw": pl.Float64()}
)
READS = ("daily_totals", *PLACES_READS)


def point_maxima(  # noqa: PLR0913 - an area, a period, groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
    channel: str,
    group_by: str,
) -> pl.DataFrame:
    """RETURNS: sum of maxima [kW, of the meters' own intervals] of every group of an area."""
    choose_area(lake, area_kind, area_id, "daily_totals", region_id=region_id)
    choose_groups(lake, group_by)
    return run_sql(
        lake,
        "point_maxima",
        RETURNS,
        first_day=first_day,
        last_day=last_day,
        channel=channel,
    )
