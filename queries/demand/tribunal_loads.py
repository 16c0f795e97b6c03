"""The loads of an area on which rules of baselines are tried."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
from duckdb import DuckDBPyConnection

from queries.area import AreaKind
from queries.demand.baseline_history import Event, History
from queries.demand.baseline_rules import Rule, baseline_rules
from queries.demand.baseline_tribunal import errors_of, loads_of
from queries.demand.placebo_events import placebo_events
from queries.fleet import Fleet, choose_fleet
from queries.held import Held
from queries.lake import lake_state
from queries.run import QuestionError
from queries.series_weather import READS as WEATHER_READS
from queries.series_weather import series_weather
from queries.step_loads import READS as STEP_READS
from queries.step_loads import load_blocks

READS = (*STEP_READS, *(table for table in WEATHER_READS if table not in STEP_READS))
MOST_CUSTOMERS = 2000
"""Of a larger area, every n-th usage point: rules differ by far more than samples of so many."""
STEP_MINUTES = 60
_LEAST_READINGS_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """What is tried on whom."""

    first_day: date
    last_day: date
    area_kind: AreaKind
    area_id: str | None
    region_id: str | None
    from_minute: int
    until_minute: int
    event_days: tuple[date, ...]
    placebo_days: int
    is_rest_day: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """Errors of every rule on the placebo events.

    Attributes:
        dates: Days of the placebo events.
        errors_kw: By rule, (events, customers, steps); empty where there is no such day.
        load_kw: The loads there.
        has_weather: Whether regression knew temperatures.
    """

    rules: dict[str, Rule]
    dates: tuple[date, ...]
    errors_kw: dict[str, np.ndarray]
    load_kw: np.ndarray
    has_weather: bool


_loads: Held[History] = Held(2)
_tried: Held[Tried] = Held(8)


def tried_rules(cursor: DuckDBPyConnection, asked: Asked) -> Tried:
    """Every rule on the placebo events of an area, held for what is asked next.

    Raises:
        QuestionError: hours that are no whole hours of one day.
    """
    if (
        asked.from_minute % STEP_MINUTES
        or asked.until_minute % STEP_MINUTES
        or not 0 <= asked.from_minute < asked.until_minute <= 24 * 60
    ):
        raise QuestionError(
            f"from_minute {asked.from_minute} and until_minute {asked.until_minute} must be whole "
            "hours of one day, in order."
        )
    return _tried.of(cursor, asked, lambda: _try(cursor, asked))


def _try(cursor: DuckDBPyConnection, asked: Asked) -> Tried:
    place = (asked.first_day, asked.last_day, asked.area_kind, asked.area_id, asked.region_id)
    history = _loads.of(cursor, place, lambda: _history(cursor, asked))
    is_event = np.array([day in asked.event_days for day in history.dates])
    history = replace(history, is_event=is_event)
    hours = asked.from_minute // STEP_MINUTES, asked.until_minute // STEP_MINUTES
    events: list[Event] = []
    if len(history.load_kw):
        events = placebo_events(history, *hours, asked.placebo_days, is_rest_day=asked.is_rest_day)
    rules = baseline_rules()
    return Tried(
        rules,
        tuple(history.dates[event.day] for event in events),
        {code: errors_of(history, events, rule) for code, rule in rules.items()} if events else {},
        loads_of(history, events) if events else np.empty((0, 0, 0)),
        history.temperature_c is not None,
    )


def _history(cursor: DuckDBPyConnection, asked: Asked) -> History:
    fleet = choose_fleet(
        cursor,
        first_day=asked.first_day,
        last_day=asked.last_day,
        area_kind=asked.area_kind,
        area_id=asked.area_id,
        region_id=asked.region_id,
        channel="import",
        step_minutes=STEP_MINUTES,
        least_readings_share=_LEAST_READINGS_SHARE,
    )
    fleet = replace(fleet, points=_sample(fleet.points))
    days = tuple(fleet.first_day + timedelta(days=day) for day in range(fleet.days))
    shape = (-1, fleet.days, fleet.steps_per_day)
    blocks = [block.load_kw.reshape(shape) for block in load_blocks(cursor, fleet)]
    return History(
        dates=days,
        load_kw=np.concatenate(blocks) if blocks else np.empty((0, *shape[1:]), np.float32),
        is_event=np.zeros(len(days), dtype=bool),
        country=lake_state(cursor).holiday_country,
        temperature_c=_temperature(cursor, fleet, asked.region_id),
    )


def _sample(points: pl.DataFrame) -> pl.DataFrame:
    if points.height <= MOST_CUSTOMERS:
        return points
    return points[np.linspace(0, points.height - 1, MOST_CUSTOMERS).astype(int)]


def _temperature(
    cursor: DuckDBPyConnection, fleet: Fleet, region_id: str | None
) -> np.ndarray | None:
    """Observed temperatures (days, steps) of the region; None where few days have any."""
    if region_id is None:
        return None
    observed = series_weather(
        cursor,
        region_id,
        first_day=fleet.first_day,
        last_day=fleet.first_day + timedelta(days=fleet.days - 1),
        issued_at=datetime.max.replace(tzinfo=UTC, year=9000),
        slots=fleet.steps_per_day,
    ).observed
    return observed if np.isfinite(observed).all(axis=1).mean() > 0.5 else None
