"""An event followed up: loads and baselines of those called, as they could be known at an instant.

Readings of quarters of an hour that had not ended by then are left out, also those by which a rule
adjusts the baseline to the same day; so an event of the past can be replayed as it went. When a
reading arrived is not asked: a replay shows it as soon as its quarter was over.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from duckdb import DuckDBPyConnection

from queries.demand.baseline_engine import baseline
from queries.demand.baseline_rules import Rule, baseline_rules
from queries.demand.event_called import CalledEvent, called_event
from queries.demand.event_loads import EventLoads, event_loads
from queries.held import Held
from queries.lake import lake_state
from queries.local_time import standard_offset
from queries.run import QuestionError
from queries.schema import SLOT_MINUTES

OPT_OUT = "opt_out"


@dataclass(frozen=True, slots=True)
class Following:
    """How it stands.

    Attributes:
        asked: The event and its calls, in the order of the arrays.
        midnight: The instant at which the event's day begins in standard time [UTC].
        offset: Of standard time from UTC.
        first_step, end_step: The event's quarters of an hour of its day.
        known_steps: Quarters of the day that were over.
        baseline_kw: (called, 96) [kW]; NaN where the rule has none.
        load_kw: Likewise; NaN where not read, only estimated, or not over yet.
        takes_part: Who has not opted out, (called,).
    """

    asked: CalledEvent
    midnight: datetime
    offset: timedelta
    first_step: int
    end_step: int
    known_steps: int
    baseline_kw: np.ndarray
    load_kw: np.ndarray
    takes_part: np.ndarray


_followed: Held[Following] = Held(8)


def follow(cursor: DuckDBPyConnection, event_id: str, at: datetime) -> Following:
    """The event as it stands at an aware instant, by the rule of its terms.

    Raises:
        QuestionError: there is no such event in the scope, or it calls nobody there.
    """
    if at.tzinfo is None:
        raise QuestionError(f"at {at} has no time zone; give an aware instant.")
    zone = ZoneInfo(lake_state(cursor).zone_name)
    # Within a quarter of an hour nothing more is known, and nothing is worked out again.
    quarter = int(at.timestamp() // (SLOT_MINUTES * 60))
    return _followed.of(cursor, (event_id, quarter), lambda: _follow(cursor, event_id, at, zone))


def _follow(cursor: DuckDBPyConnection, event_id: str, at: datetime, zone: ZoneInfo) -> Following:
    asked = called_event(cursor, event_id)
    if not asked.points:
        raise QuestionError(f"event '{event_id}' calls nobody that you may see.")
    rule = baseline_rules()[asked.terms.baseline_rule]
    loads = event_loads(
        cursor,
        asked,
        with_controls=rule.form == "matched_control",
        back_days=max(rule.look_back_days, 1),
        ahead_days=0,
    )
    offset = standard_offset(zone, asked.day.year)
    midnight = datetime(asked.day.year, asked.day.month, asked.day.day, tzinfo=UTC) - offset
    known = known_steps(midnight, at)
    near = near_past(loads, rule, known)
    day = near.event.day
    load_kw = near.history.load_kw[: near.called, day].astype(np.float64)
    load_kw[near.is_estimated] = np.nan
    answers = asked.calls["answer"].fill_null("")
    return Following(
        asked,
        midnight,
        offset,
        near.event.first_step,
        near.event.end_step,
        int(np.clip(known, 0, load_kw.shape[1])),
        baseline(near.history, near.event, rule)[: near.called].astype(np.float64),
        load_kw,
        (answers != OPT_OUT).to_numpy(),
    )


def known_steps(midnight: datetime, at: datetime) -> int:
    """Whole quarters of an hour from the day's begin to an instant; below zero before it.

    >>> begin = datetime(2025, 7, 1, tzinfo=UTC)
    >>> known_steps(begin, begin + timedelta(minutes=44)), known_steps(begin, begin)
    (2, 0)
    """
    return int((at - midnight) // timedelta(minutes=SLOT_MINUTES))


def near_past(loads: EventLoads, rule: Rule, known: int) -> EventLoads:
    """The days that a rule may look back to and the event's own, without what was not over.

    Args:
        loads: Around the event.
        rule: Of its baseline.
        known: Quarters of an hour since the begin of the event's day that were over.
    """
    history, event = loads.history, loads.event
    first = max(event.day - max(rule.look_back_days, 1), 0)
    days = slice(first, event.day + 1)
    load_kw = history.load_kw[:, days].copy()
    steps = load_kw.shape[2]
    since = (event.day - first) * steps + known
    load_kw.reshape(len(load_kw), -1)[:, max(since, 0) :] = np.nan
    felt_c = history.temperature_c
    near = replace(
        history,
        dates=history.dates[days],
        load_kw=load_kw,
        is_event=history.is_event[..., days],
        temperature_c=None if felt_c is None else felt_c[days],
    )
    return replace(loads, history=near, event=replace(event, day=event.day - first))
