"""The hardest days of transformers and feeders in the last twelve months.

Of every month the days with the highest load for two hours on end, one for each quarter of the day:
whatever comes on top of them has its own time of day, and one of these is the day it will matter.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.grid.areas import Kind, grid_areas
from queries.grid.limits import GridLimits, shipped_limits
from queries.grid.loads import READS as LOADS_READS
from queries.grid.loads import Loads, area_loads
from queries.lake import LakeState, lake_state
from queries.market.grid_sectors import READS as SECTORS_READS
from queries.market.grid_sectors import AreaSectors, area_sectors
from queries.market.history import whole_months
from queries.market.remembered import Remembered
from queries.market.sustained import sustained
from queries.schema import SLOTS_PER_DAY

READS = tuple(dict.fromkeys((*LOADS_READS, *SECTORS_READS)))
MONTHS, PARTS_OF_DAY = 12, 4
MIDDAY = slice(9 * 4, 15 * 4)
"""From 9 to 15 o'clock, when photovoltaics give most."""

_AREA_MONTHS = 600
"""Areas × months whose every quarter of an hour is held at once (a hundred megabytes)."""
_HIGH_QUANTILE = 0.95
_kept: Remembered[tuple[LakeState, str, str | None], "GridDays"] = Remembered(8)


@dataclass(frozen=True, slots=True, eq=False)
class GridDays:
    """The hardest days of areas, and what they carry at most and at least.

    Attributes:
        areas: Of ``grid_areas``.
        months: First days of the twelve months.
        load_kw: Power into the area, fed back negative (areas, months × PARTS_OF_DAY, 96); NaN:
            not read.
        power_factor: At high load (areas,).
        is_assumed: Whether it is assumed, as no reactive energy was metered.
        highest_kva: The highest apparent power into the area of two hours on end (areas,); −inf:
            nothing read.
        highest_day: When, as days from the first month's first day.
        lowest_kw: The smallest power into the area between 9 and 15 o'clock (areas,); inf: none.
        readings_share: Quarters of an hour that were read [0–1].
        sectors: What hangs on the areas.
    """

    areas: pl.DataFrame
    months: list[date]
    load_kw: np.ndarray
    power_factor: np.ndarray
    is_assumed: np.ndarray
    highest_kva: np.ndarray
    highest_day: np.ndarray
    lowest_kw: np.ndarray
    readings_share: np.ndarray
    sectors: AreaSectors


def grid_days(kind: Kind, lake: DuckDBPyConnection, *, region_id: str | None = None) -> GridDays:
    """The hardest days of a region's transformers or feeders; made once for a state of the lake."""
    key = lake_state(lake), kind, region_id
    return _kept.get(key, lambda: _made(kind, lake, region_id))


def _made(kind: Kind, lake: DuckDBPyConnection, region_id: str | None) -> GridDays:
    first_day, last_day = whole_months(region_id, lake)
    months = _last_months(first_day, last_day)
    areas = grid_areas(lake, kind, region_id=region_id)
    found = _found(kind, lake, areas, months)
    days = np.array([(month - months[0]).days for month in months] or [0])
    highest = np.stack([one.highest_kva for one in found]) if found else _none(areas)
    best = highest.argmax(axis=0)
    day = np.stack([one.highest_day for one in found]) if found else _none(areas)
    factor = np.stack([one.power_factor for one in found]) if found else _none(areas)
    each = np.arange(areas.height)
    return GridDays(
        areas=areas,
        months=months,
        load_kw=np.concatenate([one.load_kw for one in found], axis=1)
        if found
        else np.full((areas.height, 0, SLOTS_PER_DAY), np.nan),
        power_factor=factor[best, each],
        is_assumed=np.logical_and.reduce([each >= 0, *(one.is_assumed for one in found)]),
        highest_kva=highest[best, each],
        highest_day=day[best, each] + days[best],
        lowest_kw=np.min([one.lowest_kw for one in found], axis=0) if found else -_none(areas)[0],
        readings_share=np.mean([one.readings_share for one in found], axis=0)
        if found
        else np.zeros(areas.height),
        sectors=area_sectors(
            kind,
            areas["area_id"],
            lake,
            first_day=months[0] if months else first_day,
            last_day=last_day,
            region_id=region_id,
        ),
    )


