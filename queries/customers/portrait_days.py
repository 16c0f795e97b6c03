"""Every day of a usage point's last year, with its weather and what the weather explains."""

from datetime import timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.customers.portraits import READS as PORTRAITS_READ
from queries.customers.portraits import portraits
from queries.daily_energy import READS as ENERGY_READS
from queries.daily_energy import daily_energy

RETURNS = pl.Schema(
    {
        "service_date": pl.Date(),
        "energy_kwh": pl.Float64(),
        "temperature_c": pl.Float64(),
        "is_rest": pl.Boolean(),
        "response_kwh": pl.Float64(),
    }
)
READS = tuple(dict.fromkeys((*PORTRAITS_READ, *ENERGY_READS)))

_YEAR = 365


def portrait_days(lake: DuckDBPyConnection, *, usage_point_id: str) -> pl.DataFrame:
    """The last 365 days of one usage point's portrait.

    Returns:
        ``energy_kwh`` [null: not known, never zero], mean ``temperature_c`` [null: not observed],
        ``is_rest`` of weekends and holidays, ``response_kwh`` [kWh]: what an ordinary workday of
        that temperature uses by the portrait's response; null without one.
    """
    found = portraits(lake, area_kind="usage_point_id", area_id=usage_point_id)
    if found.is_empty():
        return RETURNS.to_frame()
    row = found.row(0, named=True)
    days = daily_energy(
        lake,
        first_day=row["last_day"] - timedelta(days=_YEAR - 1),
        last_day=row["last_day"],
        area_kind="usage_point_id",
        area_id=usage_point_id,
    )
    nothing = np.full(_YEAR, np.nan)
    weather = days.points["weather_region_id"].to_list()
    temperature = days.temperature_c.get(weather[0], nothing) if weather else nothing
    energy = days.energy_kwh[0] if len(days.energy_kwh) else nothing
    began = np.array(days.dates, "datetime64[D]") < np.datetime64(row["first_day"])
    return pl.DataFrame(
        {
            "service_date": days.dates,
            "energy_kwh": np.where(began, np.nan, energy),
            "temperature_c": temperature,
            "is_rest": days.is_rest,
            "response_kwh": _response(row, temperature),
        },
        schema=RETURNS,
    ).with_columns(pl.selectors.float().fill_nan(None))


def _response(row: dict, temperature_c: np.ndarray) -> np.ndarray:
    if row["response_base_kwh"] is None:
        return np.full(len(temperature_c), np.nan)
    used = np.full(len(temperature_c), row["response_base_kwh"])
    if row["heating_below_c"] is not None:
        used += row["heating_kwh_per_k"] * np.maximum(row["heating_below_c"] - temperature_c, 0)
    if row["cooling_above_c"] is not None:
        used += row["cooling_kwh_per_k"] * np.maximum(temperature_c - row["cooling_above_c"], 0)
    return np.where(np.isnan(temperature_c), np.nan, used)
