"""Everyone's load as it would be, on the real intervals: sums for bills, the system, the grid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from threading import Lock

import numpy as np
from duckdb import DuckDBPyConnection
from scipy import sparse

from queries.billing.lab import Lab
from queries.billing.slot_cube import SlotCube
from queries.demand.what_if_additions import Fleet, Plants, fleets, is_touched, plants
from queries.demand.what_if_answer import NO_ANSWER, Answers, answers
from queries.demand.what_if_lots import lots
from queries.demand.what_if_rows import Rows, rows_of
from queries.demand.what_if_terms import WhatIf
from queries.schema import SLOTS_PER_DAY

LEDGER_PARTS = 6
"""Of a ledger, added up row by row: answered, scaled, charged, made, fed in, rounded."""
_WH_PER_KWH = 1000


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of the rows of some customers.

    Attributes:
        answers: To prices.
        times: By what everything measured is multiplied after that (saving, growth), (customers,).
        fleets: Vehicles.
        plants: Roofs.
        group, cell: Of every day, (days,).
        finest: Units a watt-hour.
    """

    answers: Answers
    times: np.ndarray
    fleets: Sequence[Fleet]
    plants: Sequence[Plants]
    group: np.ndarray
    cell: np.ndarray
    finest: int

    @property
    def touched(self) -> np.ndarray:
        """Places of the customers of whom anything changes."""
        found = (self.answers.signal != NO_ANSWER) | (self.times != 1)
        added = is_touched([*self.fleets, *self.plants])
        return np.flatnonzero(found if added is None else found | added)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where the energy went, of all customers [kWh].

    ``after − fed_in = before + answered + scaled + charged − made + rounded``.

    Attributes:
        before_kwh: Taken from the grid as measured.
        answered_kwh: More by the answer to prices; next to 0 where the answer keeps energy.
        scaled_kwh: More by growth, less by saving.
        charged_kwh: By vehicles.
        made_kwh: By plants.
        fed_in_kwh: Of these, fed into the grid.
        rounded_kwh: By rounding every quarter of an hour to whole units.
        after_kwh: Taken from the grid as supposed.
    """

    before_kwh: float
    answered_kwh: float
    scaled_kwh: float
    charged_kwh: float
    made_kwh: float
    fed_in_kwh: float
    rounded_kwh: float
    after_kwh: float


@dataclass(frozen=True, slots=True)
class Changed:
    """A district as it would be.

    Attributes:
        cube: Loads of all customers.
        added: What each class takes more in every quarter of an hour, (classes, days, 96) [kWh].
        fed_in: What all new plants feed into the grid, (days, 96) [kWh].
        of_transformers: What each transformer's customers take more, what they feed in taken off,
            (transformers, days, 96) [kWh].
        ledger: Where the energy went.
    """

    cube: SlotCube
    added: np.ndarray
    fed_in: np.ndarray
    of_transformers: np.ndarray
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Sides:
    """To what customers belong.

    Attributes:
        class_of, transformer_of: Numbers, −1 for none, (customers,).
        classes, transformers: How many there are.
        days: Of the laboratory.
    """

    class_of: np.ndarray
    classes: int
    transformer_of: np.ndarray
    transformers: int
    days: int

    def nothing(self) -> tuple[np.ndarray, np.ndarray]:
        """Zeros by class and by transformer, (…, days, 96)."""
        shape = self.days, SLOTS_PER_DAY
        return np.zeros((self.classes, *shape)), np.zeros((self.transformers, *shape), np.float32)


def changes_of(what_if: WhatIf, lab: Lab, source: DuckDBPyConnection) -> Changes:
    """What a scenario changes in a district.

    Raises:
        WhatIfError: something the scenario supposes cannot be worked out here.
    """
    first_day = lab.bills[0][0]
    days = (lab.bills[-1][1] - first_day).days + 1
    group, cell = np.zeros(days, int), np.zeros(days, int)
    for number, one in enumerate(lab.cube.groups):
        at = [(day - first_day).days for day in one.days]
        group[at], cell[at] = number, one.cell
    return Changes(
        answers=answers(what_if, lab),
        times=_times(what_if, lab),
        fleets=fleets(what_if, lab.points),
        plants=plants(what_if, lab.points, source),
        group=group,
        cell=cell,
        finest=lab.cube.per // _WH_PER_KWH,
    )


def _times(what_if: WhatIf, lab: Lab) -> np.ndarray:
    """Saving and growth of every customer."""
    found = np.ones(lab.points.height)
    ids = lab.points["usage_point_id"].to_list()
    for number, saving in enumerate(what_if.savings):
        is_of_class = lab.points["customer_class"].is_in(list(saving.customer_classes))
        is_in = lots(ids, f"saving {number}", what_if.seed) < saving.uptake_share
        found[is_of_class.fill_null(value=False).to_numpy() & is_in] *= 1 - saving.saving_share
    for growth in what_if.growth:
        is_own = (lab.points["customer_class"] == growth.customer_class).fill_null(value=False)
        found[is_own.to_numpy()] *= 1 + growth.growth_share
    return found


def changed_rows(rows: Rows, changes: Changes, tally: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows as they would be: units taken from the grid and fed into it, whole numbers.

    Args:
        rows: As measured.
        changes: What changes.
        tally: LEDGER_PARTS in units, which are added to.
    """
    customer, day = rows.customer, rows.day
    units = rows.units.astype(np.float64)
    signal = changes.answers.signal[customer]
    if (own := np.flatnonzero(signal != NO_ANSWER)).size:
        group, cell = changes.group[day[own]], changes.cell[day[own]]
        after = changes.answers.of(units[own], customer[own], group, cell)
        tally[0] += after.sum() - units[own].sum()
        units[own] = after
    times = changes.times[customer]
    tally[1] += (units.sum(axis=1) * (times - 1)).sum()
    units *= times[:, None]
    for fleet in changes.fleets:
        own = np.flatnonzero(fleet.vehicle[customer] >= 0)
        charged = fleet.energy_wh(customer[own], day[own]) * changes.finest
        tally[2] += charged.sum()
        units[own] += charged
    fed_in = np.zeros((0, SLOTS_PER_DAY))
    made = np.zeros_like(units) if changes.plants else fed_in
    for plant in changes.plants:
        own = np.flatnonzero(plant.sky[customer] >= 0)
        made[own] += plant.energy_wh(customer[own], day[own]) * changes.finest
    if changes.plants:
        tally[3] += made.sum()
        units -= made
        fed_in = _whole(np.maximum(-units, 0))
    whole = _whole(np.maximum(units, 0))
    tally[4] += fed_in.sum()
    tally[5] += whole.sum() - fed_in.sum() - units.sum()
    return whole.astype(rows.units.dtype), fed_in.astype(rows.units.dtype)


