"""What every usage point says of new business: what it is, what it has, what it uses when."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import choose_region
from queries.billing.account_terms import tariff_code_of
from queries.billing.errors import TariffError
from queries.billing.hourly_prices import hourly_prices
from queries.billing.tariff_model import Tariff
from queries.billing.tariffs import known_tariffs
from queries.kind_days import READS as KIND_READS
from queries.kind_days import KindDays, kind_days
from queries.lake import LakeState, lake_state
from queries.load.electric_heating import READS as HEATING_READS
from queries.load.electric_heating import electric_heating
from queries.load.response import FITTED
from queries.load.vehicle_charging import READS as CHARGING_READS
from queries.load.vehicle_charging import vehicle_charging
from queries.market.point_hours import mean_hours
from queries.market.remembered import Remembered
from queries.run import run_sql

READS = tuple(
    dict.fromkeys((*KIND_READS, *HEATING_READS, *CHARGING_READS, "agreements", "tariffs"))
)
DEAR_HOURS = 4
"""Of a workday that a battery can replace: two hours after each of two cycles."""
BUSINESS_CLASSES = ("commercial", "industrial", "public")

_HOURS, _MONTHS = 24, 12
_USUAL_DEAR_HOURS = (17, 18, 19, 20)
_POINTS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "customer_class": pl.String(),
        "transformer_id": pl.String(),
        "feeder_id": pl.String(),
        "region_id": pl.String(),
        "price_class": pl.String(),
        "has_time_of_use": pl.Boolean(),
        "voltage_kv": pl.Float64(),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class PointFacts:
    """Usage points of a region.

    Attributes:
        rows: A row a usage point in use: its places, ``is_home``, ``is_business``, ``vehicle`` and
            ``heated`` [likelihoods 0–1; null: not judged], ``has_solar``, ``energy_kwh`` of the
            year, ``dear_kwh`` of it in the dearest hours of a mean workday.
        tariff_code: Of the tariff by time of use that most businesses have; None: none known.
        dear_price, cheap_price: Its mean price in the dearest and cheapest hours [CNY/kWh].
        dear_hours: Which hours are the dearest.
    """

    rows: pl.DataFrame
    tariff_code: str | None
    dear_price: float
    cheap_price: float
    dear_hours: tuple[int, ...]


_kept: Remembered[tuple[LakeState, date, date, str | None], PointFacts] = Remembered(4)


def point_facts(
    first_day: date, last_day: date, lake: DuckDBPyConnection, *, region_id: str | None
) -> PointFacts:
    """The facts of a region's usage points over a year; made once for a state of the lake."""
    key = lake_state(lake), first_day, last_day, region_id
    return _kept.get(key, lambda: _made(first_day, last_day, lake, region_id))


def _made(
    first_day: date, last_day: date, lake: DuckDBPyConnection, region_id: str | None
) -> PointFacts:
    choose_region(lake, region_id)
    rows = run_sql(lake, "market/potential_points", _POINTS).with_columns(
        (pl.col("customer_class") == "residential").fill_null(value=False).alias("is_home"),
        pl.col("customer_class")
        .is_in(BUSINESS_CLASSES)
        .fill_null(value=False)
        .alias("is_business"),
    )
    code, prices = _prices(rows, lake_state(lake).tariff_area, last_day)
    dear, cheap, hours = dearest(prices)
    asked: dict[str, Any] = {"first_day": first_day, "last_day": last_day, "region_id": region_id}
    area: dict[str, Any] = {"area_kind": "all", "area_id": None}
    vehicles = vehicle_charging(lake, **asked).select(
        "usage_point_id", pl.col("vehicle_likelihood").alias("vehicle")
    )
    heated = (
        electric_heating(lake, **asked)
        .filter(pl.col("status") == FITTED)
        .select("usage_point_id", pl.col("heating_likelihood").alias("heated"))
    )
    solar = kind_days(lake, **asked, **area, channel="export").rows
    used = _used(kind_days(lake, **asked, **area, channel="import"), hours)
    for part in (
        vehicles,
        heated,
        solar.select(pl.col("usage_point_id").unique(), pl.lit(value=True).alias("has_solar")),
        used,
    ):
        rows = rows.join(part, on="usage_point_id", how="left", maintain_order="left")
    filled = rows.with_columns(
        pl.col("has_solar").fill_null(value=False), pl.col("energy_kwh", "dear_kwh").fill_null(0.0)
    )
    return PointFacts(filled, code, dear, cheap, hours)


def _used(days: KindDays, hours: tuple[int, ...]) -> pl.DataFrame:
    """Energy of the year, and of the dearest hours of a mean workday, of every point [kWh]."""
    year = (
        days.rows.with_columns(
            pl.Series("energy_kwh", days.load_kw.sum(axis=1)) * pl.col("days"),
        )
        .group_by("usage_point_id")
        .agg(pl.col("energy_kwh").sum())
    )
    ids, load_kw, _ = mean_hours(days, "year", "workday")
    dear = pl.DataFrame({"usage_point_id": ids, "dear_kwh": load_kw[:, list(hours)].sum(axis=1)})
    return year.join(dear, on="usage_point_id", how="left")


def _prices(rows: pl.DataFrame, area: str, last_day: date) -> tuple[str | None, np.ndarray | None]:
    """The tariff by time of use that most businesses have, and its mean price by hour."""
    known = known_tariffs()
    counted: Counter[str] = Counter()
    asked = rows.filter(pl.col("is_business") & pl.col("has_time_of_use").fill_null(value=False))
    for price_class, voltage_kv in asked.select("price_class", "voltage_kv").iter_rows():
        code = tariff_code_of(price_class, voltage_kv, area, known)
        if code in known:
            counted[code] += 1
    for code, _ in counted.most_common():
        prices = _of_year(known[code], last_day)
        if prices is not None:
            return code, prices
    return None, None


def _of_year(tariff: Tariff, last_day: date) -> np.ndarray | None:
    """Mean price of every hour over the days in the middle of the last twelve months [CNY/kWh]."""
    found = []
    for back in range(_MONTHS):
        year, month = divmod(last_day.year * _MONTHS + last_day.month - 1 - back, _MONTHS)
        try:
            prices = hourly_prices(tariff, date(year, month + 1, 15))["price_cny_per_kwh"]
        except TariffError:
            return None  # it says nothing of a month: another one may
        found.append(prices.cast(pl.Float64).to_numpy().reshape(_HOURS, -1).mean(axis=1))
    return np.mean(found, axis=0)


def dearest(prices: np.ndarray | None) -> tuple[float, float, tuple[int, ...]]:
    """Mean price of the dearest and of the cheapest DEAR_HOURS, and which the dearest are.

    >>> day = np.array([0.3] * 8 + [0.6] * 9 + [1.0] * 4 + [0.6] * 3)
    >>> dearest(day)
    (1.0, 0.3, (17, 18, 19, 20))
    """
    if prices is None:
        return np.nan, np.nan, _USUAL_DEAR_HOURS
    order = np.argsort(-prices, kind="stable")
    dear, cheap = order[:DEAR_HOURS], order[-DEAR_HOURS:]
    hours = tuple(sorted(int(hour) for hour in dear))
    return float(prices[dear].mean()), float(prices[cheap].mean()), hours
