"""Loads of strong days and of the days before them, as runs of days that follow each other."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.fleet import Fleet
from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY
from queries.strong_days import READS as DAYS_READS
from queries.strong_days import StrongDays

READS = ("energy_profiles", *DAYS_READS)

_ROWS = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "day": pl.Int32(),
        "interval_minutes": pl.Int16(),
        **dict.fromkeys(SLOTS, pl.Int32()),
    }
)
_HELD_DAYS = 40_000  # held at a time: 15 MB as Float32


@dataclass(frozen=True, slots=True)
class Run:
    """Days of some points, one after the other.

    Attributes:
        point: Place among the fleet's, of every day, (days,); -1: a day without readings that keeps
            apart what does not follow each other.
        day: Number of the day, 0 on the fleet's first, (days,).
        load_kw: Mean load of every quarter of an hour, Float32 (days, 96); NaN: not read.
    """

    point: np.ndarray
    day: np.ndarray
    load_kw: np.ndarray


def strong_runs(lake: DuckDBPyConnection, fleet: Fleet, strong: StrongDays) -> Iterator[Run]:
    """The strong days of a fleet and the day before each, in the order of points and days.

    A quarter of an hour is there only if all registers were read, which are added; an interval that
    is longer is spread evenly over those it covers.
    """
    points = fleet.points["usage_point_id"]
    held = np.cumsum(strong.is_strong.sum(axis=1) * 2) // _HELD_DAYS
    for first in np.unique(held, return_index=True)[1]:
        last = np.searchsorted(held, held[first], side="right") - 1
        if not strong.is_strong[first : last + 1].any():
            continue
        rows = run_sql(
            lake,
            "strong_day_loads",
            _ROWS,
            channel=fleet.channel,
            least_kw=strong.least_kw,
            first_point=points[int(first)],
            last_point=points[int(last)],
            first_day=fleet.first_day,
            last_day=fleet.last_day,
        ).join(points.to_frame(), on="usage_point_id", how="semi", maintain_order="left")
        if rows.height:
            yield _run(rows, fleet.points)


def _run(rows: pl.DataFrame, points: pl.DataFrame) -> Run:
    """Rows in the order of points and days, a register each, as one run."""
    point = points["usage_point_id"].search_sorted(rows["usage_point_id"]).to_numpy()
    point, day = point.astype(np.int64), rows["day"].to_numpy().astype(np.int64)
    is_new = np.ones(len(point), bool)
    is_new[1:] = (np.diff(point) != 0) | (np.diff(day) != 0)
    follows = np.zeros(len(point), bool)
    follows[1:] = (np.diff(point) == 0) & (np.diff(day) <= 1)
    place = np.cumsum(is_new + (~follows).astype(np.int64)) - 1
    size = int(place[-1]) + 2  # one more behind the last: nothing follows it
    of_place, of_day = np.full(size, -1), np.full(size, -1)
    of_place[place], of_day[place] = point, day
    registers = np.where(of_place < 0, 1, points["registers"].to_numpy()[of_place])
    energy_wh = np.zeros((size, SLOTS_PER_DAY), np.float32)
    registers_read = np.zeros((size, SLOTS_PER_DAY), np.int8)
    placed = rows.with_columns(pl.Series("place", place))
    for (_, interval), part in placed.group_by("channel", "interval_minutes", maintain_order=True):
        of_part = np.full((size, SLOTS_PER_DAY), np.nan, np.float32)
        of_part[part["place"].to_numpy()] = part.select(SLOTS).cast(pl.Float32).to_numpy()
        _spread(of_part.reshape(-1), int(str(interval)) // SLOT_MINUTES)
        is_read = ~np.isnan(of_part)
        np.add(energy_wh, of_part, out=energy_wh, where=is_read)
        registers_read += is_read
    energy_wh[registers_read < registers[:, None]] = np.nan
    energy_wh *= 60 / SLOT_MINUTES / 1000
    return Run(of_place, of_day, energy_wh)


def _spread(energy_wh: np.ndarray, length: int) -> None:
    """Spread each interval over ``length`` quarters of an hour, in place."""
    if length <= 1:
        return
    energy_wh /= length
    starts = energy_wh.copy()
    for offset in range(1, length):
        covered = starts[:-offset]
        np.copyto(energy_wh[offset:], covered, where=~np.isnan(covered))
