"""Time-of-use calendars (分时时段): the period of every quarter of an hour of any day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

import numpy as np

from queries.billing.day_tags import DeclaredEvent, is_national, tags_of_days
from queries.billing.errors import TariffError
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY

PERIODS = ("sharp", "peak", "flat", "valley", "deep_valley")
"""尖峰, 高峰, 平段, 低谷, 深谷. Foreign tariffs may use other names."""
EVERY_MONTH = frozenset(range(1, 13))
EVERY_DAY = frozenset({"all"})
UNCLAIMED = -1


@dataclass(frozen=True, slots=True)
class Window:
    """Hours that belong to one period.

    The hours are those of the clock on the days and in the months named: of 22:00–05:00 on a rest
    day, 00:00–05:00 and 22:00–24:00 of that rest day are meant, not the morning after. So notices
    count them: Shanghai's deep valley is "0–6 and 22–24 o'clock on the day".

    Attributes:
        period: One of ``PERIODS``, or a name of the tariff's own.
        from_minute: First minute, of the local day [min, 0–1425, a multiple of 15].
        until_minute: Minute after the last [min, 0–1440, a multiple of 15]; at or before
            ``from_minute`` the window goes across midnight.
        months: 1–12.
        days: Tags by ``day_tags``; the window holds on days with any of them.
        priority: Where windows overlap the highest holds: sharp over peak, a holiday over all.
    """

    period: str
    from_minute: int
    until_minute: int
    months: frozenset[int] = EVERY_MONTH
    days: frozenset[str] = EVERY_DAY
    priority: int = 0

    def holds(self, month: int, tags: frozenset[str]) -> bool:
        """Whether it holds on a day of ``month`` with these tags."""
        return month in self.months and not self.days.isdisjoint(tags)

    def slots(self) -> np.ndarray:
        """Whether each of the 96 quarters of an hour lies in the window."""
        starts = np.arange(SLOTS_PER_DAY) * SLOT_MINUTES
        begun, open_still = starts >= self.from_minute, starts < self.until_minute
        return begun & open_still if self.from_minute < self.until_minute else begun | open_still


@dataclass(frozen=True, slots=True)
class Ratio:
    """Prices of the periods as multiples of the flat price.

    Attributes:
        category: Users they hold for, such as ``two-part``; ``all`` for everyone.
        months: 1–12.
        factors: Period and multiple of the flat value of the components that float.
        printed: As the notice has it, with the price each percentage starts from.
    """

    category: str
    months: frozenset[int]
    factors: tuple[tuple[str, Decimal], ...]
    printed: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The periods of a year in one area for one group of users.

    Attributes:
        code: Unique name, such as ``liaoning``.
        name_zh: Name in Chinese.
        name_en: Name in English.
        notice: Number of the notice (文号) it was read from.
        certainty: How sure that is.
        windows: Whatever order; ``priority`` decides.
        remainder: Period of all that no window covers; None: the windows cover everything.
        effective: First day it is in force; None where not known.
        applies_to: Which users, in the words of the notice.
        doubts: What the notice leaves open or contradicts.
        country: Whose holidays the day tags mean (ISO code).
        ratios: Empty where the notice gives none or they are not known.
        floating: Components of the price that follow the periods, as stated.
        not_floating: Components that do not.
        rounding: How prices by period are rounded, as stated.
    """

    code: str
    name_zh: str
    name_en: str
    notice: str
    certainty: str
    windows: tuple[Window, ...]
    remainder: str | None = None
    effective: date | None = None
    applies_to: str = ""
    doubts: tuple[str, ...] = ()
    country: str = "CN"
    ratios: tuple[Ratio, ...] = ()
    floating: tuple[str, ...] = ()
    not_floating: tuple[str, ...] = ()
    rounding: str = ""

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods it has: those of ``PERIODS`` in their order, then others as they come."""
        own = [window.period for window in self.windows]
        own += [self.remainder] if self.remainder else []
        return tuple(dict.fromkeys([*(p for p in PERIODS if p in own), *own]))

    @property
    def tags(self) -> frozenset[str]:
        """The day tags that any window names."""
        return frozenset(tag for window in self.windows for tag in window.days)


def claims(
    calendar: Calendar, month: int, tags: frozenset[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who has each quarter of an hour of a day of ``month`` with ``tags``.

    Returns:
        Of 96 each: the index into ``calendar.periods`` (``UNCLAIMED`` where none and no
        remainder); the priority that won; whether another period claims it with the same one.
    """
    index = {period: number for number, period in enumerate(calendar.periods)}
    rest = index[calendar.remainder] if calendar.remainder else UNCLAIMED
    lowest = np.iinfo(np.int64).min
    owner = np.full(SLOTS_PER_DAY, rest, dtype=np.int16)
    height = np.full(SLOTS_PER_DAY, lowest, dtype=np.int64)
    is_tied = np.zeros(SLOTS_PER_DAY, dtype=bool)
    for window in sorted(calendar.windows, key=lambda window: window.priority):
        if not window.holds(month, tags):
            continue
        own, covered = index[window.period], window.slots()
        is_new = covered & (height < window.priority)
        is_tied = (is_tied & ~is_new) | (covered & ~is_new & (owner != own))
        owner[is_new], height[is_new] = own, window.priority
    return owner, height, is_tied


