"""A small utility of two areas over two years: north grows by a tenth a year, south does not."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from ingest.batch import PROFILES_READ
from ingest.lake import append, publish, writing
from queries.schema import SLOTS, TABLES
from queries.settings import Settings

FIRST_DAY, LAST_DAY = date(2023, 1, 1), date(2024, 12, 31)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
MEAN_KW = {"N1": 12.0, "N2": 12.0, "N3": 12.0, "S1": 12.0, "S2": 12.0, "W": 24.0}
GROWTH = {"N1": 0.10, "N2": 0.10, "N3": 0.10}
AT = datetime(2025, 1, 2, tzinfo=UTC)


def two_areas(settings: Settings, register, take) -> Settings:
    """Homes N1 to N3 on T-N in the region north, S1 and S2 on T-S in south, works W on F-S."""
    register(
        settings,
        regions=[
            {"region_id": "land", "name": "两区", "name_en": "Two areas"},
            {"region_id": "north", "name": "北", "parent_region_id": "land"},
            {"region_id": "south", "name": "南", "parent_region_id": "land"},
        ],
        substations=[
            {"substation_id": "S-N", "region_id": "north"},
            {"substation_id": "S-S", "region_id": "south"},
        ],
        feeders=[
            {"feeder_id": "F-N", "substation_id": "S-N", "voltage_kv": 10.0},
            {"feeder_id": "F-S", "substation_id": "S-S", "voltage_kv": 10.0},
        ],
        transformers=[
            {"transformer_id": "T-N", "feeder_id": "F-N", "rated_capacity_kva": 80.0},
            {"transformer_id": "T-S", "feeder_id": "F-S", "rated_capacity_kva": 80.0},
        ],
        customers=[
            {"customer_id": f"C-{point}", "industry_code": "33" if point == "W" else None}
            for point in MEAN_KW
        ],
        usage_points=[
            {
                "usage_point_id": point,
                "customer_id": f"C-{point}",
                "transformer_id": None if point == "W" else f"T-{point[0]}",
                "feeder_id": "F-S" if point == "W" else None,
                "customer_class": "industrial" if point == "W" else "residential",
                "operating_capacity_kva": 50.0 if point == "W" else None,
            }
            for point in MEAN_KW
        ],
    )
    take(settings, pl.concat(_profiles(point) for point in MEAN_KW))
    _weather_and_economy(settings)
    return settings


def temperatures() -> np.ndarray:
    """Mean of every day [°C], with cold and warm spells of their own."""
    day = np.arange(DAYS)
    spells = 3 * np.sin(day / 5.3) + 2 * np.sin(day / 2.1)
    return 12 - 14 * np.cos(2 * np.pi * (day - 15) / 365.25) + spells


def _profiles(point: str) -> pl.DataFrame:
    """Hourly energy: an evening twice the night, heating, growth, and days a little different."""
    day = np.arange(DAYS)
    by_hour = np.where(np.arange(24) >= 17, 1.5, 0.8)
    random = np.random.default_rng(sum(map(ord, point)))
    level = np.exp(GROWTH.get(point, 0.0) * day / 365.25) * random.normal(1, 0.03, DAYS)
    heating = 1 + 0.01 * np.maximum(14 - temperatures(), 0)
    watt_hours = np.rint(MEAN_KW[point] * 1000 * np.outer(level * heating, by_hour)).astype(int)
    frame = pl.DataFrame(
        {
            "usage_point_id": [point] * DAYS,
            "channel": ["import"] * DAYS,
            "service_date": [FIRST_DAY + timedelta(int(n)) for n in day],
            "interval_minutes": [60] * DAYS,
            **{SLOTS[4 * hour]: watt_hours[:, hour] for hour in range(24)},
        }
    )
    empty = pl.DataFrame(schema=PROFILES_READ)
    known = frame.cast({name: PROFILES_READ[name] for name in frame.columns})
    return pl.concat([empty, known], how="diagonal").select(empty.columns)


def _weather_and_economy(settings: Settings) -> None:
    stamp = {"batch_id": "b", "received_at": AT}
    # Standard time in China is eight hours ahead of UTC.
    midnight = datetime(2022, 12, 31, 16, tzinfo=UTC)
    weather = [
        stamp
        | {
            "region_id": "land",
            "valid_at": midnight + timedelta(days=n, hours=hour),
            "temperature_c": float(value),
        }
        for n, value in enumerate(temperatures())
        for hour in range(0, 24, 3)
    ]
    economy = [
        stamp
        | {
            "region_id": "land",
            "series": "gross_domestic_product",
            "period_start": date(2022 + n // 4, 3 * (n % 4) + 1, 1),
            "period_end": date(2022 + n // 4, 3 * (n % 4) + 3, 30),
            "value": 1000.0 * 1.01**n * (1 + 0.02 * (n % 3)),
            "value_unit": "million CNY",
        }
        for n in range(12)
    ]
    with writing(settings) as writer:
        for name, rows in (("weather", weather), ("economy", economy)):
            schema = TABLES[name].schema
            append(writer, TABLES[name], pl.DataFrame(rows, schema=schema))
        publish(writer)
