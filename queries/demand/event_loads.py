"""The loads of those whom an event called, around its day, for the engine of baselines."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.demand import response_records
from queries.demand.baseline_history import Event, History
from queries.demand.event_called import CalledEvent, local_standard
from queries.fleet import choose_fleet
from queries.held import Held
from queries.lake import lake_state
from queries.run import run_sql
from queries.schema import SLOT_MINUTES, SLOTS_PER_DAY
from queries.series_weather import READS as WEATHER_READS
from queries.series_weather import series_weather
from queries.step_loads import READS as STEP_READS
from queries.step_loads import load_blocks

READS = tuple(dict.fromkeys((*STEP_READS, *WEATHER_READS, *response_records.READS)))
BACK_DAYS, AHEAD_DAYS = 400, 45
"""Around an event: every rule's look-back, and a year of days like it to try the rules on."""
MOST_CONTROLS = 200
"""Customers not called that matched control may choose from: every n-th of them."""
_QUALITIES = pl.Schema(
    {
        "usage_point_id": pl.String(),
        "day": pl.Int32(),
        "interval_minutes": pl.Int16(),
        "quality": pl.String(),
    }
)
_ACTUAL, _NOTHING = "A", "N"


@dataclass(frozen=True, slots=True)
class EventLoads:
    """Loads around an event.

    Attributes:
        history: Of those called, in the order of the calls, then of the controls, by quarters of
            an hour. What was estimated is not read, but on the event's own day. Days on which a
            customer took part in an event are marked.
        event: The event's place in it.
        is_estimated: Readings of the event's day that are no actual ones, (called, 96).
        called: How many of the customers were called.
    """

    history: History
    event: Event
    is_estimated: np.ndarray
    called: int


@dataclass(frozen=True, slots=True)
class _Read:
    """Loads of usage points, (points, days, 96) [kW], and which of them are no actual readings."""

    load_kw: np.ndarray
    is_estimated: np.ndarray


_reads: Held[_Read] = Held(6)


def event_loads(
    cursor: DuckDBPyConnection,
    asked: CalledEvent,
    *,
    with_controls: bool,
    back_days: int = BACK_DAYS,
    ahead_days: int = AHEAD_DAYS,
) -> EventLoads:
    """What baselines of an event are worked out from.

    Args:
        cursor: An open lake.
        asked: The event; somebody must have been called.
        with_controls: Also of customers that were not called, for rules that match them.
        back_days: Days before the event's; fewer, where no placebos are looked for.
        ahead_days: Days after it.
    """
    first_day = asked.day - timedelta(days=back_days)
    days = back_days + ahead_days + 1
    dates = tuple(first_day + timedelta(days=number) for number in range(days))
    own = _read(cursor, asked.points, dates)
    parts = [own]
    if with_controls:
        parts.append(_read(cursor, _controls(cursor, asked.points, dates), dates))
    day = back_days
    load_kw = np.concatenate([one.load_kw for one in parts])
    is_estimated = np.concatenate([one.is_estimated for one in parts])
    load_kw[is_estimated & (np.arange(days) != day)[None, :, None]] = np.nan
    is_event = np.zeros(load_kw.shape[:2], dtype=bool)
    is_event[: len(asked.points)] = _event_days(cursor, asked, dates)
    history = History(
        dates,
        load_kw,
        is_event,
        lake_state(cursor).holiday_country,
        _temperature(cursor, asked.points, dates, day),
    )
    steps = asked.from_minute // SLOT_MINUTES, asked.until_minute // SLOT_MINUTES
    return EventLoads(history, Event(day, *steps), own.is_estimated[:, day], len(asked.points))


def without_controls(loads: EventLoads) -> EventLoads:
    """The same of those called alone."""
    return replace(loads, history=loads.history.of_customers(0, loads.called))


def _read(cursor: DuckDBPyConnection, points: tuple[str, ...], dates: tuple[date, ...]) -> _Read:
    return _reads.of(cursor, (points, dates[0], dates[-1]), lambda: _load(cursor, points, dates))


