"""A month's load before it is over: its days so far, and usual days for those to come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from duckdb import DuckDBPyConnection

from queries.billing.account_bills import BillError
from queries.billing.account_intervals import PointIntervals
from queries.billing.account_load import ReadingSource
from queries.billing.calendar_model import Calendar
from queries.billing.day_rows import READS as ROW_READS
from queries.billing.day_rows import day_rows
from queries.billing.errors import TariffError
from queries.billing.frozen_registers import PointRegisters
from queries.billing.measured import DayRows
from queries.billing.segments import Span, month_after
from queries.day_kinds import day_kinds
from queries.lake import lake_state
from queries.schema import SLOTS_PER_DAY

READS = (*ROW_READS, "daily_totals", "calendars")
HISTORY_DAYS = 56
LEAST_DAYS = 7
"""Read days before, without which nothing is usual."""
ALIKE_DAYS = 8
"""The last days of a kind that a usual day is the mean of."""
_BAND_ERRORS = 1.2816
"""Standard errors on either side of which a normal value lies in 80 of 100 cases."""
_MOST_PERSISTENCE = 0.8
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MonthLoad:
    """Days of some usage points, put together, from ``HISTORY_DAYS`` before a month on.

    Attributes:
        rows: Of one account, up to the last day there are readings of.
        is_read: Of these days, whether every point was read.
        is_workday: Of all days up to the end of the month.
        usual: A usual workday and a usual day off, by channel (slots); integers.
    """

    rows: DayRows
    is_read: np.ndarray
    is_workday: np.ndarray
    usual: dict[bool, dict[str, np.ndarray]]

    @property
    def known(self) -> int:
        """How many days there may be readings of."""
        return len(self.rows.days)

    @property
    def so_far(self) -> np.ndarray:
        """Whether each day of the month so far was read."""
        return self.is_read[HISTORY_DAYS:]

    @property
    def left(self) -> int:
        """Days of the month after the last with readings."""
        return len(self.is_workday) - self.known

    def month(self, factor: float) -> DayRows:
        """The month: read days as they are, all others usual ones times ``factor``."""
        first = self.rows.days[HISTORY_DAYS]
        days = tuple(first + n * _DAY for n in range(len(self.is_workday) - HISTORY_DAYS))
        units = {}
        for channel, known in self.rows.energy_units.items():
            made = np.zeros((1, len(days), SLOTS_PER_DAY), np.int64)
            for number in range(len(days)):
                at = HISTORY_DAYS + number
                if at < self.known and self.is_read[at]:
                    made[0, number] = known[0, at]
                else:
                    usual = self.usual[bool(self.is_workday[at])][channel]
                    made[0, number] = np.rint(usual * factor)
            units[channel] = made
        return DayRows(days, units, self.rows.per, self.rows.country)

    def band_kwh(self) -> float:
        """Half the width of the 80 % band of the sum of the days that are filled [kWh]."""
        filled = self.left + int((~self.so_far).sum())
        daily = self.rows.energy_units["import"].sum(axis=(0, 2)) / self.rows.per
        known = self.is_workday[: self.known]
        off = np.full(len(daily), np.nan)
        for kind in (True, False):
            same = self.is_read & (known == kind)
            if same.any():
                off[same] = daily[same] - daily[same].mean()
        spread = np.sqrt(np.nanmean(off**2))
        pairs = off[:-1], off[1:]
        both = ~np.isnan(pairs[0]) & ~np.isnan(pairs[1])
        persists = 0.0
        if both.sum() >= LEAST_DAYS and spread > 0:
            persists = float(np.mean(pairs[0][both] * pairs[1][both]) / spread**2)
        persists = min(max(persists, 0.0), _MOST_PERSISTENCE)
        # The variance of a sum of n values of an AR(1) process, n large (Brockwell & Davis, ch. 7).
        return float(_BAND_ERRORS * spread * np.sqrt(filled * (1 + persists) / (1 - persists)))


def month_load(points: Sequence[str], as_of: date, cursor: DuckDBPyConnection) -> MonthLoad:
    """The month of ``as_of`` of some usage points put together.

    Raises:
        BillError: no_reading: fewer than LEAST_DAYS days were read; no_price: the clock changes.
    """
    month = as_of.replace(day=1)
    first_day = month - HISTORY_DAYS * _DAY
    try:
        rows = day_rows(points, cursor, first_day=first_day, last_day=as_of)
    except TariffError as error:
        raise BillError("no_price", str(error)) from error
    read = cursor.sql(
        """
        select service_date
        from daily_totals
        where usage_point_id in (select unnest($points)) and channel = 'import'
            and service_date between $first_day and $last_day
        group by service_date
        having count(distinct usage_point_id) = $count
        order by service_date
        """,
        params={
            "points": list(points),
            "count": len(points),
            "first_day": first_day,
            "last_day": as_of,
        },
    ).pl()["service_date"]
    is_read = np.isin(np.array(rows.days), np.array(read.to_list(), dtype=object))
    if is_read.sum() < LEAST_DAYS:
        raise BillError(
            "no_reading", f"fewer than {LEAST_DAYS} days were read from {first_day} to {as_of}."
        )
    country = lake_state(cursor).holiday_country
    kinds = day_kinds(first_day, month_after(month) - _DAY, holiday_country=country)
    is_workday = (kinds["day_kind"] == "workday").to_numpy()
    together = {name: units.sum(axis=0, keepdims=True) for name, units in rows.energy_units.items()}
    whole = DayRows(rows.days, together, rows.per, rows.country)
    usual = _usual(whole, is_read, is_workday)
    return MonthLoad(whole, is_read, is_workday, usual)


def _usual(
    rows: DayRows, is_read: np.ndarray, is_workday: np.ndarray
) -> dict[bool, dict[str, np.ndarray]]:
    found: dict[bool, dict[str, np.ndarray]] = {}
    for kind in (True, False):
        alike = np.flatnonzero(is_read & (is_workday[: len(rows.days)] == kind))
        alike = alike if alike.size else np.flatnonzero(is_read)
        found[kind] = {
            channel: np.rint(units[0, alike[-ALIKE_DAYS:]].mean(axis=0)).astype(np.int64)
            for channel, units in rows.energy_units.items()
        }
    return found


@dataclass(frozen=True, slots=True)
class ForetoldSource(ReadingSource):
    """Readings for a bill of a month that is not over: curves alone, usual days where none is read.

    Attributes:
        as_of: The last day with readings; its month is foretold.
        factor: Times which days that are filled are taken.
        loads: Months by usage points, made when first asked for; shared between factors.
        curves: Rows before the month by usage points and days, likewise.
    """

    as_of: date
    factor: float = 1.0
    loads: dict[tuple[str, ...], MonthLoad] = field(default_factory=dict)
    curves: dict[tuple[tuple[str, ...], Span], DayRows] = field(default_factory=dict)

    def load(self, points: Sequence[str]) -> MonthLoad:
        """The month of usage points put together."""
        key = tuple(points)
        if key not in self.loads:
            self.loads[key] = month_load(key, self.as_of, self.cursor)
        return self.loads[key]

    def registers(
        self, points: Sequence[str], days: Span, calendar: Calendar | None = None
    ) -> dict[str, PointRegisters]:
        """None: no register tells of days to come."""
        del days, calendar
        zone = ZoneInfo(lake_state(self.cursor).zone_name)
        return {point: PointRegisters.of(point, [], [], zone) for point in points}

    def intervals(self, points: Sequence[str], days: Span) -> PointIntervals:
        """The curve as it was read before the month, and the month foretold."""
        month = self.load(points).month(self.factor)
        first = month.days[0]
        parts = [month]
        if days[0] < first:
            parts.insert(0, self._before(points, (days[0], min(days[1], first - _DAY))))
        return _within(parts, days)

    def _before(self, points: Sequence[str], days: Span) -> DayRows:
        key = tuple(points), days
        if key not in self.curves:
            # Not super(): a dataclass with slots is another class than its methods were made in.
            self.curves[key] = ReadingSource.intervals(self, points, days).rows
        return self.curves[key]


def _within(parts: Sequence[DayRows], days: Span) -> PointIntervals:
    """Rows one after another, cut to some days, all of them taken as read."""
    per = int(np.lcm.reduce([one.per for one in parts]))
    every = tuple(day for one in parts for day in one.days)
    chosen = [number for number, day in enumerate(every) if days[0] <= day <= days[1]]
    channels = dict.fromkeys(name for one in parts for name in one.energy_units)
    units = {}
    for name in channels:
        blocks = [
            one.energy_units[name] * (per // one.per)
            if name in one.energy_units
            else np.zeros((1, len(one.days), SLOTS_PER_DAY), np.int64)
            for one in parts
        ]
        units[name] = np.concatenate(blocks, axis=1)[:, chosen]
    kept = tuple(every[number] for number in chosen)
    none = dict.fromkeys(kept, 0)
    is_read = np.ones((len(kept), SLOTS_PER_DAY), bool)
    return PointIntervals(DayRows(kept, units, per, parts[0].country), none, none, is_read)
