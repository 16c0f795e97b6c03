"""Loads of many usage points on one grid of steps, some points at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.fleet import READS as FLEET_READS
from queries.fleet import Fleet
from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

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
_BLOCK_SLOTS = 8_000_000  # quarters of an hour held at a time: 32 MB as Float32


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

    A step is there only if all of it was read; registers of one channel are added. An interval
    longer than the step is spread evenly over the steps it covers, past midnight as well.
    """
    size = max(1, _BLOCK_SLOTS // (fleet.days * SLOTS_PER_DAY))
    for first in range(0, fleet.points.height, size):
        points = fleet.points["usage_point_id"].slice(first, size)
        rows = run_sql(
            lake,
            "step_loads",
            _ROWS,
            first_day=fleet.first_day,
            last_day=fleet.first_day + timedelta(days=fleet.days - 1),
            channel=fleet.channel,
            points=points.to_list(),
            first_point=points[0],
            last_point=points[-1],
        )
        quarters, spread_share = _by_quarter(rows, points, fleet)
        yield Block(first, _by_step(quarters, fleet.step_minutes), spread_share)


def _by_quarter(
    rows: pl.DataFrame, points: pl.Series, fleet: Fleet
) -> tuple[np.ndarray, np.ndarray]:
    """Energy of every quarter of an hour [Wh, (points, quarters)], and the share spread by step."""
    energy = np.full((len(points), fleet.days * SLOTS_PER_DAY), np.nan, np.float32)
    has_register = np.zeros(len(points), dtype=bool)
    spread_wh, read_wh = np.zeros(len(points)), np.zeros(len(points))
    for _, register in rows.group_by("channel", maintain_order=True):
        own = register["usage_point_id"].unique().sort()
        energy_wh = np.full((len(own), energy.shape[1]), np.nan, np.float32)
        place = points.search_sorted(own).to_numpy()
        for (interval,), part in register.group_by("interval_minutes", maintain_order=True):
            minutes = int(str(interval))
            slots = part.select(SLOTS).cast(pl.Float32).to_numpy()
            point = own.search_sorted(part["usage_point_id"]).to_numpy()
            _fill(energy_wh, point, part["day"].to_numpy(), slots, minutes // SLOT_MINUTES)
            of_points = np.bincount(point, np.nansum(slots, axis=1, dtype=np.float64), len(own))
            read_wh[place] += of_points
            spread_wh[place] += of_points if minutes > fleet.step_minutes else 0
        # What a register has missed is missing in the sum.
        before = np.where(has_register[place, None], energy[place], 0)
        energy[place] = before + energy_wh
        has_register[place] = True
    share = np.divide(spread_wh, read_wh, out=np.zeros_like(read_wh), where=read_wh != 0)
    return energy, share


def _fill(
    energy_wh: np.ndarray, point: np.ndarray, day: np.ndarray, slots: np.ndarray, length: int
) -> None:
    """Put day rows into ``energy_wh``, each interval spread over ``length`` quarters of an hour."""
    days = energy_wh.shape[1] // SLOTS_PER_DAY
    if length == 1:
        energy_wh.reshape(len(energy_wh), days, SLOTS_PER_DAY)[point, day] = slots
        return
    # A day more on the left, from which intervals reach over midnight.
    wide = np.full((len(energy_wh), days + 1, SLOTS_PER_DAY), np.nan, np.float32)
    wide[point, day + 1] = slots / length
    starts = wide.reshape(len(energy_wh), -1)
    for offset in range(length):
        covered = starts[:, SLOTS_PER_DAY - offset :][:, : energy_wh.shape[1]]
        np.copyto(energy_wh, covered, where=~np.isnan(covered))


def _by_step(energy_wh: np.ndarray, step_minutes: int) -> np.ndarray:
    """Mean load of every step [kW]; NaN where one of its quarters is missing."""
    every = step_minutes // SLOT_MINUTES
    total = energy_wh[:, ::every].copy()
    for offset in range(1, every):
        total += energy_wh[:, offset::every]
    total *= 60 / step_minutes / 1000
    return total
