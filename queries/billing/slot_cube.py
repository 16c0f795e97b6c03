"""A load as sums and maxima of slots over kinds of days, in memory: why what-if is instant.

Slots come first and accounts lie side by side: the energy of a period is a few differences of
running sums over all accounts at once, its demand a maximum over a few slots.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock

import numpy as np

from queries.billing.calendar_check import runs
from queries.billing.calendar_model import Calendar, periods_of_days
from queries.billing.cube_limits import CubeLimit, demand_limits
from queries.billing.day_tags import DeclaredEvent
from queries.billing.exact_arrays import Exacts
from queries.billing.segments import Segment, Span
from queries.billing.tariff_model import DemandCharge, Netting
from queries.schema import SLOTS_PER_DAY

_SLOTS_PER_HOUR = 4
_KEPT = 12


@dataclass(frozen=True, slots=True)
class DayGroup:
    """Days of one cell that were added up.

    Attributes:
        cell: Place of the cell, such as a month, among the cube's.
        days: The local days.
    """

    cell: int
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class SlotCube:
    """Loads of many accounts by group of days and slot.

    Attributes:
        cells: First and last day of every cell; segments are made of whole cells.
        groups: The groups of days; those of a cell make up its days.
        running: By channel the running sums over the slots of each group, ``(groups, 97,
            accounts)``; the first is 0.
        highest: The largest slot of ``import`` among the days of a group, ``(groups, 96,
            accounts)``; None: there are none, so that maxima by period cannot be told.
        per: Units of energy a kWh.
        country: Whose holidays the days have.
        events: Declared event days.
        totals: Of other channels the energy of whole cells, ``(cells, accounts)``.
        largest: The largest slot of whole cells, ``(cells, accounts)``; None: ask ``highest``.
    """

    cells: tuple[Span, ...]
    groups: tuple[DayGroup, ...] = field(repr=False)
    running: Mapping[str, np.ndarray] = field(repr=False)
    highest: np.ndarray | None = field(repr=False)
    per: int
    country: str = "CN"
    events: tuple[DeclaredEvent, ...] = ()
    totals: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False)
    largest: np.ndarray | None = field(default=None, repr=False)
    _known: dict[tuple, np.ndarray] = field(default_factory=dict, compare=False, repr=False)
    _lock: Lock = field(default_factory=Lock, compare=False, repr=False)

    @property
    def count(self) -> int:
        """How many accounts there are."""
        return next(iter(self.running.values())).shape[2]

    @property
    def channels(self) -> frozenset[str]:
        """What was measured."""
        return frozenset(self.running) | frozenset(self.totals)

    def part(self, first: int, after: int) -> "SlotCube":
        """The accounts from place ``first`` to before ``after``, without copying."""
        return replace(
            self,
            running={name: units[:, :, first:after] for name, units in self.running.items()},
            highest=None if self.highest is None else self.highest[:, :, first:after],
            totals={name: units[:, first:after] for name, units in self.totals.items()},
            largest=None if self.largest is None else self.largest[:, first:after],
            _known={},
            _lock=Lock(),
        )

    def those(self, rows: np.ndarray) -> "SlotCube":
        """The accounts at the places ``rows``, copied."""
        return replace(
            self,
            running={name: units[:, :, rows] for name, units in self.running.items()},
            highest=None if self.highest is None else self.highest[:, :, rows],
            totals={name: units[:, rows] for name, units in self.totals.items()},
            largest=None if self.largest is None else self.largest[:, rows],
            _known={},
            _lock=Lock(),
        )

    def energy(
        self,
        calendar: Calendar | None,
        segments: Sequence[Segment],
        channel: str = "import",
        netting: Netting = "none",
    ) -> Exacts:
        """As ``Measured.energy``."""
        if netting == "interval":
            raise CubeLimit("interval_netting")
        key = "energy", calendar, channel
        return self._of_segments(
            self._kept(key, lambda: self._energies(calendar, channel)), segments, np.add
        )

    def maximum(
        self, calendar: Calendar | None, segments: Sequence[Segment], charge: DemandCharge
    ) -> Exacts:
        """As ``Measured.maximum``."""
        for limit in demand_limits(charge):
            raise CubeLimit(limit)
        key = "maximum", calendar
        found = self._kept(key, lambda: self._maxima(calendar))
        demand = self._of_segments(found, segments, np.maximum)
        return demand.times(_SLOTS_PER_HOUR)

    def by_tier(  # noqa: PLR0913 - where, which days, how far, of what
        self,
        calendar: Calendar | None,
        segment: Segment,
        limits: Sequence[Sequence[Exacts]],
        used_before: Exacts,
        *,
        channel: str = "import",
        netting: Netting = "none",
    ) -> Exacts:
        """Refused: which tier a moment has reached is lost in sums."""
        del calendar, segment, limits, used_before, channel, netting
        raise CubeLimit("chronological_tiers")

    def _kept(self, key: tuple, make: Callable[[], np.ndarray]) -> np.ndarray:
        """By cell and period, remembered: a price changes and no sum is taken again."""
        with self._lock:
            found = self._known.get(key)
        if found is None:
            found = make()
            with self._lock:
                while len(self._known) >= _KEPT:
                    self._known.pop(next(iter(self._known)))
                self._known[key] = found
        return found

    def _of_segments(
        self, by_cell: np.ndarray, segments: Sequence[Segment], together: np.ufunc
    ) -> Exacts:
        """(accounts, segments, periods) from (cells, periods, accounts)."""
        if [(one.first_day, one.last_day) for one in segments] == list(self.cells):
            return Exacts(by_cell.transpose(2, 0, 1), self.per)
        starts = {cell[0]: number for number, cell in enumerate(self.cells)}
        ends = {cell[1]: number for number, cell in enumerate(self.cells)}
        found = np.empty((len(segments), *by_cell.shape[1:]), np.int64)
        for number, segment in enumerate(segments):
            first, last = starts.get(segment.first_day), ends.get(segment.last_day)
            if first is None or last is None:
                raise CubeLimit("cut_within_cell")
            found[number] = together.reduce(by_cell[first : last + 1], axis=0)
        # Accounts stay side by side in memory; only the order of the axes is the caller's.
        return Exacts(found.transpose(2, 0, 1), self.per)

    def _energies(self, calendar: Calendar | None, channel: str) -> np.ndarray:
        if channel not in self.running:
            return self._totals(calendar, channel)
        running = self.running[channel]
        found = np.zeros((len(self.cells), _periods(calendar), self.count), np.int64)
        for number, group in enumerate(self.groups):
            for period, begin, end in self._runs(calendar, group):
                found[group.cell, period] += running[number, end] - running[number, begin]
        return found

    def _totals(self, calendar: Calendar | None, channel: str) -> np.ndarray:
        if calendar is not None:
            raise CubeLimit("totals_only")
        if channel not in self.totals:
            return np.zeros((len(self.cells), 1, self.count), np.int64)
        return self.totals[channel][:, None]

    def _maxima(self, calendar: Calendar | None) -> np.ndarray:
        if calendar is None and self.largest is not None:
            return self.largest[:, None]
        if self.highest is None:
            raise CubeLimit("no_maxima")
        found = np.zeros((len(self.cells), _periods(calendar), self.count), np.int64)
        for number, group in enumerate(self.groups):
            for period, begin, end in self._runs(calendar, group):
                largest = self.highest[number, begin:end].max(axis=0)
                np.maximum(found[group.cell, period], largest, out=found[group.cell, period])
        return found

    def _runs(self, calendar: Calendar | None, group: DayGroup) -> list[tuple[int, int, int]]:
        """(period, first slot, slot after the last) of a day of the group."""
        if calendar is None:
            return [(0, 0, SLOTS_PER_DAY)]
        rows = periods_of_days(calendar, group.days, self.country, self.events)
        if (rows != rows[0]).any():
            raise CubeLimit("days_told_apart")
        return [
            (int(period), begin, end)
            for period in np.unique(rows[0])
            for begin, end in runs(rows[0] == period)
        ]


def _periods(calendar: Calendar | None) -> int:
    return 1 if calendar is None else len(calendar.periods)
