"""The simulated time: whole days of quarters of an hour, in the zone's standard time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

UTC_OFFSET = timedelta(hours=8)
"""China Standard Time; the district keeps no other."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``first_day`` on. A slot is a quarter of an hour, counted from its start."""

    first_day: date
    days: int

    @classmethod
    def between(cls, first_day: date, last_day: date) -> "Span":
        """The days from ``first_day`` to ``last_day``, both included."""
        if last_day < first_day:
            raise ValueError(f"the last day {last_day} is before the first day {first_day}")
        return cls(first_day, (last_day - first_day).days + 1)

    @property
    def slots(self) -> int:
        """Quarters of an hour in all."""
        return self.days * SLOTS_PER_DAY

    @property
    def dates(self) -> list[date]:
        """Every day."""
        return [self.first_day + timedelta(days=n) for n in range(self.days)]

    def day(self, day: date) -> int:
        """The number of ``day``, the first being 0; may lie outside."""
        return (day - self.first_day).days

    def instant(self, slot: int) -> datetime:
        """When a slot starts; may lie outside."""
        start = datetime(*self.first_day.timetuple()[:3], tzinfo=UTC) - UTC_OFFSET
        return start + timedelta(minutes=int(slot) * SLOT_MINUTES)

    def by_slot(self, of_days: np.ndarray) -> np.ndarray:
        """Values of every day (days,) repeated for every slot (slots,)."""
        return np.repeat(of_days, SLOTS_PER_DAY)

    def every_day(self, of_slots: np.ndarray) -> np.ndarray:
        """Values of the slots of a day (96,) repeated for every day (slots,)."""
        return np.tile(of_slots, self.days)
