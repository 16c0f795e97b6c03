"""Nine weeks of a small district in two regions, with observed and forecast temperatures."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl

from ingest.lake import append, publish, writing
from queries.schema import TABLES
from queries.settings import Settings

FIRST, DAYS = date(2024, 2, 25), 64
LAST = FIRST + timedelta(days=DAYS - 1)
_SHAPE = 600 + 400 * np.sin(2 * np.pi * (np.arange(24) - 8) / 24)
_POINTS = {
    "P1": ("north", "residential", "F1", 1.0),
    "P2": ("north", "commercial", "F1", 2.0),
    "P3": ("south", "residential", "F2", 1.5),
}


def degrees(day: int) -> float:
    """Mean temperature of a day [°C]."""
    return 15 + 8 * np.sin(day / 9.0)


def start_of(day: int) -> datetime:
    """The instant at which a day begins: midnight in China is 16:00 UTC of the day before."""
    midnight = datetime.combine(FIRST + timedelta(days=day), datetime.min.time(), UTC)
    return midnight - timedelta(hours=8)


def energy_wh(point: str, day: int) -> list[int]:
    """What a point takes in every hour of a day; offices rest at weekends."""
    _, kind, _, size = _POINTS[point]
    generator = np.random.default_rng([day, int(point[1])])
    rests = kind == "commercial" and (FIRST + timedelta(days=day)).weekday() >= 5
    level = size * (0.4 if rests else 1.0) * (1 + 0.02 * max(0.0, degrees(day) - 18))
    return [int(v) for v in level * _SHAPE * generator.normal(1, 0.02, 24)]


def district(
    settings: Settings, register, take, day_row, *, days: int = DAYS, poisoned: bool = False
) -> Settings:
    """``town`` with the regions north and south; ``poisoned`` adds a future gone mad.

    Args:
        days: How many days are read.
        poisoned: Twenty more days with absurd readings and temperatures, and absurd temperature
            forecasts of the days before that were issued when those days had begun.
    """
    register(
        settings,
        regions=[
            {"region_id": "town", "name": "镇", "name_en": "Town"},
            {"region_id": "north", "parent_region_id": "town", "name": "北", "name_en": "North"},
            {"region_id": "south", "parent_region_id": "town", "name": "南", "name_en": "South"},
        ],
        substations=[{"substation_id": "S", "region_id": "town"}],
        feeders=[
            {"feeder_id": name, "substation_id": "S", "name": name, "name_en": name}
            for name in ("F1", "F2")
        ],
        customers=[{"customer_id": f"C-{point}", "name": "某"} for point in _POINTS],
        usage_points=[
            {
                "usage_point_id": point,
                "customer_id": f"C-{point}",
                "customer_class": kind,
                "region_id": region,
                "feeder_id": feeder,
            }
            for point, (region, kind, feeder, _) in _POINTS.items()
        ],
    )
    rows = [
        day_row(energy_wh(point, day), point=point, day=FIRST + timedelta(days=day))
        for point in _POINTS
        for day in range(days)
    ]
    if poisoned:
        rows += [
            day_row([10**6 * (1 + hour) for hour in range(24)], point=point, day=FIRST + after)
            for point in _POINTS
            for after in (timedelta(days=days + n) for n in range(20))
        ]
    take(settings, pl.concat(rows))
    _weather(settings, days, poisoned=poisoned)
    return settings


def _weather(settings: Settings, days: int, *, poisoned: bool) -> None:
    rows = []
    for day in range(days + 20):
        for hour in range(24):
            at = start_of(day) + timedelta(hours=hour)
            if day < days:
                rows.append((at, None, degrees(day)))
            if day <= days + 2:
                rows.append((at, start_of(day) - timedelta(hours=8), degrees(day) + 0.5))
            if poisoned:
                if day >= days:
                    rows.append((at, None, 60.0))
                rows.append((at, start_of(min(day, days)) + timedelta(hours=1), -60.0))
    frame = pl.DataFrame(
        [
            {
                "region_id": "town",
                "valid_at": at,
                "issued_at": issued,
                "temperature_c": value,
                "batch_id": "weather",
                "received_at": start_of(0),
            }
            for at, issued, value in rows
        ],
        schema=TABLES["weather"].schema,
    )
    with writing(settings) as writer:
        append(writer, TABLES["weather"], frame)
        publish(writer)