def _whole(units: np.ndarray) -> np.ndarray:
    """Whole numbers: what a quarter of an hour loses, the next one of the day gets.

    Each for itself, the quarters of a load that is always the same would all lose the same.
    """
    reached = np.rint(np.cumsum(units, axis=1))
    return np.diff(reached, axis=1, prepend=0)


def changed_load(changes: Changes, lab: Lab, sides: Sides, lake: DuckDBPyConnection) -> Changed:
    """Everyone's load as it would be.

    Args:
        changes: What changes.
        lab: The district; where its cube has maxima of slots, so has the one that is made.
        sides: To what its customers belong.
        lake: Where the day rows are.
    """
    touched = changes.touched
    sums = _Sums(changes, lab, touched, sides)
    for rows in rows_of(lab, touched, lake) if touched.size else ():
        sums.take(rows)
    return sums.changed()


class _Sums:
    """Adds up changed rows: the parts of a ``Changed`` that are not there yet."""

    def __init__(self, changes: Changes, lab: Lab, touched: np.ndarray, sides: Sides) -> None:
        self._changes, self._lab, self._sides, self._touched = changes, lab, sides, touched
        cube = lab.cube
        self._slot_sums = np.zeros((len(cube.groups), SLOTS_PER_DAY, len(touched)), np.int64)
        self._largest = np.zeros((len(cube.cells), len(touched)), np.int64)
        self._highest = np.zeros_like(self._slot_sums) if cube.highest is not None else None
        self._export = np.zeros((len(cube.cells), len(touched)), np.int64)
        self._added, self._of_transformers = sides.nothing()
        self._fed_in = np.zeros((1, sides.days, SLOTS_PER_DAY))
        self._tally = np.zeros(LEDGER_PARTS)
        self._place = np.full(lab.points.height, -1)
        self._place[touched] = np.arange(len(touched))

    def take(self, rows: Rows) -> None:
        """Change some rows and add them."""
        changes = self._changes
        taken, fed_in = changed_rows(rows, changes, self._tally)
        more = (taken - rows.units).astype(np.float64)
        own = self._place[rows.customer]
        group, cell = changes.group[rows.day], changes.cell[rows.day]
        pairs, at = np.unique(group * len(self._touched) + own, return_inverse=True)
        of_group, of_own = np.divmod(pairs, len(self._touched))
        self._slot_sums[of_group, :, of_own] += _together(at, len(pairs), taken.astype(np.int64))
        np.maximum.at(self._largest, (cell, own), taken.max(axis=1))
        if self._highest is not None:
            order = np.argsort(at, kind="stable")
            starts = np.searchsorted(at[order], np.arange(len(pairs)))
            most = np.maximum.reduceat(taken[order], starts, axis=0)
            before = self._highest[of_group, :, of_own]
            self._highest[of_group, :, of_own] = np.maximum(before, most)
        add_days(self._added, self._sides.class_of[rows.customer], rows.day, more)
        if len(fed_in):
            np.add.at(self._export, (cell, own), fed_in.sum(axis=1))
            add_days(self._fed_in, np.zeros_like(rows.day), rows.day, fed_in)
            more -= fed_in
        add_days(self._of_transformers, self._sides.transformer_of[rows.customer], rows.day, more)

    def changed(self) -> Changed:
        """All of it."""
        cube, per = self._lab.cube, self._lab.cube.per
        before = cube.running["import"][:, -1].sum(dtype=np.float64) / per
        answered, scaled, charged, made, fed_in, rounded = (self._tally / per).tolist()
        after = self._cube()
        ledger = Ledger(
            before_kwh=before,
            answered_kwh=answered,
            scaled_kwh=scaled,
            charged_kwh=charged,
            made_kwh=made,
            fed_in_kwh=fed_in,
            rounded_kwh=rounded,
            after_kwh=after.running["import"][:, -1].sum(dtype=np.float64) / per,
        )
        return Changed(
            cube=after,
            added=self._added / per,
            fed_in=self._fed_in[0] / per,
            of_transformers=self._of_transformers / per,
            ledger=ledger,
        )

    def _cube(self) -> SlotCube:
        """The laboratory's, with other loads for those of whom anything changes."""
        cube, touched = self._lab.cube, self._touched
        if not touched.size:
            return cube
        running = cube.running["import"].copy()
        running[:, 1:, touched] = np.cumsum(self._slot_sums, axis=1)
        largest = None if cube.largest is None else cube.largest.copy()
        if largest is not None:
            largest[:, touched] = self._largest
        highest = self._highest
        if highest is not None and cube.highest is not None:
            of_all = cube.highest.copy()
            of_all[:, :, touched] = highest
            highest = of_all
        totals = dict(cube.totals)
        if self._export.any():
            exported = totals.get("export")
            exported = (
                np.zeros_like(cube.running["import"][:0, 0]) if exported is None else exported
            )
            totals["export"] = _with(exported, len(cube.cells), cube.count, touched, self._export)
        return replace(
            cube,
            running={**cube.running, "import": running},
            highest=highest,
            largest=largest,
            totals=totals,
            _known={},
            _lock=Lock(),
        )


def _with(
    exported: np.ndarray, cells: int, count: int, touched: np.ndarray, more: np.ndarray
) -> np.ndarray:
    found = exported.copy() if len(exported) else np.zeros((cells, count), np.int64)
    found[:, touched] += more
    return found


def _together(at: np.ndarray, size: int, values: np.ndarray) -> np.ndarray:
    """Sums of the rows of ``values`` by place, (size, 96)."""
    rows = len(at)
    of_place = sparse.csr_array(
        (np.ones(rows, values.dtype), (at, np.arange(rows))), shape=(size, rows)
    )
    return of_place @ values


def add_days(total: np.ndarray, what: np.ndarray, day: np.ndarray, values: np.ndarray) -> None:
    """Add rows of 96 to ``total`` (things, days, 96) at their thing and day; −1 is nothing."""
    known = np.flatnonzero(what >= 0)
    at = what[known] * total.shape[1] + day[known]
    places, number = np.unique(at, return_inverse=True)
    sums = _together(number, len(places), values[known].astype(np.float64))
    total[np.divmod(places, total.shape[1])] += sums


def days_of(lab: Lab) -> list[date]:
    """Every day of a laboratory."""
    first_day, last_day = lab.bills[0][0], lab.bills[-1][1]
    return [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
