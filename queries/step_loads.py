"""Loads of many usage points on one grid of steps, some points at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.derived.daily_features import HOURLY_CHANNELS
from queries.fleet import READS as FLEET_READS
from queries.fleet import Fleet
from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY
from queries.step_hours import step_hours

READS = ("energy_profiles", *FLEET_READS)

_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "day": pl.Int32(),
        "interval_minutes": pl.Int16(),
        **dict.fromkeys(SLOTS, pl.Int32()),
    }
)
_HOUR = 60
_BLOCK_STEPS = 12_000_000  # held at a time: 48 MB as Float32, a year of 680 points by half hours


@dataclass(frozen=True, slots=True)
class Block:
    """Loads of some of a fleet's points.

    Attributes:
        first: Place of the block's first point among the fleet's.
        load_kw: Mean load of every step, Float32 (points, steps); NaN where a part is missing.
        spread_share: Of the energy of each point [0–1, (points,)], spread evenly over steps because
            the meter reads at longer intervals.
    """

    first: int
    load_kw: np.ndarray
    spread_share: np.ndarray


def load_blocks(lake: DuckDBPyConnection, fleet: Fleet) -> Iterator[Block]:
    """The loads of a fleet's points, in the order of ``fleet.points``.

    A step is there only if all of it was read, on all registers of the channel, which are added. An
    interval longer than the step is spread evenly over the steps it covers, past midnight as well.
    """
    size = max(1, _BLOCK_STEPS // (fleet.days * fleet.steps_per_day))
    for first in range(0, fleet.points.height, size):
        points = fleet.points.slice(first, size)
        if _has_hours(fleet, points):
            yield Block(first, step_hours(lake, fleet, points), np.zeros(points.height))
            continue
        load_kw = np.empty((points.height, fleet.days, fleet.steps_per_day), np.float32)
        totals_wh = np.zeros((points.height, 2))
        for first_day, last_day in _quarters_of_years(fleet):
            rows = _rows(lake, points["usage_point_id"], fleet.channel, first_day, last_day)
            at = (first_day - fleet.first_day).days
            days = (last_day - first_day).days + 1
            energy_wh, of_part_wh = _by_quarter(rows, points, days, fleet.step_minutes)
            load_kw[:, at : at + days] = _by_step(energy_wh, fleet.step_minutes)
            totals_wh += of_part_wh
        read_wh, spread_wh = totals_wh.T
        share = np.divide(spread_wh, read_wh, out=np.zeros_like(read_wh), where=read_wh != 0)
        yield Block(first, load_kw.reshape(points.height, -1), share)


def _has_hours(fleet: Fleet, points: pl.DataFrame) -> bool:
    """Whether features, a quarter of what profiles are, say all: nothing is spread over steps."""
    is_within = (points["longest_minutes"] <= _HOUR).all()
    return fleet.step_minutes == _HOUR and fleet.channel in HOURLY_CHANNELS and is_within


def _quarters_of_years(fleet: Fleet) -> Iterator[tuple[date, date]]:
    """First and last days of the parts of the period, cut where the files of months are."""
    starts = pl.date_range(
        fleet.first_day.replace(day=1), fleet.last_day, "3mo", eager=True
    ).to_list()
    for start, following in zip(
        starts, [*starts[1:], fleet.last_day + timedelta(days=1)], strict=True
    ):
        yield max(start, fleet.first_day), following - timedelta(days=1)


def _rows(
    lake: DuckDBPyConnection, points: pl.Series, channel: str, first_day: date, last_day: date
) -> pl.DataFrame:
    return run_sql(
        lake,
        "step_loads",
        _ROWS,
        first_day=first_day,
        last_day=last_day,
        channel=channel,
        points=points.to_list(),
        first_point=points[0],
        last_point=points[-1],
    )


def _by_quarter(
    rows: pl.DataFrame, points: pl.DataFrame, days: int, step_minutes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Energy of every quarter of an hour [Wh, (points, days, 96)]; NaN if a register missed it.

    An interval is spread over the quarters of an hour it covers. The second array has the energy
    that was read and the part of it that was spread over steps [Wh, (points, 2)].
    """
    energy_wh = np.zeros((points.height, days, SLOTS_PER_DAY), np.float32)
    registers_read = np.zeros(energy_wh.shape, np.int8)
    totals_wh = np.zeros((points.height, 2))
    place = points["usage_point_id"].search_sorted(rows["usage_point_id"]).alias("point")
    parts = rows.with_columns(place).group_by("channel", "interval_minutes", maintain_order=True)
    for (_, interval), part in parts:
        minutes = int(str(interval))
        slots = part.select(SLOTS).cast(pl.Float32).to_numpy()
        point, day = part["point"].to_numpy(), part["day"].to_numpy()
        if minutes > SLOT_MINUTES:
            length = minutes // SLOT_MINUTES
            point, day, slots = _spread(point, day, slots, length, energy_wh.shape)
        is_read = ~np.isnan(slots)
        read_wh = np.where(is_read, slots, np.float32(0))
        energy_wh[point, day] += read_wh
        registers_read[point, day] += is_read
        of_points = np.bincount(point, read_wh.sum(axis=1, dtype=np.float64), points.height)
        totals_wh[:, 0] += of_points
        totals_wh[:, 1] += of_points if minutes > step_minutes else 0
    energy_wh[registers_read < points["registers"].to_numpy()[:, None, None]] = np.nan
    return energy_wh, totals_wh


def _spread(
    point: np.ndarray, day: np.ndarray, slots: np.ndarray, length: int, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of the days from 0 on, each interval spread over ``length`` quarters of an hour.

    Day -1 is there for what reaches over midnight.
    """
    points, days, _ = shape
    starts = np.full((points, (days + 1) * SLOTS_PER_DAY), np.nan, np.float32)
    starts.reshape(points, days + 1, SLOTS_PER_DAY)[point, day + 1] = slots / length
    spread = np.full((points, days * SLOTS_PER_DAY), np.nan, np.float32)
    for offset in range(length):
        covered = starts[:, SLOTS_PER_DAY - offset :][:, : spread.shape[1]]
        np.copyto(spread, covered, where=~np.isnan(covered))
    every_point, every_day = np.divmod(np.arange(points * days), days)
    return every_point, every_day, spread.reshape(-1, SLOTS_PER_DAY)


def _by_step(energy_wh: np.ndarray, step_minutes: int) -> np.ndarray:
    """Mean load of every step of the days [kW]; NaN where one of its quarters is missing."""
    every = step_minutes // SLOT_MINUTES
    total = energy_wh[:, :, ::every].copy()
    for offset in range(1, every):
        total += energy_wh[:, :, offset::every]
    total *= 60 / step_minutes / 1000
    return total
