"""How customers lived in the year before a day: the few figures by which uplift may differ."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portrait_load import PARTS

HABITS = ("mean_kwh", "night_share", "evening_share", "winter_ratio", "summer_ratio")
"""Mean day [kWh]; parts of the day as in portraits; a day of winter and of summer over the mean
day. Worked out anew and not taken from a portrait: of before a campaign there may be none, and
what comes after it is what the campaign changed."""
READS = ("daily_features", "usage_points")
_YEAR = timedelta(days=364)
_LEAST_DAYS = 28
_WINTER, _SUMMER = (12, 1, 2), (6, 7, 8)
_LEAST_OF_SEASON = 14


def habits_before(
    points: Sequence[str] | None, day: date, lake: DuckDBPyConnection
) -> pl.DataFrame:
    """``usage_point_id`` and HABITS of the year that ends the day before ``day``.

    Only days of which all hours were read; null where there are too few of them.

    Args:
        points: Which; None: everybody in sight.
        day: The first that is not looked at.
        lake: From ``queries.lake.open_lake``, opened for READS.
    """
    rows = lake.sql(
        f"""
        with days as (
            select
                features.usage_point_id,
                features.service_date,
                sum({_hours(range(24))})::double / 1000 as kwh,
                sum({_hours(PARTS["night"])})::double / 1000 as night_kwh,
                sum({_hours(PARTS["evening"])})::double / 1000 as evening_kwh
            from daily_features as features
            inner join usage_points using (usage_point_id)
            where ($points is null or list_contains($points, features.usage_point_id))
                and (features.channel = 'import' or starts_with(features.channel, 'import.'))
                and features.hours_read = 24
                and features.service_date >= $first_day
                and features.service_date < $day
            group by features.usage_point_id, features.service_date
        )
        select
            usage_point_id,
            count(*) as days,
            avg(kwh) as mean_kwh,
            sum(night_kwh) / nullif(sum(kwh), 0) as night_share,
            sum(evening_kwh) / nullif(sum(kwh), 0) as evening_share,
            avg(kwh) filter (month(service_date) in {_WINTER}) / nullif(avg(kwh), 0)
                as winter_ratio,
            count(*) filter (month(service_date) in {_WINTER}) as winter_days,
            avg(kwh) filter (month(service_date) in {_SUMMER}) / nullif(avg(kwh), 0)
                as summer_ratio,
            count(*) filter (month(service_date) in {_SUMMER}) as summer_days
        from days
        group by usage_point_id
        order by usage_point_id
        """,  # noqa: S608 - columns and months of our own
        params={
            "points": None if points is None else list(points),
            "first_day": day - _YEAR,
            "day": day,
        },
    ).pl()
    seasons = {"winter_ratio": "winter_days", "summer_ratio": "summer_days"}
    is_known = [
        pl.when(pl.col(days) >= _LEAST_OF_SEASON).then(name).alias(name)
        for name, days in seasons.items()
    ]
    return (
        rows.filter(pl.col("days") >= _LEAST_DAYS)
        .with_columns(is_known)
        .select("usage_point_id", *HABITS)
    )


def habits_of(points: pl.Series, day: date, lake: DuckDBPyConnection) -> pl.DataFrame:
    """HABITS of ``points``, in their order, of the year before ``day``; null: not known."""
    found = habits_before(points.to_list(), day, lake)
    return points.to_frame("usage_point_id").join(
        found, on="usage_point_id", how="left", maintain_order="left"
    )


def as_columns(habits: pl.DataFrame) -> np.ndarray:
    """HABITS as regressions take them, NaN not known: the mean day by its logarithm."""
    rows = habits.select(HABITS).to_numpy().astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        rows[:, 0] = np.where(rows[:, 0] > 0, np.log(rows[:, 0]), np.nan)
    return rows


def _hours(hours: Sequence[int]) -> str:
    return " + ".join(f"features.h{hour:02d}" for hour in hours)
