"""Where the transformers stand, how full they are, how they grow and what is lost there."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.grid.areas import grid_areas
from queries.grid.limits import GridLimits, shipped_limits
from queries.grid.loads import READS as LOADS_READS
from queries.grid.loads import area_loads
from queries.grid.mean_loads import mean_loads
from queries.load.transformer_loss import transformer_loss
from queries.run import run_sql

RETURNS = pl.Schema(
    {
        "transformer_id": pl.String(),
        "name": pl.String(),
        "name_en": pl.String(),
        "feeder_id": pl.String(),
        "feeder_name": pl.String(),
        "feeder_name_en": pl.String(),
        "region_id": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "rated_capacity_kva": pl.Float64(),
        "usage_points": pl.Int64(),
        "loading_share": pl.Float64(),
        "loaded_at": pl.Datetime("us"),
        "net_mean_kw": pl.Float64(),
        "year_growth_share": pl.Float64(),
        "loss_share": pl.Float64(),
        "complete_days": pl.Int64(),
    }
)
READS = LOADS_READS

YEAR = timedelta(days=364)
"""A year before, on the same days of the week."""

_PLACES = pl.Schema(
    {
        "area_id": pl.String(),
        "longitude": pl.Float64(),
        "latitude": pl.Float64(),
        "usage_points": pl.Int64(),
        "feeder_name": pl.String(),
        "feeder_name_en": pl.String(),
    }
)


def grid_map(  # noqa: PLR0913 - a region, days of each measure, limits
    lake: DuckDBPyConnection,
    *,
    last_day: date,
    region_id: str | None = None,
    loading_days: int = 7,
    energy_days: int = 31,
    limits: GridLimits | None = None,
) -> pl.DataFrame:
    """Transformers (台区) on the map, with what they may be coloured by.

    Args:
        lake: An open lake.
        last_day: Service date up to which everything is looked at.
        region_id: Only what lies in this region or in one inside it.
        loading_days: Days in which the fullest quarter of an hour is looked for.
        energy_days: Days of growth and loss.
        limits: What is assumed where nothing was measured; None: as shipped.

    Returns:
        A row a transformer: place [°, null: the register does not say], ``loading_share`` (负载率)
        of the fullest quarter at ``loaded_at``; ``net_mean_kw`` [kW, less what was fed back], and
        ``year_growth_share`` against the same days of the week a year (364 days) before, the
        weather being what it was; ``loss_share`` (台区线损率) of ``complete_days``. Null: unknown.
    """
    areas = grid_areas(lake, "transformer", region_id=region_id)
    choose_region(lake, region_id)
    places = run_sql(lake, "load/grid_map", _PLACES)
    loading_first = last_day - timedelta(days=loading_days - 1)
    first_day = last_day - timedelta(days=energy_days - 1)
    loads = area_loads(
        lake,
        "transformer",
        areas,
        first_day=loading_first,
        last_day=last_day,
        limits=limits or shipped_limits(),
    )
    share = np.nan_to_num(loads.loading_share, nan=-1.0)
    fullest = share.argmax(axis=1)
    is_read = share.max(axis=1) >= 0
    loading = pl.DataFrame(
        {
            "area_id": areas["area_id"],
            "loading_share": np.where(is_read, share.max(axis=1), np.nan),
            "loaded_at": [
                loads.start_of(int(slot)) if known else None
                for slot, known in zip(fullest, is_read, strict=True)
            ],
        },
        schema_overrides={"loaded_at": pl.Datetime("us")},
        nan_to_null=True,
    )
    now = mean_loads(lake, "transformer", areas, first_day, last_day).rename(
        {"mean_kw": "net_mean_kw"}
    )
    before = mean_loads(lake, "transformer", areas, first_day - YEAR, last_day - YEAR)
    losses = transformer_loss(lake, first_day=first_day, last_day=last_day, region_id=region_id)
    grown = pl.col("net_mean_kw") / pl.col("before_kw") - 1
    return (
        areas.join(places, on="area_id", how="left", maintain_order="left")
        .join(loading, on="area_id", how="left", maintain_order="left")
        .join(now, on="area_id", how="left", maintain_order="left")
        .join(
            before.rename({"mean_kw": "before_kw"}),
            on="area_id",
            how="left",
            maintain_order="left",
        )
        .rename({"area_id": "transformer_id"})
        .join(losses, on="transformer_id", how="left", maintain_order="left")
        .with_columns(
            pl.when((pl.col("before_kw") > 0) & (pl.col("net_mean_kw") > 0))
            .then(grown)
            .alias("year_growth_share")
        )
        .select(RETURNS.names())
    )
