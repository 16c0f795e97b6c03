"""How likely a home heats with electricity, charges a vehicle or has a roof plant."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.load.electric_heating import heating_likelihood
from queries.load.rooftop_solar import READS as SOLAR_READS
from queries.load.rooftop_solar import rooftop_solar
from queries.load.vehicle_charging import READS as VEHICLE_READS
from queries.load.vehicle_charging import vehicle_charging

READS = tuple(dict.fromkeys((*VEHICLE_READS, *SOLAR_READS)))
LIKELY = (
    "heating_likelihood",
    "vehicle_likelihood",
    "charging_blocks_per_month",
    "charging_kw",
    "solar_likelihood",
    "solar_dip_share",
)
"""The columns of ``portraits`` that are worked out here."""

_HOME = "residential"
_HALF_YEAR, _YEAR = 182, 365
_NOT_HEATING = 0.01
"""Where no heating was found in a year's days."""


def likely_rows(portraits: pl.DataFrame, equipment: pl.DataFrame) -> pl.DataFrame:
    """The columns LIKELY of the homes in ``portraits``, with ``usage_point_id``.

    Each is a likelihood [0–1] as the question of its name makes it:
    ``load/electric_heating`` from slope and standard error of the response to the cold;
    ``load/vehicle_charging`` from blocks of 2.6 kW and more, with their number in 30 days and their
    power [kW]; ``load/rooftop_solar`` from sunny noons that dip below the lowest hour of the dark
    (``solar_dip_share`` [0–1] of 20 sunny days in a row) and from energy fed in. Null: not a home,
    or too few readings.

    Args:
        portraits: ``usage_point_id``, ``customer_class``, ``response_status`` and the slope of
            heating with its error.
        equipment: From ``equipment_rows``.
    """
    homes = portraits.filter(pl.col("customer_class") == _HOME)
    return (
        homes.select("usage_point_id", _heating(homes))
        .join(equipment, on="usage_point_id", how="left")
        .select("usage_point_id", *LIKELY)
    )


def equipment_rows(district_id: str, last_day: date, source: DuckDBPyConnection) -> pl.DataFrame:
    """Vehicles and roofs of a district's homes, with ``usage_point_id``.

    Args:
        district_id: The district.
        last_day: The last day looked at: of the last half year for vehicles, which has mild weeks
            always, of the last year for roofs.
        source: A lake that shows everything.
    """

    def asked(days: int) -> dict[str, Any]:
        return {
            "first_day": last_day - timedelta(days=days - 1),
            "last_day": last_day,
            "area_kind": "customer_class",
            "area_id": _HOME,
            "region_id": district_id,
            "customer_class": _HOME,
        }

    vehicles = vehicle_charging(source, **asked(_HALF_YEAR)).select(
        "usage_point_id",
        "vehicle_likelihood",
        pl.col("blocks_per_month").alias("charging_blocks_per_month"),
        "charging_kw",
    )
    roofs = rooftop_solar(source, **asked(_YEAR)).select(
        "usage_point_id", "solar_likelihood", pl.col("dip_share").alias("solar_dip_share")
    )
    return vehicles.join(roofs, on="usage_point_id", how="full", coalesce=True)


def _heating(homes: pl.DataFrame) -> pl.Series:
    slope, error = (
        homes[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name in ("heating_kwh_per_k", "heating_error_kwh_per_k")
    )
    is_fitted = (homes["response_status"] == "fitted").fill_null(value=False).to_numpy()
    likelihood = np.where(slope > 0, heating_likelihood(slope, error), _NOT_HEATING)
    values = np.where(is_fitted, likelihood, np.nan)
    return pl.Series("heating_likelihood", values, nan_to_null=True)
