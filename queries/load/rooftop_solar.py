"""Which usage points have a solar roof, how likely that is, and by what it shows."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.daily_weather import READS as WEATHER_READS
from queries.daily_weather import daily_weather
from queries.hourly_sun import READS as SUN_READS
from queries.hourly_sun import hourly_sun
from queries.midday_loads import READS as MIDDAY_READS
from queries.midday_loads import midday_loads

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "solar_likelihood": pl.Float64(),
        "dip_share": pl.Float64(),
        "overcast_dip_share": pl.Float64(),
        "first_dip_day": pl.Date(),
        "noon_kw": pl.Float64(),
        "floor_kw": pl.Float64(),
        "sun_slope_kw": pl.Float64(),
        "sun_slope_error_kw": pl.Float64(),
        "export_kwh_per_day": pl.Float64(),
        "export_share": pl.Float64(),
        "days": pl.Int64(),
    }
)
READS = tuple(dict.fromkeys((*MIDDAY_READS, *WEATHER_READS, *SUN_READS)))

DIP_BELOW = 0.5
"""Of the lowest hour of the dark: what runs day and night alone takes more than that at noon."""
WINDOW_DAYS = 20
"""Sunny days in a row that are judged together: a roof may have come last month."""
SUNNY, OVERCAST = 0.7, 0.35
"""Shares of the brightest noon of the month, above and below which a day is called so."""

_LEAST_FLOOR_KW = 0.004  # 1 Wh in a quarter of an hour is what a meter can tell
_LEAST_EXPORT_KWH = 0.1
_EVEN_SHARE, _STEEPNESS = 0.85, 0.05
_BRIGHT_KW_PER_M2 = 0.25  # below it light is switched on, which follows the sun as well
_USUAL_NOON_H, _NOON_HOURS = 11, 2
_POINTS = 2000  # at a time, so that a fleet's days need not all be held several times


def rooftop_solar(  # noqa: PLR0913 - an area, a period, whose
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    customer_class: str = "residential",
) -> pl.DataFrame:
    """How likely each customer of a class has a solar roof, from its own import and its export.

    Who has none takes at noon at least what never rests. On most sunny days of a roof the import
    around noon dips below half of the lowest hour of the dark. Energy fed back says it outright,
    where a register counts it; the import is enough where none does.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included; some months with sun are enough.
        last_day: Last service date, included.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        customer_class: Whose; what is dark by day, such as street lights, would look alike.

    Returns:
        A row a usage point with days read as a whole, the likeliest first. ``solar_likelihood``
        [0–1]: a logistic of the greater of ``dip_share`` and ``export_share``, 1/2 at 85 %; null in
        less than 20 sunny days. ``dip_share`` [0–1, of 20 sunny days in a row, at its highest],
        ``overcast_dip_share`` [of overcast days], ``first_dip_day`` [first of the first such
        20 with 85 % of dips], ``noon_kw`` [mean import of the two hours in which the sun is
        highest] beside ``floor_kw`` [mean of each day's lowest dark hour], ``sun_slope_kw`` [kW of
        that import for each kW/m² of sun on the level, within months, with its standard error],
        ``export_kwh_per_day`` [null: no register of it], ``export_share`` [of 20 sunny days, with
        export], ``days`` read. Where no irradiance is observed every day counts as sunny.
    """
    sun = hourly_sun(lake, first_day=first_day, last_day=last_day)
    first_hour = _brightest(sun)
    days = midday_loads(
        lake,
        first_day=first_day,
        last_day=last_day,
        area_kind=area_kind,
        area_id=area_id,
        region_id=region_id,
        first_hour=first_hour,
        hours=_NOON_HOURS,
    ).filter((pl.col("customer_class") == customer_class).fill_null(value=False))
    weather = daily_weather(lake, first_day=first_day, last_day=last_day)
    places = weather.select("region_id", "weather_region_id").unique()
    noons = _noons(sun, first_hour, first_day)
    part = pl.col("usage_point_id").rle_id() // _POINTS
    found = [RETURNS.to_frame()]
    for _, some in days.with_columns(part.alias("part")).group_by("part"):
        known = some.join(places, on="region_id", how="left").join(
            noons, left_on=["weather_region_id", "day"], right_on=["region_id", "day"], how="left"
        )
        found.append(solar_evidence(known, first_day))
    return pl.concat(found).sort(
        "solar_likelihood", "usage_point_id", descending=[True, False], nulls_last=True
    )


def solar_likelihood(dip_share: np.ndarray, export_share: np.ndarray) -> np.ndarray:
    """Likelihood from the shares of sunny days on which the import dips, or energy is fed back."""
    share = np.fmax(dip_share, export_share)
    return 1 / (1 + np.exp(-(share - _EVEN_SHARE) / _STEEPNESS))


def solar_evidence(known: pl.DataFrame, first_day: date) -> pl.DataFrame:
    """RETURNS of days with their ``noon_kw``, ``floor_kw``, ``export_kwh`` and their sun.

    The sun is ``sun_kw_per_m2``, ``clear_share`` and ``month``; null where it is not known.
    """
    noon, floor = pl.col("noon_kw"), pl.col("floor_kw")
    days = known.sort("usage_point_id", "day").with_columns(
        ((floor >= _LEAST_FLOOR_KW) & (noon < DIP_BELOW * floor)).alias("dips"),
        (pl.col("export_kwh").fill_null(0.0) >= _LEAST_EXPORT_KWH).alias("exports"),
    )
    is_counted = pl.col("export_kwh_per_day").is_not_null()
    found = (
        _means(days)
        .join(_windows(days), on="usage_point_id", how="left")
        .join(_slopes(days), on="usage_point_id", how="left")
        .with_columns(
            (pl.lit(first_day) + pl.duration(days="begins")).cast(pl.Date).alias("first_dip_day"),
            pl.when(is_counted).then("export_share").alias("export_share"),
        )
    )
    shares = (found[name].fill_null(np.nan).to_numpy() for name in ("dip_share", "export_share"))
    return found.with_columns(
        pl.Series("solar_likelihood", solar_likelihood(*shares)).fill_nan(None),
        pl.col("sun_slope_kw", "sun_slope_error_kw").fill_nan(None),
    ).select(RETURNS.names())


def _means(days: pl.DataFrame) -> pl.DataFrame:
    """What each point takes and feeds back on the whole."""
    return days.group_by("usage_point_id").agg(
        pl.col("dips").filter(pl.col("clear_share") < OVERCAST).mean().alias("overcast_dip_share"),
        pl.col("noon_kw", "floor_kw").mean().cast(pl.Float64),
        pl.col("export_kwh").mean().cast(pl.Float64).alias("export_kwh_per_day"),
        pl.len().cast(pl.Int64).alias("days"),
    )


def _windows(days: pl.DataFrame) -> pl.DataFrame:
    """The best WINDOW_DAYS sunny days of each point, and where the first good ones begin."""
    rolling = [
        pl.col(name).cast(pl.Float64).rolling_mean(WINDOW_DAYS).over("usage_point_id").alias(name)
        for name in ("dips", "exports")
    ]
    begins = pl.col("day").shift(WINDOW_DAYS - 1).over("usage_point_id").alias("begins")
    return (
        days.filter(pl.col("clear_share").is_null() | (pl.col("clear_share") >= SUNNY))
        .with_columns(*rolling, begins)
        .group_by("usage_point_id")
        .agg(
            pl.col("dips").max().alias("dip_share"),
            pl.col("exports").max().alias("export_share"),
            pl.col("begins").filter(pl.col("dips") >= _EVEN_SHARE).min(),
        )
    )


def _brightest(sun: pl.DataFrame) -> int:
    """The hour with which the brightest two begin; 11 where nothing is known."""
    hours = sun.group_by("hour").agg(pl.col("irradiance_w_per_m2").mean()).sort("hour")
    if hours.height < 24:
        return _USUAL_NOON_H
    mean = hours["irradiance_w_per_m2"].to_numpy()
    return int((mean[:-1] + mean[1:]).argmax())


def _noons(sun: pl.DataFrame, first_hour: int, first_day: date) -> pl.DataFrame:
    """Sun of every region and day around noon, and what share of the month's brightest that is."""
    around = pl.col("hour").is_between(first_hour, first_hour + _NOON_HOURS - 1)
    bright = pl.col("sun_kw_per_m2")
    return (
        sun.filter(around)
        .group_by("region_id", "service_date")
        .agg((pl.col("irradiance_w_per_m2").mean() / 1000).alias("sun_kw_per_m2"))
        .with_columns(
            (pl.col("service_date") - first_day).dt.total_days().cast(pl.Int32).alias("day"),
            pl.col("service_date").dt.strftime("%Y-%m").alias("month"),
        )
        .with_columns((bright / bright.max().over("region_id", "month")).alias("clear_share"))
        .drop("service_date")
    )


