"""How far the peaks of many customers fall together."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.fleet import LEAST_READINGS_SHARE, choose_fleet
from queries.random_groups import GroupLoads, group_loads
from queries.step_loads import READS as STEP_READS

RETURNS = pl.Schema(
    {
        "group_size": pl.Int64(),
        "groups": pl.Int64(),
        "coincidence_share": pl.Float64(),
        "coincidence_low_share": pl.Float64(),
        "coincidence_high_share": pl.Float64(),
        "load_factor_share": pl.Float64(),
        "load_factor_low_share": pl.Float64(),
        "load_factor_high_share": pl.Float64(),
        "usage_points": pl.Int64(),
        "left_out_points": pl.Int64(),
        "spread_share": pl.Float64(),
    }
)
READS = STEP_READS

GROUP_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def coincidence(  # noqa: PLR0913 - an area, a period, a step, the groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    step_minutes: int = 30,
    group_sizes: tuple[int, ...] = GROUP_SIZES,
    groups_of_each: int = 30,
    seed: int = 1,
    least_readings_share: float = LEAST_READINGS_SHARE,
) -> pl.DataFrame:
    """Coincidence factor (同时率) and load factor against group size, over random groups.

    The coincidence factor is the maximum of the group's load over the sum of its members' maxima,
    each at its own time: 1 for a single customer, and for those whose peaks fall together.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included.
        last_day: Last service date, included.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        channel: ``import``, ``export`` …
        step_minutes: The load is the mean over steps of this length; longer steps have lower peaks.
        group_sizes: How many customers a group has; those the area has not enough points for are
            left out. All points together are always the last group.
        groups_of_each: Random groups of every size.
        seed: Of the groups: the same seed, points and size give the same groups.
        least_readings_share: Points that reported less of the period are left out [0–1].

    Returns:
        A row for every size: mean (``coincidence_share``, ``load_factor_share`` [0–1]), 10 % and
        90 % quantile (``…_low_share``, ``…_high_share``) over the ``groups`` that draw anything.
        Groups larger than a third of ``usage_points`` have much in common, which narrows the
        quantiles. Null where no group of a size draws anything.
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
    sizes = (*group_sizes, fleet.points.height)
    groups = group_loads(lake, fleet, sizes, groups_of_each=groups_of_each, seed=seed)
    return (
        _factors(groups)
        .group_by("group_size", maintain_order=True)
        .agg(
            pl.col("coincidence").count().cast(pl.Int64).alias("groups"),
            *(
                expression.alias(f"{name}{which}_share")
                for name in ("coincidence", "load_factor")
                for which, expression in (
                    ("", pl.col(name).mean()),
                    ("_low", pl.col(name).quantile(0.1, "linear")),
                    ("_high", pl.col(name).quantile(0.9, "linear")),
                )
            ),
        )
        .with_columns(
            pl.lit(fleet.points.height, pl.Int64).alias("usage_points"),
            pl.lit(fleet.left_out_points, pl.Int64).alias("left_out_points"),
            pl.lit(groups.spread_share).alias("spread_share"),
        )
        .select(RETURNS.names())
    )


def _factors(groups: GroupLoads) -> pl.DataFrame:
    """Coincidence and load factor of every group; null where it draws nothing."""
    is_read = ~np.isnan(groups.load_kw)
    maximum_kw = np.max(groups.load_kw, axis=1, initial=0, where=is_read).astype(np.float64)
    total_kw = np.sum(groups.load_kw, axis=1, dtype=np.float64, where=is_read)
    with np.errstate(divide="ignore", invalid="ignore"):
        return pl.DataFrame(
            {
                "group_size": groups.sizes,
                "coincidence": maximum_kw / groups.sum_of_maxima_kw,
                "load_factor": total_kw / is_read.sum(axis=1) / maximum_kw,
            }
        ).fill_nan(None)
