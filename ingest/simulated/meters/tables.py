"""Arrays of one meter as the rows that a collection system hands over."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa

from ingest.batch import MEASUREMENTS_READ, PROFILES_READ
from ingest.profiles import from_whole
from ingest.simulated.planted.collection import Delivery
from ingest.simulated.surroundings.span import Span
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY, UTC_INSTANT


@dataclass(slots=True)
class Profiles:
    """Day profiles collected meter by meter, turned into one frame at the end.

    One frame of many rows costs a fraction of many frames of few.
    """

    names: list[tuple[str, str, int]] = field(default_factory=list)
    days: list[np.ndarray] = field(default_factory=list)
    issued_us: list[np.ndarray] = field(default_factory=list)
    values: list[np.ndarray] = field(default_factory=list)
    missing: list[np.ndarray] = field(default_factory=list)
    ranks: list[np.ndarray | None] = field(default_factory=list)

    def add(self, usage_point_id: str, channel: str, came: Delivery) -> None:
        """What arrived together of one meter and channel."""
        if came.days.size:
            self.names.append((usage_point_id, channel, came.days.size))
            self.days.append(came.days)
            self.issued_us.append(came.issued_us)
            self.values.append(came.values)
            self.missing.append(came.missing)
            self.ranks.append(came.ranks)

    def frame(self, span: Span) -> pl.DataFrame:
        """Everything added, as PROFILES_READ."""
        if not self.names:
            return pl.DataFrame(schema=PROFILES_READ)
        missing = np.concatenate(self.missing)
        ranks = None
        if any(part is not None for part in self.ranks):
            empty = [np.zeros_like(mask, dtype=np.uint8) for mask in self.missing]
            both = zip(self.ranks, empty, strict=True)
            ranks = np.concatenate([none if part is None else part for part, none in both])
        return from_whole(
            _keys(self.names, self.days, self.issued_us, span),
            np.concatenate(self.values),
            missing if missing.any() else None,
            interval_minutes=SLOT_MINUTES,
            quality_ranks=ranks,
        )


def _keys(
    names: list[tuple[str, str, int]],
    days: list[np.ndarray],
    issued_us: list[np.ndarray],
    span: Span,
) -> pl.DataFrame:
    counts = [count for _, _, count in names]
    return pl.DataFrame(
        {
            "usage_point_id": _repeated([name for name, _, _ in names], counts),
            "channel": _repeated([channel for _, channel, _ in names], counts),
            "service_date": _dates(np.concatenate(days), span),
            "issued_at": pl.Series(np.concatenate(issued_us)).cast(UTC_INSTANT),
        }
    )


def _repeated(texts: list[str], counts: list[int]) -> pl.Series:
    return pl.Series(texts).gather(np.repeat(np.arange(len(texts)), counts))


def _dates(days: np.ndarray, span: Span) -> pl.Series:
    epoch = np.datetime64(span.first_day, "D").astype(np.int64)
    return pl.Series((days + epoch).astype(np.int32)).cast(pl.Date)


@dataclass(slots=True)
class Measurements:
    """Voltages and currents collected meter by meter, turned into one frame at the end."""

    names: list[tuple[str, str, int]] = field(default_factory=list)
    days: list[np.ndarray] = field(default_factory=list)
    issued_us: list[np.ndarray] = field(default_factory=list)
    values: list[np.ndarray] = field(default_factory=list)

    def add(
        self,
        usage_point_id: str,
        quantity: str,
        days: np.ndarray,
        issued_us: np.ndarray,
        values: np.ndarray,
    ) -> None:
        """Rows of one meter and quantity; float32 (days, 96), NaN where nothing was measured."""
        there = ~np.isnan(values).all(axis=1)
        if there.any():
            self.names.append((usage_point_id, quantity, int(there.sum())))
            self.days.append(days[there])
            self.issued_us.append(issued_us[there])
            self.values.append(values[there])

    def frame(self, span: Span) -> pl.DataFrame:
        """Everything added, as MEASUREMENTS_READ."""
        if not self.names:
            return pl.DataFrame(schema=MEASUREMENTS_READ)
        by_slot = np.ascontiguousarray(np.concatenate(self.values).T)
        absent = np.isnan(by_slot)
        slots = pl.DataFrame(
            {
                s: pa.array(by_slot[i], mask=absent[i], type=pa.float32())
                for i, s in enumerate(SLOTS)
            }
        )
        keys = _keys(self.names, self.days, self.issued_us, span)
        return (
            keys.rename({"channel": "quantity"})
            .hstack(slots)
            .with_columns(
                pl.lit(SLOT_MINUTES, pl.Int16).alias("interval_minutes"),
                pl.lit(None, pl.String).alias("quality"),
            )
            .select(MEASUREMENTS_READ.names())
        )


def by_day(of_slots: np.ndarray) -> np.ndarray:
    """Values of every slot as (days, 96)."""
    return of_slots.reshape(-1, SLOTS_PER_DAY)