def _slopes(days: pl.DataFrame) -> pl.DataFrame:
    """Least squares of the noon's import on the sun, a constant for each month."""
    sun, noon = pl.col("sun_kw_per_m2"), pl.col("noon_kw").cast(pl.Float64)
    of_month = ("usage_point_id", "month")
    centred = days.filter(sun > _BRIGHT_KW_PER_M2).select(
        "usage_point_id",
        "month",
        (sun - sun.mean().over(of_month)).alias("x"),
        (noon - noon.mean().over(of_month)).alias("y"),
    )
    x, y = pl.col("x"), pl.col("y")
    sums = centred.group_by("usage_point_id").agg(
        (x * x).sum().alias("xx"),
        (x * y).sum().alias("xy"),
        (y * y).sum().alias("yy"),
        (pl.len() - pl.col("month").n_unique() - 1).cast(pl.Float64).alias("freedom"),
    )
    slope = pl.col("xy") / pl.col("xx")
    variance = (pl.col("yy") - slope * pl.col("xy")).clip(0) / pl.col("freedom") / pl.col("xx")
    enough = (pl.col("xx") > 0) & (pl.col("freedom") > 0)
    return sums.filter(enough).select(
        "usage_point_id",
        slope.alias("sun_slope_kw"),
        variance.sqrt().alias("sun_slope_error_kw"),
    )
