"""Everyone's load as it would be, on the real intervals: sums for bills, the system, the grid."""

from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from duckdb import DuckDBPyConnection
from scipy import sparse

from queries.billing.lab import Lab
from queries.billing.slot_cube import SlotCube
from queries.demand.what_if_changes import LEDGER_PARTS, Changes, changed_rows
from queries.demand.what_if_rows import Rows, rows_of
from queries.schema import SLOTS_PER_DAY


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
