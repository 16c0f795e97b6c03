"""What chosen meters will take day by day, and what is forecast of them as a whole."""

from datetime import datetime

import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.load.forecast_meters import READS as METER_READS
from queries.load.forecast_meters import forecast_meters
from queries.stored_forecasts import latest_forecast

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "usage_points": pl.Int64(),
        "energy_kwh": pl.Float64(),
        "highest_kw": pl.Float64(),
        "peak_at": pl.Datetime("us"),
        "whole_kwh": pl.Float64(),
        "difference_share": pl.Float64(),
    }
)
READS = ("forecasts", *METER_READS)


def forecast_meter_days(
    lake: DuckDBPyConnection,
    *,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
) -> pl.DataFrame:
    """The last stored forecasts of an area's meters as days, beside the area's own forecast.

    Args:
        lake: From ``queries.lake.open_lake``.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.

    Returns:
        ``energy_kwh`` and the highest hour [kW] of the sum of ``usage_points`` meters;
        ``whole_kwh`` as forecast of the area itself from the same moment on (null: not forecast),
        and how far the sum lies off it [0–1, positive: above]. The two need not agree: the whole is
        forecast from its own load, where chance evens out, by a model that knows more, and silent
        meters are made up for.
    """
    curve = forecast_meters(lake, area_kind=area_kind, area_id=area_id, region_id=region_id)
    if curve.is_empty():
        return RETURNS.to_frame()
    highest = pl.col("load_kw").arg_max()
    days = curve.group_by(
        pl.col("standard_start").dt.date().alias("service_date"), maintain_order=True
    ).agg(
        pl.col("usage_points").max(),
        energy_kwh=pl.col("load_kw").sum(),
        highest_kw=pl.col("load_kw").max(),
        peak_at=pl.col("standard_start").get(highest),
    )
    whole = _whole(lake, curve["issued_at"][0], area_kind, area_id, region_id)
    return (
        days.join(whole, on="service_date", how="left", maintain_order="left")
        .with_columns(difference_share=pl.col("energy_kwh") / pl.col("whole_kwh") - 1)
        .select(pl.col(name).cast(dtype) for name, dtype in RETURNS.items())
    )


def _whole(
    lake: DuckDBPyConnection,
    issued_at: datetime,
    area_kind: AreaKind,
    area_id: str | None,
    region_id: str | None,
) -> pl.DataFrame:
    """Energy by day of the series that is the area, as forecast at ``issued_at``."""
    names = {
        "all": [f"system:{region_id}"],
        "region": [f"region:{area_id}", f"system:{area_id}"],
        "feeder": [f"feeder:{area_id}"],
        "customer_class": [f"customer_class:{region_id}:{area_id}"],
        "customer_id": [f"customer:{area_id}"],
    }
    for name in names.get(area_kind, []):
        stored = latest_forecast(lake, name, issued_at)
        if stored is not None:
            hours = stored.interval_minutes / 60
            energy = {"service_date": stored.days, "whole_kwh": stored.median.sum(axis=1) * hours}
            return pl.DataFrame(energy)
    return pl.DataFrame(schema={"service_date": pl.Date, "whole_kwh": pl.Float64})
