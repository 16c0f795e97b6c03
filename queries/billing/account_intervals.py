"""Interval readings of usage points, read from an open lake for a bill."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.billing.calendar_model import Calendar
from queries.billing.measured import DayRows
from queries.billing.segments import Segment, Span
from queries.local_time import has_daylight_saving, local_profiles
from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS, SLOTS_PER_DAY

READS = ("energy_profiles",)
_PROFILES = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "channel": pl.String(),
        "service_date": pl.Date(),
        "interval_minutes": pl.Int16(),
        **dict.fromkeys(SLOTS, pl.Int32()),
        "quality": pl.String(),
    }
)
_WH_PER_KWH = 1000


@dataclass(frozen=True, slots=True)
class PointIntervals:
    """The curve of one usage point, on local days.

    Attributes:
        rows: Of one account; what is missing is 0 there.
        missing_slots: Of every local day, quarters of an hour without a reading of ``import``.
        estimated_slots: Likewise, estimated or substituted.
        is_read: Whether a slot of ``rows`` has a reading of ``import``, (rows, 96).
    """

    rows: DayRows
    missing_slots: dict[date, int]
    estimated_slots: dict[date, int]
    is_read: np.ndarray

    def doubtful(self, first_day: date, last_day: date) -> tuple[int, int]:
        """Missing and estimated quarters of an hour from the first to the last day."""
        return (
            sum(n for day, n in self.missing_slots.items() if first_day <= day <= last_day),
            sum(n for day, n in self.estimated_slots.items() if first_day <= day <= last_day),
        )

    def is_any_read(self, first_day: date, last_day: date) -> bool:
        """Whether any quarter of an hour from the first to the last day was read."""
        return any(
            read.any()
            for day, read in zip(self.rows.days, self.is_read, strict=True)
            if first_day <= day <= last_day
        )

    def used_kwh(
        self, channel: str, calendar: Calendar | None, period: str | None, days: Span
    ) -> Fraction | None:
        """Energy of some days, what is missing taken to be as what was read.

        None where less than half of it was read.
        """
        due, missing = len(set(_days(days))) * SLOTS_PER_DAY, self.doubtful(*days)[0]
        if missing * 2 > due:
            return None
        found = self.rows.energy(calendar, [Segment(*days, 0)], channel)
        place = calendar.periods.index(period) if calendar is not None and period else 0
        return found.fraction(0, 0, place) * Fraction(due, due - missing)


def _days(days: Span) -> list[date]:
    return [days[0] + timedelta(days=n) for n in range((days[1] - days[0]).days + 1)]


def intervals_of(  # noqa: PLR0913 - usage points, days, a place
    cursor: DuckDBPyConnection,
    points: Sequence[str],
    *,
    first_day: date,
    last_day: date,
    zone: ZoneInfo,
    country: str,
) -> dict[str, PointIntervals]:
    """The curves of usage points over local days, by usage point."""
    around = timedelta(days=1 if has_daylight_saving(zone, first_day.year) else 0)
    rows = run_sql(
        cursor,
        "billing/account_intervals",
        _PROFILES,
        points=list(points),
        first_day=first_day - around,
        last_day=last_day + around,
    )
    local = local_profiles(rows, zone).filter(
        pl.col("service_date").is_between(first_day, last_day)
    )
    return {
        point: _curve(local.filter(usage_point_id=point), first_day, last_day, country)
        for point in points
    }


def summed(curves: Sequence[PointIntervals]) -> PointIntervals:
    """Several usage points as one: what is missing of any is missing."""
    first, *others = curves
    if not others:
        return first
    per = int(np.lcm.reduce([one.rows.per for one in curves]))
    days = first.rows.days
    channels = {name for one in curves for name in one.rows.energy_units}
    units = {
        name: np.sum(
            [
                one.rows.energy_units[name].astype(np.int64) * (per // one.rows.per)
                for one in curves
                if name in one.rows.energy_units
            ],
            axis=0,
        )
        for name in channels
    }
    missing, estimated = (
        {day: sum(getattr(one, name).get(day, 0) for one in curves) for day in set(days)}
        for name in ("missing_slots", "estimated_slots")
    )
    is_read = np.all([one.is_read for one in curves], axis=0)
    return PointIntervals(
        DayRows(days, units, per, first.rows.country), missing, estimated, is_read
    )


def _curve(local: pl.DataFrame, first_day: date, last_day: date, country: str) -> PointIntervals:
    """One usage point; a day that comes with an hour twice has two rows."""
    turns = local.with_columns(
        turn=pl.int_range(pl.len()).over("channel", "service_date"),
        name=pl.col("channel").str.replace(r"\.\d+$", ""),
    )
    every = pl.date_range(first_day, last_day, eager=True).to_list()
    twice = set(turns.filter(pl.col("turn") > 0)["service_date"].to_list())
    days = [day for day in every for _ in range(2 if day in twice else 1)]
    place = {day: days.index(day) for day in twice} | {
        day: number for number, day in enumerate(days) if day not in twice
    }
    spread = [int(n) // SLOT_MINUTES for n in turns["interval_minutes"].unique()]
    finest = int(np.lcm.reduce(spread)) if spread else 1
    units = {name: np.zeros((1, len(days), SLOTS_PER_DAY), np.int64) for name in turns["name"]}
    units.setdefault("import", np.zeros((1, len(days), SLOTS_PER_DAY), np.int64))
    read = np.zeros((len(days), SLOTS_PER_DAY), bool)
    estimated = np.zeros_like(read)
    due = dict.fromkeys(every, SLOTS_PER_DAY)
    values = turns.select(pl.col(SLOTS).fill_null(0)).to_numpy()
    is_read = turns.select(pl.col(SLOTS).is_not_null()).to_numpy()
    named = turns.select("service_date", "turn", "name", "interval_minutes", "quality", "due_slots")
    for number, (day, turn, name, minutes, quality, slots) in enumerate(named.iter_rows()):
        at = place[day] + (turn if day in twice else 0)
        width = minutes // SLOT_MINUTES
        units[name][0, at] += np.repeat(values[number, ::width], width) * (finest // width)
        if name == "import":
            due[day] = slots * width + (due[day] if turn else 0)
            read[at] |= np.repeat(is_read[number, ::width], width)
            letters = np.array(list((quality or "A" * SLOTS_PER_DAY)[::width]))
            estimated[at] |= np.repeat(np.isin(letters, ["E", "S"]), width)
    missing = {day: due[day] - int(read[_rows(days, day)].sum()) for day in every}
    guessed = {day: int(estimated[_rows(days, day)].sum()) for day in every}
    rows = DayRows(tuple(days), units, _WH_PER_KWH * finest, country)
    return PointIntervals(rows, missing, guessed, read)


def _rows(days: Sequence[date], day: date) -> list[int]:
    first = days.index(day)
    return [first, first + 1] if days[first + 1 : first + 2] == [day] else [first]
