"""Single readings into rows of the lake: register curves, measurements, freezes."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from ingest.batch import MEASUREMENTS_READ, POINTS_READ, REGISTERS_READ
from ingest.profiles import QUALITY_RANK, quality_strings
from queries.schema import SLOTS, SLOTS_PER_DAY


class Slot(NamedTuple):
    """One value of a day.

    Attributes:
        key: The columns of its row that stand before and behind the slots: usage point, names,
            day, interval; then when it was issued.
        slot: Number of the quarter of an hour.
        quality: Of QUALITIES.
        value: In the unit of its table.
    """

    key: tuple[str | date | int | datetime | None, ...]
    slot: int
    quality: str
    value: float


class Freeze(NamedTuple):
    """A register as it stood at an instant."""

    usage_point_id: str
    meter_id: str
    channel: str
    register: str
    service_date: date
    read_at: datetime
    reading_kwh: Decimal
    quality: str
    issued_at: datetime | None


def register_days(slots: list[Slot]) -> pl.DataFrame:
    """POINTS_READ [0.0001 kWh, kvarh]."""
    return _days(slots, POINTS_READ, np.int64)


def measurement_days(slots: list[Slot]) -> pl.DataFrame:
    """MEASUREMENTS_READ."""
    return _days(slots, MEASUREMENTS_READ, np.float32)


def _days(slots: list[Slot], read_as: pl.Schema, dtype: type) -> pl.DataFrame:
    """A row a day and issue; of two values for one slot the better one, then the larger."""
    if not slots:
        return read_as.to_frame()
    ordered = sorted(slots, key=lambda one: (-QUALITY_RANK[one.quality], one.value))
    places: dict[tuple, int] = {}
    rows = np.array([places.setdefault(one.key, len(places)) for one in ordered])
    columns = np.array([one.slot for one in ordered])
    values = np.zeros((len(places), SLOTS_PER_DAY), dtype=dtype)
    missing = np.ones(values.shape, dtype=bool)
    ranks = np.zeros(values.shape, dtype=np.uint8)
    values[rows, columns] = np.array([one.value for one in ordered], dtype=dtype)
    ranks[rows, columns] = [QUALITY_RANK[one.quality] for one in ordered]
    missing[rows, columns] = False
    around = [name for name in read_as.names() if name not in SLOTS and name != "quality"]
    keys = pl.DataFrame(list(places), schema=[(n, read_as[n]) for n in around], orient="row")
    days = pl.DataFrame(
        {slot: pa.array(values[:, i], mask=missing[:, i]) for i, slot in enumerate(SLOTS)}
    )
    quality = pl.Series("quality", quality_strings(missing, ranks), dtype=pl.String)
    frame = keys.hstack(days).with_columns(quality).select(read_as.names())
    return frame.cast(read_as).sort(*around, nulls_last=True)


def freezes(found: list[Freeze]) -> pl.DataFrame:
    """REGISTERS_READ; of two readings of one register and instant the better, later, larger."""
    if not found:
        return REGISTERS_READ.to_frame()
    frame = pl.DataFrame(
        [one._asdict() for one in found],
        schema={name: REGISTERS_READ[name] for name in Freeze._fields},
    )
    key = ["usage_point_id", "meter_id", "channel", "register", "read_at"]
    best = frame.sort(
        *key,
        pl.col("quality").replace_strict(QUALITY_RANK, return_dtype=pl.UInt8),
        "issued_at",
        "reading_kwh",
        descending=[False] * 6 + [True, True],
        nulls_last=True,
    ).unique(key, keep="first", maintain_order=True)
    absent = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in REGISTERS_READ.items()
        if name not in best.columns
    ]
    return best.with_columns(absent).select(REGISTERS_READ.names())
