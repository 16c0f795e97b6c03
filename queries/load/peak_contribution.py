"""How much of the system peak each group is, and how far its customers peak together."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.hourly_groups import READS as HOURLY_READS
from queries.hourly_groups import hourly_groups
from queries.load.group_series import GroupBy
from queries.load.peak_hours import TOP_HOURS, highest
from queries.point_maxima import READS as MAXIMA_READS
from queries.point_maxima import point_maxima

RETURNS = pl.Schema(
    {
        "group_id": pl.String(),
        "usage_points": pl.Int64(),
        "energy_kwh": pl.Float64(),
        "energy_share": pl.Float64(),
        "peak_kw": pl.Float64(),
        "peak_share": pl.Float64(),
        "maximum_kw": pl.Float64(),
        "coincidence_share": pl.Float64(),
        "diversity_factor": pl.Float64(),
        "load_factor_share": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*HOURLY_READS, *MAXIMA_READS)))

TOGETHER = "all"
"""As ``group_id``: all groups as one."""


def peak_contribution(  # noqa: PLR0913 - an area, a period, groups
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
    group_by: GroupBy = "customer_class",
    top_hours: int = TOP_HOURS,
) -> pl.DataFrame:
    """What every group draws in the area's highest hours, beside its own maximum.

    Returns:
        A row a group (null: in none), the largest part of the peak first, and ``all`` of them last:
        ``energy_kwh`` of the period; ``peak_kw`` [mean load in the ``top_hours`` highest hours of
        the area]; ``energy_share`` and ``peak_share`` [0–1, of the area]; ``maximum_kw`` [highest
        hour of the group itself]; ``coincidence_share`` [0–1, 峰时同时率: peak_kw over maximum_kw];
        ``diversity_factor`` [≥ 1, 分散系数: sum of the customers' own maxima, each of its meter's
        interval, over maximum_kw]; ``load_factor_share`` [0–1, mean over maximum].
    """
    asked = {
        "first_day": first_day,
        "last_day": last_day,
        "area_kind": area_kind,
        "area_id": area_id,
        "region_id": region_id,
        "channel": channel,
        "group_by": group_by,
    }
    loads = hourly_groups(lake, **asked)
    maxima = point_maxima(lake, **asked)
    if not loads.names:
        return RETURNS.to_frame()
    of_groups = np.nan_to_num(loads.load_kw)
    total = of_groups.sum(axis=0, keepdims=True)
    top = highest(total[0], top_hours)
    every = np.vstack([of_groups, total])
    frame = pl.DataFrame(
        {
            "group_id": pl.Series([*loads.names, TOGETHER], dtype=pl.String),
            "energy_kwh": every.sum(axis=1),
            "peak_kw": every[:, top].mean(axis=1) if len(top) else np.zeros(len(every)),
            "maximum_kw": every.max(axis=1),
            "mean_kw": every.mean(axis=1),
            "is_together": [False] * len(of_groups) + [True],
        }
    )
    summed = maxima.select(
        pl.lit(TOGETHER).alias("group_id"), pl.col("usage_points", "maxima_kw").sum()
    )
    known = pl.concat([maxima.filter(pl.col("group_id").ne_missing(TOGETHER)), summed])
    maximum = pl.when(pl.col("maximum_kw") > 0).then(pl.col("maximum_kw"))
    return (
        frame.join(known, on="group_id", how="left", nulls_equal=True)
        .with_columns(
            (pl.col("energy_kwh") / pl.col("energy_kwh").last()).alias("energy_share"),
            (pl.col("peak_kw") / pl.col("peak_kw").last()).alias("peak_share"),
            (pl.col("peak_kw") / maximum).alias("coincidence_share"),
            (pl.col("maxima_kw") / maximum).alias("diversity_factor"),
            (pl.col("mean_kw") / maximum).alias("load_factor_share"),
        )
        .with_columns(pl.col("energy_share", "peak_share").fill_nan(None))
        .sort("is_together", "peak_kw", descending=[False, True])
        .select(RETURNS.names())
    )
