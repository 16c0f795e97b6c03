"""Which homes heat with electricity, how likely that is, and by what it shows."""

from datetime import date

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.daily_energy import READS as ENERGY_READS
from queries.daily_energy import DailyEnergy, daily_energy
from queries.kind_days import READS as KIND_READS
from queries.kind_days import kind_days
from queries.load.building_response import building_response
from queries.load.response import FITTED

RETURNS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "status": pl.String(),
        "heating_likelihood": pl.Float64(),
        "heating_kwh_per_k": pl.Float64(),
        "heating_error_kwh_per_k": pl.Float64(),
        "heating_below_c": pl.Float64(),
        "heating_memory_h": pl.Float64(),
        "absent_days": pl.Float64(),
        "heating_share": pl.Float64(),
        "r_squared": pl.Float64(),
        "winter_night_rise_kw": pl.Float64(),
        "night_share": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*ENERGY_READS, *KIND_READS)))

EVEN_SLOPE_KWH_PER_K = 0.35
"""Slope at which heating is as likely as not [kWh/day/K]. A flat of 90 m² loses 25 W/K at least,
0.6 kWh/day/K; light, hot water and a car's cabin follow the cold with 0.2 at most."""

LEAST_SLOPE_KWH_PER_K = 0.1
"""Below this [kWh/day/K] no walls and absences are looked for: it is no electric heating."""

_STEEPNESS = 0.25
_NOT_FITTED_LIKELIHOOD = 0.01
_NIGHT = (22, 23, 0, 1, 2, 3, 4, 5)


def electric_heating(  # noqa: PLR0913 - an area, a period, whose
    lake: DuckDBPyConnection,
    *,
    first_day: date,
    last_day: date,
    area_kind: AreaKind = "all",
    area_id: str | None = None,
    region_id: str | None = None,
    customer_class: str = "residential",
) -> pl.DataFrame:
    """How likely each customer of a class heats with electricity all winter, with the evidence.

    Args:
        lake: From ``queries.lake.open_lake``.
        first_day: First service date, included; a year at least is needed.
        last_day: Last service date, included.
        area_kind: What ``area_id`` names.
        area_id: The place, class, account or usage point.
        region_id: Only what lies in this region; None is every region in the user's scope.
        customer_class: Whose; the likelihood is made for homes.

    Returns:
        A row a usage point, the likeliest first. ``status`` is ``fitted``, or why all else is null
        (``few_days``, ``narrow_temperatures``, ``no_use``, ``no_weather``).
        ``heating_likelihood`` [0–1]: a logistic of how far the slope, less its standard error, is
        above 0.35 kWh/day/K. Slope and standard error [kWh/day/K] are those of
        ``queries.load.building_response``: 1.96 errors hold the losses of a heated home about 19
        times in 20, if nothing it uses comes from a roof of its own. Change point [°C],
        ``heating_memory_h`` [time constant of the walls, 0: none found], ``absent_days`` [left out:
        nobody was at home], share of the energy [0–1],
        ``winter_night_rise_kw`` [22 to 6 o'clock, winter less spring and autumn] and
        ``night_share`` [of the winter's rise, 1: storage heaters charged at night].
    """
    asked = {
        "first_day": first_day,
        "last_day": last_day,
        "area_kind": area_kind,
        "area_id": area_id,
        "region_id": region_id,
    }
    days = daily_energy(lake, **asked)
    is_asked = (days.points["customer_class"] == customer_class).fill_null(value=False)
    parts = [RETURNS.to_frame().drop("winter_night_rise_kw", "night_share")]
    for name in days.temperature_c:
        is_own = is_asked & (days.points["weather_region_id"] == name).fill_null(value=False)
        parts.append(_judged(days, is_own.to_numpy(), name))
    rises = _night_rises(lake, **asked)
    return (
        days.points.filter(is_asked)
        .select("usage_point_id")
        .join(pl.concat(parts), on="usage_point_id", how="left")
        .with_columns(pl.col("status").fill_null("no_weather"))
        .join(rises, on="usage_point_id", how="left")
        .sort("heating_likelihood", "usage_point_id", descending=[True, False], nulls_last=True)
        .select(RETURNS.names())
    )


def heating_likelihood(slope: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Likelihood of electric heating from slope and its standard error [kWh/day/K]."""
    least = np.maximum(slope - np.nan_to_num(error), 1e-6)
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-(np.log(least) - np.log(EVEN_SLOPE_KWH_PER_K)) / _STEEPNESS))


def _judged(days: DailyEnergy, is_own: np.ndarray, weather: str) -> pl.DataFrame:
    temperature_c = days.temperature_c[weather]
    energy = days.energy_kwh[is_own]
    building = building_response(
        energy, temperature_c, days.calendar, least_heating_per_k=LEAST_SLOPE_KWH_PER_K
    )
    found = building.response
    error = found.standard_error("heating_per_k")
    known = ~np.isnan(temperature_c)
    heating = found.heating(building.felt_c[:, known]).mean(axis=1)
    usual = np.divide(np.nansum(energy, axis=1), np.maximum((~np.isnan(energy)).sum(axis=1), 1))
    likelihood = np.maximum(heating_likelihood(found.heating_per_k, error), 0.0)
    likelihood = np.where(found.heating_per_k > 0, likelihood, _NOT_FITTED_LIKELIHOOD)
    numbers = {
        "heating_likelihood": likelihood,
        "heating_kwh_per_k": found.heating_per_k,
        "heating_error_kwh_per_k": error,
        "heating_below_c": found.heating_below_c,
        "heating_memory_h": building.memory_h,
        "absent_days": building.absent_days.astype(np.float64),
        "heating_share": np.divide(heating, usual, out=np.zeros_like(usual), where=usual > 0),
        "r_squared": found.r2,
    }
    is_fitted = found.status == FITTED
    return pl.DataFrame(
        {
            "usage_point_id": days.points["usage_point_id"].filter(pl.Series(is_own)),
            "status": pl.Series(found.status.tolist(), dtype=pl.String),
            **{name: np.where(is_fitted, value, np.nan) for name, value in numbers.items()},
        }
    ).with_columns(pl.col(*numbers).fill_nan(None))


def _night_rises(lake: DuckDBPyConnection, **asked: object) -> pl.DataFrame:
    """By how much the load of winter is above that of spring and autumn, at night and in all."""
    days = kind_days(lake, **asked, channel="import")  # type: ignore[arg-type]
    night_kw = days.load_kw[:, _NIGHT].mean(axis=1)
    rows = days.rows.with_columns(
        pl.Series("night", night_kw * len(_NIGHT)), pl.Series("day", days.load_kw.sum(axis=1))
    )

    def mean(column: str, *seasons: str) -> pl.Expr:
        own = pl.col("season").is_in(seasons)
        weight = pl.col("days").filter(own)
        return (pl.col(column).filter(own) * weight).sum() / weight.sum()

    rise = {
        column: mean(column, "winter") - mean(column, "spring", "autumn")
        for column in ("night", "day")
    }
    return (
        rows.group_by("usage_point_id")
        .agg(**rise)
        .select(
            "usage_point_id",
            (pl.col("night") / len(_NIGHT)).fill_nan(None).alias("winter_night_rise_kw"),
            (pl.col("night") / pl.when(pl.col("day") > 0).then(pl.col("day")))
            .fill_nan(None)
            .alias("night_share"),
        )
    )
