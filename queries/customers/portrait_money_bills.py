"""What usage points are billed month by month, everyone at once, by the tariff laboratory.

Amounts are those of the billing engine over the interval readings, under the terms a usage point
has now: to the fen what ``fenggu price`` makes of the same readings. A bill settles energy by the
frozen registers; where one meter was read at both borders of a month, its lines of energy are
scaled to what the register moved, which is what readings missing within the month lack. Losses,
splits and deductions are left out, as everywhere in the laboratory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.accounts import Accounts
from queries.billing.as_in_force import as_in_force
from queries.billing.cube_limits import CubeLimit
from queries.billing.day_rows import Routed
from queries.billing.errors import TariffError
from queries.billing.exact_arrays import Exacts
from queries.billing.lab import BLOCK, Lab, laboratory, with_maxima, with_use_before
from queries.billing.lab import READS as LAB_READS
from queries.billing.lines import Line, Priced
from queries.billing.pricing import price
from queries.billing.slot_cube import SlotCube
from queries.billing.tariff_model import EnergyCharge, Tariff
from queries.billing.tariffs import known_tariffs
from queries.customers.portrait_money_readings import READS as READINGS_READ
from queries.customers.portrait_money_readings import MonthReadings, month_end, month_readings
from queries.customers.portrait_places import READS as PLACES_READ
from queries.customers.portrait_places import portrait_places

READS = tuple(dict.fromkeys((*LAB_READS, *PLACES_READ, *READINGS_READ)))
YEAR = 12
_BASIC, _FED_IN = ("capacity", "demand"), "generation"
_AMOUNTS = ("fen", "level_fen", "basic_fen", "power_factor_fen", "fed_in_fen")


@dataclass(frozen=True, slots=True)
class MonthBills:
    """Bills of usage points over the last twelve whole months, and the twelve before.

    Attributes:
        points: A row a usage point, as ``Lab.points`` has it.
        months: First days of the months, oldest first: 24, the last twelve billed in full.
        fen: At the prices of the months themselves [fen, (points, 24)]; 0 in the first twelve.
        level_fen: All months at the prices that hold now [fen, (points, 24)].
        basic_fen: Basic charges in ``fen``.
        power_factor_fen: Adjustments by power factor in ``fen``.
        fed_in_fen: For energy fed in, in ``fen``; below 0.
        readings: What they rest on.
        is_own: Whether the customer of now had the point from the month's first day on.
        is_priced: Whether there is a tariff that could price it [(points,)].
    """

    points: pl.DataFrame
    months: tuple[date, ...]
    fen: np.ndarray
    level_fen: np.ndarray
    basic_fen: np.ndarray
    power_factor_fen: np.ndarray
    fed_in_fen: np.ndarray
    readings: MonthReadings
    is_own: np.ndarray
    is_priced: np.ndarray

    @property
    def is_known(self) -> np.ndarray:
        """Months that are the customer's own and were read [(points, 24)]."""
        return self.is_own & self.readings.is_read & self.is_priced[:, None]


