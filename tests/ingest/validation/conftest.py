"""A small fleet, each usage point of which shows one thing, judged once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from shutil import copytree

import numpy as np
import polars as pl
import pytest

from ingest.batch import CLOCKS_READ, EVENTS_READ, MEASUREMENTS_READ, REGISTERS_READ, Batch
from ingest.lake import publish, writing
from ingest.merge import Arrival
from ingest.profiles import from_matrix
from ingest.store import Stored, derive, store

FIRST, DAYS = date(2024, 5, 1), 50
LAST = FIRST + timedelta(days=DAYS - 1)
ARRIVED = datetime(2024, 7, 1, tzinfo=UTC)
MIDNIGHT = datetime(2024, 5, 1, tzinfo=UTC) - timedelta(hours=8)  # China Standard Time


def on(day: int) -> date:
    """Day number ``day``."""
    return FIRST + timedelta(days=day)


def at(day: int, hour: float = 0.0) -> datetime:
    """An instant by local time."""
    return MIDNIGHT + timedelta(days=day, hours=hour)


def usual(seed: int) -> np.ndarray:
    """Hourly energy of all days [Wh]: no day like another, no hour without energy."""
    own = np.random.default_rng(seed)
    return own.integers(150, 900, (DAYS, 24)).astype(np.float64)


@dataclass
class Meter:
    """One usage point, and what is peculiar about it.

    ``register_wh`` is what its register counts a day (None: what its curve says), ``readings`` is
    all of (meter, instant, day, kWh) where that is too simple; ``unread`` days have no freeze.
    """

    curve: np.ndarray
    ratio: float = 1.0
    digits: int = 6
    start_kwh: float = 1000.0
    capacity_kva: float = 8.0
    area: str | None = None
    register_wh: np.ndarray | None = None
    readings: list[tuple[str, datetime, date, float]] | None = None
    quantities: Mapping[str, np.ndarray] = field(default_factory=dict)
    late_days: Mapping[int, float] = field(default_factory=dict)
    estimated: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()
    drift_seconds: np.ndarray | None = None
    export: np.ndarray | None = None


def curves(name: str, meter: Meter) -> list[pl.DataFrame]:
    """PROFILES_READ of a meter; NaN is missing."""
    frames = []
    for channel, values in (("import", meter.curve), ("export", meter.export)):
        if values is None:
            continue
        issued = [at(d + 1, 1.5) + timedelta(days=meter.late_days.get(d, 0)) for d in range(DAYS)]
        keys = pl.DataFrame(
            {
                "usage_point_id": [name] * DAYS,
                "channel": [channel] * DAYS,
                "service_date": [on(d) for d in range(DAYS)],
                "issued_at": pl.Series(issued, dtype=pl.Datetime("us", "UTC")),
            }
        )
        ranks = np.zeros(values.shape, dtype=np.uint8)
        ranks[list(meter.estimated)] = 2
        frames.append(from_matrix(keys, values, interval_minutes=60, quality_ranks=ranks))
    return frames


def registers(name: str, meter: Meter) -> pl.DataFrame:
    """REGISTERS_READ of a meter: a freeze at every midnight, cut off at 0.01 kWh."""
    rows = meter.readings
    if rows is None:
        daily = np.nansum(meter.curve, axis=1) if meter.register_wh is None else meter.register_wh
        counted = np.floor(np.cumsum(daily) / meter.ratio / 10) / 100 + meter.start_kwh
        rows = [
            (f"{name}-M", at(d + 1), on(d), kwh % 10**meter.digits)
            for d, kwh in enumerate(counted.tolist())
            if d not in meter.unread
        ]
    return pl.DataFrame(
        [
            {
                "usage_point_id": name,
                "meter_id": meter_id,
                "channel": "import",
                "register": "total",
                "service_date": day,
                "read_at": read_at,
                "reading_kwh": Decimal(f"{kwh:.4f}"),
                "demand_kw": None,
                "demand_at": None,
                "quality": "A",
                "issued_at": read_at + timedelta(days=meter.late_days.get((day - FIRST).days, 0)),
            }
            for meter_id, read_at, day, kwh in rows
        ],
        schema=REGISTERS_READ,
    )


def measured(name: str, meter: Meter) -> list[pl.DataFrame]:
    """MEASUREMENTS_READ of a meter; quantities (days, 24) by name."""
    frames = []
    for quantity, values in meter.quantities.items():
        slots = np.repeat(values, 4, axis=1).astype(np.float32)
        frame = pl.DataFrame(
            {
                "usage_point_id": [name] * DAYS,
                "quantity": [quantity] * DAYS,
                "service_date": [on(d) for d in range(DAYS)],
                "interval_minutes": pl.Series([15] * DAYS, dtype=pl.Int16),
                "issued_at": pl.Series([at(d + 1, 1.5) for d in range(DAYS)]),
                "quality": pl.Series([None] * DAYS, dtype=pl.String),
            }
        )
        columns = [f"t{h:02d}{m:02d}" for h in range(24) for m in (0, 15, 30, 45)]
        frame = frame.hstack(pl.from_numpy(slots, schema=columns).fill_nan(None))
        frames.append(frame.select(pl.col(n).cast(t) for n, t in MEASUREMENTS_READ.items()))
    return frames


def clocks(name: str, meter: Meter) -> pl.DataFrame:
    """CLOCKS_READ of a meter: a reading every night."""
    if meter.drift_seconds is None:
        return pl.DataFrame(schema=CLOCKS_READ)
    return pl.DataFrame(
        [
            {
                "device_id": f"{name}-M",
                "kind": "meter",
                "usage_point_id": name,
                "terminal_id": None,
                "read_at": at(d, 1.5),
                "service_date": on(d),
                "device_time": at(d, 1.5) + timedelta(seconds=seconds),
                "drift_seconds": seconds,
                "protocol": "DL/T 645-2007",
            }
            for d, seconds in enumerate(meter.drift_seconds.tolist())
        ],
        schema=CLOCKS_READ,
    )


def events(*rows: tuple[str, str, datetime, datetime | None]) -> pl.DataFrame:
    """EVENTS_READ: (usage point, code, from, to)."""
    return pl.DataFrame(
        [
            {
                "usage_point_id": name,
                "meter_id": f"{name}-M",
                "event_code": code,
                "occurred_at": began,
                "ended_at": ended,
                "detail": None,
            }
            for name, code, began, ended in rows
        ],
        schema=EVENTS_READ,
    )


def fill(settings, meters: Mapping[str, Meter], *more: Batch, arrived: datetime = ARRIVED):
    """Take everything of some meters into a lake."""
    frames = [frame for name, meter in meters.items() for frame in curves(name, meter)]
    voltages = [frame for name, meter in meters.items() for frame in measured(name, meter)]
    batch = Batch(
        profiles=pl.concat(frames),
        registers=pl.concat([registers(name, meter) for name, meter in meters.items()]),
        measurements=pl.concat([pl.DataFrame(schema=MEASUREMENTS_READ), *voltages]),
        clocks=pl.concat([clocks(name, meter) for name, meter in meters.items()]),
    )
    stored = Stored()
    with writing(settings) as writer:
        for number, one in enumerate((batch, *more)):
            moment = arrived + timedelta(microseconds=number)
            store(writer, one, Arrival(f"b{number}", moment), stored)
        derive(writer, settings, stored)
        publish(writer)


@pytest.fixture(scope="session")
def copy_of(tmp_path_factory):
    """A lake of its own with what another one holds: copying costs less than filling."""

    def copied(settings):
        data = tmp_path_factory.mktemp("copy") / "data"
        copytree(settings.data, data)
        return settings.model_copy(update={"data": data})

    return copied


@pytest.fixture(scope="session")
def enrol(register):
    """Put the usage points and meters of some ``Meter`` into the register."""

    def known(settings, meters: Mapping[str, Meter], *, more_meters=()):
        register(
            settings,
            transformers=[
                {"transformer_id": area}
                for area in sorted({m.area for m in meters.values() if m.area})
            ]
            or [{"transformer_id": "T0"}],
            usage_points=[
                {
                    "usage_point_id": name,
                    "customer_id": f"C-{name}",
                    "transformer_id": meter.area,
                    "contracted_capacity_kva": meter.capacity_kva,
                    "voltage_kv": 0.38,
                }
                for name, meter in meters.items()
            ],
            meters=[
                *(
                    {
                        "meter_id": f"{name}-M",
                        "usage_point_id": name,
                        "current_ratio": meter.ratio,
                        "voltage_ratio": 1.0,
                        "register_digits": meter.digits,
                    }
                    for name, meter in meters.items()
                ),
                *more_meters,
            ],
        )

    return known
