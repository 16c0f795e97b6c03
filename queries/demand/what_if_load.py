"""Everyone's load as it would be, on the real intervals: sums for bills, the system, the grid."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from threading import Lock

import numpy as np
from duckdb import DuckDBPyConnection

from queries.billing.slot_cube import SlotCube
from queries.demand.what_if_changes import TALLIED, Changes, changed_rows
from queries.demand.what_if_measured import Measured, PlaceSums, summed_by_place, together
from queries.demand.what_if_rows import Rows
from queries.schema import SLOTS_PER_DAY

_AT_ONCE = 2  # one reads while two change what was read


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where the energy went, of all customers [kWh].

    ``after − fed_in = before + answered + weather + scaled + heated + charged − made + lost +
    rounded``.

    Attributes:
        before_kwh: Taken from the grid as measured.
        answered_kwh: More by the answer to prices; next to 0 where the answer keeps energy.
        weather_kwh: More in another weather.
        scaled_kwh: More by growth, less by saving.
        heated_kwh: By new electric heating.
        charged_kwh: By vehicles.
        made_kwh: By plants.
        lost_kwh: In batteries: what they took and did not give back.
        fed_in_kwh: By plants and batteries, into the grid.
        rounded_kwh: By rounding every quarter of an hour to whole units.
        after_kwh: Taken from the grid as supposed.
    """

    before_kwh: float
    answered_kwh: float
    weather_kwh: float
    scaled_kwh: float
    heated_kwh: float
    charged_kwh: float
    made_kwh: float
    lost_kwh: float
    fed_in_kwh: float
    rounded_kwh: float
    after_kwh: float


@dataclass(frozen=True, slots=True)
class Changed:
    """A district as it would be.

    Attributes:
        energy_kwh: What each customer takes from the grid, (customers,).
        added: What each class takes more in every quarter of an hour, (classes, days, 96) [kWh].
        fed_in: What new plants and batteries feed into the grid, (days, 96) [kWh].
        of_transformers: What each transformer's customers take more, what they feed in taken off,
            (transformers, days, 96) [kWh].
        ledger: Where the energy went.
        gap_share: By how much batteries may do worse than the optimum; 0: by nothing; None: there
            are none.
    """

    energy_kwh: np.ndarray
    added: np.ndarray
    fed_in: np.ndarray
    of_transformers: np.ndarray
    ledger: Ledger
    gap_share: float | None


def changed_load(
    changes: Changes, before: Measured, lake: DuckDBPyConnection
) -> tuple[Changed, SlotCube]:
    """Everyone's load as it would be, and the cube of those of whom anything changes.

    Args:
        changes: What changes.
        before: The district; where its cube has maxima of slots, so has the one that is made.
        lake: Where the day rows are.
    """
    touched = changes.touched
    sums = _Sums(changes, before, touched)
    read = before.rows_of(touched, lake) if touched.size else iter(())
    with ThreadPoolExecutor(_AT_ONCE) as beside:
        waiting = deque(beside.submit(sums.part, rows) for rows in islice(read, 2 * _AT_ONCE))
        while waiting:
            sums.take(waiting.popleft().result())
            waiting.extend(beside.submit(sums.part, rows) for rows in islice(read, 1))
    return sums.changed()


@dataclass(frozen=True, slots=True)
class _Part:
    """Sums of some rows.

    Attributes:
        pairs: Group of days and place among the touched, as one number, of every row of
            ``slot_sums`` and ``highest``.
        slot_sums: Units taken by pair, (pairs, 96).
        highest: The largest of each slot by pair, or None.
        cell, own, largest, fed_in: Of every row: its cell, place, largest quarter of an hour, and
            what it feeds in on the day.
        of_classes: Units taken more by class and day.
        of_transformers: Units taken more less what is fed in, by transformer and day.
        sent: Units fed in by day.
        tally: By ``TALLIED``.
    """

    pairs: np.ndarray
    slot_sums: np.ndarray
    highest: np.ndarray | None
    cell: np.ndarray
    own: np.ndarray
    largest: np.ndarray
    fed_in: np.ndarray
    of_classes: PlaceSums
    of_transformers: PlaceSums
    sent: PlaceSums
    tally: dict[str, float]


