"""A lake with two districts: ``old``, read in 2016, and the simulated ``new``, in 2025.

``new`` holds a region with P1 (1 kWh a day) and one with P2 (10 kWh a day); P1's transformer
has a meter, P1-M, that reads 1000 kWh a day. In ``old`` there is only Q (100 kWh a day).
"""

from collections.abc import Callable, Iterator
from datetime import date

import polars as pl

from queries.settings import Settings


def two_districts(
    settings: Settings, register: Callable, take: Callable, day_row: Callable
) -> Settings:
    """Fill an empty lake."""
    in_new = {"parent_region_id": "new", "is_simulated": True}
    feeder = {"feeder_id": "F1", "name": "东风线", "name_en": "Dongfeng line"}
    register(
        settings,
        regions=[
            {"region_id": "old", "name": "旧城区", "name_en": "Old town", "is_simulated": False},
            {"region_id": "new", "name": "新城区", "name_en": "New town", "is_simulated": True},
            {"region_id": "new-1", "name": "一所", "name_en": "Station one", **in_new},
            {"region_id": "new-2", "name": "二所", "name_en": "Station two", **in_new},
        ],
        substations=[{"substation_id": "S1", "region_id": "new-1"}],
        feeders=[{**feeder, "substation_id": "S1"}],
        transformers=[{"transformer_id": "T1", "feeder_id": "F1", "transformer_meter_id": "P1-M"}],
        customers=[{"customer_id": f"C-{name}", "name": "某"} for name in ("P1", "P2", "Q")],
        usage_points=[
            {"usage_point_id": "P1", "customer_id": "C-P1", "transformer_id": "T1"},
            {"usage_point_id": "P1-M", "transformer_id": "T1", "metering_purpose": "check"},
            {"usage_point_id": "P2", "customer_id": "C-P2", "region_id": "new-2"},
            {"usage_point_id": "Q", "customer_id": "C-Q", "region_id": "old"},
        ],
    )

    def days(first: date, last: date, **daily_wh: int) -> Iterator[pl.DataFrame]:
        for point, wh in daily_wh.items():
            hours = {6: wh // 2, 18: wh // 4, 19: wh // 4}
            day = day_row(hours | dict.fromkeys(set(range(24)) - hours.keys(), 0), point=point)
            every = pl.date_range(first, last, eager=True)
            yield pl.concat(day.with_columns(service_date=pl.lit(d)) for d in every)

    take(settings, *days(date(2016, 11, 1), date(2016, 12, 31), Q=100_000))
    new = {"P1": 1000, "P2": 10_000, "P1-M": 1_000_000}
    take(settings, *days(date(2025, 5, 1), date(2025, 6, 15), **new))
    return settings
