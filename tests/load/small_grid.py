"""One feeder on one day: an overloaded transformer, one without a meter, one that fell silent."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta

import polars as pl

from ingest.batch import MEASUREMENTS_READ, Batch
from ingest.lake import publish, writing
from ingest.merge import Arrival
from ingest.store import Stored, derive, store
from queries.schema import SLOTS
from queries.settings import Settings

DAY = date(2024, 6, 3)


def o_clock(hour: int, minute: int = 0) -> datetime:
    """A moment of DAY, standard time; 24 is its end."""
    return datetime.combine(DAY, time()) + timedelta(hours=hour, minutes=minute)


EVENING = o_clock(20)
"""T1 (100 kVA) carries 30 kW and 40 kvar until 16:00, from then on 66 kW and 88 kvar: 110 kVA."""


def quarters(*parts: tuple[int, int]) -> list[int]:
    """96 values from (hours, value) one after the other."""
    values = [value for hours, value in parts for _ in range(4 * hours)]
    return values + [0] * (96 - len(values))


def small_grid(settings: Settings, register: Callable, day_row: Callable) -> Settings:
    """F1 with its meter; T1 metered, T2 (50 kVA) by its customers A and B, T3 read until noon."""
    place = {"region_id": "R", "feeder_id": "F1"}
    check = {"metering_purpose": "check"}
    register(
        settings,
        regions=[{"region_id": "R", "name": "一所", "name_en": "Station one"}],
        substations=[{"substation_id": "S1", "region_id": "R"}],
        feeders=[{"feeder_id": "F1", "name": "东风线", "substation_id": "S1"}],
        transformers=[
            {"transformer_id": name, "name": f"{name}台区", "feeder_id": "F1", **one}
            for name, one in {
                "T1": {"rated_capacity_kva": 100.0, "transformer_meter_id": "T1-M"},
                "T2": {"rated_capacity_kva": 50.0},
                "T3": {"rated_capacity_kva": 80.0, "transformer_meter_id": "T3-M"},
            }.items()
        ],
        customers=[{"customer_id": name, "name": f"户{name}"} for name in "ABCDE"],
        usage_points=[
            {"usage_point_id": "F1-M", **place, **check},
            {"usage_point_id": "T1-M", "transformer_id": "T1", **place, **check},
            {"usage_point_id": "T3-M", "transformer_id": "T3", **place, **check},
            *(
                {
                    "usage_point_id": name,
                    "customer_id": name,
                    "transformer_id": "T2",
                    "phase": "A",
                    "customer_class": "residential",
                    **place,
                }
                for name in "AB"
            ),
            {"usage_point_id": "C", "customer_id": "C", "operating_capacity_kva": 70.0, **place},
        ],
    )
    t1 = {
        "import": quarters((16, 7500), (8, 16500)),
        "reactive_import": quarters((16, 10000), (8, 22000)),
    }
    rows = [
        *(day_row(v, point="T1-M", channel=c, day=DAY, interval=15) for c, v in t1.items()),
        day_row(quarters((24, 50_000)), point="F1-M", day=DAY, interval=15),
        day_row(quarters((12, 1000))[:48], point="T3-M", day=DAY, interval=15),
        *(day_row([9500] * 24, point=name, day=DAY) for name in "AB"),
    ]
    measured = [
        ("T1-M", "current_a_a", [200.0] * 96),
        ("T1-M", "current_b_a", [100.0] * 96),
        ("T1-M", "current_c_a", [100.0] * 96),
        ("A", "voltage_a_v", [230.0] * 72 + [190.0] * 24),
        ("B", "voltage_a_v", [240.0] * 40 + [220.0] * 56),
    ]
    take_in(settings, pl.concat(rows), measurements(measured))
    return settings


def measurements(rows: list[tuple[str, str, list[float]]], day: date = DAY) -> pl.DataFrame:
    """Day rows of voltages or currents."""
    empty: Mapping[str, object] = dict.fromkeys(MEASUREMENTS_READ)
    return pl.DataFrame(
        [
            {
                **empty,
                "usage_point_id": point,
                "quantity": quantity,
                "service_date": day,
                "interval_minutes": 15,
                **dict(zip(SLOTS, values, strict=False)),
            }
            for point, quantity, values in rows
        ],
        schema=MEASUREMENTS_READ,
    )


def take_in(settings: Settings, profiles: pl.DataFrame, measured: pl.DataFrame) -> None:
    """Store them and what is derived from them."""
    with writing(settings) as writer:
        stored = Stored()
        batch = Batch(profiles=profiles, measurements=measured)
        store(writer, batch, Arrival("grid", datetime.fromisoformat("2024-06-04T00:00Z")), stored)
        derive(writer, settings, stored)
        publish(writer)
