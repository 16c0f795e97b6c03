"""Which shapes the days of customers have, and how often."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind, choose_area
from queries.customers.shape_dictionary import MOST_ERROR_SHARE, shape_dictionary
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "shape": pl.Int64(),
        "hour_shares": pl.List(pl.Float64()),
        "highest_hour": pl.Int64(),
        "days_share": pl.Float64(),
        "usage_points": pl.Int64(),
        "rest_day_share": pl.Float64(),
        "own_within_share": pl.Float64(),
        "within_share": pl.Float64(),
        "days": pl.Int64(),
    }
)
READS = ("daily_features", "usage_points", "transformers", "feeders", "substations", "regions")

MOST_DAYS = 20_000
_DAYS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "service_date": pl.Date(),
        "is_weekend": pl.Boolean(),
        "hours": pl.List(pl.Int32()),
    }
)


def day_shapes(  # noqa: PLR0913 - an area and a period
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """The dictionary of daily shapes of an area's customers; see ``shape_dictionary``.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included.
        last_day: Last service date, included.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        One row a shape, the most frequent first: ``hour_shares`` (24 hours of standard time) add up
        to 1; ``days_share`` of the days have it, with ``rest_day_share`` of these on a weekend;
        ``usage_points`` have it on one day in ten or more. ``within_share`` of all days lie within
        the error bound of their shape, ``own_within_share`` of those of this shape. Of more than
        MOST_DAYS days so many are taken, the same ones every time.
        Days with a missing hour or without use have no shape.
    """
    days = whole_days(
        (first_day, last_day), lake, area_kind=area_kind, area_id=area_id, region_id=region_id
    )
    if days.is_empty():
        return RETURNS.to_frame()
    shares = hour_shares(days)
    found = shape_dictionary(shares)
    shape, is_within = found.nearest(shares), found.error_share(shares) <= MOST_ERROR_SHARE
    of_points = days.select("usage_point_id").with_columns(pl.Series("shape", shape))
    often = (
        of_points.group_by("usage_point_id", "shape")
        .agg(pl.len())
        .filter(pl.col("len") >= 0.1 * pl.col("len").sum().over("usage_point_id"))
        .group_by("shape")
        .agg(pl.len().cast(pl.Int64).alias("usage_points"))
    )
    weekend = days["is_weekend"].to_numpy()
    rows = [
        {
            "shape": number,
            "hour_shares": of_hours.tolist(),
            "highest_hour": int(of_hours.argmax()),
            "days_share": float(count / len(shares)),
            "rest_day_share": float(weekend[shape == number].mean()) if count else None,
            "own_within_share": float(is_within[shape == number].mean()) if count else None,
            "within_share": found.within_share,
            "days": len(shares),
        }
        for number, (of_hours, count) in enumerate(zip(found.shapes, found.days, strict=True))
    ]
    told = pl.DataFrame(rows, schema={n: t for n, t in RETURNS.items() if n != "usage_points"})
    return told.join(often, on="shape", how="left").select(RETURNS.names()).sort("shape")


def whole_days(
    period: tuple[date, date],
    lake: DuckDBPyConnection,
    *,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """Whole days with use in an area, at most MOST_DAYS: ``hours`` is their energy [Wh]."""
    first_day, last_day = period
    choose_area(lake, area_kind, area_id, "daily_features", region_id=region_id)
    return run_sql(
        lake,
        "customers/day_shapes",
        _DAYS,
        first_day=first_day,
        last_day=last_day,
        first_month=f"{first_day:%Y-%m}",
        last_month=f"{last_day:%Y-%m}",
        most_days=MOST_DAYS,
    )


def hour_shares(days: pl.DataFrame) -> np.ndarray:
    """Every day's energy by hour, adding up to 1 (days, 24)."""
    hours = np.array(days["hours"].to_list(), dtype=np.float64)
    return hours / hours.sum(axis=1, keepdims=True)
