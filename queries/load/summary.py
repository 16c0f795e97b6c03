"""Energy, peak, valley and load factor of an area."""

from datetime import date

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.load.curve import READS as CURVE_READS
from queries.load.curve import load_curve

RETURNS = pl.Schema(
    {
        "energy_kwh": pl.Float64(),
        "mean_kw": pl.Float64(),
        "peak_kw": pl.Float64(),
        "peak_at": pl.Datetime("us"),
        "valley_kw": pl.Float64(),
        "valley_at": pl.Datetime("us"),
        "peak_valley_kw": pl.Float64(),
        "peak_valley_share": pl.Float64(),
        "load_factor_share": pl.Float64(),
        "readings_share": pl.Float64(),
        "estimated_share": pl.Float64(),
        "spread_share": pl.Float64(),
    }
)
READS = CURVE_READS


def load_summary(  # noqa: PLR0913 - an area, a region, a period, a channel
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    channel: str = "import",
) -> pl.DataFrame:
    """One row: energy, peak, valley and load factor from quarters of an hour.

    Returns:
        ``energy_kwh``; ``mean_kw``, ``peak_kw``, ``valley_kw`` [kW] with the standard time at which
        the quarter of an hour starts (the first, if several are equal); ``peak_valley_kw`` [kW,
        peak − valley, 峰谷差] and ``peak_valley_share`` [0–1, of the peak, 峰谷差率];
        ``load_factor_share`` [0–1, mean / peak, 负荷率]. All null where nothing was read.
    """
    quarters = load_curve(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        step="15m",
        channel=channel,
    )
    load, start = pl.col("load_kw"), pl.col("standard_start")
    read = pl.col("energy_kwh").count()
    energy = pl.when(read > 0).then(pl.col("energy_kwh").sum())
    return quarters.select(
        energy.alias("energy_kwh"),
        load.mean().alias("mean_kw"),
        load.max().alias("peak_kw"),
        start.get(load.arg_max()).alias("peak_at"),
        load.min().alias("valley_kw"),
        start.get(load.arg_min()).alias("valley_at"),
        (load.max() - load.min()).alias("peak_valley_kw"),
        ((load.max() - load.min()) / load.max()).fill_nan(None).alias("peak_valley_share"),
        (load.mean() / load.max()).fill_nan(None).alias("load_factor_share"),
        pl.col("readings_share").mean(),
        pl.col("estimated_share").mean(),
        (
            (pl.col("spread_share") * pl.col("energy_kwh").abs()).sum()
            / pl.col("energy_kwh").abs().sum()
        )
        .fill_nan(None)
        .alias("spread_share"),
    )
