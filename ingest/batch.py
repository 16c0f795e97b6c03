"""What a collector hands over: day profiles as they were read, and what it had to refuse."""

from dataclasses import dataclass, field

import polars as pl

from queries.schema import (
    DEVICE_CLOCKS,
    ECONOMY,
    ENERGY_PROFILES,
    MEASUREMENT_PROFILES,
    METER_EVENTS,
    REGISTER_PROFILES,
    REGISTER_READINGS,
    TERMINAL_COUNTS,
    WEATHER,
    Table,
)

_MADE_BY_THE_LAKE = {"service_month", "slot_history", "batch_id", "received_at"}


def _as_read(table: Table) -> pl.Schema:
    return pl.Schema(
        {name: dtype for name, dtype in table.schema.items() if name not in _MADE_BY_THE_LAKE}
    )


PROFILES_READ = _as_read(ENERGY_PROFILES)
"""``energy_profiles`` without the columns that the lake adds."""
MEASUREMENTS_READ = _as_read(MEASUREMENT_PROFILES)
POINTS_READ = _as_read(REGISTER_PROFILES)
REGISTERS_READ = _as_read(REGISTER_READINGS)
EVENTS_READ = _as_read(METER_EVENTS)
CLOCKS_READ = _as_read(DEVICE_CLOCKS)
COUNTS_READ = _as_read(TERMINAL_COUNTS)
WEATHER_READ = _as_read(WEATHER)
ECONOMY_READ = _as_read(ECONOMY)

REJECTS = pl.Schema(
    {
        "line": pl.Int64(),  # 1 is the first line of the file; null: the whole file
        "byte": pl.Int64(),  # offset from the start of the file; null: unknown
        "field": pl.String(),  # the column or element at fault; null: the line as a whole
        "reason": pl.String(),  # what is wrong, what was expected, what to do
        "excerpt": pl.String(),  # at most EXCERPT_CHARACTERS of what stood there
    }
)
EXCERPT_CHARACTERS = 120


class CollectorError(ValueError):
    """A source cannot be read at all; the message names it, what was expected and what to do."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A block of readings from one source, checked by its collector, and its rejects.

    A collector yields as many as it likes, each small enough to hold in memory (about
    100,000 day profiles). Nothing in it depends on when it arrived.
    """

    profiles: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PROFILES_READ))
    measurements: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema=MEASUREMENTS_READ)
    )
    points: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=POINTS_READ))
    registers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REGISTERS_READ))
    events: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EVENTS_READ))
    clocks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CLOCKS_READ))
    counts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COUNTS_READ))
    weather: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WEATHER_READ))
    economy: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ECONOMY_READ))
    rejects: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTS))
    position: int = 0
    """How far into the file the collector has read [bytes], for the progress bar."""


def reject(
    reason: str,
    *,
    line: int | None = None,
    byte: int | None = None,
    field: str | None = None,
    excerpt: str | None = None,
) -> pl.DataFrame:
    """One row of REJECTS."""
    short = excerpt[:EXCERPT_CHARACTERS] if excerpt else excerpt
    return pl.DataFrame([(line, byte, field, reason, short)], schema=REJECTS, orient="row")