def _found(
    kind: Kind, lake: DuckDBPyConnection, areas: pl.DataFrame, months: list[date]
) -> list["_Month"]:
    """What every month shows; as many months read at once as memory bears."""
    limits = shipped_limits()
    at_once = max(1, min(MONTHS, _AREA_MONTHS // max(1, areas.height)))
    found = []
    for first in range(0, len(months), at_once):
        some = months[first : first + at_once]
        loads = area_loads(
            lake, kind, areas, first_day=some[0], last_day=_end(some[-1]), limits=limits
        )
        apparent_kva = loads.apparent_kva
        for month in some:
            begin, end = ((day - some[0]).days * SLOTS_PER_DAY for day in (month, _after(month)))
            found.append(_of_month(loads, apparent_kva, slice(begin, end), limits))
    return found


def _none(areas: pl.DataFrame) -> np.ndarray:
    return np.full((1, areas.height), -np.inf)


def _last_months(first_day: date, last_day: date) -> list[date]:
    """First days of the last twelve whole months; fewer where there are no more."""
    if last_day < first_day:
        return []
    found = [last_day.replace(day=1)]
    while len(found) < MONTHS and found[0] > first_day:
        found.insert(0, (found[0] - timedelta(1)).replace(day=1))
    return found


def _after(month: date) -> date:
    return (month + timedelta(32)).replace(day=1)


def _end(month: date) -> date:
    return _after(month) - timedelta(1)


@dataclass(frozen=True, slots=True, eq=False)
class _Month:
    """As in GridDays, of one month."""

    load_kw: np.ndarray
    power_factor: np.ndarray
    is_assumed: np.ndarray
    highest_kva: np.ndarray
    highest_day: np.ndarray
    lowest_kw: np.ndarray
    readings_share: np.ndarray


def _of_month(loads: Loads, every_kva: np.ndarray, slots: slice, limits: GridLimits) -> _Month:
    shape = len(loads.load_kw), -1, SLOTS_PER_DAY
    load_kw = loads.load_kw[:, slots].reshape(shape)
    apparent_kva = every_kva[:, slots].reshape(shape)
    is_read = ~np.isnan(loads.load_kw[:, slots])
    # Of power that flows back only photovoltaics are a matter: it loads, but is nobody's demand.
    apparent_kva = np.where(load_kw < 0, 0.0, apparent_kva)
    highest_kva = sustained(apparent_kva)
    part = SLOTS_PER_DAY // PARTS_OF_DAY
    chosen = np.stack(
        [
            sustained(apparent_kva[:, :, n * part : (n + 1) * part]).argmax(axis=1)
            for n in range(PARTS_OF_DAY)
        ],
        axis=1,
    )
    each = np.arange(len(load_kw))
    midday = load_kw[:, :, MIDDAY].reshape(len(load_kw), -1)
    return _Month(
        load_kw=load_kw[each[:, None], chosen].astype(np.float32),
        power_factor=_power_factor(
            load_kw.reshape(shape[0], -1), apparent_kva.reshape(shape[0], -1), limits
        ),
        is_assumed=np.all(loads.is_assumed[:, slots] | ~is_read, axis=1),
        highest_kva=highest_kva.max(axis=1),
        highest_day=highest_kva.argmax(axis=1),
        lowest_kw=np.where(np.isnan(midday), np.inf, midday).min(axis=1),
        readings_share=is_read.mean(axis=1),
    )


def _power_factor(load_kw: np.ndarray, apparent_kva: np.ndarray, limits: GridLimits) -> np.ndarray:
    """Active of apparent power in the highest twentieth of the month (areas,)."""
    kva = np.nan_to_num(apparent_kva)
    is_high = kva >= np.quantile(kva, _HIGH_QUANTILE, axis=1, keepdims=True)
    active = (np.abs(np.nan_to_num(load_kw)) * is_high).sum(axis=1)
    apparent = (kva * is_high).sum(axis=1)
    assumed = np.full(len(kva), limits.assumed_power_factor)
    return np.divide(active, apparent, out=assumed, where=(apparent > 0) & (active > 0))
