"""Two years of a small town whose answer to the temperature, and whose growth, are known."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from ingest.lake import append, publish, writing
from queries.schema import SLOTS, TABLES
from queries.settings import Settings

FIRST, LAST = date(2023, 1, 1), date(2024, 12, 31)
DAYS = (LAST - FIRST).days + 1
HEATING_BELOW_C, HEATING_KWH_PER_K = 14.0, 0.5
COOLING_ABOVE_C, COOLING_KWH_PER_K = 22.0, 0.6
BASE_KWH = 10.0
GROWTH = 0.08
HOMES, SHOPS = 8, 6
STREET, MARKET = "T-street", "T-market"
_SHAPE = np.array([0.5] * 7 + [1.0] * 10 + [2.0] * 5 + [0.75, 0.75])


def outdoor_c(seed: int = 3) -> np.ndarray:
    """Mean temperature of every day: 2024 is 2 K warmer than 2023."""
    day = np.arange(DAYS)
    noise = np.random.default_rng(seed).normal(0, 3, DAYS)
    return 10 - 16 * np.cos(2 * np.pi * (day - 15) / 365.25) + noise + 2.0 * (day >= 365)


def town(settings: Settings, register, take, day_row) -> Settings:
    """``in_country`` lies in ``country``, which has the weather.

    Homes hang on the street, answer to the temperature and do not grow; shops hang on the market,
    do not answer, and use 8 % more in 2024.
    """
    homes = [f"H{n}" for n in range(HOMES)]
    shops = [f"S{n}" for n in range(SHOPS)]
    register(
        settings,
        regions=[
            {"region_id": "country", "name": "全县", "name_en": "County"},
            {
                "region_id": "in_country",
                "parent_region_id": "country",
                "name": "城区",
                "name_en": "Town",
            },
        ],
        substations=[{"substation_id": "SS", "region_id": "in_country"}],
        feeders=[{"feeder_id": "F", "substation_id": "SS", "name": "一线", "name_en": "Line one"}],
        transformers=[
            {"transformer_id": STREET, "feeder_id": "F", "name": "街台区", "name_en": "Street"},
            {"transformer_id": MARKET, "feeder_id": "F", "name": "市场台区", "name_en": "Market"},
        ],
        usage_points=[
            {
                "usage_point_id": point,
                "customer_class": kind,
                "transformer_id": where,
            }
            for points, kind, where in (
                (homes, "residential", STREET),
                (shops, "commercial", MARKET),
            )
            for point in points
        ],
    )
    add_weather(settings, outdoor_c())
    random = np.random.default_rng(11)
    temperature_c = outdoor_c()
    is_later = np.arange(DAYS) >= 365
    rows = []
    for number, point in enumerate((*homes, *shops)):
        size = 1 + 0.05 * number
        kwh = np.full(DAYS, BASE_KWH * size)
        if point in homes:
            kwh += HEATING_KWH_PER_K * np.maximum(HEATING_BELOW_C - temperature_c, 0)
            kwh += COOLING_KWH_PER_K * np.maximum(temperature_c - COOLING_ABOVE_C, 0)
        else:
            kwh *= 1 + GROWTH * is_later
        kwh *= 1 + random.normal(0, 0.02, DAYS)
        rows.append(_days(day_row, point, kwh))
    take(settings, pl.concat(rows))
    return settings


def _days(day_row, point: str, kwh: np.ndarray) -> pl.DataFrame:
    hours = np.rint(kwh[:, None] * 1000 * _SHAPE / _SHAPE.sum()).astype(np.int32)
    row = day_row(dict.fromkeys(range(24), 0), point=point)
    days = [FIRST + timedelta(days=n) for n in range(len(kwh))]
    return pl.concat([row] * len(days)).with_columns(
        pl.Series("service_date", days),
        *(pl.Series(SLOTS[4 * hour], hours[:, hour]) for hour in range(24)),
    )


def add_weather(
    settings: Settings,
    temperature_c: np.ndarray,
    region: str = "country",
    *,
    forecast_c: float = 50,
) -> None:
    """Observations every six hours whose mean is the day's, and a forecast that is far off."""
    midnight = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) - timedelta(hours=8)
    rows = []
    for day, mean in enumerate(temperature_c):
        for hour, swing in ((3, -4), (9, 1), (15, 4), (21, -1)):
            at = midnight + timedelta(days=day, hours=hour)
            rows += [
                {"region_id": region, "valid_at": at, "temperature_c": mean + swing},
                {
                    "region_id": region,
                    "valid_at": at,
                    "issued_at": at - timedelta(days=1),
                    "temperature_c": forecast_c,
                },
            ]
    stamp = {"batch_id": "w", "received_at": datetime(2025, 1, 1, tzinfo=UTC)}
    frame = pl.DataFrame([stamp | row for row in rows], schema=TABLES["weather"].schema)
    with writing(settings) as writer:
        append(writer, TABLES["weather"], frame)
        publish(writer)
