"""What a day looks like, by season, kind of day and class of customer."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.day_kinds import DAY_KINDS, SEASONS, Hemisphere, day_kinds
from queries.fleet import LEAST_READINGS_SHARE, Fleet, choose_fleet
from queries.step_loads import READS as STEP_READS
from queries.step_loads import Block, load_blocks

RETURNS = pl.Schema(
    {
        "customer_class": pl.String(),
        "season": pl.String(),
        "day_kind": pl.String(),
        "slot_minute": pl.Int16(),
        "mean_kw": pl.Float64(),
        "daily_mean_share": pl.Float64(),
        "days": pl.Int64(),
        "usage_points": pl.Int64(),
        "left_out_points": pl.Int64(),
        "spread_share": pl.Float64(),
    }
)
READS = STEP_READS

ALL_CLASSES = "all"
"""What stands as ``customer_class`` for all of them together."""

_SHAPE = ["customer_class", "season", "day_kind"]


def daily_shapes(  # noqa: PLR0913 - an area, a period, a step, a calendar
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    step_minutes: int = 30,
    holiday_country: str = "CN",
    hemisphere: Hemisphere = "north",
    least_readings_share: float = LEAST_READINGS_SHARE,
) -> pl.DataFrame:
    """Mean daily shape a usage point, by class of customer, season and kind of day.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included (standard time, no daylight saving: where clocks
            change, summer's habits come an hour early).
        last_day: Last service date, included.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        channel: ``import``, ``export`` …
        step_minutes: Length of a step; meters that read less often are spread over their interval.
        holiday_country: Whose public holidays are rest days (ISO code).
        hemisphere: ``south`` has its winter from June to August.
        least_readings_share: Points that reported less of the period are left out [0–1].

    Returns:
        A row for every ``customer_class`` (null: in no register) and for ``all`` of them, season
        (winter, spring, summer, autumn: whole months), ``day_kind`` (workday, rest_day) and step
        that was ever read: ``slot_minute`` [minutes after midnight], ``mean_kw`` [kW, mean over the
        points and days read], ``daily_mean_share`` [1 is the mean of that shape's day]. ``days`` of
        the kind, ``usage_points`` of the class, ``left_out_points`` of the area, ``spread_share``
        [0–1, of the shape's energy].
    """
    fleet = choose_fleet(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        channel=channel,
        step_minutes=step_minutes,
        least_readings_share=least_readings_share,
    )
    if fleet.points.is_empty():
        return RETURNS.to_frame()
    of_days = _sums_of_days(lake, fleet)
    together = of_days.with_columns(pl.lit(ALL_CLASSES).alias("customer_class"))
    kinds = day_kinds(first_day, last_day, holiday_country=holiday_country, hemisphere=hemisphere)
    shapes = _shapes(pl.concat([of_days, together]).join(kinds, on="service_date"))
    return (
        shapes.join(_counts(fleet.points), on="customer_class", nulls_equal=True)
        .with_columns(pl.lit(fleet.left_out_points, pl.Int64).alias("left_out_points"))
        .sort(
            pl.col("customer_class").eq_missing(pl.lit(ALL_CLASSES)),
            "customer_class",
            pl.col("season").replace_strict(SEASONS, range(len(SEASONS))),
            pl.col("day_kind").replace_strict(DAY_KINDS, range(len(DAY_KINDS))),
            "slot_minute",
            nulls_last=True,
        )
        .select(RETURNS.names())
    )


def _sums_of_days(lake: DuckDBPyConnection, fleet: Fleet) -> pl.DataFrame:
    """Load, spread load and points read of every step, by customer class."""
    classes = fleet.points["customer_class"]
    steps = fleet.days * fleet.steps_per_day
    sums = {name: np.zeros((3, steps)) for name in classes.unique(maintain_order=True)}
    for block in load_blocks(lake, fleet):
        of_block = classes.slice(block.first, len(block.load_kw))
        for name in of_block.unique():
            sums[name] += _sums(block, of_block.eq_missing(pl.Series([name], dtype=pl.String)))
    days = [fleet.first_day + timedelta(days=day) for day in range(fleet.days)]
    slot_minutes = np.arange(fleet.steps_per_day, dtype=np.int16) * fleet.step_minutes
    return pl.concat(
        pl.DataFrame(
            {
                "customer_class": pl.Series([name], dtype=pl.String).new_from_index(0, steps),
                "service_date": pl.Series(
                    np.repeat(np.array(days, "datetime64[D]"), fleet.steps_per_day)
                ),
                "slot_minute": np.tile(slot_minutes, fleet.days),
                "load_kw": load_kw,
                "spread_kw": spread_kw,
                "points": points,
            }
        )
        for name, (load_kw, spread_kw, points) in sums.items()
    )


def _sums(block: Block, chosen: pl.Series) -> np.ndarray:
    """Load, spread load and number of points read of every step, (3, steps)."""
    load_kw = block.load_kw[chosen.to_numpy()]
    spread = block.spread_share[chosen.to_numpy()]
    is_read = ~np.isnan(load_kw)
    read_kw = np.where(is_read, load_kw, 0)
    return np.stack(
        [
            read_kw.sum(axis=0, dtype=np.float64),
            (read_kw * spread[:, None]).sum(axis=0, dtype=np.float64),
            is_read.sum(axis=0),
        ]
    )


def _shapes(of_days: pl.DataFrame) -> pl.DataFrame:
    points = pl.col("points").sum()
    of_slots = of_days.group_by(*_SHAPE, "slot_minute").agg(
        (pl.col("load_kw").sum() / pl.when(points > 0).then(points)).alias("mean_kw"),
        pl.col("load_kw").sum(),
        pl.col("spread_kw").sum(),
        pl.col("service_date").n_unique().cast(pl.Int64).alias("days"),
    )
    mean_kw = pl.col("mean_kw").mean().over(_SHAPE)
    energy = pl.col("load_kw").sum().over(_SHAPE)
    return of_slots.drop_nulls("mean_kw").with_columns(
        (pl.col("mean_kw") / pl.when(mean_kw != 0).then(mean_kw)).alias("daily_mean_share"),
        (pl.col("spread_kw").sum().over(_SHAPE) / pl.when(energy != 0).then(energy)).alias(
            "spread_share"
        ),
    )


def _counts(points: pl.DataFrame) -> pl.DataFrame:
    """Points by class, and all together."""
    together = points.with_columns(pl.lit(ALL_CLASSES).alias("customer_class"))
    return (
        pl.concat([points, together])
        .group_by("customer_class")
        .agg(pl.len().cast(pl.Int64).alias("usage_points"))
    )
