"""What transformers and feeders carry, quarter of an hour by quarter of an hour."""

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import READS as AREAS_READS
from queries.grid.areas import Kind
from queries.grid.head_loads import head_loads
from queries.grid.limits import GridLimits
from queries.grid.members import READS as MEMBERS_READS
from queries.grid.members import members
from queries.grid.remembered import remembered
from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

READS = tuple(dict.fromkeys(("energy_profiles", *AREAS_READS, *MEMBERS_READS)))

_COUNTS = [f"n{slot[1:]}" for slot in SLOTS]
_SUMS = pl.Schema(
    {
        "area_id": pl.String(),
        "channel": pl.String(),
        "day": pl.Int32(),
        "interval_minutes": pl.Int16(),
        **dict.fromkeys(SLOTS, pl.Int64()),
        **dict.fromkeys(_COUNTS, pl.Int32()),
    }
)
_CHANNELS = ("import", "export", "reactive_import", "reactive_export")
_KW_OF_WH = 60 / SLOT_MINUTES / 1000


@dataclass(frozen=True, slots=True, eq=False)
class Loads:
    """Loads of areas over whole days.

    Attributes:
        areas: The rows of ``grid_areas``, in the order of the arrays' first axis.
        first_day: Standard time.
        load_kw: Active power into the area [kW, (areas, slots)], fed back negative; NaN: not read.
        reactive_kvar: Reactive power [kvar, same shape].
        is_assumed: Where ``reactive_kvar`` comes from an assumed power factor, same shape.
    """

    areas: pl.DataFrame
    first_day: date
    load_kw: np.ndarray
    reactive_kvar: np.ndarray
    is_assumed: np.ndarray

    @property
    def rated_kva(self) -> np.ndarray:
        """What each area can carry [kVA]; NaN where the register does not say."""
        return self.areas["rated_capacity_kva"].cast(pl.Float64).fill_null(np.nan).to_numpy()

    @property
    def apparent_kva(self) -> np.ndarray:
        """√(P² + Q²) [kVA, (areas, slots)]."""
        return np.hypot(self.load_kw, self.reactive_kvar)

    @property
    def loading_share(self) -> np.ndarray:
        """Loading (负载率): apparent power of rated capacity [0–1 and above, (areas, slots)]."""
        return self.apparent_kva / self.rated_kva[:, None]

    @property
    def is_metered(self) -> np.ndarray:
        """Whether a meter at its head stands for the area, else its customers (areas,)."""
        return self.areas["meter_id"].is_not_null().to_numpy()

    def start_of(self, slot: int) -> datetime:
        """When a quarter of an hour starts, standard time."""
        return slot_start(self.first_day, slot)


def slot_start(first_day: date, slot: int) -> datetime:
    """When quarter ``slot`` from midnight of ``first_day`` on starts, standard time."""
    return datetime.combine(first_day, time()) + timedelta(minutes=SLOT_MINUTES * int(slot))


def area_loads(  # noqa: PLR0913 - areas, days, limits
    lake: DuckDBPyConnection,
    kind: Kind,
    areas: pl.DataFrame,
    *,
    first_day: date,
    last_day: date,
    limits: GridLimits,
) -> Loads:
    """The loads of ``areas`` (from ``grid_areas``) on these days.

    Power is what the meter at the area's head counted. Where there is none it is the sum of its
    customers, without the loss of the lines; a quarter of an hour in which fewer of them were read
    than ``least_read_share`` is not read. Reactive power counts where it was metered; elsewhere
    S = P ÷ ``assumed_power_factor``. A longer interval is spread evenly over its quarters.
    """
    key = (kind, *areas["area_id"], first_day, last_day, limits)
    return remembered(
        lake,
        ("area_loads", *key),
        lambda: _read_loads(lake, kind, areas, first_day, last_day, limits),
    )


def _read_loads(  # noqa: PLR0913, PLR0917 - as above
    lake: DuckDBPyConnection,
    kind: Kind,
    areas: pl.DataFrame,
    first_day: date,
    last_day: date,
    limits: GridLimits,
) -> Loads:
    standing = members(lake, kind, areas, first_day, last_day)
    days = (last_day - first_day).days + 1
    place = {area: number for number, area in enumerate(areas["area_id"])}
    energy_wh, counts = _by_quarter(_rows(lake, standing, first_day, last_day), place, days)
    due = np.zeros(areas.height)
    for area, registers in standing.group_by("area_id").agg(pl.col("registers").sum()).iter_rows():
        due[place[area]] = max(registers, 1)
    is_read = counts[0] >= np.maximum(due * limits.least_read_share, 1)[:, None]
    load_kw = np.where(is_read, energy_wh[0] - energy_wh[1], np.nan) * _KW_OF_WH
    has_reactive = is_read & ((counts[2] > 0) | (counts[3] > 0))
    assumed = math.tan(math.acos(limits.assumed_power_factor))
    reactive_kvar = np.where(
        has_reactive, (energy_wh[2] - energy_wh[3]) * _KW_OF_WH, np.abs(load_kw) * assumed
    )
    return Loads(areas, first_day, load_kw, reactive_kvar, is_read & ~has_reactive)


def _rows(
    lake: DuckDBPyConnection, standing: pl.DataFrame, first_day: date, last_day: date
) -> list[pl.DataFrame]:
    """Energy by area, channel and day, and how many registers were read; several such frames."""
    is_alone = pl.len().over("area_id") == 1
    alone, together = standing.filter(is_alone), standing.filter(~is_alone)
    found = []
    if together.height:
        sums = run_sql(
            lake,
            "grid/loads",
            _SUMS,
            areas=together["area_id"].to_list(),
            points=together["usage_point_id"].to_list(),
            first_day=first_day,
            last_day=last_day,
        )
        found.append(sums)
    rows = head_loads(lake, alone["usage_point_id"].unique(), first_day, last_day)
    areas = alone.select("area_id", "usage_point_id")
    channel = pl.col("channel").str.split(".").list.first()
    is_read = [pl.col(s).is_not_null().alias(n) for s, n in zip(SLOTS, _COUNTS, strict=True)]
    by_register = rows.join(areas, on="usage_point_id").group_by("channel")
    return [*found, *(of_one.with_columns(channel, *is_read) for _, of_one in by_register)]


def _by_quarter(
    rows: list[pl.DataFrame], place: dict[str, int], days: int
) -> tuple[np.ndarray, np.ndarray]:
    """Energy [Wh, varh] and registers read, (channels, areas, slots) each."""
    shape = len(_CHANNELS), len(place), days, SLOTS_PER_DAY
    energy_wh, counts = np.zeros(shape), np.zeros(shape)
    for sums in rows:
        known = sums.filter(pl.col("channel").is_in(_CHANNELS))
        for (name, interval), part in known.group_by("channel", "interval_minutes"):
            length = int(str(interval)) // SLOT_MINUTES
            values = part.select(SLOTS).fill_null(0).cast(pl.Float64).to_numpy()
            read = part.select(_COUNTS).cast(pl.Float64).to_numpy()
            if length > 1:
                values = np.repeat(values[:, ::length] / length, length, axis=1)
                read = np.repeat(read[:, ::length], length, axis=1)
            channel = _CHANNELS.index(str(name))
            area = part["area_id"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
            # An area has a day once among the rows of one channel and interval.
            at = channel, area, part["day"].to_numpy()
            energy_wh[at] += values
            counts[at] += read
    flat = *shape[:2], days * SLOTS_PER_DAY
    return energy_wh.reshape(flat), counts.reshape(flat)