def last_months(last_day: date, count: int) -> tuple[date, ...]:
    """First days of the last ``count`` whole months up to ``last_day``.

    >>> last_months(date(2025, 1, 30), 2)
    (datetime.date(2024, 11, 1), datetime.date(2024, 12, 1))
    """
    end = (last_day + timedelta(days=1)).replace(day=1)
    number = end.year * YEAR + end.month - 1
    return tuple(date(n // YEAR, n % YEAR + 1, 1) for n in range(number - count, number))


def month_bills(
    last_day: date, lake: DuckDBPyConnection, *, region_id: str | None = None
) -> MonthBills:
    """The bills of everyone of a region that settles something and has readings.

    Months before the present customer had the point are no part of its tiers.
    """
    months = last_months(last_day, 2 * YEAR)
    split, end = months[YEAR], month_end(months[-1])
    now = laboratory(split, end, lake, region_id=region_id)
    points = now.points
    readings = month_readings(points["usage_point_id"], months, lake)
    since = points.join(
        portrait_places(lake).select("usage_point_id", "since"),
        on="usage_point_id",
        how="left",
        maintain_order="left",
    )["since"].fill_null(date.min)
    is_own = since.to_numpy()[:, None] <= np.array(months, "datetime64[D]")
    before = laboratory(months[0], split - timedelta(days=1), lake, region_id=region_id)
    billing = _Billing(lake, months, now, before, readings, is_own)
    amounts = np.zeros((len(_AMOUNTS), points.height, 2 * YEAR), np.int64)
    is_priced = np.zeros(points.height, bool)
    codes, known = points["tariff_code"], known_tariffs()
    for code in codes.drop_nulls().unique().sort():
        rows = np.flatnonzero((codes == code).fill_null(value=False).to_numpy())
        try:
            amounts[:, rows] = billing.of(known[code], rows)
        except TariffError:
            continue  # it lacks a price then: who pays it stays without a bill
        is_priced[rows] = True
    fen, level, basic, factor, fed_in = amounts
    return MonthBills(
        points, months, fen, level, basic, factor, fed_in, readings, is_own, is_priced
    )


@dataclass(frozen=True, slots=True)
class _Billing:
    """Two years of loads, and the terms of now that both are billed on."""

    lake: DuckDBPyConnection
    months: tuple[date, ...]
    now: Lab
    before: Lab
    readings: MonthReadings
    is_own: np.ndarray

    def of(self, tariff: Tariff, rows: np.ndarray) -> np.ndarray:
        """Amounts of the points at ``rows`` under their tariff (_AMOUNTS, rows, 24)."""
        found = np.zeros((len(_AMOUNTS), len(rows), 2 * YEAR), np.int64)
        held = as_in_force(tariff, self.months[YEAR], month_end(self.months[-1]))
        level = at_prices_of_now(tariff, self.months)
        own = self.is_own[rows]
        billed = self._priced(self.now, held, rows, rows, own[:, YEAR:])
        again = billed
        if level != held:
            again = self._priced(self.now, level, rows, rows, own[:, YEAR:])
        places = self._places_before(rows)
        there = places >= 0
        past = self._priced(self.before, level, places[there], rows[there], own[there, :YEAR])
        settled, whole = self.readings.settled_share[rows], self.readings.whole_share[rows]
        last = slice(YEAR, None)
        found[0, :, last] = _scaled(billed, settled[:, YEAR:])
        found[1, :, last] = _scaled(again, whole[:, YEAR:])
        found[1, there, :YEAR] = _scaled(past, whole[there, :YEAR])
        found[2, :, last] = _joined(billed, lambda line: line.kind in _BASIC)
        found[3, :, last] = _joined(billed, lambda line: line.kind == "power_factor")
        found[4, :, last] = _joined(billed, lambda line: line.component == _FED_IN)
        return found

    def _places_before(self, rows: np.ndarray) -> np.ndarray:
        """Where the points stand in the laboratory of the year before; -1: not read then."""
        ids = self.before.points["usage_point_id"]
        places = dict(zip(ids, range(len(ids)), strict=True))
        asked = self.now.points["usage_point_id"][rows]
        return np.array([places.get(point, -1) for point in asked], dtype=np.int64)

    def _priced(
        self, lab: Lab, tariff: Tariff, rows: np.ndarray, terms: np.ndarray, own: np.ndarray
    ) -> list[Priced]:
        """Bills of the loads at ``rows`` of ``lab`` on the terms of now of the points ``terms``."""
        if not len(rows):
            return []
        everyone, _ = with_use_before(lab, tariff, self.lake)
        used = {
            counter: Exacts(kwh.units[rows] * own[:, 0], kwh.per)
            for counter, kwh in everyone.used_before.items()
        }
        agreed, index = self.now.accounts.agreements, self.now.accounts.index
        agreements = [agreed[n] for n in index[terms].tolist()]
        accounts = replace(Accounts.of(agreements), used_before=used)
        cube = lab.cube
        try:
            return [price(tariff, _owned(cube.those(rows), own), lab.bills, accounts=accounts)]
        except CubeLimit as limit:
            if limit.reason == "no_maxima":
                cube = with_maxima(lab, self.lake)
        try:
            return [price(tariff, _owned(cube.those(rows), own), lab.bills, accounts=accounts)]
        except CubeLimit:
            pass
        found = []
        for first in range(0, len(rows), BLOCK):
            some = slice(first, first + BLOCK)
            ids = lab.points["usage_point_id"][rows[some]].to_list()
            load = Routed(_owned(cube.those(rows[some]), own[some]), self.lake, ids)
            part = accounts.part(first, min(first + BLOCK, len(rows)))
            found.append(price(tariff, load, lab.bills, accounts=part))
        return found


def _owned(cube: SlotCube, own: np.ndarray) -> SlotCube:
    """A cube that is nobody else's, without the loads of months that are not ``own``."""
    if own.all():
        return cube
    for units in cube.running.values():
        for number, group in enumerate(cube.groups):
            units[number][:, ~own[:, group.cell]] = 0
    for units in (*cube.totals.values(), *([] if cube.largest is None else [cube.largest])):
        units[~own.T] = 0
    return cube


def at_prices_of_now(tariff: Tariff, months: Sequence[date]) -> Tariff:
    """``tariff`` with its latest version at all times, and the latest price of every month.

    What is posted month by month has the price of the same month of the latest year that has it:
    two years under it differ by their loads alone.
    """
    latest = replace(tariff.versions[-1], valid_from=None)
    charges = tuple(
        replace(one, series=_latest_series(one.series, months))
        if isinstance(one, EnergyCharge) and one.series
        else one
        for one in latest.charges
    )
    return replace(tariff, versions=(replace(latest, charges=charges),))


def _latest_series(
    posted: Sequence[tuple[str, Decimal]], months: Sequence[date]
) -> tuple[tuple[str, Decimal], ...]:
    by_number = {month[5:]: value for month, value in sorted(posted)}
    latest = max(posted)[1]
    return tuple((f"{one:%Y-%m}", by_number.get(f"{one:%m}", latest)) for one in months)


def _scaled(blocks: Sequence[Priced], share: np.ndarray) -> np.ndarray:
    """Amounts by account and month [fen], lines of energy taken times ``share``."""
    taken = _joined(blocks, lambda line: line.kind == "energy" and line.component != _FED_IN)
    return _joined(blocks) + np.rint(taken * (share - 1)).astype(np.int64)


def _joined(blocks: Sequence[Priced], is_meant: Callable[[Line], bool] | None = None) -> np.ndarray:
    """Amounts of all blocks by account and month [fen]; of the lines meant only."""
    if not blocks:
        return np.zeros((0, YEAR), np.int64)
    parts = [
        one.totals(None if is_meant is None else [line for line in one.lines if is_meant(line)])
        for one in blocks
    ]
    return np.concatenate(parts).astype(np.int64)