def _load(cursor: DuckDBPyConnection, points: tuple[str, ...], dates: tuple[date, ...]) -> _Read:
    """A usage point without any reading is all NaN."""
    load_kw = np.full((len(points), len(dates), SLOTS_PER_DAY), np.nan)
    is_estimated = np.zeros(load_kw.shape, dtype=bool)
    if not points:
        return _Read(load_kw, is_estimated)
    fleet = choose_fleet(
        cursor,
        first_day=dates[0],
        last_day=dates[-1],
        area_kind="all",
        area_id=None,
        region_id=None,
        channel="import",
        step_minutes=SLOT_MINUTES,
        least_readings_share=0.0,
    )
    fleet = replace(fleet, points=fleet.points.filter(pl.col("usage_point_id").is_in(points)))
    place = {point: number for number, point in enumerate(points)}
    if not fleet.points.is_empty():
        rows = [place[point] for point in fleet.points["usage_point_id"]]
        blocks = [one.load_kw for one in load_blocks(cursor, fleet)]
        load_kw[rows] = np.concatenate(blocks).reshape(len(rows), len(dates), SLOTS_PER_DAY)
    for row in _qualities(cursor, points, dates).iter_rows(named=True):
        doubtful = _doubtful_slots(row["quality"], row["interval_minutes"])
        is_estimated[place[row["usage_point_id"]], row["day"]] |= doubtful
    return _Read(load_kw, is_estimated)


def _qualities(
    cursor: DuckDBPyConnection, points: tuple[str, ...], dates: tuple[date, ...]
) -> pl.DataFrame:
    return run_sql(
        cursor,
        "demand/event_loads",
        _QUALITIES,
        first_day=dates[0],
        last_day=dates[-1],
        points=list(points),
        first_point=min(points),
        last_point=max(points),
    )


def _doubtful_slots(quality: str, interval_minutes: int) -> np.ndarray:
    """Quarters of an hour with a reading that is no actual one; an interval covers several."""
    is_doubtful = np.array([letter not in {_ACTUAL, _NOTHING} for letter in quality])
    every = max(interval_minutes // SLOT_MINUTES, 1)
    found = is_doubtful.copy()
    for later in range(1, every):
        found[later:] |= is_doubtful[:-later]
    return found


def _controls(
    cursor: DuckDBPyConnection, called: tuple[str, ...], dates: tuple[date, ...]
) -> tuple[str, ...]:
    """Others of the regions of those called that reported in these days, every n-th of them."""
    found = cursor.sql(
        """
        with own_regions as (
            select distinct region_id from usage_points
            where usage_point_id in (select unnest($called))
        )

        select distinct daily_totals.usage_point_id
        from daily_totals
        inner join usage_points using (usage_point_id)
        where daily_totals.service_date between $first_day and $last_day
            and usage_points.region_id in (select region_id from own_regions)
            and daily_totals.usage_point_id not in (select unnest($called))
        order by daily_totals.usage_point_id
        """,
        params={"called": list(called), "first_day": dates[0], "last_day": dates[-1]},
    ).pl()["usage_point_id"]
    if len(found) > MOST_CONTROLS:
        found = found[np.linspace(0, len(found) - 1, MOST_CONTROLS).astype(int)]
    return tuple(found)


def _event_days(
    cursor: DuckDBPyConnection, asked: CalledEvent, dates: tuple[date, ...]
) -> np.ndarray:
    """Days on which each of those called took part in an event, this one too, (called, days).

    Who opted out lived as usual; a cancelled event was none.
    """
    zone = ZoneInfo(lake_state(cursor).zone_name)
    held = response_records.events(cursor).filter(pl.col("state").is_in(["called", "settled"]))
    days = {
        row["event_id"]: local_standard(row["starts_at"], zone).date()
        for row in held.iter_rows(named=True)
    }
    days[asked.event_id] = asked.day
    taken = response_records.calls(cursor).filter(pl.col("answer").fill_null("") != "opt_out")
    place = {point: number for number, point in enumerate(asked.points)}
    found = np.zeros((len(asked.points), len(dates)), dtype=bool)
    for event_id, point in taken.select("event_id", "usage_point_id").iter_rows():
        number = (days[event_id] - dates[0]).days if event_id in days else -1
        if point in place and 0 <= number < len(dates):
            found[place[point], number] = True
    return found


def _temperature(
    cursor: DuckDBPyConnection, points: tuple[str, ...], dates: tuple[date, ...], day: int
) -> np.ndarray | None:
    """Observed temperatures (days, steps) where most of those called live; None: few are known."""
    regions = cursor.sql(
        """
        select region_id from usage_points
        where usage_point_id in (select unnest($points)) and region_id is not null
        group by region_id order by count(*) desc, region_id limit 1
        """,
        params={"points": list(points)},
    ).fetchall()
    if not regions:
        return None
    observed = series_weather(
        cursor,
        regions[0][0],
        first_day=dates[0],
        last_day=dates[-1],
        issued_at=datetime.max.replace(tzinfo=UTC, year=9000),
        slots=SLOTS_PER_DAY,
    ).observed
    # a lake may begin or end within the days around an event
    return observed if np.isfinite(observed[day]).all() else None