class _Sums:
    """Adds up changed rows: the parts of a ``Changed`` that are not there yet."""

    def __init__(self, changes: Changes, before: Measured, touched: np.ndarray) -> None:
        self._changes, self._touched = changes, touched
        self._lab, self._sides = lab, sides = before.lab, before.sides
        cube = lab.cube
        self._slot_sums = np.zeros((len(cube.groups), SLOTS_PER_DAY, len(touched)), np.int64)
        self._largest = np.zeros((len(cube.cells), len(touched)), np.int64)
        self._highest = np.zeros_like(self._slot_sums) if cube.highest is not None else None
        self._export = np.zeros((len(cube.cells), len(touched)), np.int64)
        self._added, self._of_transformers = sides.nothing()
        self._fed_in = np.zeros((sides.days, SLOTS_PER_DAY))
        self._tally = dict.fromkeys(TALLIED, 0.0)
        self._place = np.full(lab.points.height, -1)
        self._place[touched] = np.arange(len(touched))

    def part(self, rows: Rows) -> _Part:
        """Change some rows and add them up among themselves; others may do so beside it."""
        changes, sides = self._changes, self._sides
        found = changed_rows(rows, changes)
        own = self._place[rows.customer]
        group = changes.group[rows.day]
        pairs, at = np.unique(group * len(self._touched) + own, return_inverse=True)
        highest = None
        if self._highest is not None:
            order = np.argsort(at, kind="stable")
            starts = np.searchsorted(at[order], np.arange(len(pairs)))
            highest = np.maximum.reduceat(found.taken[order], starts, axis=0)
        fed_in = np.zeros(len(own), np.int64)
        fed_in[found.feeding] = found.fed_in.sum(axis=1)
        more = found.taken - rows.units
        of_classes = summed_by_place(sides.class_days(rows), more)
        more[found.feeding] -= found.fed_in
        return _Part(
            pairs=pairs,
            slot_sums=together(at, len(pairs), found.taken),
            highest=highest,
            cell=changes.cell[rows.day],
            own=own,
            largest=found.taken.max(axis=1),
            fed_in=fed_in,
            of_classes=of_classes,
            of_transformers=summed_by_place(sides.transformer_days(rows), more),
            sent=summed_by_place(rows.day[found.feeding], found.fed_in),
            tally=found.tally,
        )

    def take(self, part: _Part) -> None:
        """Add what some rows add up to."""
        of_group, of_own = np.divmod(part.pairs, len(self._touched))
        self._slot_sums[of_group, :, of_own] += part.slot_sums
        if self._highest is not None and part.highest is not None:
            before = self._highest[of_group, :, of_own]
            self._highest[of_group, :, of_own] = np.maximum(before, part.highest)
        np.maximum.at(self._largest, (part.cell, part.own), part.largest)
        np.add.at(self._export, (part.cell, part.own), part.fed_in)
        for name, value in part.tally.items():
            self._tally[name] += value
        part.of_classes.add_to(self._added)
        part.of_transformers.add_to(self._of_transformers)
        part.sent.add_to(self._fed_in)

    def changed(self) -> tuple[Changed, SlotCube]:
        """All of it."""
        cube, per = self._lab.cube, self._lab.cube.per
        energy_kwh = cube.running["import"][:, -1].sum(axis=0) / per
        before = float(energy_kwh.sum())
        tally = {name: float(value) / per for name, value in self._tally.items()}
        after = self._cube()
        energy_kwh[self._touched] = after.running["import"][:, -1].sum(axis=0) / per
        ledger = Ledger(
            before_kwh=before,
            answered_kwh=tally["answered"],
            weather_kwh=tally["weather"],
            scaled_kwh=tally["scaled"],
            heated_kwh=tally["heated"],
            charged_kwh=tally["charged"],
            made_kwh=tally["made"],
            lost_kwh=tally["lost"],
            fed_in_kwh=tally["fed_in"],
            rounded_kwh=tally["rounded"],
            after_kwh=float(energy_kwh.sum()),
        )
        changed = Changed(
            energy_kwh=energy_kwh,
            added=self._added / per,
            fed_in=self._fed_in / per,
            of_transformers=self._of_transformers / per,
            ledger=ledger,
            gap_share=_gap(self._tally) if self._changes.stores else None,
        )
        return changed, after

    def _cube(self) -> SlotCube:
        """Of those of whom anything changes; reactive energy stays what it was."""
        cube, touched = self._lab.cube, self._touched
        groups, slots, accounts = self._slot_sums.shape
        running = np.zeros((groups, slots + 1, accounts), np.int64)
        np.cumsum(self._slot_sums, axis=1, out=running[:, 1:])
        totals = {name: energy[:, touched] for name, energy in cube.totals.items()}
        if self._export.any() or "export" in totals:
            totals["export"] = totals.get("export", 0) + self._export
        return replace(
            cube,
            running={"import": running},
            highest=self._highest,
            largest=None if cube.largest is None else self._largest,
            totals=totals,
            _known={},
            _lock=Lock(),
        )


def _gap(tally: dict[str, float]) -> float:
    """The larger of the gaps of money, over what can be saved, and of peaks, over what is left."""
    gaps = [0.0]
    if tally["bound"] > 0:
        gaps.append((tally["bound"] - tally["reached"]) / tally["bound"])
    if tally["reached_peak"] > 0:
        gaps.append((tally["reached_peak"] - tally["bound_peak"]) / tally["reached_peak"])
    return max(gaps)
