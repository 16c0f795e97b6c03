"""What usage points took around noon of every day, beside what they take in the dark."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.run import run_sql

READS = ("daily_features", "usage_points", "transformers", "feeders", "substations", "regions")
ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_class": pl.String(),
        "region_id": pl.String(),
        "day": pl.Int32(),
        "noon_kw": pl.Float32(),
        "floor_kw": pl.Float32(),
        "export_kwh": pl.Float32(),
    }
)


def midday_loads(  # noqa: PLR0913 - an area, a period, what noon is
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    first_hour: int,
    hours: int,
) -> pl.DataFrame:
    """ROWS: a row for every usage point and day of which every hour was read.

    ``noon_kw`` is the mean import of ``hours`` hours from ``first_hour`` (standard time) on,
    ``floor_kw`` the lowest of the dark hours (20 to 5 o'clock), ``export_kwh`` what was fed back.
    """
    choose_area(lake, area_kind, area_id, "daily_features", region_id=region_id)
    return run_sql(
        lake,
        "midday_loads",
        ROWS,
        first_day=first_day,
        last_day=last_day,
        first_hour=first_hour,
        hours=hours,
    )