def slots_of_day(calendar: Calendar, month: int, tags: frozenset[str]) -> np.ndarray:
    """Index into ``calendar.periods`` of the 96 quarters of an hour of one kind of day (uint8).

    Raises:
        TariffError: a quarter of an hour belongs to no period, or to two.
    """
    owner, _, is_tied = claims(calendar, month, tags)
    is_wrong = is_tied | (owner == UNCLAIMED)
    if is_wrong.any():
        first = int(is_wrong.argmax())
        minute = first * SLOT_MINUTES
        raise TariffError(
            f"calendar '{calendar.code}': {minute // 60:02d}:{minute % 60:02d} in month {month} "
            f"belongs to {'two periods' if is_tied[first] else 'no period'} on a day that is "
            f"{', '.join(sorted(tags))}. `fenggu tariff check` on its file says where to mend it."
        )
    return owner.astype(np.uint8)


def periods_of_days(
    calendar: Calendar,
    days: Sequence[date],
    country: str,
    events: Sequence[DeclaredEvent] = (),
) -> np.ndarray:
    """The period of every quarter of an hour of ``days``, which are local days by the wall clock.

    Returns:
        ``(len(days), 96)`` uint8, index into ``calendar.periods``; not to be written to.

    Raises:
        TariffError: a quarter of an hour belongs to no period or to two; or the calendar names
            holidays of another country than ``country``.
    """
    if country != calendar.country and any(map(is_national, calendar.tags)):
        raise TariffError(
            f"calendar '{calendar.code}' names holidays of {calendar.country}, but the days are "
            f"those of {country}. Set FENGGU_HOLIDAY_COUNTRY={calendar.country}, or choose another."
        )
    return _periods(calendar, tuple(days), country, tuple(events))


@lru_cache(maxsize=256)
def _periods(
    calendar: Calendar, days: tuple[date, ...], country: str, events: tuple[DeclaredEvent, ...]
) -> np.ndarray:
    """Every charge of every account asks the same of the same days."""
    known: dict[tuple[int, frozenset[str]], np.ndarray] = {}
    periods = np.empty((len(days), SLOTS_PER_DAY), dtype=np.uint8)
    for row, (day, tags) in enumerate(zip(days, tags_of_days(days, country, events), strict=True)):
        key = day.month, tags
        if key not in known:
            known[key] = slots_of_day(calendar, *key)
        periods[row] = known[key]
    periods.flags.writeable = False
    return periods
