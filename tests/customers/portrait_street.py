"""Eleven homes and a shop on a street, fourteen months, portrayed."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from ingest.portraits import make_portraits
from queries.schema import SLOTS
from queries.settings import Settings

FIRST, LAST = date(2024, 1, 1), date(2025, 2, 28)
DAYS = (LAST - FIRST).days + 1
FESTIVAL_2025 = date(2025, 1, 28)


def days_of(day_row, point, hourly_wh, *, first=FIRST, channel="import"):
    """One row a day of ``hourly_wh`` (days, 24); a NaN hour is missing."""
    row = day_row({0: 0}, point=point, channel=channel).drop("service_date")
    count = len(hourly_wh)
    days = pl.Series("service_date", [first + timedelta(days=n) for n in range(count)])
    return (
        pl.concat([row] * count)
        .with_columns(
            days,
            *(
                pl.Series(SLOTS[4 * hour], hourly_wh[:, hour], nan_to_null=True).cast(pl.Int32)
                for hour in range(24)
            ),
        )
        .select(day_row({0: 0}).columns)
    )


def home_wh(seed):
    """1 kWh at seven in the evening, 0.1 kWh an hour else; away at Spring Festival 2025."""
    wh = np.full((DAYS, 24), 100.0)
    wh[:, 19] = 1000 + np.random.default_rng(seed).integers(0, 50, DAYS)
    at = (FESTIVAL_2025 - FIRST).days
    wh[at : at + 8, 19] = 100
    return wh


def street_of(lake_settings: Settings, register, take, day_row) -> Settings:
    """Homes H00 to H10, and a shop S of 30 kVA with reactive energy, shut at weekends."""
    homes = [f"H{n:02d}" for n in range(11)]
    register(
        lake_settings,
        regions=[{"region_id": "town"}],
        usage_points=[
            *(
                {
                    "usage_point_id": home,
                    "customer_id": f"C-{home}",
                    "region_id": "town",
                    "customer_class": "residential",
                }
                for home in homes
            ),
            {
                "usage_point_id": "S",
                "customer_id": "C-S",
                "region_id": "town",
                "customer_class": "commercial",
                "operating_capacity_kva": 30.0,
                "contracted_demand_kw": 20.0,
            },
        ],
    )
    shop = np.zeros((DAYS, 24))
    weekday = np.array([(FIRST + timedelta(days=n)).weekday() for n in range(DAYS)])
    shop[weekday < 5, 9:19] = 12_000
    reactive = shop * 0.75  # 0.8 = 4 / √(4² + 3²)
    homes_rows = [days_of(day_row, home, home_wh(n)) for n, home in enumerate(homes)]
    take(
        lake_settings,
        pl.concat(
            [
                *homes_rows,
                days_of(day_row, "S", shop),
                days_of(day_row, "S", reactive, channel="reactive_import"),
            ]
        ),
    )
    make_portraits(lake_settings)
    return lake_settings
