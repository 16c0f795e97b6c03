"""What charges ask of a load: sums and maxima by segment and period, as exact integers.

``DayRows`` measures every interval: the path that can bill every charge. ``SlotCube`` in
``queries/billing/slot_cube.py`` measures sums and maxima of slots over kinds of days, which is
many times less; ``cube_limits`` says what it cannot. Both give the same integers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Protocol

import numpy as np

from queries.billing.calendar_model import Calendar, periods_of_days
from queries.billing.day_tags import DeclaredEvent
from queries.billing.errors import TariffError
from queries.billing.exact_arrays import Exacts, scaled_by
from queries.billing.segments import Segment
from queries.billing.tariff_model import DemandCharge, Netting
from queries.schema import SLOTS_PER_DAY

_DAY_MINUTES = 24 * 60
_HOUR = 60


class Measured(Protocol):
    """The load of the accounts of one pass, as charges ask for it."""

    @property
    def count(self) -> int:
        """How many accounts there are."""
        ...

    @property
    def channels(self) -> frozenset[str]:
        """What was measured, such as ``import``, ``export``, ``reactive_import``."""
        ...

    def energy(
        self,
        calendar: Calendar | None,
        segments: Sequence[Segment],
        channel: str = "import",
        netting: Netting = "none",
    ) -> Exacts:
        """Energy by segment and period [kWh, (accounts, segments, periods)]."""
        ...

    def maximum(
        self, calendar: Calendar | None, segments: Sequence[Segment], charge: DemandCharge
    ) -> Exacts:
        """Demand by segment and period, as ``charge`` measures it [kW, likewise]."""
        ...

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
        """Energy by period and the tier its moment has reached [kWh, (accounts, periods, tiers)].

        Args:
            calendar: Whose periods.
            segment: The days.
            limits: Of every period, the limits of its tiers [kWh, (accounts,)].
            used_before: In the reset period before the segment [kWh, (accounts,)].
            channel: What was measured.
            netting: ``interval``: what is left of each interval fills the tiers.
        """
        ...


@dataclass(frozen=True, slots=True)
class DayRows:
    """Interval readings of some accounts over the same local days.

    Attributes:
        days: The local day of every row; twice where an hour comes twice.
        energy_units: By channel, ``(accounts, rows, slots a day)`` integers, missing ones 0.
        per: Units of energy a kWh; 1,000 for watt-hours.
        country: Whose holidays the days have.
        events: Declared event days.
        peaks: The row and slot of the system's peak by bill, for coincident demands.
    """

    days: tuple[date, ...] = field(repr=False)
    energy_units: Mapping[str, np.ndarray] = field(repr=False)
    per: int
    country: str = "CN"
    events: tuple[DeclaredEvent, ...] = ()
    peaks: Mapping[int, tuple[int, int]] | None = None

    @classmethod
    def of(
        cls,
        days: Sequence[date],
        energy_units: Mapping[str, np.ndarray],
        per: int,
        *,
        country: str = "CN",
        events: Sequence[DeclaredEvent] = (),
    ) -> "DayRows":
        """From intervals of any length that divides the day.

        Intervals longer than a quarter of an hour are spread evenly over its quarters, exactly:
        the units get finer instead.
        """
        slots = next(iter(energy_units.values())).shape[2]
        if _DAY_MINUTES % slots or any(u.shape[2] != slots for u in energy_units.values()):
            raise ValueError(f"{slots} intervals a day; expected a number that divides the day.")
        if slots % SLOTS_PER_DAY == 0:
            return cls(tuple(days), dict(energy_units), per, country, tuple(events))
        finer = int(np.lcm(slots, SLOTS_PER_DAY))
        times = finer // slots
        spread = {
            name: np.repeat(units.astype(np.int64), times, axis=2)
            for name, units in energy_units.items()
        }
        # An interval was longer than a slot: what one slot has of it is a part of it.
        return cls(tuple(days), spread, per * times, country, tuple(events))

    @property
    def count(self) -> int:
        """How many accounts there are."""
        return next(iter(self.energy_units.values())).shape[0]

    @property
    def channels(self) -> frozenset[str]:
        """What was measured."""
        return frozenset(self.energy_units)

    @property
    def slots(self) -> int:
        """Intervals of a day."""
        return next(iter(self.energy_units.values())).shape[2]

    def energy(
        self,
        calendar: Calendar | None,
        segments: Sequence[Segment],
        channel: str = "import",
        netting: Netting = "none",
    ) -> Exacts:
        """As ``Measured.energy``; with netting ``interval`` what is left of each interval."""
        units = self._netted(channel, netting)
        found = np.zeros((self.count, len(segments), _periods(calendar)), np.int64)
        for number, segment in enumerate(segments):
            for rows, period_of in self._alike(calendar, segment):
                slots = units[:, rows].sum(axis=1, dtype=np.int64)
                for period in np.unique(period_of):
                    found[:, number, period] += slots[:, period_of == period].sum(axis=1)
        return Exacts(found, self.per)

    def maximum(
        self, calendar: Calendar | None, segments: Sequence[Segment], charge: DemandCharge
    ) -> Exacts:
        """As ``Measured.maximum``, of windows that begin with the clock."""
        demands, per = self._demands(charge)
        width = self.slots // demands.shape[2]
        found = np.zeros((self.count, len(segments), _periods(calendar)), np.int64)
        for number, segment in enumerate(segments):
            days: list[np.ndarray] = []
            for rows, period_of in self._alike(calendar, segment):
                window_of = period_of[::width]
                kept = np.zeros((self.count, len(rows), found.shape[2]), np.int64)
                for period in np.unique(window_of):
                    kept[:, :, period] = demands[:, rows][:, :, window_of == period].max(axis=2)
                days.append(kept)
            highest = np.concatenate(days, axis=1) if days else np.zeros((self.count, 1, 1))
            if charge.is_coincident:
                found[:, number] = self._at_peak(demands, calendar, segment)
            elif charge.highest_days > 1:
                most_days = np.sort(highest, axis=1)[:, -charge.highest_days :]
                found[:, number] = most_days.sum(axis=1)
            else:
                found[:, number] = highest.max(axis=1)
        is_mean = charge.highest_days > 1 and not charge.is_coincident
        return Exacts(found, per * charge.highest_days if is_mean else per)

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
        """As ``Measured.by_tier``: every interval falls in the tier it has reached."""
        rows = [n for n, day in enumerate(self.days) if _is_in(day, segment)]
        tiers = max(len(of_period) for of_period in limits) + 1
        per = _common_per(self.per, used_before, limits)
        scale = per // self.per
        units = self._netted(channel, netting)[:, rows]
        energy = scaled_by(units.astype(np.int64), scale)
        energy = energy.reshape(self.count, -1)
        reached = energy.cumsum(axis=1) + used_before.over(per)[:, None]
        before = reached - energy
        period_of = np.concatenate([self._period_rows(calendar, [row])[0] for row in rows])
        found = np.zeros((self.count, len(limits), tiers), energy.dtype)
        for period, of_period in enumerate(limits):
            at = period_of == period
            lower = np.zeros(self.count, np.int64)
            for tier in range(len(of_period) + 1):
                low = lower[:, None]
                high = of_period[tier].over(per)[:, None] if tier < len(of_period) else None
                found[:, period, tier] = (
                    _between(reached[:, at], low, high) - _between(before[:, at], low, high)
                ).sum(axis=1)
                lower = low[:, 0] if high is None else high[:, 0]
        return Exacts(found, per)

    def _netted(self, channel: str, netting: Netting) -> np.ndarray:
        if netting != "interval":
            if channel not in self.energy_units:
                return np.zeros((self.count, len(self.days), self.slots), np.int64)
            return self.energy_units[channel]
        other = "export" if channel == "import" else "import"
        mine, theirs = self._netted(channel, "none"), self._netted(other, "none")
        return np.maximum(mine.astype(np.int64) - theirs, 0)

    def _demands(self, charge: DemandCharge) -> tuple[np.ndarray, int]:
        """Demand of every window, and its units a kW."""
        minutes = _DAY_MINUTES // self.slots
        units = self.energy_units["import"]
        if charge.in_kva:
            units = self._apparent(units)
        window = charge.window_minutes or minutes
        width = max(window // minutes, 1)
        if (window % minutes and window > minutes) or self.slots % width:
            raise TariffError(
                f"charge '{charge.code}': a window of {window} min over readings every "
                f"{minutes} min; expected a multiple of them that divides the day."
            )
        if width > 1:
            shape = (*units.shape[:2], -1, width)
            units = units.reshape(shape).sum(axis=3, dtype=np.int64)
        hours = Fraction(_HOUR, width * minutes)
        return scaled_by(units.astype(np.int64), hours.numerator), self.per * hours.denominator

    def _apparent(self, active: np.ndarray) -> np.ndarray:
        reactive = [
            self.energy_units[c]
            for c in ("reactive_import", "reactive_export")
            if c in self.energy_units
        ]
        if not reactive:
            raise TariffError(
                "a demand in kVA needs reactive readings. Give the channel reactive_import."
            )
        squares = active.astype(np.float64) ** 2 + sum(r.astype(np.float64) ** 2 for r in reactive)
        return np.rint(np.sqrt(squares)).astype(np.int64)

    def _at_peak(
        self, demands: np.ndarray, calendar: Calendar | None, segment: Segment
    ) -> np.ndarray:
        if self.peaks is None or segment.bill not in self.peaks:
            raise TariffError(
                "a coincident demand needs the time of the system's peak, which is not known here."
            )
        row, slot = self.peaks[segment.bill]
        found = np.zeros((self.count, _periods(calendar)), np.int64)
        if _is_in(self.days[row], segment):
            period = self._period_rows(calendar, [row])[0][slot]
            found[:, period] = demands[:, row, slot * demands.shape[2] // self.slots]
        return found

    def _alike(
        self, calendar: Calendar | None, segment: Segment
    ) -> list[tuple[list[int], np.ndarray]]:
        """Rows of the segment whose slots have the same periods, and those periods."""
        rows = [n for n, day in enumerate(self.days) if _is_in(day, segment)]
        groups: dict[bytes, tuple[list[int], np.ndarray]] = {}
        for row, period_of in zip(rows, self._period_rows(calendar, rows), strict=True):
            groups.setdefault(period_of.tobytes(), ([], period_of))[0].append(row)
        return list(groups.values())

    def _period_rows(self, calendar: Calendar | None, rows: Sequence[int]) -> np.ndarray:
        if calendar is None or not rows:
            return np.zeros((len(rows), self.slots), np.uint8)
        days = [self.days[row] for row in rows]
        quarters = periods_of_days(calendar, days, self.country, self.events)
        return np.repeat(quarters, self.slots // SLOTS_PER_DAY, axis=1)


def _periods(calendar: Calendar | None) -> int:
    return 1 if calendar is None else len(calendar.periods)


def _is_in(day: date, segment: Segment) -> bool:
    return segment.first_day <= day <= segment.last_day


def _between(value: np.ndarray, low: np.ndarray, high: np.ndarray | None) -> np.ndarray:
    """Value held between two limits: what differs of it lies in the tier between them."""
    held = np.maximum(value, low)
    return held if high is None else np.minimum(held, high)


def _common_per(per: int, used_before: Exacts, limits: Sequence[Sequence[Exacts]]) -> int:
    for one in (used_before, *(limit for of_period in limits for limit in of_period)):
        per = int(np.lcm(per, one.per))
    return per
