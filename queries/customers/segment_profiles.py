"""What sets the segments apart: how many they are, what they use and when."""

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portrait_sums import sums_of, window_months
from queries.customers.portraits import READS as PORTRAITS_READ
from queries.customers.portraits import portraits
from queries.customers.segment_axes import AXES, Population, axes_of
from queries.customers.segment_model import UNPLACED, read_model

RETURNS = pl.Schema(
    {
        "segment": pl.Int64(),
        "usage_points": pl.Int64(),
        "share": pl.Float64(),
        "annual_kwh": pl.Float64(),
        "energy_share": pl.Float64(),
        "median_kwh": pl.Float64(),
        "peak_load_share": pl.Float64(),
        "workday_hours": pl.List(pl.Float64()),
        "rest_day_hours": pl.List(pl.Float64()),
        **{f"median_{axis}": pl.Float64() for axis in AXES},
    }
)
READS = ("portrait_months", *PORTRAITS_READ)


def segment_profiles(
    lake: DuckDBPyConnection,
    *,
    model: str,
    population: Population = "homes",
    month: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """One row a segment, in the model's order; segments without members are left out.

    Args:
        lake: From ``queries.lake.open_lake``.
        model: From ``segment_candidates``.
        population: Which classes.
        month: ``YYYY-MM`` of the portraits; None: the newest of each.
        region_id: Only customers of this region.

    Returns:
        ``share`` of the placed usage points, ``energy_share`` of their energy. ``peak_load_share``:
        of their load in the hour of the month's portraits in which the district's was highest
        (peak loads times coincidence). ``workday_hours`` and ``rest_day_hours``: 24 hours, mean
        over the members of each one's load over its own mean load, so that all count alike; null
        where nobody has a whole day. ``median_…``: of the axes.

    Raises:
        SegmentModelError: ``model`` is none.
    """
    told = portraits(lake, month=month, region_id=region_id)
    axes = axes_of(told, population)
    placed = axes.with_columns(pl.Series("segment", read_model(model).assign(axes), pl.Int64))
    placed = placed.filter(pl.col("segment") != UNPLACED).join(
        told.select(
            "usage_point_id",
            "last_day",
            at_peak_kw=pl.col("peak_kw") * pl.col("coincidence_share"),
        ),
        on="usage_point_id",
        maintain_order="left",
    )
    if placed.is_empty():
        return RETURNS.to_frame()
    counted = placed.group_by("segment").agg(
        pl.len().cast(pl.Int64).alias("usage_points"),
        pl.col("annual_kwh").sum(),
        pl.col("annual_kwh").median().alias("median_kwh"),
        pl.col("at_peak_kw").sum(),
        *(pl.col(axis).median().alias(f"median_{axis}") for axis in AXES),
    )
    shares = counted.with_columns(
        (pl.col("usage_points") / pl.col("usage_points").sum()).alias("share"),
        (pl.col("annual_kwh") / pl.col("annual_kwh").sum()).alias("energy_share"),
        (pl.col("at_peak_kw") / pl.col("at_peak_kw").sum()).alias("peak_load_share"),
    )
    days = _days(lake, placed)
    return shares.join(days, on="segment", how="left").select(RETURNS.names()).sort("segment")


def _days(lake: DuckDBPyConnection, placed: pl.DataFrame) -> pl.DataFrame:
    """Mean workday and rest day of every segment."""
    months = window_months(placed["last_day"].max())  # type: ignore[arg-type]
    lake.register("placed_points", placed.select("usage_point_id", "customer_id"))
    try:
        rows = lake.sql(
            """
            select portrait_months.*
            from portrait_months
            semi join placed_points
                on placed_points.usage_point_id = portrait_months.usage_point_id
                and placed_points.customer_id is not distinct from portrait_months.customer_id
            where list_contains($months::varchar[], month)
            order by usage_point_id, month
            """,
            params={"months": months},
        ).pl()
    finally:
        lake.unregister("placed_points")
    names = ("workday_hours", "rest_day_hours")
    if rows.is_empty():
        return pl.DataFrame(schema={"segment": pl.Int64(), **{n: RETURNS[n] for n in names}})
    sums = sums_of(rows, months)
    days = sums.days.sum(axis=1)[..., None]
    hours = sums.hours_kwh.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = hours.sum(axis=(1, 2)) / (24 * days.sum(axis=(1, 2)))
        ratio = hours / days / mean[:, None, None]
    of_points = pl.DataFrame({"usage_point_id": sums.points}).join(
        placed.select("usage_point_id", "segment"), on="usage_point_id", maintain_order="left"
    )
    segment = of_points["segment"].to_numpy()
    found = []
    for number in np.unique(segment):
        chosen = ratio[segment == number]
        known = np.isfinite(chosen).all(axis=2)
        means = [chosen[known[:, kind], kind].mean(axis=0) if known[:, kind].any() else None
                 for kind in range(2)]  # fmt: skip
        found.append({"segment": int(number)} | dict(zip(names, means, strict=True)))
    schema = {"segment": pl.Int64(), **{name: RETURNS[name] for name in names}}
    return pl.DataFrame(
        [
            {key: value.tolist() if isinstance(value, np.ndarray) else value
             for key, value in one.items()}
            for one in found
        ],
        schema=schema,
    )  # fmt: skip
