"""What an ordinary day of one usage point looks like in each season."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portrait_sums import KINDS
from queries.day_kinds import SEASONS
from queries.run import run_sql

_ROWS = pl.Schema(
    {
        "month": pl.String(),
        "workdays": pl.Int16(),
        "rest_days": pl.Int16(),
        "workday_kwh": pl.List(pl.Float32()),
        "rest_day_kwh": pl.List(pl.Float32()),
    }
)
RETURNS = pl.Schema(
    {
        "season": pl.String(),
        "day_kind": pl.String(),
        "hour": pl.Int8(),
        "load_kw": pl.Float64(),
        "days": pl.Int64(),
    }
)
READS = ("portrait_months",)

_LAST_MONTHS = 12


def portrait_typical_days(lake: DuckDBPyConnection, *, usage_point_id: str) -> pl.DataFrame:
    """Mean load of every hour by season and kind of day, from the last twelve months.

    Returns:
        A row for every season (winter is December to February), ``day_kind`` (``workday``,
        ``rest_day``) and ``hour`` of standard time [0–23]: ``load_kw`` of the ``days`` of which
        every hour was read. No row where there is no such day; nothing is null.
    """
    rows = run_sql(lake, "customers/portrait_typical_days", _ROWS, usage_point_id=usage_point_id)
    rows = rows.tail(_LAST_MONTHS)
    season = rows["month"].str.slice(5, 2).cast(pl.Int64) % 12 // 3
    parts = [RETURNS.to_frame()]
    for number, name in enumerate(SEASONS):
        own = rows.filter(season == number)
        for kind in KINDS:
            days = int(own[f"{kind}s"].sum())
            if not days:
                continue
            hours = own[f"{kind}_kwh"].explode().to_numpy().reshape(-1, 24).sum(axis=0)
            part = pl.DataFrame({"hour": np.arange(24), "load_kw": hours / days}).select(
                pl.lit(name).alias("season"),
                pl.lit(kind).alias("day_kind"),
                pl.col("hour").cast(pl.Int8),
                pl.col("load_kw").cast(pl.Float64),
                pl.lit(days, pl.Int64).alias("days"),
            )
            parts.append(part)
    return pl.concat(parts)
